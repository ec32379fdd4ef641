"""Masks of other tools to cracks: thin parts become courses that can be traced anew.

The pixels of the cracks are together exactly those of the mask, whatever the courses are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch
from annotator.services.mask_parts import MaskParts
from annotator.services.mask_ribbon import (
    Measured,
    crack_path,
    measured_course,
    measured_track,
)
from annotator.services.pixel_lookup import Pixels
from annotator.services.pixel_shares import nearest_course
from annotator.services.skeleton_graph import Skeleton, courses

THIN = 4.0
"""A part is a crack if it is longer than this many of its median widths..."""
SHORTEST_CRACK = 15.0
"""...and longer than this, in px; shorter side branches belong to the crack that they meet."""

Track = NDArray[np.float64]
"""(n, 2) points (x, y) along a crack."""


def vectorize(
    patch: MaskPatch, *, with_courses: bool = True, tracks: Sequence[Track] = ()
) -> list[Crack]:
    """Return the cracks of an imported mask, the longest first, then regions, then specks.

    A part along which ``tracks`` lead, lines in the image, takes these for its courses. Without
    courses everything stays a region, one for each part that hangs together.
    """
    if not patch.data.any():
        return []
    parts = MaskParts.of(patch)
    found: dict[int, list[Measured]] = {}
    if with_courses:
        distance = parts.distance()
        found = _skeleton_courses(parts, distance)
        found |= _track_courses(parts, distance, [track - parts.origin for track in tracks])
    groups = parts.pixels_by_label(found)
    cracks = [
        crack
        for label, measured in found.items()
        for crack in _cracks(groups.pop(label), [each.moved(parts.origin) for each in measured])
    ]
    cracks.sort(key=lambda crack: crack.path.length_px if crack.path else 0.0, reverse=True)
    specks = groups.pop(0, None)
    regions = sorted(groups.values(), key=len, reverse=True)
    return [*cracks, *map(_crack, regions if specks is None else [*regions, specks])]


def _skeleton_courses(parts: MaskParts, distance: NDArray[np.float32]) -> dict[int, list[Measured]]:
    """Return the measured courses of all parts that are thin, by label."""
    from skimage.morphology import skeletonize

    rows, columns = np.nonzero(skeletonize(parts.maybe_thin(distance)[parts.labels]))
    points = np.column_stack((columns, rows))
    skeleton = Skeleton(points, distance[rows, columns].astype(np.float64) - 0.5)
    by_label: dict[int, list[Measured]] = {}
    for course in courses(skeleton):
        column, row = points[course.pixels[0]]
        measured = measured_course(skeleton, course, parts.filled, distance)
        by_label.setdefault(int(parts.labels[row, column]), []).append(measured)
    return {label: chosen for label, each in by_label.items() if (chosen := _chosen(each))}


def _chosen(parts: list[Measured]) -> list[Measured]:
    """Return the courses of a part that are cracks of their own; none where it is not thin."""
    longest = max(parts, key=lambda part: part.visible_length)
    total = sum(part.length for part in parts)
    width = float(np.median(np.concatenate([part.widths for part in parts])))
    if longest.length < SHORTEST_CRACK or total < THIN * width:
        return []
    return [part for part in parts if part is longest or part.visible_length >= SHORTEST_CRACK]


def _track_courses(
    parts: MaskParts, distance: NDArray[np.float32], tracks: Sequence[Track]
) -> dict[int, list[Measured]]:
    """Return the measured tracks of the parts in which most of their points lie."""
    height, width = parts.labels.shape
    by_label: dict[int, list[Measured]] = {}
    for track in tracks:
        columns, rows = np.rint(track).astype(np.intp).T
        is_inside = (columns >= 0) & (rows >= 0) & (columns < width) & (rows < height)
        seen = np.bincount(parts.labels[rows[is_inside], columns[is_inside]], minlength=2)
        label = 1 + int(seen[1:].argmax())
        if len(track) > 1 and 2 * seen[label] > len(track):
            measured = measured_track(track, parts.filled, distance)
            by_label.setdefault(label, []).append(measured)
    return by_label


def _cracks(pixels: Pixels, parts: list[Measured]) -> list[Crack]:
    """Return a crack for each course through the pixels, which share all of these."""
    if len(parts) == 1:
        return [_crack(pixels, crack_path(parts[0]))]
    owner = nearest_course(pixels, [part.core for part in parts])
    shares = [pixels[owner == number] for number in range(len(parts))]
    return [
        _crack(share, crack_path(part))
        for share, part in zip(shares, parts, strict=True)
        if len(share)
    ]


def _crack(pixels: Pixels, path: CrackPath | None = None) -> Crack:
    low = pixels.min(axis=0)
    width, height = pixels.max(axis=0) - low + 1
    data = np.zeros((height, width), np.uint8)
    data[pixels[:, 1] - low[1], pixels[:, 0] - low[0]] = 1
    return Crack.from_mask(MaskPatch(int(low[0]), int(low[1]), data), "imported", path)
