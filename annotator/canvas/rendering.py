"""Arrays to what Qt paints: image pyramids, made on any thread."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

SMALLEST_LEVEL = 256
CONTRAST_PERCENTILES = (0.2, 99.8)


@dataclass(frozen=True, slots=True, eq=False)
class Pyramid:
    """An image in halving resolutions, each (h, w, 4) uint8 as QImage.Format_RGB32 wants it."""

    levels: tuple[NDArray[np.uint8], ...]

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
        level = int(np.floor(-np.log2(max(scale, 1e-6))))
        return min(max(level, 0), len(self.levels) - 1)

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
    return Pyramid(tuple(levels))


def to_display(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return 8-bit pixels: 8-bit images as they are, deeper ones with their contrast stretched."""
    if pixels.dtype == np.uint8:
        return np.ascontiguousarray(pixels)
    stride = max(1, int(np.sqrt(pixels.shape[0] * pixels.shape[1] / 1e6)))
    sample = pixels[::stride, ::stride].astype(np.float32)
    sample = sample[np.isfinite(sample)]
    low, high = np.percentile(sample, CONTRAST_PERCENTILES) if sample.size else (0.0, 1.0)
    scaled = (pixels.astype(np.float32) - low) * (255.0 / max(high - low, 1e-6))
    return np.clip(np.nan_to_num(scaled), 0, 255).astype(np.uint8)
