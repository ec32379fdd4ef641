"""Maps at full resolution for the live geodesic: outward from a click, or aimed at a point."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodesic.fast_marching import Block, DistanceMap
from geodesic.growing_map import GrowingMap
from geodesic.lifted_track import march_metric
from geodesic.live_wait import Patience
from geodesic.metric import Metric
from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.search_window import SearchWindow, block_edges
from geodesic.types import Points, TraceError

BOX_BYTES = 500_000_000
"""Bounds the box of a map, all of which is in memory where the system has large pages only."""

MAP_BYTES = 400_000_000
"""What a front may touch; then it stops."""

MOST_HALF = 1200
"""The box reaches at most this far from the click, in px."""


@dataclass(frozen=True, slots=True, eq=False)
class FineMap:
    """A map at full resolution; ``corner`` is the image point (x, y) of its first pixel."""

    growing: GrowingMap
    corner: tuple[int, int]

    def knows(self, x: int, y: int) -> bool:
        """Tell whether a pixel of the image is settled."""
        return math.isfinite(self.growing.value(y - self.corner[1], x - self.corner[0]))

    def track(self, x: float, y: float) -> Points | None:
        """Return the track (x, y) to the pixel of an image point, None where it is not settled."""
        found = self.growing.path(round(y) - self.corner[1], round(x) - self.corner[0])
        return None if found is None else found + self.corner


class _Allowance:
    """Counts the memory of the blocks that a front touches."""

    def __init__(self, metric: Metric, n_cost: int) -> None:
        bytes_of_cost = 4 if metric.n_classes == 1 else 5
        self.bytes_per_pixel = 4 * metric.n_theta + bytes_of_cost * n_cost
        self._left = MAP_BYTES

    def take(self, cost: NDArray[np.float32]) -> None:
        """Note a block; raises TraceError where there is no more to take."""
        if self._left < 0:
            raise TraceError("The front has come so far that its map is full.")
        self._left -= cost.shape[0] * cost.shape[1] * self.bytes_per_pixel


def outward_map(
    prepared: PreparedImage, parameters: TraceParameters, start: Points, patience: Patience
) -> FineMap:
    """Return a map of a box around a pixel (x, y), whose cost is read where the front comes by.

    ``parameters`` have channel and polarity resolved. Growing raises TraceError once it is full.
    """
    metric = march_metric(parameters)
    allowance = _Allowance(metric, parameters.n_orientations)
    half = min(MOST_HALF, int(0.5 * np.sqrt(BOX_BYTES / allowance.bytes_per_pixel)))
    x, y = (int(value) for value in start)
    left, top = max(x - half, 0), max(y - half, 0)
    height, width = prepared.shape
    right, bottom = min(x + half + 1, width), min(y + half + 1, height)

    def cost_block(row: int, col: int) -> Block:
        i, first_row, last_row = block_edges(prepared.rows, row + top)
        j, first_col, last_col = block_edges(prepared.cols, col + left)
        tile = patience.run(prepared.cost_tile, (i, j), parameters)
        rows = np.clip((first_row, last_row), top, bottom)
        cols = np.clip((first_col, last_col), left, right)
        above, beside = prepared.rows[i], prepared.cols[j]
        inside = slice(*(rows - above)), slice(*(cols - beside))
        cost, classes = tile[inside], None
        if parameters.bend_lambda > 0:
            classes = patience.run(prepared.bend_tile, (i, j), parameters)[inside]
        allowance.take(cost)
        return int(rows[0]) - top, int(cols[0]) - left, cost, classes

    distances = DistanceMap(
        (bottom - top, right - left), metric, n_cost=parameters.n_orientations, fill=cost_block
    )
    return FineMap(GrowingMap(distances, (y - top, x - left)), (left, top))


def aimed_map(
    prepared: PreparedImage,
    parameters: TraceParameters,
    ends: Points,
    patience: Patience,
) -> FineMap | None:
    """March the corridor between two pixels (x, y) as a trace does; None if there is no way.

    Raises
    ------
    TraceError
        The points are too far apart, or the map is full before the front arrives.
    """
    check = patience.check
    metric = march_metric(parameters)
    window = patience.run(SearchWindow, prepared, ends, parameters, metric, check)
    allowance = _Allowance(metric, window.n_cost)
    if window.shape[0] * window.shape[1] * allowance.bytes_per_pixel > BOX_BYTES:
        raise TraceError("The points are too far apart for a map between them.")

    def cost_block(row: int, col: int) -> Block:
        block = patience.run(window.cost_block, row, col)
        allowance.take(block[2])
        return block

    distances = DistanceMap(window.shape, metric, n_cost=window.n_cost, fill=cost_block)
    growing = GrowingMap(distances, window.local(ends[0]))
    if not growing.reach_target(window.local(ends[1]), check):
        return None
    return FineMap(growing, (window.left, window.top))
