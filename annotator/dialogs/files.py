"""Dialogs that ask for files and folders, and the file manager. None where the user cancels."""

import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

IMAGE_FILTER = (
    "Images (*.jpg *.jpeg *.png *.tif *.tiff *.bmp *.webp *.jp2 *.pgm *.ppm);;All files (*)"
)


def ask_images(parent: QWidget, title: str, folder: Path | None) -> list[Path]:
    """Ask for image files."""
    return ask_files(parent, title, folder, IMAGE_FILTER)


def ask_files(parent: QWidget, title: str, folder: Path | None, name_filter: str) -> list[Path]:
    """Ask for files."""
    names, _ = QFileDialog.getOpenFileNames(parent, title, str(folder or Path.home()), name_filter)
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


def show_in_file_manager(path: Path) -> None:
    """Open the folder of a file, with the file selected where the system can do that."""
    if path.is_file() and sys.platform == "win32":
        subprocess.Popen(["explorer", "/select,", str(path)])
    elif path.is_file() and sys.platform == "darwin":
        subprocess.Popen(["open", "-R", str(path)])
    else:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path if path.is_dir() else path.parent)))
