"""The sheet of keys and mouse buttons, with a line to find one."""

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.forms import bold_label, resize_on_screen

MOUSE = "Mouse, and keys that are held"
MOUSE_ROWS: tuple[tuple[str, str, str], ...] = (
    (MOUSE, "Trace a crack", "Click one end, click the other"),
    (MOUSE, "Add a point on the way", "Shift+click or Ctrl+click"),
    (MOUSE, "Go on from the last end", "Shift+click, with nothing begun"),
    (MOUSE, "Begin a branch on a crack", "Shift+click it"),
    (MOUSE, "Select a crack", "Click it; Shift+click takes more"),
    (MOUSE, "Trace anew", "Drag an end or a point of the selected crack"),
    (MOUSE, "Add a point to it", "Drag or double-click its line"),
    (MOUSE, "Take a point away", "Alt+click, or Delete while on it"),
    (MOUSE, "Close a polygon or contour", "Double-click"),
    (MOUSE, "Erase while painting, and the reverse", "Hold Alt or Ctrl"),
    (MOUSE, "Size of the tip", "Shift+wheel"),
    (MOUSE, "Opacity of the masks", "Alt+wheel"),
    (MOUSE, "Zoom at the cursor", "Wheel"),
    (MOUSE, "Move the image", "Middle button, or Space and drag"),
    (MOUSE, "Hide the cracks", "Hold H"),
    (MOUSE, "Menu of what is there", "Right button"),
)
CANVAS_NOTE = "Single letters and digits count while the photograph has the focus: click it."

Entry = tuple[str, str, str]
"""Group, what, how."""


class ShortcutsDialog(QDialog):
    """Groups of lines in two columns; stays open beside the window."""

    def __init__(self, rows: Iterable[Entry], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self.setObjectName("shortcuts")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entries = [*MOUSE_ROWS, *rows]
        self._filter = QLineEdit()
        self._filter.setPlaceholderText("Find a command or a key")
        self._filter.setClearButtonEnabled(True)
        self._filter.textChanged.connect(self._fill)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.setSpacing(10)
        layout.addWidget(self._filter)
        layout.addWidget(self._area, 1)
        note = QLabel(CANVAS_NOTE)
        note.setWordWrap(True)
        layout.addWidget(note)
        layout.addWidget(buttons)
        self._fill()
        resize_on_screen(self, QSize(self._fitting_width(), 640))

    @property
    def shown(self) -> list[Entry]:
        """Lines that the filter lets through."""
        words = self._filter.text().casefold().split()
        return [
            entry
            for entry in self._entries
            if all(word in " ".join(entry).casefold() for word in words)
        ]

    def _fitting_width(self) -> int:
        page = self._area.widget()
        content = page.sizeHint().width() if page else 0
        return content + self._area.verticalScrollBar().sizeHint().width() + 40

    def _fill(self) -> None:
        page = QWidget()
        columns = QHBoxLayout(page)
        columns.setSpacing(36)
        groups: dict[str, list[Entry]] = {}
        for entry in self.shown:
            groups.setdefault(entry[0].partition(" > ")[0], []).append(entry)
        halves: tuple[list[list[Entry]], list[list[Entry]]] = ([], [])
        lengths = [0, 0]
        for lines in groups.values():
            shorter = lengths.index(min(lengths))
            halves[shorter].append(lines)
            lengths[shorter] += len(lines) + 2
        for half in halves:
            columns.addWidget(_column(half), 1)
        self._area.setWidget(page)


def _column(groups: list[list[Entry]]) -> QWidget:
    column = QWidget()
    grid = QGridLayout(column)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(24)
    grid.setVerticalSpacing(4)
    row = 0
    for lines in groups:
        grid.addWidget(bold_label(lines[0][0].partition(" > ")[0], 1.1), row, 0, 1, 2)
        for offset, (_, what, how) in enumerate(lines, start=1):
            grid.addWidget(QLabel(what), row + offset, 0)
            grid.addWidget(_how(how), row + offset, 1)
        row += len(lines) + 1
        grid.setRowMinimumHeight(row, 10)
        row += 1
    grid.setRowStretch(row, 1)
    grid.setColumnStretch(1, 1)
    return column


def _how(text: str) -> QLabel:
    label = bold_label(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
