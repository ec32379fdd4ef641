"""The notes of the image that is shown, and what can be done with them."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annotator.icons import icon
from annotator.session import Session

ROWS = 3
"""Notes that are in sight at once, at least."""
NAME = Qt.ItemDataRole.UserRole


class NotesList(QWidget):
    """Head with buttons, and a list; it is small where there are no notes."""

    def __init__(self, session: Session, actions: Sequence[QAction]) -> None:
        super().__init__()
        self._session = session
        self._title = QLabel()
        self._title.setObjectName("notes_title")
        head = QHBoxLayout()
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(0)
        head.addWidget(self._title, 1)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            head.addWidget(button)
        self._list = QListWidget()
        self._list.setObjectName("notes_list")
        self._list.setAccessibleName("Notes")
        self._list.setFrameShape(QFrame.Shape.StyledPanel)
        self._list.setWordWrap(True)
        self._list.setIconSize(QSize(14, 14))
        self._list.setMinimumHeight(ROWS * (self.fontMetrics().height() + 6))
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(head)
        layout.addWidget(self._list)
        self._list.itemClicked.connect(self._on_clicked)
        self._list.itemActivated.connect(self._on_clicked)
        session.notes.changed.connect(self._follow)
        session.image_shown.connect(self._follow)
        self._follow()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange:
            self._follow()
        super().changeEvent(event)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self._session.notes.show(item.data(NAME))

    def _follow(self) -> None:
        notes, chosen = self._session.notes.here, self._session.notes.chosen
        n_open = sum(not note.is_resolved for note in notes)
        self._title.setText(f"<b>Notes</b> · {n_open} open" if notes else "<b>Notes</b>")
        self._list.clear()
        faded = self.palette().placeholderText().color()
        for note in notes:
            item = QListWidgetItem(note.text)
            item.setData(NAME, note.identifier)
            item.setToolTip(f"{note.text}\n({'resolved' if note.is_resolved else 'open'})")
            item.setIcon(
                icon("check" if note.is_resolved else "push-pin", _tint(note.is_resolved, faded))
            )
            if note.is_resolved:
                item.setForeground(faded)
            self._list.addItem(item)
            if chosen is not None and note.identifier == chosen.identifier:
                self._list.setCurrentItem(item)
        self._list.setVisible(bool(notes))


def _tint(is_resolved: bool, faded: QColor) -> QColor | None:
    return faded if is_resolved else None
