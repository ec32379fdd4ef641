"""A line for a folder, with a button that asks for it."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from annotator.dialogs.files import ask_folder


class PathField(QWidget):
    """A line for a folder with a button that asks for it."""

    changed = Signal(Path)

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._line = QLineEdit()
        self._line.setMinimumWidth(360)
        self._line.setAccessibleName(title)
        self._line.textChanged.connect(lambda _text: self.changed.emit(self.path))
        button = QPushButton("Browse…")
        button.setAutoDefault(False)
        button.clicked.connect(self._browse)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._line, 1)
        layout.addWidget(button)
        self.setFocusProxy(self._line)

    @property
    def path(self) -> Path:
        """The folder; "." where nothing is entered."""
        return Path(self._line.text().strip()).expanduser()

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing is entered."""
        return not self._line.text().strip()

    def set_path(self, path: Path) -> None:
        """Show a folder."""
        self._line.setText(str(path))

    def _browse(self) -> None:
        start = self.path if self.path.is_dir() else self.path.parent
        folder = ask_folder(self, self._title, None if self.is_empty else start)
        if folder:
            self.set_path(folder)
