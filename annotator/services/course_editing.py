"""Courses of traced cracks cut, turned round, joined, and given other waypoints; no engine."""

from collections.abc import Sequence
from dataclasses import replace
from math import hypot
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.document.crack_path import CrackPath

Point = tuple[float, float]

SAME_PLACE = 1.5
"""Points nearer to each other than this, in px, are one point."""


def nearest_sample(path: CrackPath, point: Point) -> tuple[int, float]:
    """Return the sample of the centerline nearest to a point, and its distance in px."""
    distances = np.hypot(path.centerline[:, 0] - point[0], path.centerline[:, 1] - point[1])
    sample = int(distances.argmin())
    return sample, float(distances[sample])


def waypoint_samples(path: CrackPath) -> list[int]:
    """Return the sample of the centerline at each waypoint, in order of travel.

    A course may cross itself, so each waypoint is looked for behind the one before it.
    """
    last = len(path.centerline) - 1
    samples = [0]
    for x, y in path.waypoints[1:-1]:
        rest = path.centerline[samples[-1] :]
        samples.append(samples[-1] + int(np.hypot(rest[:, 0] - x, rest[:, 1] - y).argmin()))
    return [*samples, last]


def waypoints_of(path: CrackPath) -> list[Point]:
    """Return the waypoints as pairs of numbers."""
    return [(float(x), float(y)) for x, y in path.waypoints]


def place_of_sample(path: CrackPath, sample: int) -> int:
    """Return the number that a waypoint at a sample would have among the waypoints."""
    inner = waypoint_samples(path)[1:-1]
    return 1 + sum(1 for other in inner if other <= sample)


def with_waypoint(path: CrackPath, sample: int) -> CrackPath:
    """Return the same course with one more waypoint on it."""
    place = place_of_sample(path, sample)
    return replace(path, waypoints=np.insert(path.waypoints, place, path.centerline[sample], 0))


def reversed_path(path: CrackPath) -> CrackPath:
    """Return the course from its other end; what was left is right now."""
    return replace(
        path,
        waypoints=path.waypoints[::-1].copy(),
        centerline=path.centerline[::-1].copy(),
        half_widths=path.half_widths[::-1, ::-1].copy(),
        confidence=path.confidence[::-1].copy(),
        edge_visible=path.edge_visible[::-1].copy(),
    )


def split_path(path: CrackPath, sample: int) -> tuple[CrackPath, CrackPath]:
    """Return the courses before and behind a sample, which ends the one and begins the other."""
    cut = path.centerline[sample : sample + 1]
    first: list[Any] = [path.waypoints[0]]
    second: list[Any] = []
    inner = zip(waypoint_samples(path)[1:-1], path.waypoints[1:-1], strict=True)
    for other, waypoint in inner:
        if hypot(*(waypoint - cut[0])) >= SAME_PLACE:
            (first if other < sample else second).append(waypoint)
    second.append(path.waypoints[-1])
    return (
        _part(path, slice(0, sample + 1), np.concatenate((first, cut))),
        _part(path, slice(sample, None), np.concatenate((cut, second))),
    )


def joined_path(parts: Sequence[CrackPath]) -> CrackPath:
    """Return the course through others, each of which begins where the one before it ends.

    The parameters are those of the first; a sample that two parts share is there once.
    """
    kept = [_without_start(part) if i else part for i, part in enumerate(parts)]
    waypoints = parts[0].waypoints
    for part in parts[1:]:
        is_met = hypot(*(part.waypoints[0] - waypoints[-1])) < SAME_PLACE
        waypoints = np.concatenate((waypoints, part.waypoints[1 if is_met else 0 :]))
    half_widths = np.concatenate([part.half_widths for part in kept])
    centerline = np.concatenate([part.centerline for part in kept])
    notes = dict.fromkeys(note for part in parts for note in part.notes)
    return replace(
        parts[0],
        waypoints=waypoints,
        centerline=centerline,
        half_widths=half_widths,
        confidence=np.concatenate([part.confidence for part in kept]),
        edge_visible=np.concatenate([part.edge_visible for part in kept]),
        length_px=_length(centerline),
        width_px=width_summary(half_widths),
        seconds={},
        notes=tuple(notes),
    )


def facing(first: CrackPath, second: CrackPath) -> tuple[CrackPath, CrackPath, float]:
    """Order and turn two courses so that the one ends where the other begins, as near as can be.

    No more of them are turned than need be. Also returns the gap between them in px.
    """
    pairs = (
        (first, second),
        (second, first),
        (first, reversed_path(second)),
        (reversed_path(first), second),
    )
    gaps = [hypot(*(one.centerline[-1] - other.centerline[0])) for one, other in pairs]
    best = min(range(len(pairs)), key=gaps.__getitem__)
    return (*pairs[best], gaps[best])


def width_summary(half_widths: NDArray[np.float64]) -> dict[str, float]:
    """Return mean, median, 95th percentile and maximum of the full width in px."""
    width = half_widths.sum(axis=1)
    return {
        "mean": float(width.mean()),
        "median": float(np.median(width)),
        "p95": float(np.quantile(width, 0.95)),
        "max": float(width.max()),
    }


def _part(path: CrackPath, samples: slice, waypoints: NDArray[np.float64]) -> CrackPath:
    centerline, half_widths = path.centerline[samples].copy(), path.half_widths[samples].copy()
    return replace(
        path,
        waypoints=waypoints,
        centerline=centerline,
        half_widths=half_widths,
        confidence=path.confidence[samples].copy(),
        edge_visible=path.edge_visible[samples].copy(),
        length_px=_length(centerline),
        width_px=width_summary(half_widths),
        seconds={},
    )


def _without_start(path: CrackPath) -> CrackPath:
    samples = slice(1, None) if len(path.centerline) > 1 else slice(None)
    return replace(
        path,
        centerline=path.centerline[samples],
        half_widths=path.half_widths[samples],
        confidence=path.confidence[samples],
        edge_visible=path.edge_visible[samples],
    )


def _length(line: NDArray[np.float64]) -> float:
    steps = np.diff(line, axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())
