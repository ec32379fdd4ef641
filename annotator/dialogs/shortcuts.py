"""The sheet of keys and mouse buttons."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLabel, QVBoxLayout, QWidget

MOUSE: tuple[tuple[str, str], ...] = (
    ("Trace a crack", "Click one end, click the other"),
    ("Add a point on the way", "Shift+click or Ctrl+click"),
    ("Select a crack", "Click it"),
    ("Zoom at the cursor", "Wheel"),
    ("Move the image", "Middle button, or Space and drag"),
    ("Hide the cracks", "Hold H"),
    ("Menu of what is there", "Right button"),
)


class ShortcutsDialog(QDialog):
    """Two columns: what, and how."""

    def __init__(self, keys: Iterable[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(4)
        rows = list(keys)
        half = (len(rows) + len(MOUSE) + 1) // 2
        for place, (what, how) in enumerate((*MOUSE, *rows)):
            row, column = place % half, 2 * (place // half)
            grid.addWidget(QLabel(what), row, column)
            label = QLabel(how)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setForegroundRole(self.foregroundRole())
            font = label.font()
            font.setBold(True)
            label.setFont(font)
            grid.addWidget(label, row, column + 1)
        grid.setColumnMinimumWidth(1, 180)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 20, 20, 16)
        layout.setSpacing(16)
        layout.addLayout(grid)
        layout.addWidget(buttons)
