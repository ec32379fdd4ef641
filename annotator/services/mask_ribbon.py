"""A course along a mask: its smooth center line, its widths, and points to trace it through."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from annotator.document.crack_path import CrackPath
from annotator.services.course_editing import width_summary
from annotator.services.skeleton_graph import Course, Skeleton
from geodesic import PRESETS
from geodesic.polyline import left_normals, polyline_length, resample, smooth

Points = NDArray[np.float64]

CENTER_SIGMA = 2.0
"""Smoothing of the center line along itself, in px: the skeleton goes from pixel to pixel."""
WAYPOINT_TOLERANCE = 10.0
"""The waypoints are so chosen that straight lines between them keep so near to the course, px."""
_STEP = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A course with its widths, in the coordinates of the mask.

    ``core`` is the part of the center line that lies outside of the cracks which it meets.
    """

    centerline: Points
    half_widths: Points
    core: Points
    length: float
    visible_length: float
    """Length without what lies inside of the cracks which it meets."""

    @property
    def widths(self) -> NDArray[np.float64]:
        """Full widths in px."""
        return self.half_widths.sum(axis=1)

    def moved(self, by: NDArray[np.intp]) -> "Measured":
        """Return the same course in other coordinates."""
        return replace(self, centerline=self.centerline + by, core=self.core + by)


def measured_course(
    skeleton: Skeleton,
    course: Course,
    mask: NDArray[np.uint8],
    distance: NDArray[np.float32],
) -> Measured:
    """Measure a course of the skeleton of a mask, whose border must be empty."""
    rough = skeleton.points[course.pixels].astype(np.float64)
    radii = skeleton.radius[course.pixels]
    line = smooth(resample(rough, 1.0), CENTER_SIGMA)
    if len(line) > 1:
        head = _tip(line[::-1], radii[0], mask) if course.is_free[0] else line[:0]
        tail = _tip(line, radii[-1], mask) if course.is_free[1] else line[:0]
        line = resample(np.concatenate((head[::-1], line, tail)), 1.0)
    halves = _half_widths(line, mask, distance)
    ends = zip(course.is_free, radii[[0, -1]].tolist(), strict=True)
    inside = [0.0 if is_free else radius for is_free, radius in ends]
    first, last = int(inside[0]), len(line) - int(inside[1])
    core = line[first:last] if last > first else line[len(line) // 2 : len(line) // 2 + 1]
    length = polyline_length(line)
    return Measured(line, halves, core, length, length - sum(inside))


def measured_track(
    track: Points, mask: NDArray[np.uint8], distance: NDArray[np.float32]
) -> Measured:
    """Measure the widths of a mask along a line in it, which stays as it is."""
    line = resample(track, 1.0)
    height, width = mask.shape
    kept = np.clip(line, 0, (width - 1, height - 1))
    length = polyline_length(line)
    return Measured(line, _half_widths(kept, mask, distance), line, length, length)


def crack_path(course: Measured) -> CrackPath:
    """Return the path of an imported crack."""
    count = len(course.centerline)
    return CrackPath(
        waypoints=waypoints(course.centerline),
        centerline=course.centerline,
        half_widths=course.half_widths,
        confidence=np.ones(count),
        edge_visible=np.ones(count, bool),
        length_px=course.length,
        width_px=width_summary(course.half_widths),
        parameters=PRESETS["default"].to_dict(),
        seconds={},
    )


def waypoints(line: Points, tolerance: float = WAYPOINT_TOLERANCE) -> Points:
    """Return both ends and the points at which the line departs most from straight pieces."""
    keep = {0, len(line) - 1}
    todo = [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        off = _off_chord(line[first : last + 1])
        farthest = first + int(off.argmax())
        if off.max() > tolerance:
            keep.add(farthest)
            todo += [(first, farthest), (farthest, last)]
    return line[sorted(keep)]


def _off_chord(line: Points) -> NDArray[np.float64]:
    """Return the distance of each point from the straight line through both ends."""
    chord, ways = line[-1] - line[0], line - line[0]
    length = float(np.hypot(*chord))
    if length == 0:  # a ring
        return np.hypot(*ways.T)
    return np.abs(ways[:, 0] * chord[1] - ways[:, 1] * chord[0]) / length


def _tip(line: Points, radius: float, mask: NDArray[np.uint8]) -> Points:
    """Return the points that continue a line beyond its end up to the edge of the mask."""
    back = line[max(len(line) - 1 - max(5, int(2 * radius)), 0)]
    way = line[-1] - back
    reach = np.arange(0.5, 2 * radius + 2, 0.5)
    steps = line[-1] + reach[:, None] * way / max(float(np.hypot(*way)), 1e-9)
    is_out = ~_inside(steps, mask)
    return steps[: int(is_out.argmax())] if is_out.any() else steps


def _half_widths(line: Points, mask: NDArray[np.uint8], distance: NDArray[np.float32]) -> Points:
    """Return left and right distance from each point to the edge of the mask."""
    normals = left_normals(line)
    columns, rows = np.rint(line).astype(np.intp).T
    limit = 1.5 * distance[rows, columns] + 1
    reach = np.arange(_STEP, float(limit.max()) + _STEP, _STEP)
    halves = np.empty_like(line)
    for side, sign in enumerate((1.0, -1.0)):
        rays = line[:, None] + sign * reach[None, :, None] * normals[:, None]
        is_out = ~_inside(rays, mask) | (reach > limit[:, None])
        first = np.where(is_out.any(axis=1), is_out.argmax(axis=1), len(reach) - 1)
        halves[:, side] = np.maximum(reach[first] - _STEP / 2, 0.5)
    return gaussian_filter1d(halves, 1.5, axis=0, mode="nearest")


def _inside(points: Points, mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell which points lie on the mask."""
    height, width = mask.shape
    columns = np.clip(np.floor(points[..., 0] + 0.5).astype(np.intp), 0, width - 1)
    rows = np.clip(np.floor(points[..., 1] + 0.5).astype(np.intp), 0, height - 1)
    return mask[rows, columns] != 0
