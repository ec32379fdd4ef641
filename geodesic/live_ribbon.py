"""Ribbons of tracks that differ in their ends only: what was measured in full is kept.

All tracks from one seed form a tree: while the cursor moves, the next track is the last one but for
its last stretch. So the full measurement of an earlier track serves the later ones as far as they
run together, and only the rest is measured the quick way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodesic.parameters import TraceParameters
from geodesic.polyline import left_normals, resample
from geodesic.prepared_image import PreparedImage
from geodesic.quick_ribbon import Ribbon, quick_ribbon
from geodesic.tracing import SPACING, measure_line, refine_piece
from geodesic.types import Points

SAME_COURSE = 1.0
"""Tracks run together where they are nearer to each other than this, in px."""

BEFORE_FORK = 16
"""The last samples before two tracks part are measured anew."""

BLEND = 16
"""Samples over which the quick rest of a ribbon is led to the end of the measured one."""

ASTRAY = 24
"""Samples by which a ribbon's may be off from those of its track: the two are not equally long."""


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredTrack:
    """A track, and its ribbon as a trace would measure it.

    ``at`` says where on the track, in samples of it, each sample of the ribbon is.
    """

    track: Points
    ribbon: Ribbon
    at: NDArray[np.float64]


def even(track: Points) -> Points:
    """Return a track in the samples that tracks are compared in."""
    return resample(track, SPACING)


def measure_track(
    prepared: PreparedImage, raw: Points, parameters: TraceParameters, check: Callable[[], None]
) -> MeasuredTrack:
    """Refine and measure a track as a trace does; takes its time.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    raw : ndarray, shape (n, 2)
        A geodesic between two pixel centers (x, y), in px.
    parameters : TraceParameters
        With channel and polarity resolved.
    check : callable
        May raise to stop.
    """
    track = even(raw)
    piece = raw
    if parameters.tube_radius >= 1:
        piece, _ = refine_piece(prepared, raw, parameters, check)
    check()
    profile, origin = measure_line(prepared, resample(piece, SPACING), parameters)
    height, width = prepared.shape
    points = np.clip(profile.centerline + origin, 0, (width - 1, height - 1))
    ribbon = Ribbon(points, profile.left, profile.right, profile.confidence)
    return MeasuredTrack(track, ribbon, np.linspace(0, len(track) - 1, len(points)))


def shared_samples(track: Points, measured: MeasuredTrack | None) -> int:
    """Return how many samples from the seed on two tracks have in common."""
    if measured is None:
        return 0
    count = min(len(track), len(measured.track))
    away = np.abs(track[:count] - measured.track[:count]).max(axis=1)
    apart = np.flatnonzero(away > SAME_COURSE)
    return int(apart[0]) if len(apart) else count


def is_measured(track: Points, measured: MeasuredTrack | None) -> bool:
    """Tell whether a track was measured in full."""
    return measured is not None and (
        shared_samples(track, measured) >= max(len(track), len(measured.track)) - 1
    )


def ribbon_along(
    plane: NDArray[Any],
    track: Points,
    measured: MeasuredTrack | None,
    drift: float,
    parameters: TraceParameters,
) -> Ribbon:
    """Return the ribbon of a track, of what is measured of it and a quick rest.

    Parameters
    ----------
    plane : ndarray, shape (height, width)
        Grey values of the image.
    track : ndarray, shape (n, 2)
        As `even` returns it.
    measured : MeasuredTrack, optional
        An earlier track from the same seed.
    drift : float
        How far the quick rest may leave the track, in px.
    parameters : TraceParameters
        With channel and polarity resolved.
    """
    if measured is not None and is_measured(track, measured):
        return measured.ribbon
    kept = shared_samples(track, measured) - BEFORE_FORK
    if measured is None or kept < BEFORE_FORK:
        return _quick(plane, track, drift, parameters)
    head = measured.ribbon.part(0, _sample_at(measured, track[kept], kept) + 1)
    rest = _quick(plane, track[kept:], drift, parameters)
    return head.with_next(_led_to(rest, head))


def _sample_at(measured: MeasuredTrack, point: NDArray[np.float64], place: int) -> int:
    """Return the sample of a ribbon nearest to a point of its track, which is at that place."""
    about = int(np.searchsorted(measured.at, place))
    first = max(about - ASTRAY, 0)
    away = measured.ribbon.points[first : about + ASTRAY] - point
    return first + int(np.hypot(away[:, 0], away[:, 1]).argmin())


def _quick(plane: NDArray[Any], track: Points, drift: float, parameters: TraceParameters) -> Ribbon:
    dark = parameters.polarity != "bright"
    return quick_ribbon(plane, track, drift, dark=dark, offset=parameters.width_offset)


def _led_to(rest: Ribbon, head: Ribbon) -> Ribbon:
    """Return a rest without its first sample that begins where the measured part ends."""
    stretch = min(BLEND, len(rest.points) - 1)
    share = np.clip(1.0 - np.arange(len(rest.points)) / max(stretch, 1), 0.0, 1.0)
    points = rest.points + share[:, None] * (head.points[-1] - rest.points[0])
    left = rest.left + share * (head.left[-1] - rest.left[0])
    right = rest.right + share * (head.right[-1] - rest.right[0])
    confidence = rest.confidence + share * (head.confidence[-1] - rest.confidence[0])
    return Ribbon(points, left, right, confidence).part(1, len(points))


def edges(ribbon: Ribbon) -> tuple[Points, Points]:
    """Return the left and the right edge of a ribbon, as its mask is filled between them."""
    normals = left_normals(ribbon.points)
    return (
        ribbon.points + ribbon.left[:, None] * normals,
        ribbon.points - ribbon.right[:, None] * normals,
    )
