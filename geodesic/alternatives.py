"""Other ways between two points that cost little more than the best one, on the coarse level.

The ways found so far are made dear, all but their ends, and the next cheapest way is looked for. It
counts if it leaves the others clearly and its own price, without the surcharge, is near the best.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates
from scipy.spatial import cKDTree

from geodesic.coarse_level import CoarseLevel
from geodesic.fast_marching import DistanceMap
from geodesic.growing_map import GrowingMap
from geodesic.metric import PlanarMetric
from geodesic.polyline import polyline_length, resample
from geodesic.types import Points

MOST_ATTEMPTS = 4
SURCHARGE = 5.0
"""By which the cost on a way that was found is multiplied."""

BAND = 3
"""Half-width of the surcharge, in cells."""

FREE_ENDS = 0.08
"""Part of a way's length at either end that stays without surcharge."""

NEARLY = 1.5
"""How much more than the best way another may cost."""

CLEARLY = (12.0, 0.04)
"""How far another way must lead from those found: px, and part of their length."""

MARGIN = (60.0, 0.35)
"""Around the two points: px, and part of their distance."""


def other_ways(
    level: CoarseLevel,
    start: tuple[float, float],
    target: tuple[float, float],
    known: list[Points],
    most: int,
    check: Callable[[], None] = lambda: None,
) -> list[Points]:
    """Return up to `most` ways (x, y) from start to target that differ from those known.

    Parameters
    ----------
    level : CoarseLevel
        Where to look.
    start, target : tuple of float
        (x, y) in px.
    known : list of ndarray
        Ways found already, the best first; at least one.
    most : int
        Ways that are wanted.
    check : callable, optional
        May raise to stop.
    """
    top, left, bottom, right = _box(level, start, target)
    cost = level.cost(top, left, bottom, right)
    corner = np.array([left, top], np.float64)
    (row, col), (end_row, end_col) = level.cell_of(*start), level.cell_of(*target)
    ways = list(known)
    found: list[Points] = []
    best = _price(cost, level.in_cells(known[0]) - corner)
    charged = cost.copy()
    _charge(charged, level.in_cells(known[0]) - corner)
    for _ in range(MOST_ATTEMPTS):
        if len(found) == most:
            break
        check()
        distances = DistanceMap(cost.shape, PlanarMetric(), charged)
        growing = GrowingMap(distances, (row - top, col - left))
        end = (end_row - top, end_col - left)
        cells = growing.path(*end) if growing.reach_target(end, check) else None
        if cells is None:
            break
        way = level.in_image(cells + corner)
        if _price(cost, cells) <= NEARLY * best and all(_differs(way, other) for other in ways):
            found.append(way)
            ways.append(way)
        _charge(charged, cells)
    return found


def _box(
    level: CoarseLevel, start: tuple[float, float], target: tuple[float, float]
) -> tuple[int, int, int, int]:
    """Cells (top, left, bottom, right) in which ways are looked for."""
    pad = MARGIN[0] + MARGIN[1] * float(np.hypot(target[0] - start[0], target[1] - start[1]))
    top, left = level.cell_of(min(start[0], target[0]) - pad, min(start[1], target[1]) - pad)
    bottom, right = level.cell_of(max(start[0], target[0]) + pad, max(start[1], target[1]) + pad)
    return top, left, bottom + 1, right + 1


def _price(cost: NDArray[np.float32], way: Points) -> float:
    """Cost along a way in cells."""
    samples = resample(way, 0.5)
    values = map_coordinates(cost, (samples[:, 1], samples[:, 0]), order=1, mode="nearest")
    return float(values.mean()) * polyline_length(way)


def _charge(cost: NDArray[np.float32], way: Points) -> None:
    """Make a way in cells dear, all but its ends."""
    samples = resample(way, 0.5)
    free = max(2, int(FREE_ENDS * len(samples)))
    band = np.zeros(cost.shape, np.uint8)
    inner = np.round(samples[free:-free]).astype(np.int32)
    if len(inner) >= 2:
        cv2.polylines(band, [inner[:, None]], False, 1, 2 * BAND + 1)
    cost[band > 0] *= np.float32(SURCHARGE)


def _differs(way: Points, other: Points) -> bool:
    away, _ = cKDTree(resample(other, 2.0)).query(resample(way, 4.0))
    return float(away.max()) > CLEARLY[0] + CLEARLY[1] * polyline_length(other)
