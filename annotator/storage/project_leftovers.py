"""Files in a project that nothing needs: of interrupted saves, and checkpoints beyond reading."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from annotator.document.block_raster import BlockRaster
from annotator.errors import AnnotatorError
from annotator.storage.crack_codec import decode_raster
from annotator.storage.project_checkpoints import FOLDER_NAME as CHECKPOINTS
from annotator.storage.project_checkpoints import (
    damaged_checkpoints,
    files_in_checkpoints,
    make_trash_folder,
)
from annotator.storage.project_files import CrackFiles, DamagedFileError
from annotator.storage.project_recovery import newest_orphans

FOLDERS = ("masks", "paths", "candidates")


class ProjectLeftovers:
    """What lies in a project's folder beyond what it needs."""

    def __init__(self, folder: Path, needed: Callable[[], set[str]]) -> None:
        self._folder = folder
        self._needed = needed

    @cached_property
    def trash(self) -> Path:
        """Folder in the trash for what is moved out of the way, made when it is needed."""
        return make_trash_folder(self._folder, "check")

    def newest_pixels(self, image: int, crack: str) -> BlockRaster | None:
        """Return the mask that was saved last for a crack, if no row or checkpoint names it."""
        name = self._orphans.get((image, crack))
        if name is None:
            return None
        try:
            return decode_raster(CrackFiles(self._folder).read(name))
        except (DamagedFileError, ValueError):
            return None

    def keep(self, image: int) -> None:
        """Copy the files of an image to the trash before it is repaired."""
        for kind in FOLDERS:
            for path in (self._folder / kind / str(image)).glob("[!.]*"):
                with suppress(OSError):
                    shutil.copyfile(path, self.trash / path.name)

    def checkpoints(self) -> list[Path]:
        """Return the checkpoints that cannot be read."""
        return damaged_checkpoints(self._folder)

    def orphans(self) -> list[Path]:
        """Return the files of cracks that neither the project nor a checkpoint needs."""
        # Listed before the names are read: what is saved meanwhile is no orphan.
        paths = [path for kind in FOLDERS for path in (self._folder / kind).glob("*/[!.]*")]
        kept = (files_in_checkpoints(self._folder) or set()) | self._needed()
        return [path for path in paths if path.relative_to(self._folder).as_posix() not in kept]

    def unfinished(self) -> list[Path]:
        """Return temporary files of saves that were interrupted."""
        places = (".", CHECKPOINTS, *(f"{kind}/*" for kind in FOLDERS))
        found = (self._folder.glob(f"{place}/.crack-annotator-*.part*") for place in places)
        return sorted(path for paths in found for path in paths)

    def move_to_trash(self, paths: list[Path]) -> None:
        """Move files to the trash."""
        try:
            for path in paths:
                path.replace(self.trash / path.name)
        except OSError as error:
            raise AnnotatorError(
                f"{self._folder} was not tidied up ({error.strerror}); check its permissions.",
                detail=repr(error),
            ) from error

    @cached_property
    def _orphans(self) -> dict[tuple[int, str], str]:
        named = (files_in_checkpoints(self._folder) or set()) | self._needed()
        return newest_orphans(self._folder, "masks", named)
