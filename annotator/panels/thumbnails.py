"""Small pictures of the images, made in the background when they come into sight."""

import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QRect, QSize, Signal
from PySide6.QtGui import QImage, QPixmap

from annotator.workers.job_runner import Job, JobContext, JobRunner

THUMBNAIL_SIZE = QSize(112, 84)
"""Pixels of a thumbnail; shown smaller, so that it is sharp at 200 % scaling too."""


class ThumbnailStore(QObject):
    """Thumbnails by path. What is asked for last is made first: it is what the user looks at."""

    ready = Signal(object)
    """A thumbnail was made, or could not be: its path."""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._pixmaps: dict[Path, QPixmap | None] = {}
        self._asked: set[Path] = set()

    def get(self, path: Path) -> QPixmap | None:
        """Return the thumbnail, or None and begin to make it."""
        if path not in self._asked:
            self._asked.add(path)
            self._runner.start(
                Job(
                    key=("thumbnail", path),
                    work=partial(make_thumbnail, path),
                    lane="thumbnails",
                    priority=int(time.monotonic() * 4),  # rows of one sight from the top
                    on_done=partial(self._keep, path),
                    on_failed=lambda _error: self._keep(path, None),
                )
            )
        return self._pixmaps.get(path)

    def is_broken(self, path: Path) -> bool:
        """Tell whether the file could not be decoded."""
        return path in self._pixmaps and self._pixmaps[path] is None

    def _keep(self, path: Path, image: QImage | None) -> None:
        self._pixmaps[path] = QPixmap.fromImage(image) if image else None
        self.ready.emit(path)


def make_thumbnail(path: Path, _context: JobContext) -> QImage:
    """Return a thumbnail that fills THUMBNAIL_SIZE, cropped around the middle."""
    import cv2

    from annotator.canvas.rendering import to_display
    from annotator.storage.image_io import load_image

    pixels = to_display(load_image(path).pixels)
    height, width = pixels.shape[:2]
    wanted_width, wanted_height = THUMBNAIL_SIZE.toTuple()
    scale = max(wanted_width / width, wanted_height / height)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    colors = cv2.cvtColor(small, cv2.COLOR_GRAY2RGB) if small.ndim == 2 else small
    rows, columns = colors.shape[:2]
    image = QImage(colors.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
    frame = QRect(0, 0, wanted_width, wanted_height)
    frame.moveCenter(image.rect().center())
    return image.copy(frame.intersected(image.rect()))
