"""The part of an image in which a segment is searched, and its cost, block by block."""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geodesic.corridor import coarse_factor, find_corridor
from geodesic.fast_marching import Block
from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.types import Points, TraceError

MIN_MARGIN = 48
"""Smallest margin of the search window around the clicks, in px."""

MAX_WINDOW = 24_000_000
"""Largest search window in pixels; beyond it the margin shrinks."""

MIN_SHRUNK_MARGIN = 24

BLOCK = 64
"""Cost is handed to the front in blocks of at most this edge, so that memory follows the front."""


class SearchWindow:
    """A box around two points, the corridor in it, and the cost inside that corridor.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    ends : ndarray, shape (2, 2)
        The two points (x, y) at pixel centers.
    parameters : TraceParameters
        With channel and polarity resolved.
    check : callable
        Called between pieces of work; may raise to stop.

    Raises
    ------
    TraceError
        The points are too far apart to be searched in one go.
    """

    def __init__(
        self,
        prepared: PreparedImage,
        ends: Points,
        parameters: TraceParameters,
        check: Callable[[], None],
    ) -> None:
        self._prepared = prepared
        self._parameters = parameters
        self._check = check
        box = search_box(prepared.shape, ends, parameters.margin)
        self.top, self.left, self.bottom, self.right = box
        self._factor = coarse_factor(box)
        self._corridor: NDArray[np.bool_] | None = None
        if self._factor > 1:
            self._corridor = find_corridor(prepared, box, ends, parameters, self._factor, check)
        self.seconds = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the box in px."""
        return self.bottom - self.top, self.right - self.left

    def local(self, point: NDArray[np.float64]) -> tuple[int, int]:
        """(row, col) in the box of an image point (x, y)."""
        return int(point[1]) - self.top, int(point[0]) - self.left

    def cost_block(self, row: int, col: int) -> Block:
        """Cost of the block that holds a pixel of the box, infinite outside the corridor.

        Returns
        -------
        row, col : int
            The block's top-left pixel in the box.
        cost : ndarray of float32, shape (h, w, n_orientations)
        classes : ndarray of uint8, shape (h, w, n_orientations), or None
            Of the data-driven metric, where it is asked for.
        """
        self._check()
        begin = time.perf_counter()
        i, top, bottom = block_edges(self._prepared.rows, row + self.top)
        j, left, right = block_edges(self._prepared.cols, col + self.left)
        tile = self._prepared.cost_tile((i, j), self._parameters)
        above, beside = int(self._prepared.rows[i]), int(self._prepared.cols[j])
        top, bottom = max(top, self.top), min(bottom, self.bottom)
        left, right = max(left, self.left), min(right, self.right)
        inside_tile = (
            slice(top - above, bottom - above),
            slice(left - beside, right - beside),
        )
        cost, classes = tile[inside_tile], None
        if self._parameters.bend_lambda > 0:
            classes = self._prepared.bend_tile((i, j), self._parameters)[inside_tile]
        if self._corridor is not None:
            inside = self._corridor[
                (np.arange(top, bottom) - self.top)[:, None] // self._factor,
                (np.arange(left, right) - self.left)[None, :] // self._factor,
            ]
            cost = np.where(inside[:, :, None], cost, np.float32(np.inf))
        self.seconds += time.perf_counter() - begin
        return top - self.top, left - self.left, cost, classes


def block_edges(edges: NDArray[np.intp], position: int) -> tuple[int, int, int]:
    """Tile of a position and the ends of its block in that tile."""
    tile = int(np.searchsorted(edges, position, side="right")) - 1
    first = int(edges[tile])
    start = first + (position - first) // BLOCK * BLOCK
    return tile, start, min(start + BLOCK, int(edges[tile + 1]))


def search_box(shape: tuple[int, int], ends: Points, margin: float) -> tuple[int, int, int, int]:
    """Box (top, left, bottom, right) around two points, inside an image of (height, width).

    Raises
    ------
    TraceError
        Even with the smallest margin the box is too large.
    """
    height, width = shape
    low, high = ends.min(axis=0).astype(int), ends.max(axis=0).astype(int)
    distance = float(np.hypot(*(ends[1] - ends[0])))
    pad = max(MIN_MARGIN, int(margin * distance))
    while True:
        left, top = np.maximum(low - pad, 0)
        right, bottom = np.minimum(high + pad + 1, (width, height))
        if int(right - left) * int(bottom - top) <= MAX_WINDOW:
            return int(top), int(left), int(bottom), int(right)
        if pad <= MIN_SHRUNK_MARGIN:
            raise TraceError(
                f"The clicks are {distance:.0f} px apart, too far to search in one go; "
                "add a point on the crack between them."
            )
        pad = max(MIN_SHRUNK_MARGIN, pad * 3 // 4)
