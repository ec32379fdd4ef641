"""The part of an image in which a segment is searched, and its cost, block by block."""

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geodesic._jit import njit
from geodesic.corridor import N_SECTORS, Bits, Box, Corridor, find_corridor
from geodesic.fast_marching import Block, Values
from geodesic.metric import Metric
from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.types import Points, TraceError

MIN_MARGIN = 48
"""Smallest margin of the search window around the clicks, in px."""

SMALL_WINDOW = 500_000
"""Windows up to this many pixels are searched whole."""

MAX_WINDOW = 24_000_000
"""Largest box around a corridor in pixels."""

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
    metric : Metric
        What is marched in the window; its layers are evenly spaced headings.
    check : callable
        Called between pieces of work; may raise to stop.

    Attributes
    ----------
    n_cost : int
        Layers of the cost.
    seconds : float
        Time spent on cost so far.

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
        metric: Metric,
        check: Callable[[], None],
    ) -> None:
        self._prepared = prepared
        self._parameters = parameters
        self._check = check
        self._corridor: Corridor | None = None
        self._sectors_of_layers = _sectors_of_layers(metric.n_theta, parameters)
        self._stop_ahead: Callable[[], None] = lambda: None
        self.n_cost = parameters.n_orientations
        box = search_box(prepared.shape, ends, parameters.margin)
        if not is_small(box):
            # A box larger than this would not be searched even if it were all corridor.
            _check_size(ends, _tight_box(ends))
            self._corridor = find_corridor(
                prepared, box, ends, parameters, check, self._begin_ahead
            )
            self.n_cost = metric.n_theta
            box = self._corridor.box
            _check_size(ends, box)
        self.top, self.left, self.bottom, self.right = box
        self.seconds = 0.0

    def __del__(self) -> None:
        """Give up tiles that were not needed."""
        self._stop_ahead()

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the box in px."""
        return self.bottom - self.top, self.right - self.left

    def local(self, point: NDArray[np.float64]) -> tuple[int, int]:
        """(row, col) in the box of an image point (x, y)."""
        return int(point[1]) - self.top, int(point[0]) - self.left

    def _begin_ahead(self, course: Points) -> None:
        """Have the tiles on the course computed, in its order, while the march comes nearer."""
        prepared = self._prepared
        rows = np.searchsorted(prepared.rows, course[:, 1], side="right") - 1
        cols = np.searchsorted(prepared.cols, course[:, 0], side="right") - 1
        tiles = list(zip(rows.tolist(), cols.tolist(), strict=True))
        changed = [tiles[0]] + [tile for before, tile in pairwise(tiles) if tile != before]
        self._stop_ahead = prepared.begin_tiles(changed, self._parameters)

    def cost_block(self, row: int, col: int) -> Block:
        """Cost of the block that holds a pixel of the box, infinite outside the corridor.

        Returns
        -------
        row, col : int
            The block's top-left pixel in the box.
        cost : ndarray of float32, shape (h, w, n_cost)
        classes : ndarray of uint8, shape (h, w, n_cost), or None
            Of the data-driven metric, where it is asked for.
        """
        self._check()
        begin = time.perf_counter()
        i, top, bottom = block_edges(self._prepared.rows, row + self.top)
        j, left, right = block_edges(self._prepared.cols, col + self.left)
        above, beside = int(self._prepared.rows[i]), int(self._prepared.cols[j])
        top, bottom = max(top, self.top), min(bottom, self.bottom)
        left, right = max(left, self.left), min(right, self.right)
        inside_tile = (
            slice(top - above, bottom - above),
            slice(left - beside, right - beside),
        )
        sectors = self._sectors(top, left, bottom, right)
        if sectors is not None and not sectors.any():
            shape = (bottom - top, right - left, self.n_cost)
            self.seconds += time.perf_counter() - begin
            return top - self.top, left - self.left, np.full(shape, np.inf, np.float32), None
        cost, classes = self._prepared.cost_tile((i, j), self._parameters)[inside_tile], None
        if self._parameters.bend_lambda > 0:
            classes = self._prepared.bend_tile((i, j), self._parameters)[inside_tile]
            if self.n_cost > classes.shape[2]:
                classes = np.tile(classes, self.n_cost // classes.shape[2])
        if sectors is not None:
            cost = _closed_off(cost, sectors, self._sectors_of_layers)
        self.seconds += time.perf_counter() - begin
        return top - self.top, left - self.left, cost, classes

    def _sectors(self, top: int, left: int, bottom: int, right: int) -> Bits | None:
        if self._corridor is None:
            return None
        return self._corridor.sectors(top, left, bottom, right)


def _sectors_of_layers(n_theta: int, parameters: TraceParameters) -> Bits:
    """Bits of the sectors that each layer's heading lies in; both ways in symmetric gear."""
    is_forward = n_theta > parameters.n_orientations
    turn = N_SECTORS if is_forward else N_SECTORS // 2
    sector = np.rint(np.arange(n_theta) * turn / n_theta).astype(np.uint32) % np.uint32(N_SECTORS)
    bits = np.uint32(1) << sector
    if is_forward:
        return bits
    opposite = (sector + np.uint32(N_SECTORS // 2)) % np.uint32(N_SECTORS)
    return bits | np.uint32(1) << opposite


@njit
def _closed_off(cost: Values, sectors: Bits, sectors_of_layers: Bits) -> Values:
    """Cost of all layers, infinite where no sector of the layer is open."""
    height, width, n_cost = cost.shape
    n_theta = sectors_of_layers.size
    out = np.empty((height, width, n_theta), np.float32)
    for row in range(height):
        for col in range(width):
            for layer in range(n_theta):
                value = cost[row, col, layer % n_cost]
                if sectors[row, col] & sectors_of_layers[layer] == 0:
                    value = np.float32(np.inf)
                out[row, col, layer] = value
    return out


def block_edges(edges: NDArray[np.intp], position: int) -> tuple[int, int, int]:
    """Tile of a position and the ends of its block in that tile."""
    tile = int(np.searchsorted(edges, position, side="right")) - 1
    first = int(edges[tile])
    start = first + (position - first) // BLOCK * BLOCK
    return tile, start, min(start + BLOCK, int(edges[tile + 1]))


def is_small(box: Box) -> bool:
    """Whether a box (top, left, bottom, right) is searched whole."""
    return (box[2] - box[0]) * (box[3] - box[1]) <= SMALL_WINDOW


def search_box(shape: tuple[int, int], ends: Points, margin: float) -> Box:
    """Box (top, left, bottom, right) around two points, inside an image of (height, width)."""
    height, width = shape
    pad = max(MIN_MARGIN, int(margin * float(np.hypot(*(ends[1] - ends[0])))))
    top, left, bottom, right = _tight_box(ends)
    return max(top - pad, 0), max(left - pad, 0), min(bottom + pad, height), min(right + pad, width)


def _tight_box(ends: Points) -> Box:
    low, high = ends.min(axis=0).astype(int), ends.max(axis=0).astype(int)
    return int(low[1]), int(low[0]), int(high[1]) + 1, int(high[0]) + 1


def _check_size(ends: Points, box: Box) -> None:
    """Raise TraceError if a box is too large to be searched."""
    if (box[2] - box[0]) * (box[3] - box[1]) > MAX_WINDOW:
        raise TraceError(
            f"The clicks are {np.hypot(*(ends[1] - ends[0])):.0f} px apart, too far to search in "
            "one go; add a point on the crack between them."
        )
