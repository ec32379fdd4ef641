"""Planar refinement: the minimal path on the fine ridge filter, in a narrow tube around the track.

The lifted track chooses the right branch at crossings but is stiff; the planar path has no
stiffness but may not leave the tube.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from geodesic.backtracking import backtrack
from geodesic.fast_marching import Block, DistanceMap
from geodesic.metric import PlanarMetric
from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.ridge import RIDGE_APRON, ridge_response
from geodesic.types import Points

BLOCK = 128
"""The ridge filter runs on blocks of this edge in px that the tube touches."""

TUBE_SCALES = (1.0, 1.5, 2.25)
"""Scales of the ridge filter in px."""

RIDGE_LAMBDA = 200.0
RIDGE_POWER = 1.5
RIDGE_CONTRAST = 6.0
"""Cost 1 / (1 + lambda V^p) of the planar ridge; a ridge is sure at this many noise deviations."""

NARROW, WIDE = 4.0, 6.5
"""Up to the first width in px the tube is as wide as asked for; from the second on it is `KEPT`.

A wide crack shows two banks to a fine filter; there the middle between its edges is the better
track.
"""

KEPT = 1.5
"""Radius in px of the tube where the track is kept."""


def tube_radii(widths: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Radius of the tube in px at each sample of a track, from the crack's width there."""
    share = np.clip((WIDE - widths) / (WIDE - NARROW), 0.0, 1.0)
    kept = min(KEPT, radius)
    return kept + (radius - kept) * share


def tube_mask(
    track: Points, radii: NDArray[np.float64], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Pixels within the sample's radius of a track, of a grid of (height, width)."""
    drawn = np.zeros(shape, np.uint8)
    for (x, y), radius in zip(np.round(track * 16).astype(int), radii, strict=True):
        cv2.circle(drawn, (int(x), int(y)), round(radius * 16), 1, -1, cv2.LINE_8, 4)
    return drawn.astype(bool)


def refine_track(
    prepared: PreparedImage,
    track: Points,
    widths: NDArray[np.float64],
    parameters: TraceParameters,
    check: Callable[[], None] = lambda: None,
) -> tuple[Points, int]:
    """Re-trace a track in the plane, inside a tube of ``parameters.tube_radius`` around it.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    track : ndarray, shape (n, 2)
        Lifted track (x, y) between two points at pixel centers, in px.
    widths : ndarray, shape (n,)
        Width of the crack at each sample in px.
    parameters : TraceParameters
        With channel and polarity resolved; ``tube_radius`` at least 1.
    check : callable, optional
        Called between pieces of work; may raise to stop.

    Returns
    -------
    track : ndarray, shape (m, 2)
        Between the same two points.
    discrete_steps : int
        How often the descent needed the discrete parent walk.
    """
    height, width = prepared.shape
    pad = round(parameters.tube_radius) + 2
    left, top = np.maximum(np.floor(track.min(axis=0)).astype(int) - pad, 0)
    right = min(int(np.ceil(track[:, 0].max())) + pad + 1, width)
    bottom = min(int(np.ceil(track[:, 1].max())) + pad + 1, height)
    origin = np.array([left, top], float)
    radii = tube_radii(widths, parameters.tube_radius)
    tube = tube_mask(track - origin, radii, (bottom - top, right - left))
    start = np.round(track[0] - origin).astype(int)
    end = np.round(track[-1] - origin).astype(int)
    tube[start[1], start[0]] = tube[end[1], end[0]] = True
    fill = _tube_cost(prepared, tube, (int(top), int(left)), parameters, check)
    distances = DistanceMap(tube.shape, PlanarMetric(), n_cost=1, fill=fill)
    distances.seed(start[1], start[0])
    if not np.isfinite(distances.run((end[1], end[0]), on_pause=check)):
        return track, 0
    found = backtrack(distances, (end[1], end[0], 0), (start[1], start[0]))
    if not found.reached:
        return track, found.discrete_steps
    return found.path[::-1, :2] + origin, found.discrete_steps


def _tube_cost(
    prepared: PreparedImage,
    tube: NDArray[np.bool_],
    corner: tuple[int, int],
    parameters: TraceParameters,
    check: Callable[[], None],
) -> Callable[[int, int], Block]:
    """Return what supplies the ridge cost inside the tube, infinite outside, block by block."""
    top, left = corner
    levels = np.float32(RIDGE_CONTRAST) * prepared.ridge_levels(parameters.channel, TUBE_SCALES)
    a = RIDGE_APRON

    def fill(at_row: int, at_col: int) -> Block:
        check()
        row, col = at_row // BLOCK * BLOCK, at_col // BLOCK * BLOCK
        part = tube[row : row + BLOCK, col : col + BLOCK]
        if not part.any():
            return row, col, np.full((*part.shape, 1), np.inf, np.float32), None
        y, x = top + row, left + col
        block = prepared.block(
            y - a, x - a, y + part.shape[0] + a, x + part.shape[1] + a, parameters.channel
        )
        response = ridge_response(block, levels, TUBE_SCALES, dark=parameters.polarity != "bright")
        values = 1.0 / (1.0 + RIDGE_LAMBDA * response[a:-a, a:-a] ** RIDGE_POWER)
        cost = np.where(part, values, np.float32(np.inf)).astype(np.float32)
        return row, col, cost[:, :, None], None

    return fill
