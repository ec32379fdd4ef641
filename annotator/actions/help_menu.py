"""The menu "Help"."""

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

import annotator
from annotator.actions.context import Context
from annotator.actions.row import Row, separator
from annotator.dialogs.shortcuts import ShortcutsDialog

MENU = "&Help"
GUIDE = Path(annotator.__file__).resolve().parents[1] / "docs" / "guide.md"
"""The user guide of a checkout; where the program was installed without it, it is not offered."""

ABOUT = (
    f"<h3>Crack Annotator {annotator.__version__}</h3><p>Marks cracks in photographs: two clicks "
    "become a center line, a width and a pixel mask; projects become data sets.</p>"
    "<p>Apache License 2.0</p>"
)


def show_palette(context: Context) -> None:
    """Open the list of all commands."""
    context.open_palette()


def show_shortcuts(context: Context) -> None:
    """Show the sheet of keys."""
    ShortcutsDialog(context.shortcut_rows, context.window).show()


def show_guide(_context: Context) -> None:
    """Open the user guide."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(GUIDE)))


def has_guide(_context: Context) -> bool:
    """Enable where the guide is there."""
    return GUIDE.is_file()


def show_about(context: Context) -> None:
    """Say what this is."""
    QMessageBox.about(context.window, "About Crack Annotator", ABOUT)


ROWS: tuple[Row, ...] = (
    Row(
        "palette",
        "&All commands…",
        MENU,
        show_palette,
        ("Ctrl+Shift+P",),
        "command",
        tip="Find a command by its name",
    ),
    Row("shortcuts", "&Keys and mouse", MENU, show_shortcuts, ("F1", "?"), "keyboard"),
    Row("guide", "&User guide", MENU, show_guide, (), "book-open", has_guide),
    separator(MENU),
    Row("about", "A&bout", MENU, show_about, (), "info"),
)
