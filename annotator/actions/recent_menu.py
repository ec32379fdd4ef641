"""The submenu of projects opened lately, made anew each time it is shown."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from annotator.actions import projects
from annotator.actions.context import Context


class RecentMenu(QObject):
    """Fills a menu with the recent projects, the newest first."""

    def __init__(self, menu: QMenu, context: Context) -> None:
        super().__init__(menu)
        menu.setObjectName("recent_menu")
        self._menu = menu
        self._context = context
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        self._menu.clear()
        folders = self._context.settings.recent_projects
        for number, folder in enumerate(folders, start=1):
            mnemonic = f"&{number} " if number < 10 else ""
            text = folder.stem.replace("&", "&&")
            action = self._menu.addAction(f"{mnemonic}{text}  –  {_home_path(folder.parent)}")
            action.setToolTip(str(folder))
            action.triggered.connect(partial(self._open, folder))
        if not folders:
            self._menu.addAction("None yet").setEnabled(False)
            return
        self._menu.addSeparator()
        self._menu.addAction("&Clear this list", self._context.settings.forget_projects)

    def _open(self, folder: Path, _is_checked: bool = False) -> None:
        projects.open_paths(self._context, [folder])


def _home_path(folder: Path) -> str:
    """Return a folder with "~" for the user's own, and with what Qt takes for mnemonics doubled."""
    try:
        shown = f"~/{folder.relative_to(Path.home()).as_posix()}"
    except ValueError:
        shown = str(folder)
    return shown.replace("&", "&&")
