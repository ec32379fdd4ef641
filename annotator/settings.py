"""What the application remembers from one start to the next, in the files of QSettings."""

from pathlib import Path
from typing import Literal, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

Theme = Literal["system", "light", "dark"]

LAYOUT_VERSION = 1
"""Raise it when docks or toolbars change: a saved layout of another version is not restored."""


class Settings:
    """User settings in an INI file: that of the user's configuration folder, or a given one."""

    def __init__(self, file: Path | None = None) -> None:
        ini = QSettings.Format.IniFormat
        if file:
            self._store = QSettings(str(file), ini)
        else:
            name = "crack-annotator"
            self._store = QSettings(ini, QSettings.Scope.UserScope, name, name)

    @property
    def theme(self) -> Theme:
        """Color theme."""
        value = str(self._store.value("window/theme", "system"))
        return cast("Theme", value) if value in get_args(Theme) else "system"

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._store.setValue("window/theme", theme)

    @property
    def layout(self) -> tuple[QByteArray, QByteArray] | None:
        """Geometry and dock state as the window saved them, None where there is none that fits."""
        if str(self._store.value("window/layout_version", "")) != str(LAYOUT_VERSION):
            return None
        geometry, state = self._store.value("window/geometry"), self._store.value("window/state")
        if isinstance(geometry, QByteArray) and isinstance(state, QByteArray):
            return geometry, state
        return None

    @layout.setter
    def layout(self, layout: tuple[QByteArray, QByteArray]) -> None:
        self._store.setValue("window/layout_version", LAYOUT_VERSION)
        self._store.setValue("window/geometry", layout[0])
        self._store.setValue("window/state", layout[1])

    def folder(self, purpose: Literal["open", "save"]) -> Path | None:
        """Return the folder used last for opening or saving, None where it is gone."""
        value = str(self._store.value(f"folders/{purpose}", ""))
        return Path(value) if value and Path(value).is_dir() else None

    def remember_folder(self, purpose: Literal["open", "save"], folder: Path) -> None:
        """Keep a folder for the next dialog."""
        self._store.setValue(f"folders/{purpose}", str(folder))
