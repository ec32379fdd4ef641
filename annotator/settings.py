"""What the application remembers from one start to the next, in the files of QSettings."""

import json
from pathlib import Path
from typing import Any, Literal, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

Theme = Literal["system", "light", "dark"]

SAVE_FOLDERS_KEPT = 50
"""Of so many folders of photographs it is remembered where their masks went."""

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

    @property
    def open_folder(self) -> Path | None:
        """Folder opened last, None where it is gone."""
        value = str(self._store.value("folders/open", ""))
        return Path(value) if value and Path(value).is_dir() else None

    @open_folder.setter
    def open_folder(self, folder: Path) -> None:
        self._store.setValue("folders/open", str(folder))

    def save_folder(self, photographs: Path) -> Path:
        """Return where files made from the photographs of a folder went last, else that folder."""
        saved = self._save_folders().get(str(photographs), "")
        return Path(saved) if saved and Path(saved).is_dir() else photographs

    def remember_save_folder(self, photographs: Path, folder: Path) -> None:
        """Keep where a file made from the photographs of a folder was saved."""
        known = self._save_folders()
        known.pop(str(photographs), None)
        known[str(photographs)] = str(folder)
        kept = dict(list(known.items())[-SAVE_FOLDERS_KEPT:])
        self._store.setValue("folders/save", json.dumps(kept))

    def _save_folders(self) -> dict[str, str]:
        try:
            known = json.loads(str(self._store.value("folders/save", "{}")))
        except ValueError:
            return {}
        if not isinstance(known, dict):
            return {}
        return {str(key): str(value) for key, value in cast("dict[Any, Any]", known).items()}
