"""The dialog "New project": which photographs, and where their project is kept."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.forms import Form
from annotator.dialogs.path_field import PathField

SUFFIX = ".crackproj"
INTRODUCTION = (
    "A project keeps the cracks of a folder of photographs. The photographs themselves are never "
    "changed."
)


class NewProjectDialog(QDialog):
    """Suggests the place beside the photographs; says at once what is wrong with another one."""

    chosen = Signal(Path, Path)
    """Folder of photographs, folder of the project."""

    def __init__(self, images: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("New project")
        self.setObjectName("new_project")
        introduction = QLabel(INTRODUCTION)
        introduction.setWordWrap(True)
        self._images = PathField("Folder of photographs")
        self._name = QLineEdit()
        self._place = PathField("Folder to keep the project in")
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        self._problem.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        form = Form()
        form.add("&Photographs in", self._images)
        form.add("&Name", self._name)
        form.add("&Kept in", self._place)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._make = buttons.addButton("Create project", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(introduction)
        layout.addLayout(form)
        layout.addWidget(self._problem)
        layout.addWidget(buttons)
        self._images.changed.connect(self._suggest)
        self._name.textChanged.connect(self._check)
        self._place.changed.connect(self._check)
        if images is not None:
            self._images.set_path(images)
        self._check()

    @property
    def folder(self) -> Path:
        """Where the project will be."""
        return self._place.path / f"{self._name.text().strip()}{SUFFIX}"

    @property
    def problem(self) -> str:
        """Why the project cannot be made, empty where it can."""
        images, name = self._images.path, self._name.text().strip()
        if self._images.is_empty or not images.is_dir():
            return "Choose the folder of the photographs."
        if not name or any(character in name for character in '/\\:*?"<>|'):
            return "Give the project a name that a folder can have."
        if self._place.is_empty or not self._place.path.is_dir():
            return "Choose a folder that is there for the project."
        if self.folder.exists():
            return f"{self.folder} is there already; choose another name, or open that project."
        if self.folder.absolute().is_relative_to(images.absolute()):
            return "The project cannot lie among the photographs; choose a folder beside them."
        return ""

    def _suggest(self, images: Path) -> None:
        if images.is_dir():
            self._name.setText(images.name)
            self._place.set_path(images.parent)
        self._check()

    def _check(self) -> None:
        problem = self.problem
        self._make.setEnabled(not problem)
        self._problem.setText(problem or f"Will be made: {self.folder}")

    def _on_accepted(self) -> None:
        self.accept()
        self.chosen.emit(self._images.path, self.folder)
