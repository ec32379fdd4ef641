"""A corridor for far clicks: where planar paths between them are nearly the shortest.

Planar fronts march from both ends through the cells of the coarse level. A cell whose two arrival
times add up to little more than the shortest path's lies in the corridor. The same at full
resolution, inside the first corridor, makes it a tube. The lifted march then runs in that tube, at
a price that follows the crack, not its bounding box; and near the course it runs in directions
near the course's only, where nothing else leads away.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from geodesic.backtracking import backtrack
from geodesic.coarse_level import CoarseLevel, Index, coarse_level, finest_level
from geodesic.fast_marching import Block, DistanceMap
from geodesic.metric import PlanarMetric
from geodesic.parameters import TraceParameters
from geodesic.polyline import resample, smooth
from geodesic.prepared_image import PreparedImage
from geodesic.types import Points, TraceError

SLACK = (0.15, 0.05)
"""How much longer than the shortest path the paths in the corridors may be, the first and last."""

WIDENING = (12.0, 8.0)
"""The corridors are widened by this much, the first and the last, in px."""

BESIDE = 24.0
"""Cells up to this far from the course, in px, belong to it; others are other ways."""

JUNCTION = 40.0
"""All directions are open within this distance of other ways, in px."""

END = 24.0
"""All directions are open within this distance of the clicks, in px."""

N_SECTORS = 32
"""Directions are told apart in sectors, sector k around k / N_SECTORS of the full circle."""

OPEN_SECTORS = 5
"""To each side of the course's direction so many sectors are open, 56 degrees."""

COURSE_SMOOTHING = 6.0
"""Of the course, in px, before its directions are taken."""

Box = tuple[int, int, int, int]
Cells = NDArray[np.bool_]
Bits = NDArray[np.uint32]
ALL_OPEN = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True, eq=False)
class _Region:
    """Cells of a level in a box of cells whose first is (row, col)."""

    level: CoarseLevel
    row: int
    col: int
    is_open: Cells

    def local(self, point: NDArray[np.float64]) -> tuple[int, int]:
        """Return (row, col) in the box of an image point (x, y)."""
        row, col = self.level.cell_of(float(point[0]), float(point[1]))
        return row - self.row, col - self.col

    def front(self, seed: tuple[int, int]) -> DistanceMap:
        """Return a front that goes through open cells only."""
        level, first_row, first_col, is_open = self.level, self.row, self.col, self.is_open

        def fill(row: int, col: int) -> Block:
            top, left, cost, _ = level.cost_block(row + first_row, col + first_col)
            top, left = top - first_row, left - first_col
            cost = cost[max(-top, 0) :, max(-left, 0) :]
            top, left = max(top, 0), max(left, 0)
            inside = is_open[top : top + cost.shape[0], left : left + cost.shape[1], None]
            cost = cost[: inside.shape[0], : inside.shape[1]]
            return top, left, np.where(inside, cost, np.float32(np.inf)), None

        front = DistanceMap(is_open.shape, PlanarMetric(), n_cost=1, fill=fill)
        front.seed(*seed)
        return front

    def cells_at(self, rows: Index, cols: Index) -> tuple[Index, Index]:
        """Return rows and columns in the box, of rows and columns of the image."""
        row, col = self.level.cells_of(rows, cols)
        height, width = self.is_open.shape
        return np.clip(row - self.row, 0, height - 1), np.clip(col - self.col, 0, width - 1)


class Corridor:
    """The tube in which a segment is searched.

    Attributes
    ----------
    box : tuple of int
        (top, left, bottom, right) in px around the tube.
    course : ndarray, shape (n, 2)
        The shortest planar path (x, y) between the ends.
    """

    def __init__(self, region: _Region, bits: Bits, course: Points, box: Box) -> None:
        self._region = region
        self._bits = bits
        self.course = course
        self.box = box

    def sectors(self, top: int, left: int, bottom: int, right: int) -> Bits:
        """Return which sectors of direction are open at the pixels of a box, as bits."""
        rows, cols = self._region.cells_at(np.arange(top, bottom), np.arange(left, right))
        return self._bits[rows[:, None], cols[None, :]]


def find_corridor(
    prepared: PreparedImage,
    box: Box,
    ends: Points,
    parameters: TraceParameters,
    check: Callable[[], None] = lambda: None,
    on_course: Callable[[Points], None] = lambda _course: None,
) -> Corridor:
    """Find the tube that a search between two points may use.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    box : tuple of int
        Search window (top, left, bottom, right) in px.
    ends : ndarray, shape (2, 2)
        The two points (x, y) in px, inside the box.
    parameters : TraceParameters
        With channel and polarity resolved.
    check : callable, optional
        Called between pieces of work; may raise to stop.
    on_course : callable, optional
        Told of a first course (x, y) in px, long before the corridor is known.

    Raises
    ------
    TraceError
        There is no way between the points in the box.
    """
    dark = parameters.polarity != "bright"
    coarse = coarse_level(prepared, parameters.channel, dark=dark)
    check()
    finest = finest_level(prepared, parameters.channel, dark=dark)
    slack = SLACK[1] if finest is coarse else SLACK[0]
    region, course = _nearly_shortest(_whole(coarse, box), ends, slack, check)
    on_course(course)
    if finest is not coarse:
        first = _widened(region, WIDENING[0])
        region, course = _nearly_shortest(_refined(first, finest, box), ends, SLACK[1], check)
    bits = _open_sectors(region, course, ends)
    return Corridor(region, bits, course, _box_of(bits, region, prepared.shape))


def _whole(level: CoarseLevel, box: Box) -> _Region:
    top, left, bottom, right = box
    rows, cols = level.cells_of(np.array([top, bottom - 1]), np.array([left, right - 1]))
    shape = (int(rows[1] - rows[0]) + 1, int(cols[1] - cols[0]) + 1)
    return _Region(level, int(rows[0]), int(cols[0]), np.ones(shape, bool))


def _refined(region: _Region, level: CoarseLevel, box: Box) -> _Region:
    """Return the same part of the image in the cells of a finer level."""
    rows, cols = np.nonzero(region.is_open.any(axis=1))[0], np.nonzero(region.is_open.any(0))[0]
    first = np.array([cols[0] + region.col, rows[0] + region.row])
    last = np.array([cols[-1] + region.col, rows[-1] + region.row])
    low, high = region.level.in_image(np.stack([first - 0.5, last + 0.5]))
    finer = _whole(
        level,
        (
            max(int(low[1]), box[0]),
            max(int(low[0]), box[1]),
            min(int(high[1]) + 2, box[2]),
            min(int(high[0]) + 2, box[3]),
        ),
    )
    height, width = finer.is_open.shape
    rows = np.arange(finer.row, finer.row + height)
    cols = np.arange(finer.col, finer.col + width)
    x = level.in_image(np.stack([cols, cols], axis=1))[:, 0]
    y = level.in_image(np.stack([rows, rows], axis=1))[:, 1]
    row, col = region.cells_at(np.rint(y).astype(np.intp), np.rint(x).astype(np.intp))
    return _Region(level, finer.row, finer.col, region.is_open[row[:, None], col[None, :]])


def _nearly_shortest(
    region: _Region, ends: Points, slack: float, check: Callable[[], None]
) -> tuple[_Region, Points]:
    """Return the part of a region on paths nearly as short as the shortest, and the shortest."""
    start, end = (region.local(point) for point in ends)
    level = region.level
    if start == end:
        cells = np.zeros(region.is_open.shape, bool)
        cells[start] = True
        return _Region(level, region.row, region.col, cells), ends.copy()
    ahead = region.front(start)
    shortest = ahead.run(end, on_pause=check)
    if not np.isfinite(shortest):
        raise TraceError("No way was found between the clicks; choose other points.")
    limit = (1.0 + slack) * shortest
    ahead.run(limit=limit, on_pause=check)
    arrival = ahead.values[:, :, 0]
    near = _Region(level, region.row, region.col, arrival <= limit)
    back = near.front(end)
    back.run(limit=limit, on_pause=check)
    inside = arrival + back.values[:, :, 0] <= limit
    inside[start] = inside[end] = True
    found = backtrack(ahead, (*end, 0), start)
    cells = found.path[::-1, :2] + (region.col, region.row)
    course = level.in_image(cells)
    course[0], course[-1] = ends
    return _Region(level, region.row, region.col, inside), course


def _widened(region: _Region, distance: float) -> _Region:
    return _Region(
        region.level, region.row, region.col, _within(region.is_open, distance / region.level.cell)
    )


def _within(cells: Cells, distance: float) -> Cells:
    """Cells within a distance, in cells, of some of these."""
    away = cv2.distanceTransform((~cells).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(away) <= distance + 0.5


def _open_sectors(region: _Region, course: Points, ends: Points) -> Bits:
    """Bits of the open sectors of direction in each cell, 0 outside the tube."""
    level = region.level
    shape = region.is_open.shape
    tube = _within(region.is_open, WIDENING[1] / level.cell)
    samples = smooth(resample(course, level.cell), COURSE_SMOOTHING / level.cell)
    heading = np.arctan2(*np.gradient(samples, axis=0).T[::-1])
    sector = np.rint(heading * (N_SECTORS / (2 * np.pi))).astype(int) % N_SECTORS
    rows, cols = region.cells_at(np.rint(samples[:, 1]), np.rint(samples[:, 0]))
    bits = np.zeros(shape, np.uint32)
    reach = int(np.ceil(BESIDE / level.cell))
    for row, col, k in zip(rows.tolist(), cols.tolist(), sector.tolist(), strict=True):
        top, left = max(row - reach, 0), max(col - reach, 0)
        bits[top : row + reach + 1, left : col + reach + 1] |= _around(k)
    on_course = np.zeros(shape, bool)
    on_course[rows, cols] = True
    elsewhere = region.is_open & ~_within(on_course, BESIDE / level.cell)
    free = np.zeros(shape, bool)
    for point in ends:
        free[region.local(point)] = True
    free = _within(free, END / level.cell)
    if elsewhere.any():
        free |= _within(elsewhere, JUNCTION / level.cell)
    bits[free | (bits == 0)] = ALL_OPEN
    bits[~tube] = 0
    return bits


def _around(sector: int) -> np.uint32:
    """Bits of a sector and those next to it."""
    return np.uint32(
        sum(1 << (sector + k) % N_SECTORS for k in range(-OPEN_SECTORS, OPEN_SECTORS + 1))
    )


def _box_of(bits: Bits, region: _Region, shape: tuple[int, int]) -> Box:
    """Box in px around the cells that are open at all."""
    height, width = shape
    rows, cols = np.flatnonzero(bits.any(axis=1)), np.flatnonzero(bits.any(axis=0))
    row, _ = region.level.cells_of(np.arange(height), np.zeros(1))
    _, col = region.level.cells_of(np.zeros(1), np.arange(width))
    ys = np.flatnonzero((row >= rows[0] + region.row) & (row <= rows[-1] + region.row))
    xs = np.flatnonzero((col >= cols[0] + region.col) & (col <= cols[-1] + region.col))
    return int(ys[0]), int(xs[0]), int(ys[-1]) + 1, int(xs[-1]) + 1
