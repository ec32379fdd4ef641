"""Where an export goes: a folder that is not there yet, named by the project and the format."""

from collections.abc import Collection
from itertools import count
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from annotator.dialogs.forms import Form, note_label
from annotator.dialogs.path_field import PathField
from annotator.storage.names import legal_stem


class TargetChoice(QWidget):
    """A folder and the name of a new one in it; says at once what is wrong with them."""

    changed = Signal()

    def __init__(self, taken: Collection[Path]) -> None:
        super().__init__()
        self._taken = list(taken)
        self._folder = PathField("Folder to export into")
        self._folder.setObjectName("export_folder")
        self._name = QLineEdit()
        self._name.setObjectName("export_name")
        self._name.setAccessibleName("Name of the new folder")
        self._note = note_label()
        # Two lines, as for a long path: what is above it does not jump, and nothing is cut.
        self._note.setMinimumHeight(2 * self._note.fontMetrics().lineSpacing())
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        form = Form(self)
        form.add("Export into", self._folder)
        form.add("New folder", self._name)
        form.add("", self._note)
        self._folder.changed.connect(self._on_changed)
        self._name.textChanged.connect(self._on_changed)

    @property
    def folder(self) -> Path:
        """The folder that the new one is made in."""
        return self._folder.path

    @property
    def path(self) -> Path:
        """The folder to be made."""
        return self.folder / self._name.text().strip()

    @property
    def problem(self) -> str:
        """Why nothing can be exported there, empty where it can."""
        name = self._name.text().strip()
        if self._folder.is_empty or not self.folder.is_dir():
            return "Choose a folder that is there to export into."
        if not name or legal_stem(name) != name:
            return "Give the new folder a name that every system allows."
        if self.path.exists():
            return f"{self.path} is there already; choose another name."
        inside = next((f for f in self._taken if self.path.absolute().is_relative_to(f)), None)
        if inside is not None:
            return (
                f"{inside} belongs to the project or its photographs, where nothing is exported; "
                "choose a folder outside of it."
            )
        return ""

    def suggest(self, folder: Path, stem: str) -> None:
        """Suggest a name that is free, with a number where needed."""
        self._folder.set_path(folder)
        names = (stem if number == 1 else f"{stem} {number}" for number in count(1))
        self._name.setText(next(name for name in names if not (folder / name).exists()))

    def _on_changed(self) -> None:
        self._note.setText(self.problem or f"Will be made: {self.path}")
        self.changed.emit()
