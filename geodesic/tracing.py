"""Clicks to a crack: the whole chain from waypoints to centerline, widths and mask."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodesic.appearance import resolve_appearance
from geodesic.backtracking import backtrack
from geodesic.click_snapping import snap
from geodesic.corridor import coarse_factor, find_corridor
from geodesic.fast_marching import DistanceMap
from geodesic.metric import LeftInvariantMetric
from geodesic.parameters import TraceParameters
from geodesic.polyline import resample
from geodesic.prepared_image import QUANTIZATION_NOISE, PreparedImage
from geodesic.rasterize import fill_ribbon
from geodesic.refinement import refine_track
from geodesic.types import Points, Trace, TraceCancelled, TraceError
from geodesic.width import WidthParameters, WidthProfile, measure_width

Progress = Callable[[str, float], None]

SPACING = 0.75
"""Distance between centerline samples in px."""

MIN_MARGIN = 48
"""Smallest margin of the search window around the clicks, in px."""

MAX_WINDOW = 24_000_000
"""Largest search window in pixels; beyond it the margin shrinks."""

MIN_SHRUNK_MARGIN = 24

WAYPOINT_SLACK = 0.25
"""How much more than the best orientation others at a waypoint may cost and still go on."""


class _Run:
    """Progress, cancellation and stage times of one trace."""

    def __init__(
        self, on_progress: Progress | None, is_cancelled: Callable[[], bool] | None
    ) -> None:
        self.seconds: dict[str, float] = {}
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self._started = time.perf_counter()

    def check(self) -> None:
        """Raise TraceCancelled if the caller asked to stop."""
        if self._is_cancelled is not None and self._is_cancelled():
            raise TraceCancelled

    def report(self, stage: str, fraction: float) -> None:
        """Tell the caller how far the trace is."""
        self.check()
        if self._on_progress is not None:
            self._on_progress(stage, fraction)

    @contextmanager
    def stage(self, name: str, fraction: float) -> Iterator[None]:
        """Time a stage; `fraction` is how much of the whole is done when it begins."""
        self.report(name, fraction)
        begin = time.perf_counter()
        yield
        spent = time.perf_counter() - begin
        self.seconds[name] = self.seconds.get(name, 0.0) + spent

    def total(self) -> dict[str, float]:
        """Stage times with their total."""
        return {**self.seconds, "total": time.perf_counter() - self._started}


def trace(
    image: PreparedImage | NDArray[np.generic],
    waypoints: ArrayLike | Sequence[tuple[float, float]],
    parameters: TraceParameters | None = None,
    *,
    on_progress: Progress | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> Trace:
    """Trace a crack through clicked points.

    Parameters
    ----------
    image : PreparedImage or ndarray
        A prepared image keeps its caches for the next trace.
    waypoints : array_like, shape (m, 2)
        Points (x, y) in px, from one end of the crack to the other; at least two different pixels.
    parameters : TraceParameters, optional
        The default preset when left out.
    on_progress : callable, optional
        ``on_progress(stage, fraction)`` with a fraction in [0, 1].
    is_cancelled : callable, optional
        Polled; when it returns True the trace stops.

    Raises
    ------
    TraceError
        The clicks cannot be traced; the message says why.
    TraceCancelled
        `is_cancelled` returned True.
    """
    run = _Run(on_progress, is_cancelled)
    parameters = parameters or TraceParameters()
    prepared = image if isinstance(image, PreparedImage) else PreparedImage(image)
    clicks = _checked_waypoints(prepared, waypoints)
    with run.stage("prepare", 0.0):
        _check_contrast(prepared, clicks)
        parameters, notes = resolve_appearance(prepared, clicks, parameters)
        points = _distinct(snap(prepared, clicks, parameters), np.round(clicks))
    track, stalls = _lifted_track(prepared, points, parameters, run)
    with run.stage("refine", 0.85):
        if parameters.tube_radius > 0:
            track, more = _refined(prepared, track, parameters, run)
            stalls += more
    line = resample(_joined(track), SPACING)
    with run.stage("width", 0.92):
        profile, origin = _measure(prepared, line, parameters)
    with run.stage("mask", 0.97):
        height, width = prepared.shape
        centerline = np.clip(profile.centerline + origin, 0, (width - 1, height - 1))
        mask, mask_origin = fill_ribbon(centerline, profile.left, profile.right, prepared.shape)
    if stalls:
        notes = (*notes, f"The descent needed the discrete parent walk {stalls} times.")
    run.report("done", 1.0)
    return Trace(
        waypoints=points,
        centerline=centerline,
        half_widths=np.stack([profile.left, profile.right], axis=1),
        confidence=profile.confidence,
        edge_visible=profile.visible,
        mask=mask,
        mask_origin=mask_origin,
        seconds=run.total(),
        parameters=parameters,
        notes=notes,
    )


def _checked_waypoints(prepared: PreparedImage, waypoints: ArrayLike) -> Points:
    try:
        points = np.array(waypoints, np.float64)
    except (TypeError, ValueError) as error:
        raise TraceError("The clicks must be pairs of numbers (x, y).") from error
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise TraceError("At least two clicks (x, y) are needed, one at each end of the crack.")
    height, width = prepared.shape
    for x, y in points:
        if not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
            raise TraceError(
                f"The click ({x:g}, {y:g}) lies outside the image, which is {width} x {height} "
                f"pixels; x goes from 0 to {width - 1} and y from 0 to {height - 1}."
            )
    pixels = np.round(points)
    if (pixels[1:] == pixels[:-1]).all(axis=1).any():
        x, y = pixels[:-1][(pixels[1:] == pixels[:-1]).all(axis=1)][0]
        raise TraceError(
            f"Two clicks lie on the same pixel ({x:g}, {y:g}); click the two ends of the crack."
        )
    return points


def _distinct(snapped: Points, clicked: Points) -> Points:
    """Undo snapping where two neighboring clicks were drawn to one pixel."""
    for i in range(1, len(snapped)):
        if (snapped[i] == snapped[i - 1]).all():
            snapped[i - 1], snapped[i] = clicked[i - 1], clicked[i]
    return snapped


def _check_contrast(prepared: PreparedImage, points: Points) -> None:
    left, top = np.floor(points.min(axis=0)).astype(int) - MIN_MARGIN
    right, bottom = np.ceil(points.max(axis=0)).astype(int) + MIN_MARGIN
    height, width = prepared.shape
    values = prepared.block(
        max(top, 0), max(left, 0), min(bottom + 1, height), min(right + 1, width), "luminance"
    )
    if float(values.max() - values.min()) < QUANTIZATION_NOISE:
        raise TraceError(
            "The image is one flat color around these clicks, so there is no crack to follow; "
            "click on a part of the image where a crack can be seen."
        )


class _Window:
    """The box a segment is searched in, and the front in it, fed from the image's cost tiles."""

    def __init__(
        self,
        prepared: PreparedImage,
        ends: Points,
        metric: LeftInvariantMetric,
        parameters: TraceParameters,
    ) -> None:
        self._prepared = prepared
        self._parameters = parameters
        box = _search_box(prepared.shape, ends, parameters.margin)
        self.top, self.left, self.bottom, self.right = box
        self._factor = coarse_factor(box)
        self._corridor: NDArray[np.bool_] | None = None
        if self._factor > 1:
            self._corridor = find_corridor(prepared, box, ends, parameters, self._factor)
        self.distances = DistanceMap(
            (self.bottom - self.top, self.right - self.left),
            metric,
            n_cost=parameters.n_orientations,
            fill=self._fill,
        )

    def _fill(self, row: int, col: int) -> None:
        rows, cols = self._prepared.rows, self._prepared.cols
        i = int(np.searchsorted(rows, row + self.top, side="right")) - 1
        j = int(np.searchsorted(cols, col + self.left, side="right")) - 1
        cost = self._prepared.cost_tile((i, j), self._parameters)
        top, bottom = max(rows[i], self.top), min(rows[i + 1], self.bottom)
        left, right = max(cols[j], self.left), min(cols[j + 1], self.right)
        part = cost[top - rows[i] : bottom - rows[i], left - cols[j] : right - cols[j]]
        if self._corridor is not None:
            inside = self._corridor[
                (np.arange(top, bottom) - self.top)[:, None] // self._factor,
                (np.arange(left, right) - self.left)[None, :] // self._factor,
            ]
            part = np.where(inside[:, :, None], part, np.float32(np.inf))
        self.distances.set_cost(int(top - self.top), int(left - self.left), part)

    def local(self, point: NDArray[np.float64]) -> tuple[int, int]:
        """(row, col) of an image point (x, y) in the box."""
        return int(point[1]) - self.top, int(point[0]) - self.left


def _search_box(shape: tuple[int, int], ends: Points, margin: float) -> tuple[int, int, int, int]:
    """Box (top, left, bottom, right) around two points, inside the image."""
    height, width = shape
    low, high = ends.min(axis=0).astype(int), ends.max(axis=0).astype(int)
    pad = max(MIN_MARGIN, int(margin * np.hypot(*(ends[1] - ends[0]))))
    while True:
        left, top = np.maximum(low - pad, 0)
        right, bottom = np.minimum(high + pad + 1, (width, height))
        area = int(right - left) * int(bottom - top)
        if area <= MAX_WINDOW:
            return int(top), int(left), int(bottom), int(right)
        if pad <= MIN_SHRUNK_MARGIN:
            raise TraceError(
                f"The clicks are {np.hypot(*(ends[1] - ends[0])):.0f} px apart, too far to search "
                "in one go; add a point on the crack between them."
            )
        pad = max(MIN_SHRUNK_MARGIN, pad * 3 // 4)


def _lifted_track(
    prepared: PreparedImage, points: Points, parameters: TraceParameters, run: _Run
) -> tuple[list[Points], int]:
    """Geodesic on positions and orientations through all points, one piece per segment.

    Orientation is free at the ends and continuous at waypoints: the front leaves a waypoint with
    the value each orientation was reached with.
    """
    forward = parameters.gear == "forward"
    layers = parameters.n_orientations * (2 if forward else 1)
    metric = LeftInvariantMetric(parameters.xi, parameters.zeta, layers, forward)
    start_values = np.zeros(layers, np.float32)
    windows: list[_Window] = []
    for i in range(len(points) - 1):
        with run.stage("march", 0.1 + 0.7 * i / (len(points) - 1)):
            window = _Window(prepared, points[i : i + 2], metric, parameters)
            distances = window.distances
            distances.seed(*window.local(points[i]), start_values)
            target = window.local(points[i + 1])
            value = distances.run(target, on_pause=run.check)
            if not np.isfinite(value):
                raise TraceError("No way was found between the clicks; choose other points.")
            if i < len(points) - 2:
                # Let other orientations arrive, so that the next segment may turn there.
                distances.run(limit=(1 + WAYPOINT_SLACK) * value, on_pause=run.check)
            start_values = distances.values_at(*target)
            windows.append(window)
    with run.stage("backtrack", 0.82):
        return _walk_back(windows, points, start_values)


def _walk_back(
    windows: list[_Window], points: Points, final_values: NDArray[np.float32]
) -> tuple[list[Points], int]:
    layer = int(np.argmin(final_values))
    pieces: list[Points] = []
    stalls = 0
    for i in reversed(range(len(windows))):
        window = windows[i]
        target, seed = window.local(points[i + 1]), window.local(points[i])
        found = backtrack(window.distances, (*target, layer), seed)
        if not found.reached:
            raise TraceError(
                "The path between the clicks could not be followed to its end; "
                "add a point on the crack between them."
            )
        stalls += found.discrete_steps
        pieces.append(found.path[::-1, :2] + (window.left, window.top))
        arrival = window.distances.values_at(*seed)
        layer = _nearest_started(found.path[-1, 2], arrival)
    return pieces[::-1], stalls


def _nearest_started(layer: float, values: NDArray[np.float32]) -> int:
    """Find the orientation closest to `layer` among those that were reached."""
    offsets = np.abs(
        (np.arange(values.size) - layer + values.size / 2) % values.size - values.size / 2
    )
    return int(np.argmin(np.where(np.isfinite(values), offsets, np.inf)))


def _refined(
    prepared: PreparedImage, track: list[Points], parameters: TraceParameters, run: _Run
) -> tuple[list[Points], int]:
    """Planar refinement of each segment, guided by a first measurement of the width."""
    pieces: list[Points] = []
    stalls = 0
    plain = parameters.with_overrides(width_offset=0.0)
    for piece in track:
        run.check()
        profile, origin = _measure(prepared, resample(piece, SPACING), plain)
        centered = profile.centerline + origin
        # The middle between the edges is the better track, but the ends stay where the clicks are.
        centered[0], centered[-1] = piece[0], piece[-1]
        refined, more = refine_track(prepared, centered, profile.left + profile.right, parameters)
        pieces.append(refined)
        stalls += more
    return pieces, stalls


def _joined(pieces: list[Points]) -> Points:
    return np.concatenate([pieces[0]] + [piece[1:] for piece in pieces[1:]])


def _measure(
    prepared: PreparedImage, line: Points, parameters: TraceParameters
) -> tuple[WidthProfile, NDArray[np.float64]]:
    """Width profile on a crop around the line, in the crop's coordinates, and the crop's origin."""
    height, width = prepared.shape
    pad = int(np.ceil(parameters.max_half_width)) + 24
    left, top = np.maximum(np.floor(line.min(axis=0)).astype(int) - pad, 0)
    right = min(int(np.ceil(line[:, 0].max())) + pad + 1, width)
    bottom = min(int(np.ceil(line[:, 1].max())) + pad + 1, height)
    crop = prepared.block(top, left, bottom, right, parameters.channel)
    if parameters.polarity == "bright":
        crop = 1.0 - crop
    origin = np.array([left, top], np.float64)
    profile = measure_width(
        crop,
        line - origin,
        WidthParameters(max_half_width=parameters.max_half_width, offset=parameters.width_offset),
    )
    return profile, origin


def warm_up(on_progress: Progress | None = None) -> None:
    """Compile the kernels, or load them from numba's cache, by tracing a small line."""
    image = np.full((96, 96), 200, np.uint8)
    image[47:50, 8:88] = 60
    image[::7, ::5] += 8
    for gear in ("forward", "symmetric"):
        trace(
            image,
            [(10, 48), (85, 48)],
            TraceParameters(gear=gear),
            on_progress=on_progress,
        )
