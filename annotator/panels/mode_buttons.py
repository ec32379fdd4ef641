"""A few ways to show something, side by side, of which one is chosen."""

from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget


class ModeButtons(QWidget):
    """Buttons that exclude each other."""

    chosen = Signal(str)
    """The user chose another one."""

    def __init__(self, name: str, modes: Iterable[tuple[str, str, str]]) -> None:
        """Make a button for each value, text and tip."""
        super().__init__()
        self.setObjectName(name)
        self._buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for value, text, tip in modes:
            button = QToolButton()
            button.setObjectName(f"{name}_{value}")
            button.setText(text)
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.toggled.connect(lambda is_on, button=button: _embolden(button, is_on))
            button.clicked.connect(lambda _is_on, value=value: self.chosen.emit(value))
            group.addButton(button)
            layout.addWidget(button)
            self._buttons[value] = button

    def follow(self, value: str) -> None:
        """Show what was chosen elsewhere."""
        self._buttons[value].setChecked(True)


def _embolden(button: QToolButton, is_on: bool) -> None:
    """Set the chosen one in bold: on a dark ground one hardly sees that it is pressed."""
    font = button.font()
    font.setBold(is_on)
    button.setFont(font)
