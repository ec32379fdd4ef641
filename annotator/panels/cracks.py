"""The cracks and boxes of the current image: table, sums, and the button to delete."""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from annotator.document.bounding_box import BoundingBox
from annotator.panels.crack_table import CrackTable
from annotator.panels.cracks_model import Column, CracksModel
from annotator.session import Session

EMPTY_TEXT = "No cracks on this image yet."
UNREADABLE_TEXT = "This image cannot be opened."


class CracksPanel(QWidget):
    """Its selection is the session's."""

    def __init__(self, session: Session, delete_action: QAction) -> None:
        super().__init__()
        self._session = session
        self._model = CracksModel(session)
        self.table = CrackTable(self._model)
        self._sums = QLabel(EMPTY_TEXT)
        self._sums.setObjectName("crack_sums")
        self._sums.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        delete = QToolButton()
        delete.setDefaultAction(delete_action)
        delete.setAutoRaise(True)
        delete.setFocusPolicy(delete.focusPolicy().NoFocus)
        footer = QHBoxLayout()
        footer.setContentsMargins(10, 3, 6, 5)
        footer.addWidget(self._sums, 1)
        footer.addWidget(delete)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.table, 1)
        layout.addLayout(footer)
        self._connect()

    @property
    def sums(self) -> str:
        """The text below the table."""
        return self._sums.text()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._model.repaint()
        super().changeEvent(event)

    def _connect(self) -> None:
        session, table = self._session, self.table
        table.selected.connect(lambda: session.selection.select(table.chosen_names))
        table.switched.connect(self._on_switched)
        table.delete_pressed.connect(session.remove_selected)
        session.selection.changed.connect(self._follow_selection)
        self._model.modelReset.connect(self._follow_selection)
        for signal in (
            self._model.modelReset,
            self._model.dataChanged,
            self._model.rowsRemoved,
            session.selection.changed,
        ):
            signal.connect(self._show_sums)

    def _follow_selection(self) -> None:
        self.table.follow(self._session.selection.names)

    def _on_switched(self, name: str, column: int) -> None:
        """Switch the row, or all that are selected where it is one of them."""
        session = self._session
        names = session.selection.names if name in session.selection.names else (name,)
        if column == Column.EYE:
            is_hidden = not session.selection.is_hidden(name)
            for chosen in names:
                session.selection.set_hidden(chosen, is_hidden)
        else:
            item = self._model.objects[self._model.row_of(name)]
            session.set_locked(names, not item.is_locked)

    def _show_sums(self) -> None:
        selected = self._session.selection.objects
        objects = selected if len(selected) > 1 else self._model.objects
        boxes = sum(isinstance(item, BoundingBox) for item in objects)
        lengths = [self._model.length_of(item) for item in objects]
        cracks = len(objects) - boxes
        is_estimate = any(not isinstance(item, BoundingBox) and not item.path for item in objects)
        total = sum(round(length) for length in lengths if length is not None)
        parts = [_count(cracks, "crack")] if cracks or not boxes else []
        if cracks:
            parts.append(f"{'≈ ' * is_estimate}{total:,} px")
        if boxes:
            parts.append(_count(boxes, "box", "boxes"))
        is_unreadable = self._session.current is not None and self._session.image is None
        empty = UNREADABLE_TEXT if is_unreadable else EMPTY_TEXT
        text = " · ".join(parts) if objects else empty
        prefix = "Selected: " if objects is selected else ""
        self._sums.setText(prefix + text)
        self._sums.setToolTip(prefix + text)


def _count(number: int, noun: str, nouns: str = "") -> str:
    return f"{number} {noun if number == 1 else nouns or noun + 's'}"
