"""The geodesic through all clicks on positions and orientations, one piece per segment."""

import numpy as np
from numpy.typing import NDArray

from geodesic.backtracking import backtrack
from geodesic.fast_marching import DistanceMap
from geodesic.hessian import class_directions
from geodesic.metric import DataDrivenMetric, LeftInvariantMetric, Metric
from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.search_window import SearchWindow
from geodesic.trace_progress import TraceProgress
from geodesic.types import Points, TraceError

WAYPOINT_SLACK = 0.25
"""How much more than the best orientation others at a waypoint may cost and still go on, as a part
of the segment's length."""

Segment = tuple[SearchWindow, DistanceMap]


def march_metric(parameters: TraceParameters) -> Metric:
    """Return the metric on positions and orientations that the parameters ask for."""
    forward = parameters.gear == "forward"
    layers = parameters.n_orientations * (2 if forward else 1)
    metric = LeftInvariantMetric(parameters.xi, parameters.zeta, layers, forward)
    if parameters.bend_lambda == 0:
        return metric
    return DataDrivenMetric(metric, parameters.bend_lambda, class_directions())


def lifted_track(
    prepared: PreparedImage, points: Points, parameters: TraceParameters, progress: TraceProgress
) -> tuple[list[Points], int]:
    """Trace through the points; orientation is free at the ends and continuous at waypoints.

    The front leaves a waypoint with the value each orientation was reached with, so the whole
    track is the shortest one through all points, up to orientations that cost much more there.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    points : ndarray, shape (m, 2)
        Points (x, y) at pixel centers.
    parameters : TraceParameters
        With channel and polarity resolved.
    progress : TraceProgress
        Told of the stages; its `check` may raise.

    Returns
    -------
    pieces : list of ndarray, each of shape (n, 2)
        Track (x, y) of each segment, in px.
    discrete_steps : int
        How often the descent needed the discrete parent walk.

    Raises
    ------
    TraceError
        There is no way between two points.
    """
    metric = march_metric(parameters)
    values = np.zeros(metric.n_theta, np.float32)
    segments: list[Segment] = []
    count = len(points) - 1
    for i in range(count):
        with progress.stage("corridor", 0.1 + 0.7 * i / count):
            window = SearchWindow(prepared, points[i : i + 2], parameters, metric, progress.check)
        with progress.stage("march", 0.1 + 0.7 * (i + 0.1) / count):
            distances = DistanceMap(
                window.shape, metric, n_cost=window.n_cost, fill=window.cost_block
            )
            distances.seed(*window.local(points[i]), values)
            start = float(values.min())
            target = window.local(points[i + 1])
            reached = distances.run(target, on_pause=progress.check)
            if not np.isfinite(reached):
                raise TraceError("No way was found between the clicks; choose other points.")
            if i < count - 1:
                # Let other orientations arrive, so that the next segment may turn there.
                limit = reached + WAYPOINT_SLACK * (reached - start)
                distances.run(limit=limit, on_pause=progress.check)
            values = distances.values_at(*target)
        progress.add("response", window.seconds)
        progress.add("march", -window.seconds)
        segments.append((window, distances))
    with progress.stage("backtrack", 0.82):
        return _walk_back(segments, points, values)


def _walk_back(
    segments: list[Segment], points: Points, final_values: NDArray[np.float32]
) -> tuple[list[Points], int]:
    layer = int(np.argmin(final_values))
    pieces: list[Points] = []
    stalls = 0
    while segments:
        window, distances = segments.pop()
        i = len(segments)
        target, seed = window.local(points[i + 1]), window.local(points[i])
        found = backtrack(distances, (*target, layer), seed)
        if not found.reached:
            raise TraceError(
                "The path between the clicks could not be followed to its end; "
                "add a point on the crack between them."
            )
        stalls += found.discrete_steps
        pieces.append(found.path[::-1, :2] + (window.left, window.top))
        layer = int(found.path[-1, 2])
    return pieces[::-1], stalls
