"""The menu "Help"."""

import json
from functools import cache
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMessageBox

import annotator
from annotator.actions.context import Context
from annotator.actions.row import Row, separator
from annotator.dialogs.shortcuts import ShortcutsDialog

MENU = "&Help"
GUIDE = "docs/guide.md"
"""The user guide, in a checkout."""

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


@cache
def find_guide() -> Path | None:
    """Return the user guide of the checkout that the program runs or was installed from."""
    folders = [Path(annotator.__file__).resolve().parents[1], *_installed_from()]
    return next((folder / GUIDE for folder in folders if (folder / GUIDE).is_file()), None)


def _installed_from() -> list[Path]:
    """Return the folder that pip was given, which it notes for packages that are not downloaded."""
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        note = json.loads(distribution("crack-annotator").read_text("direct_url.json") or "{}")
        url = QUrl(str(note.get("url", "")))
    except (PackageNotFoundError, OSError, ValueError, AttributeError):
        return []
    return [Path(url.toLocalFile())] if url.isLocalFile() else []


def show_guide(_context: Context) -> None:
    """Open the user guide."""
    guide = find_guide()
    if guide is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(guide)))


def has_guide(_context: Context) -> bool:
    """Enable where the guide is there."""
    return find_guide() is not None


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
    Row(
        "guide",
        "&User guide",
        MENU,
        show_guide,
        (),
        "book-open",
        has_guide,
        tip=f"Open {GUIDE} in the folder that the program was installed from, if it is still there",
    ),
    separator(MENU),
    Row("about", "A&bout", MENU, show_about, (), "info"),
)
