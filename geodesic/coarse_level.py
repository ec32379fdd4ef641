"""A coarse level of an image: planar evidence of cracks, in cells, computed where a front comes by.

The image is reduced to about four megapixels; the ridge filter runs on that, and its strongest
response in each two by two pixels is the response of a cell. A front crosses it in well under a
second, and near its seed in a few hundredths.
"""

import threading
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from geodesic.corridor import RIDGE_CONTRAST, RIDGE_LAMBDA
from geodesic.fast_marching import DistanceMap
from geodesic.growing_map import GrowingMap
from geodesic.metric import PlanarMetric
from geodesic.parameters import Channel
from geodesic.prepared_image import PreparedImage
from geodesic.ridge import RIDGE_APRON, ridge_response
from geodesic.types import Points

MOST_PIXELS = 6_000_000
"""Larger images are reduced for the filter."""

POOLED = 2
"""Edge of a cell in pixels of the reduced image."""

BLOCK = 128
"""Cells are computed in blocks of this edge."""

RIDGE_POWER = 1.5

SMOOTHNESS = 4.0
"""Steps of a course over which it is smoothed: cells make it angular."""


class CoarseLevel:
    """The evidence of cracks of one polarity in one channel; safe to share between threads."""

    def __init__(self, prepared: PreparedImage, channel: Channel, *, dark: bool) -> None:
        plane = prepared.plane(channel)
        self.plane = plane
        """Grey values of the image in its own type."""
        height, width = plane.shape
        step = max(1, int(np.ceil(np.sqrt(height * width / MOST_PIXELS))))
        self.cell = POOLED * step
        """Edge of a cell in px of the image."""
        if step > 1:
            size = (max(1, -(-width // step)), max(1, -(-height // step)))
            plane = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA))
        # A reduced image's pixels are not exactly `step` wide where its size is not a multiple.
        self._edges = (width / plane.shape[1], height / plane.shape[0])
        self._reduced = PreparedImage(plane)
        self._levels = np.float32(RIDGE_CONTRAST) * self._reduced.ridge_levels("luminance")
        self._dark = dark
        self.shape = (-(-plane.shape[0] // POOLED), -(-plane.shape[1] // POOLED))
        """(height, width) in cells."""
        self._blocks: dict[tuple[int, int], NDArray[np.float32]] = {}

    def cost_block(self, row: int, col: int) -> tuple[int, int, NDArray[np.float32], None]:
        """Return (row, col, cost, None) of the block of cells that holds one."""
        top, left = row // BLOCK * BLOCK, col // BLOCK * BLOCK
        cost = self._blocks.get((top, left))
        if cost is None:
            cost = self._cost(top, left)
            self._blocks[top, left] = cost
        return top, left, cost[:, :, None], None

    def cost(self, top: int, left: int, bottom: int, right: int) -> NDArray[np.float32]:
        """Return the cost of a box of cells."""
        out = np.empty((bottom - top, right - left), np.float32)
        for row in range(top // BLOCK * BLOCK, bottom, BLOCK):
            for col in range(left // BLOCK * BLOCK, right, BLOCK):
                block = self.cost_block(row, col)[2][:, :, 0]
                y0, x0 = max(row, top), max(col, left)
                part = block[y0 - row : bottom - row, x0 - col : right - col]
                out[y0 - top :, x0 - left :][: part.shape[0], : part.shape[1]] = part
        return out

    def _cost(self, top: int, left: int) -> NDArray[np.float32]:
        rows, cols = min(BLOCK, self.shape[0] - top), min(BLOCK, self.shape[1] - left)
        a = RIDGE_APRON
        y, x = POOLED * top, POOLED * left
        block = self._reduced.block(
            y - a, x - a, y + POOLED * rows + a, x + POOLED * cols + a, "luminance"
        )
        response = ridge_response(block, self._levels, dark=self._dark)[a:-a, a:-a]
        cells = response.reshape(rows, POOLED, cols, POOLED).max(axis=(1, 3))
        return (1.0 / (1.0 + RIDGE_LAMBDA * cells**RIDGE_POWER)).astype(np.float32)

    def cell_of(self, x: float, y: float) -> tuple[int, int]:
        """Return (row, col) of the cell of an image point."""
        col = int((x + 0.5) / self._edges[0]) // POOLED
        row = int((y + 0.5) / self._edges[1]) // POOLED
        return min(max(row, 0), self.shape[0] - 1), min(max(col, 0), self.shape[1] - 1)

    def in_image(self, cells: Points) -> Points:
        """Return the image points of points (x, y) on the grid of cells."""
        return (cells + 0.5) * POOLED * np.array(self._edges) - 0.5

    def in_cells(self, points: Points) -> Points:
        """Return the points on the grid of cells of image points (x, y)."""
        return (points + 0.5) / (POOLED * np.array(self._edges)) - 0.5

    def front(self, x: float, y: float) -> GrowingMap:
        """Return a front that starts at an image point."""
        distances = DistanceMap(self.shape, PlanarMetric(), n_cost=1, fill=self.cost_block)
        return GrowingMap(distances, self.cell_of(x, y))


_lock = threading.Lock()
_known: WeakKeyDictionary[PreparedImage, dict[tuple[Channel, bool], CoarseLevel]] = (
    WeakKeyDictionary()
)


def coarse_level(prepared: PreparedImage, channel: Channel, *, dark: bool) -> CoarseLevel:
    """Return the coarse level of an image, made once and kept as long as the image."""
    with _lock:
        levels = _known.setdefault(prepared, {})
        level = levels.get((channel, dark))
    if level is None:
        level = CoarseLevel(prepared, channel, dark=dark)
        with _lock:
            levels[channel, dark] = level
    return level
