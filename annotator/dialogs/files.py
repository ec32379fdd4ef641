"""Dialogs that ask for files and folders. Each returns None where the user cancels."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

IMAGE_FILTER = (
    "Images (*.jpg *.jpeg *.png *.tif *.tiff *.bmp *.webp *.jp2 *.pgm *.ppm);;All files (*)"
)


def ask_images(parent: QWidget, folder: Path | None) -> list[Path]:
    """Ask for image files."""
    names, _ = QFileDialog.getOpenFileNames(
        parent, "Open images", str(folder or Path.home()), IMAGE_FILTER
    )
    return [Path(name) for name in names]


def ask_folder(parent: QWidget, title: str, folder: Path | None) -> Path | None:
    """Ask for a folder."""
    name = QFileDialog.getExistingDirectory(parent, title, str(folder or Path.home()))
    return Path(name) if name else None


def ask_save(parent: QWidget, title: str, suggestion: Path, suffix: str) -> Path | None:
    """Ask where to save; the dialog itself asks before a file is overwritten."""
    dialog = QFileDialog(parent, title, str(suggestion.parent))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(f"{suffix.upper()} (*.{suffix})")
    dialog.setDefaultSuffix(suffix)
    dialog.selectFile(suggestion.name)
    if not dialog.exec():
        return None
    return Path(dialog.selectedFiles()[0])


def ask_overwrite(parent: QWidget, paths: list[Path]) -> bool:
    """Ask whether files may be replaced; keeping them is the default."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle("Replace masks?")
    names = ", ".join(path.name for path in paths[:4]) + (", …" if len(paths) > 4 else "")
    are_there = "This file is" if len(paths) == 1 else f"{len(paths)} files are"
    box.setText(f"{are_there} there already: {names}.")
    replace = box.addButton("Replace", QMessageBox.ButtonRole.DestructiveRole)
    cancel = box.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(cancel)
    box.exec()
    return box.clickedButton() is replace
