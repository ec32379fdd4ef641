"""Arrays to what Qt paints: image pyramids, made on any thread."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter, QTransform

from annotator.canvas.adjustment import Adjustment, Histogram, Table
from annotator.services.resolution import halvings
from annotator.storage.pixels import to_display

SMALLEST_LEVEL = 256
HISTOGRAM_PIXELS = 1_500_000
"""The histogram is taken from the first level that has no more."""
BYTES_PER_PIXEL = 4
UNDIVIDED = 2**18 - 1
"""Most pixels that OpenCV looks up in one thread. It would be faster with several while nothing
else runs, but the window must not wait for threads that a trace keeps busy."""


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """An image in halving resolutions, each (h, w, 4) uint8 as QImage.Format_RGB32 wants it."""

    levels: tuple[NDArray[np.uint8], ...]
    histogram: Histogram
    """How often each brightness occurs."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the full image."""
        height, width = self.levels[0].shape[:2]
        return width, height

    @property
    def nbytes(self) -> int:
        """Memory of all levels."""
        return sum(level.nbytes for level in self.levels)

    def level_for(self, scale: float) -> int:
        """Return the coarsest level that has at least one pixel per screen pixel at that scale."""
        return halvings(scale, len(self.levels) - 1)

    def cut(self, level: int, exposed: QRectF) -> tuple[QImage, QRectF] | None:
        """Return the part of a level under a scene rectangle, and the rectangle it covers.

        The QImage borrows the array's memory: paint it before the pyramid goes. Only what is on
        screen is touched, so painting costs the same for any image size, and one cut has no seams.
        """
        pixels = self.levels[level]
        height, width = pixels.shape[:2]
        full_width, full_height = self.size
        step_x, step_y = full_width / width, full_height / height
        x0 = max(int(np.floor(exposed.left() / step_x)) - 2, 0)
        y0 = max(int(np.floor(exposed.top() / step_y)) - 2, 0)
        x1 = min(int(np.ceil(exposed.right() / step_x)) + 2, width)
        y1 = min(int(np.ceil(exposed.bottom() / step_y)) + 2, height)
        if x0 >= x1 or y0 >= y1:
            return None
        stride = 4 * width
        start = y0 * stride + 4 * x0
        stop = (y1 - 1) * stride + 4 * x1
        data = pixels.reshape(-1)[start:stop].data
        image = QImage(data, x1 - x0, y1 - y0, stride, QImage.Format.Format_RGB32)
        covered = QRectF(x0 * step_x, y0 * step_y, (x1 - x0) * step_x, (y1 - y0) * step_y)
        return image, covered


def paint_through(
    painter: QPainter, table: Table, cut: tuple[QImage, QRectF], exposed: QRectF
) -> None:
    """Paint a cut of an image through a table.

    It is scaled to the screen first and looked up then: there are fewer pixels on the screen than
    in the cut, and nothing has to be kept.
    """
    import cv2  # it was loaded when the image was

    image, covered = cut
    ratio = painter.device().devicePixelRatio()
    to_device = painter.worldTransform() * QTransform.fromScale(ratio, ratio)
    target = to_device.mapRect(exposed).toAlignedRect() & _rounded(to_device.mapRect(covered))
    if target.isEmpty():
        return
    shown = np.zeros((target.height(), target.width(), BYTES_PER_PIXEL), np.uint8)
    scaled = _as_image(shown)
    inner = QPainter(scaled)
    inner.setTransform(to_device * QTransform.fromTranslate(-target.x(), -target.y()))
    inner.setRenderHints(painter.renderHints())
    inner.drawImage(covered, image)
    inner.end()
    rows = max(UNDIVIDED // target.width(), 1)
    for top in range(0, target.height(), rows):
        cv2.LUT(shown[top : top + rows], table, dst=shown[top : top + rows])
    painter.save()
    painter.setWorldTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
    painter.drawImage(target.topLeft(), scaled)
    painter.restore()


def small_picture(pyramid: Pyramid, side: int, adjustment: Adjustment) -> QImage:
    """Return the whole image with its longer side at least ``side`` px, if it has as many."""
    fitting = [level for level in pyramid.levels if max(level.shape[:2]) >= side]
    pixels = fitting[-1] if fitting else pyramid.levels[0]
    if not adjustment.is_neutral:
        import cv2

        pixels = np.asarray(cv2.LUT(pixels, adjustment.table(pyramid.histogram)), np.uint8)
    return _as_image(pixels).copy()


def _rounded(rect: QRectF) -> QRect:
    """Return the pixels whose centers lie in a rectangle: those that drawImage paints."""
    sides = rect.left(), rect.top(), rect.right(), rect.bottom()
    x0, y0, x1, y1 = (int(np.floor(side + 0.5)) for side in sides)
    return QRect(x0, y0, x1 - x0, y1 - y0)


def _as_image(pixels: NDArray[np.uint8]) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, BYTES_PER_PIXEL * width, QImage.Format.Format_RGB32)


def build_pyramid(pixels: NDArray[Any]) -> Pyramid:
    """Return the pyramid of an image (h, w) or (h, w, 3) of any depth."""
    import cv2  # on the worker thread: the window opens before it is loaded

    shown = to_display(pixels)
    code = cv2.COLOR_GRAY2BGRA if shown.ndim == 2 else cv2.COLOR_RGB2BGRA
    levels = [np.asarray(cv2.cvtColor(shown, code), np.uint8)]
    while max(levels[-1].shape[:2]) > SMALLEST_LEVEL:
        height, width = levels[-1].shape[:2]
        half = ((width + 1) // 2, (height + 1) // 2)
        levels.append(
            np.asarray(cv2.resize(levels[-1], half, interpolation=cv2.INTER_AREA), np.uint8)
        )
    sample = next(level for level in levels if level[..., 0].size <= HISTOGRAM_PIXELS)
    grey = np.asarray(cv2.cvtColor(sample, cv2.COLOR_BGRA2GRAY), np.uint8)
    return Pyramid(tuple(levels), np.bincount(grey.ravel(), minlength=256).astype(np.int64))
