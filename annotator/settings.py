"""What the application remembers from one start to the next, in the files of QSettings."""

import json
from pathlib import Path
from typing import Any, Final, Literal, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

from annotator.services.login import login_name

Theme = Literal["system", "light", "dark"]

LAYOUT_VERSION: Final = 3
"""Raise it when docks or toolbars change: a saved layout of another version is not restored."""

DEFAULT_OPACITY: Final = 0.4
RECENT_KEPT: Final = 10


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
    def opacity(self) -> float:
        """Opacity of the masks on the photograph, 0 to 1."""
        try:
            value = float(str(self._store.value("window/mask_opacity", DEFAULT_OPACITY)))
        except ValueError:
            return DEFAULT_OPACITY
        return value if 0.0 <= value <= 1.0 else DEFAULT_OPACITY

    @opacity.setter
    def opacity(self, opacity: float) -> None:
        self._store.setValue("window/mask_opacity", opacity)

    def is_shown(self, part: str) -> bool:
        """Tell whether a part of the canvas is shown that can be hidden, by its name."""
        return str(self._store.value(f"window/show_{part}", "true")) != "false"

    def set_shown(self, part: str, is_shown: bool) -> None:
        """Remember whether a part of the canvas is shown."""
        self._store.setValue(f"window/show_{part}", "true" if is_shown else "false")

    @property
    def author(self) -> str:
        """Name of the annotator, which goes with every edit; the user's login name by default."""
        return str(self._store.value("annotator/name", "")) or login_name()

    @author.setter
    def author(self, name: str) -> None:
        self._store.setValue("annotator/name", name.strip())

    @property
    def preset(self) -> str:
        """Preset of the tracing engine that the window starts with."""
        return str(self._store.value("trace/preset", "")) or "default"

    @preset.setter
    def preset(self, preset: str) -> None:
        self._store.setValue("trace/preset", preset)

    @property
    def is_snapping(self) -> bool:
        """Whether clicks of the trace tool go to the nearest crack."""
        return str(self._store.value("trace/snapping", "true")) != "false"

    @is_snapping.setter
    def is_snapping(self, is_snapping: bool) -> None:
        self._store.setValue("trace/snapping", "true" if is_snapping else "false")

    @property
    def is_animated(self) -> bool:
        """Whether the view flies to the next item of a review, or is there at once."""
        return str(self._store.value("review/animated", "true")) != "false"

    @is_animated.setter
    def is_animated(self, is_animated: bool) -> None:
        self._store.setValue("review/animated", "true" if is_animated else "false")

    @property
    def device(self) -> str:
        """Where models predict: "auto", "cpu" or "cuda"."""
        return str(self._store.value("model/device", "")) or "auto"

    @device.setter
    def device(self, device: str) -> None:
        self._store.setValue("model/device", device)

    @property
    def prediction_look(self) -> dict[str, Any]:
        """How predictions were shown last, by the names of the choices."""
        look = self._json("model/look")
        return cast("dict[str, Any]", look) if isinstance(look, dict) else {}

    @prediction_look.setter
    def prediction_look(self, look: dict[str, Any]) -> None:
        self._store.setValue("model/look", json.dumps(look))

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
        return self._folder("folders/open")

    @open_folder.setter
    def open_folder(self, folder: Path) -> None:
        self._store.setValue("folders/open", str(folder))

    @property
    def export_folder(self) -> Path | None:
        """Folder that the last export was put into, None where it is gone."""
        return self._folder("folders/export")

    @export_folder.setter
    def export_folder(self, folder: Path) -> None:
        self._store.setValue("folders/export", str(folder))

    @property
    def project_home(self) -> Path | None:
        """Where projects of folders that cannot be written to go, None for the usual place."""
        value = str(self._store.value("folders/projects", ""))
        return Path(value) if value else None

    @project_home.setter
    def project_home(self, folder: Path | None) -> None:
        self._store.setValue("folders/projects", str(folder) if folder else "")

    @property
    def recent_projects(self) -> list[Path]:
        """Projects opened lately that are still there, the newest first."""
        folders = [Path(name) for name in self._texts("projects/recent")]
        return [folder for folder in folders if folder.is_dir()]

    def remember_project(self, folder: Path) -> None:
        """Put a project at the head of the recent ones."""
        others = [name for name in self._texts("projects/recent") if name != str(folder)]
        kept = [str(folder), *others][:RECENT_KEPT]
        self._store.setValue("projects/recent", json.dumps(kept))

    def forget_projects(self) -> None:
        """Empty the list of recent projects; the projects stay where they are."""
        self._store.remove("projects/recent")

    def export_choices(self, name: str) -> dict[str, Any]:
        """Return what was chosen last for an export, by the names of the choices."""
        choices = self._json(f"export/{name}")
        return cast("dict[str, Any]", choices) if isinstance(choices, dict) else {}

    def remember_export(self, name: str, choices: dict[str, Any]) -> None:
        """Keep what was chosen for an export."""
        self._store.setValue(f"export/{name}", json.dumps(choices))

    def _folder(self, key: str) -> Path | None:
        value = str(self._store.value(key, ""))
        return Path(value) if value and Path(value).is_dir() else None

    def _texts(self, key: str) -> list[str]:
        values = self._json(key)
        if not isinstance(values, list):
            return []
        return [str(value) for value in cast("list[Any]", values)]

    def _json(self, key: str) -> object:
        try:
            return json.loads(str(self._store.value(key, "null")))
        except ValueError:
            return None
