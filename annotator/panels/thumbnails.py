"""Small pictures of the images, made in the background when they come into sight."""

import time
from collections import OrderedDict
from collections.abc import Collection
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage, QPixmap

from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.storage.atomic import create_folder
from annotator.workers.job_runner import Job, JobContext, JobRunner

KEPT = 1000
"""Thumbnails in memory, about 38 MB; all others are a millisecond away, in the cache."""


class ThumbnailStore(QObject):
    """Thumbnails by image. What is asked for last is made first: it is what the user looks at."""

    ready = Signal(int)
    """A thumbnail was made, or could not be: identifier of the image."""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._folder: Path | None = None
        self._pixmaps: OrderedDict[int, QPixmap] = OrderedDict()
        self._broken: dict[int, Path] = {}
        self._jobs: dict[int, Job] = {}

    def set_folder(self, folder: Path | None) -> None:
        """Keep the thumbnails of another project's images from now on, in this folder.

        It is made here once: where the project is moved away later, nothing is made in its place.
        """
        self.keep_only(())
        if folder is not None:
            with suppress(AnnotatorError):
                create_folder(folder)
        self._folder = folder
        self._pixmaps.clear()
        self._broken.clear()

    def get(self, entry: ImageEntry) -> QPixmap | None:
        """Return the thumbnail, or None and begin to make it."""
        name = entry.identifier
        if name in self._pixmaps:
            self._pixmaps.move_to_end(name)
            return self._pixmaps[name]
        if not (entry.is_missing or name in self._jobs or self.is_broken(entry)):
            self._start(entry)
        return None

    def is_broken(self, entry: ImageEntry) -> bool:
        """Tell whether the file could not be decoded."""
        return self._broken.get(entry.identifier) == entry.path

    def keep_only(self, names: Collection[int]) -> None:
        """Give up the thumbnails that are under way, except those of these images."""
        for name in self._jobs.keys() - set(names):
            self._runner.cancel(self._jobs[name])

    def _start(self, entry: ImageEntry) -> None:
        name = entry.identifier
        self._jobs[name] = self._runner.start(
            Job(
                key=("thumbnail", name),
                work=partial(_make, entry.path, self._folder),
                lane="thumbnails",
                priority=int(time.monotonic() * 4),  # rows of one sight from the top
                on_done=partial(self._keep, name),
                on_failed=lambda _error: self._give_up(entry),
                on_cancelled=lambda: self._jobs.pop(name, None) and None,
            )
        )

    def _keep(self, name: int, image: QImage) -> None:
        self._jobs.pop(name, None)
        self._pixmaps[name] = QPixmap.fromImage(image)
        if len(self._pixmaps) > KEPT:
            self._pixmaps.popitem(last=False)
        self.ready.emit(name)

    def _give_up(self, entry: ImageEntry) -> None:
        self._jobs.pop(entry.identifier, None)
        self._broken[entry.identifier] = entry.path
        self.ready.emit(entry.identifier)


def thumbnail_folder(project: Path, *, is_read_only: bool) -> Path:
    """Return where thumbnails are kept: in the project, or in the user's cache."""
    if is_read_only:
        return user_cache_path("crack-annotator", appauthor=False) / "thumbnails"
    return project / "cache" / "thumbnails"


def _make(path: Path, folder: Path | None, _context: JobContext) -> QImage:
    """Return a thumbnail; on a worker thread."""
    from annotator.storage.thumbnails import read_thumbnail

    colors: Any = read_thumbnail(path, folder if folder and folder.is_dir() else None)
    height, width = colors.shape[:2]
    return QImage(colors.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
