"""The models that were trained in a project, which of them is in use, and which were before.

`<project>/models/<number>/` are models as the backend writes them; `versions.json` beside them says
which is in use. It is written last: whatever happens, what it names is there.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, cast

from annotator.errors import AnnotatorError
from annotator.storage.atomic import create_folder, sync_folder, write_bytes
from annotator.storage.project_records import utc_now

MODELS: Final = "models"
VERSIONS: Final = "versions.json"
BUNDLED: Final = ""
"""Stands for the model that comes with the program, in use where no version is."""
_FORMAT: Final = 1
_PART: Final = ".part-"


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A model of a project.

    Attributes
    ----------
    name
        Of its folder: a number, from 1.
    title
        One line.
    key
        The first hex digits of the SHA-256 of its weights.
    made_at, author
        When and by whom it was taken into the project.
    based_on
        Title of the model that its training began with; empty for none.
    how
        How thorough the training was, for lists.
    n_images
        That it learned from.
    held_out
        Names of the images that it was judged by.
    figures
        Shares by name, such as F1 on the images held out.
    is_flagged
        It was worse than the one before on data that that one was judged by.
    """

    name: str
    title: str
    key: str = ""
    made_at: str = ""
    author: str = ""
    based_on: str = ""
    how: str = ""
    n_images: int = 0
    held_out: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict[str, float])
    is_flagged: bool = False


@dataclass(frozen=True, slots=True)
class VersionList:
    """All versions, the oldest first, and which were in use one after the other."""

    versions: tuple[ModelVersion, ...] = ()
    used: tuple[str, ...] = ()
    """Names; the last one is in use. The bundled model is `BUNDLED`."""

    @property
    def current(self) -> str:
        """Name of the version in use, `BUNDLED` where none is."""
        return self.used[-1] if self.used else BUNDLED

    @property
    def before(self) -> str | None:
        """Name of what was in use before; None where nothing else was."""
        if not self.used or self.used == (BUNDLED,):
            return None
        return self.used[-2] if len(self.used) > 1 else BUNDLED

    def find(self, name: str) -> ModelVersion | None:
        """Return a version by its name."""
        return next((each for each in self.versions if each.name == name), None)


class ModelVersions:
    """The versions of a project's folder. Every change is complete when a method returns."""

    def __init__(self, project: Path) -> None:
        self.folder = project / MODELS

    def read(self) -> VersionList:
        """Return what there is; versions whose folders are gone are left out."""
        file = self.folder / VERSIONS
        try:
            table = cast("dict[str, Any]", json.loads(file.read_text("utf-8")))
            known = [_version(row) for row in table["versions"]]
            used = [str(name) for name in table["used"]]
        except FileNotFoundError:
            return VersionList()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AnnotatorError(
                f"{file} cannot be read ({error}); the models in {self.folder} are still there: "
                "remove the file, and choose a model in Manage models.",
                detail=repr(error),
            ) from error
        present = tuple(each for each in known if (self.folder / each.name).is_dir())
        names = {each.name for each in present} | {BUNDLED}
        return VersionList(present, _without_repeats([name for name in used if name in names]))

    def path_of(self, name: str) -> Path | None:
        """Return the folder of a version, None for the bundled model."""
        return self.folder / name if name else None

    def add(self, model: Path, version: ModelVersion, *, is_used: bool) -> ModelVersion:
        """Copy a model into the project as its next version, and use it or not."""
        create_folder(self.folder)
        known = self.read()
        name = str(1 + max((int(name) for name in self._taken(known)), default=0))
        self._copy(model, name)
        added = replace(version, name=name, made_at=version.made_at or utc_now())
        used = (*known.used, name) if is_used else known.used
        self._write(VersionList((*known.versions, added), used))
        return added

    def use(self, name: str) -> None:
        """Put a version, or the bundled model, to use."""
        known = self.read()
        if name != BUNDLED and known.find(name) is None:
            raise AnnotatorError(f"The project has no model {name}; choose another.")
        if name != known.current or not known.used:
            self._write(replace(known, used=(*known.used, name)))

    def go_back(self) -> str:
        """Put to use again what was in use before; return its name."""
        known = self.read()
        before = known.before
        if before is None:
            raise AnnotatorError("No other model was in use before this one.")
        self._write(replace(known, used=known.used[:-1] or (BUNDLED,)))
        return before

    def remove(self, name: str) -> None:
        """Remove a version for good; the one in use stays."""
        known = self.read()
        if name == known.current:
            raise AnnotatorError(f"Model {name} is in use; use another one, then remove it.")
        left = tuple(each for each in known.versions if each.name != name)
        used = _without_repeats([each for each in known.used if each != name])
        self._write(VersionList(left, used))
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def _taken(self, known: VersionList) -> set[str]:
        """Return all names that were given, also of folders that nothing names."""
        folders = {path.name for path in self.folder.iterdir() if path.is_dir()}
        names = {each.name for each in known.versions} | set(known.used) | folders
        return {name for name in names if name.isdigit()}

    def _copy(self, model: Path, name: str) -> None:
        """Copy a model so that its folder is there as a whole or not at all."""
        for rest in self.folder.glob(f"{_PART}*"):
            shutil.rmtree(rest, ignore_errors=True)
        part = self.folder / f"{_PART}{name}"
        try:
            shutil.copytree(model, part)
            for file in part.iterdir():
                with file.open("rb+") as written:
                    os.fsync(written.fileno())
            part.rename(self.folder / name)
        except OSError as error:
            shutil.rmtree(part, ignore_errors=True)
            raise AnnotatorError(
                f"The model was not copied to {self.folder} ({error.strerror or error}); free some "
                "space, or check the permissions, and try again.",
                detail=repr(error),
            ) from error
        sync_folder(self.folder)

    def _write(self, known: VersionList) -> None:
        table = {"format": _FORMAT, **asdict(known)}
        text = json.dumps(table, ensure_ascii=False, indent=1)
        write_bytes(self.folder / VERSIONS, f"{text}\n".encode())


def _version(row: dict[str, Any]) -> ModelVersion:
    """Return a version of its JSON; fields of other versions of the program are passed over."""
    known: dict[str, Any] = {
        name: row[name] for name in ModelVersion.__dataclass_fields__ if name in row
    }
    known["held_out"] = tuple(str(name) for name in row.get("held_out", ()))
    return ModelVersion(**known)


def _without_repeats(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names without those that follow themselves."""
    return tuple(name for place, name in enumerate(names) if not place or name != names[place - 1])
