"""Clicks to a crack: the whole chain from waypoints to centerline, widths and mask."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodesic.appearance import resolve_appearance
from geodesic.click_snapping import snap
from geodesic.lifted_track import lifted_track
from geodesic.line_band import band_around
from geodesic.parameters import TraceParameters
from geodesic.polyline import resample
from geodesic.prepared_image import QUANTIZATION_NOISE, PreparedImage
from geodesic.rasterize import fill_ribbon
from geodesic.refinement import refine_track
from geodesic.trace_progress import Progress, TraceProgress
from geodesic.types import Points, Trace, TraceError
from geodesic.width import WidthParameters, WidthProfile, measure_width

SPACING = 0.75
"""Distance between centerline samples in px."""

SURROUNDINGS = 48
"""Radius in px around a click in which there must be some contrast."""


WIDTH_PAD = 40
"""How much farther than the largest half-width the width is looked for, in px."""


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
    run = TraceProgress(on_progress, is_cancelled)
    parameters = parameters or TraceParameters()
    prepared = image if isinstance(image, PreparedImage) else PreparedImage(image)
    clicks = _checked_waypoints(prepared, waypoints)
    with run.stage("prepare", 0.0):
        _check_contrast(prepared, clicks)
        parameters, notes = resolve_appearance(prepared, clicks, parameters)
        prepared.levels_for(parameters)
        points = _distinct(snap(prepared, clicks, parameters), np.round(clicks))
    track, stalls = lifted_track(prepared, points, parameters, run)
    with run.stage("refine", 0.85):
        if parameters.tube_radius >= 1:
            track, more = _refined(prepared, track, parameters, run)
            stalls += more
    line = resample(_joined(track), SPACING)
    with run.stage("width", 0.92):
        profile, origin = measure_line(prepared, line, parameters)
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
    """Raise TraceError where nothing but one flat color surrounds the clicks."""
    height, width = prepared.shape
    lowest, highest = np.inf, -np.inf
    for col, row in np.round(points).astype(int):
        values = prepared.block(
            max(row - SURROUNDINGS, 0),
            max(col - SURROUNDINGS, 0),
            min(row + SURROUNDINGS + 1, height),
            min(col + SURROUNDINGS + 1, width),
            "luminance",
        )
        lowest, highest = min(lowest, values.min()), max(highest, values.max())
    if highest - lowest < QUANTIZATION_NOISE:
        raise TraceError(
            "The image is one flat color around these clicks, so there is no crack to follow; "
            "click on a part of the image where a crack can be seen."
        )


def _refined(
    prepared: PreparedImage, track: list[Points], parameters: TraceParameters, run: TraceProgress
) -> tuple[list[Points], int]:
    pieces: list[Points] = []
    stalls = 0
    for piece in track:
        refined, more = refine_piece(prepared, piece, parameters, run.check)
        pieces.append(refined)
        stalls += more
    return pieces, stalls


def refine_piece(
    prepared: PreparedImage, piece: Points, parameters: TraceParameters, check: Callable[[], None]
) -> tuple[Points, int]:
    """Planar refinement of a segment, guided by a first measurement of the width."""
    check()
    plain = parameters.with_overrides(width_offset=0.0)
    profile, origin = measure_line(prepared, resample(piece, SPACING), plain)
    centered = profile.centerline + origin
    # The middle between the edges is the better track, but the ends stay where the clicks are.
    centered[0], centered[-1] = piece[0], piece[-1]
    return refine_track(prepared, centered, profile.left + profile.right, parameters, check)


def _joined(pieces: list[Points]) -> Points:
    return np.concatenate([pieces[0]] + [piece[1:] for piece in pieces[1:]])


def measure_line(
    prepared: PreparedImage, line: Points, parameters: TraceParameters
) -> tuple[WidthProfile, NDArray[np.float64]]:
    """Width profile near the line, in the coordinates of a box around it, and the box's origin."""
    image, origin = band_around(
        prepared,
        line,
        int(np.ceil(parameters.max_half_width)) + WIDTH_PAD,
        parameters.channel,
        is_bright=parameters.polarity == "bright",
    )
    profile = measure_width(
        image,
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
