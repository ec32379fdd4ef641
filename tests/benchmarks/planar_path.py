"""The planar rival: a minimal path on a multi-scale ridge filter, all else as in a trace.

Snapping of clicks, refinement in the tube, width and mask are those of `geodesic.trace`; only the
lifted geodesic is replaced.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from geodesic import PreparedImage, Trace, TraceParameters, trace, tracing
from geodesic.backtracking import backtrack
from geodesic.fast_marching import DistanceMap
from geodesic.metric import PlanarMetric
from geodesic.ridge import RIDGE_APRON, ridge_response
from geodesic.search_window import search_box
from geodesic.trace_progress import TraceProgress

SCALES = (1.0, 2.0, 4.0)
CONTRAST, LAMBDA, POWER = 6.0, 1000.0, 1.5
"""Lambda and power are those of the lifted default."""


def planar_cost(
    prepared: PreparedImage, box: tuple[int, int, int, int], parameters: TraceParameters
) -> NDArray[np.float32]:
    """Cost 1 / (1 + lambda V^p) of a box (top, left, bottom, right), V the ridge's strength."""
    top, left, bottom, right = box
    a = RIDGE_APRON
    levels = np.float32(CONTRAST) * prepared.ridge_levels(parameters.channel, SCALES)
    block = prepared.block(top - a, left - a, bottom + a, right + a, parameters.channel)
    response = ridge_response(block, levels, SCALES, dark=parameters.polarity != "bright")
    return (1.0 / (1.0 + LAMBDA * response[a:-a, a:-a] ** POWER)).astype(np.float32)


def planar_track(
    prepared: PreparedImage,
    points: NDArray[np.float64],
    parameters: TraceParameters,
    progress: TraceProgress,
) -> tuple[list[NDArray[np.float64]], int]:
    """Stand in for `geodesic.lifted_track.lifted_track`."""
    pieces, stalls = [], 0
    for ends in pairwise(points):
        progress.check()
        box = search_box(prepared.shape, np.array(ends), parameters.margin)
        corner = np.array([box[1], box[0]])
        distances = DistanceMap(
            (box[2] - box[0], box[3] - box[1]),
            PlanarMetric(),
            planar_cost(prepared, box, parameters),
        )
        (x0, y0), (x1, y1) = ((end - corner).astype(int).tolist() for end in ends)
        distances.seed(y0, x0)
        distances.run((y1, x1))
        found = backtrack(distances, (y1, x1, 0), (y0, x0))
        pieces.append(found.path[::-1, :2] + corner)
        stalls += found.discrete_steps
    return pieces, stalls


def planar_trace(
    prepared: PreparedImage,
    clicks: list[tuple[float, float]],
    parameters: TraceParameters | None = None,
) -> Trace:
    """Trace with a planar minimal path."""
    usual = tracing.lifted_track
    tracing.lifted_track = planar_track
    try:
        return trace(prepared, clicks, parameters)
    finally:
        tracing.lifted_track = usual
