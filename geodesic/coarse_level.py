"""A coarse level of an image: planar evidence of cracks, in cells, computed where a front comes by.

The image is reduced to about four megapixels; the ridge filter runs on that, and its strongest
response in each two by two pixels is the response of a cell. A front crosses it in well under a
second, and near its seed in a few hundredths.
"""

import threading
from typing import Any
from weakref import WeakKeyDictionary

import cv2
import numpy as np
from numpy.typing import NDArray

from geodesic.fast_marching import DistanceMap
from geodesic.growing_map import GrowingMap
from geodesic.metric import PlanarMetric
from geodesic.parameters import Channel
from geodesic.prepared_image import PreparedImage
from geodesic.ridge import RIDGE_APRON, ridge_response
from geodesic.types import Points

Index = NDArray[np.intp]

MOST_PIXELS = 6_000_000
"""Larger images are reduced for the filter."""

POOLED = 2
"""Edge of a cell in pixels of the reduced image."""

BLOCK = 128
"""Cells are computed in blocks of this edge."""

RIDGE_LAMBDA, RIDGE_POWER = 200.0, 1.5
"""Cost 1 / (1 + lambda V^p) of a cell with response V."""

RIDGE_CONTRAST = 6.0
"""A ridge is sure at this many noise deviations."""


class CoarseLevel:
    """The evidence of cracks of one polarity in one channel; safe to share between threads.

    Parameters
    ----------
    plane : ndarray, shape (height, width)
        Grey values.
    dark : bool
        Polarity.
    is_reduced : bool
        Whether a large image is reduced for the filter.
    evidence : ndarray of float32, shape (height, width), optional
        Response that is known from elsewhere; a cell has at least its largest.
    """

    def __init__(
        self,
        plane: NDArray[Any],
        *,
        dark: bool,
        is_reduced: bool = True,
        evidence: NDArray[np.float32] | None = None,
    ) -> None:
        self.plane = plane
        """Grey values of the image in its own type."""
        height, width = plane.shape
        step = 1
        if is_reduced:
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
        self._evidence = evidence
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
        if self._evidence is not None:
            cells = np.maximum(cells, self._known_response(top, left, rows, cols))
        return (1.0 / (1.0 + RIDGE_LAMBDA * cells**RIDGE_POWER)).astype(np.float32)

    def _known_response(self, top: int, left: int, rows: int, cols: int) -> NDArray[np.float32]:
        """Return the largest evidence in each cell of a box of cells."""
        if self._evidence is None:
            return np.zeros((rows, cols), np.float32)
        starts = [
            np.ceil(POOLED * edge * np.arange(first, first + count + 1)).astype(np.intp)
            for first, count, edge in ((top, rows, self._edges[1]), (left, cols, self._edges[0]))
        ]
        part = self._evidence[starts[0][0] : starts[0][-1], starts[1][0] : starts[1][-1]]
        by_row = np.maximum.reduceat(part, starts[0][:-1] - starts[0][0], axis=0)
        return np.maximum.reduceat(by_row, starts[1][:-1] - starts[1][0], axis=1)

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

    def cells_of(self, rows: NDArray[Any], cols: NDArray[Any]) -> tuple[Index, Index]:
        """Return the row of cells of rows of image points, and the column of columns."""
        row = ((np.asarray(rows) + 0.5) / self._edges[1]).astype(np.intp) // POOLED
        col = ((np.asarray(cols) + 0.5) / self._edges[0]).astype(np.intp) // POOLED
        return np.clip(row, 0, self.shape[0] - 1), np.clip(col, 0, self.shape[1] - 1)

    def front(self, x: float, y: float) -> GrowingMap:
        """Return a front that starts at an image point."""
        distances = DistanceMap(self.shape, PlanarMetric(), n_cost=1, fill=self.cost_block)
        return GrowingMap(distances, self.cell_of(x, y))


_lock = threading.Lock()
_known: WeakKeyDictionary[PreparedImage, dict[tuple[Channel, bool, bool], CoarseLevel]] = (
    WeakKeyDictionary()
)


def coarse_level(prepared: PreparedImage, channel: Channel, *, dark: bool) -> CoarseLevel:
    """Return the coarse level of an image, made once and kept as long as the image."""
    key = (channel, dark, True)
    return _kept(prepared, key) or _keep(
        prepared,
        key,
        CoarseLevel(prepared.plane(channel), dark=dark, evidence=prepared.evidence),
    )


def finest_level(prepared: PreparedImage, channel: Channel, *, dark: bool) -> CoarseLevel:
    """Return the level of the image as it is, in cells of `POOLED` px."""
    coarse = coarse_level(prepared, channel, dark=dark)
    if coarse.cell == POOLED:
        return coarse
    key = (channel, dark, False)
    return _kept(prepared, key) or _keep(
        prepared,
        key,
        CoarseLevel(coarse.plane, dark=dark, is_reduced=False, evidence=prepared.evidence),
    )


def _kept(prepared: PreparedImage, key: tuple[Channel, bool, bool]) -> CoarseLevel | None:
    with _lock:
        return _known.get(prepared, {}).get(key)


def _keep(
    prepared: PreparedImage, key: tuple[Channel, bool, bool], level: CoarseLevel
) -> CoarseLevel:
    with _lock:
        return _known.setdefault(prepared, {}).setdefault(key, level)
