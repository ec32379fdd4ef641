"""What was read from a file to cracks: masks, lines along them, and courses traced before."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch, union_mask
from annotator.document.pixel_source import PixelSource
from annotator.importers.annotation import ParsedImage, Size
from annotator.services.vectorization import vectorize
from geodesic.rasterize import fill_ribbon

_NEAR = 2.0
"""Pixels of a mask so near to the ribbon of a traced crack, in px, belong to it."""


def cracks_of(parsed: ParsedImage, size: Size, *, with_courses: bool) -> tuple[Crack, ...]:
    """Return the cracks of an image of that size; what lies outside of it is cut off."""
    masks = [inside for patch in parsed.masks if (inside := _inside(patch, size)) is not None]
    if parsed.courses:
        return tuple(_traced(parsed.courses, masks, size, with_courses=with_courses))
    return tuple(
        crack
        for patch in masks
        for crack in vectorize(patch, with_courses=with_courses, tracks=parsed.tracks)
    )


def _inside(patch: MaskPatch, size: Size) -> MaskPatch | None:
    """Return the part of a patch in the image, None where there is none."""
    x0, y0 = max(-patch.x, 0), max(-patch.y, 0)
    data = patch.data[y0 : max(size[1] - patch.y, 0), x0 : max(size[0] - patch.x, 0)]
    tight = MaskPatch(patch.x + x0, patch.y + y0, data).tight()
    return tight if tight.data.size else None


def _traced(
    courses: Sequence[CrackPath], masks: Sequence[MaskPatch], size: Size, *, with_courses: bool
) -> list[Crack]:
    """Return traced cracks; where there is a mask, all of them together are exactly that."""
    shape = size[1], size[0]
    cracks = [_ribbon(course, shape) for course in courses]
    if not masks:
        return cracks
    mask = union_mask([Crack.from_mask(patch, "imported") for patch in masks], shape)
    cracks = [_cut_to(crack, mask) for crack in cracks]
    rest = mask & (1 - union_mask(cracks, shape))
    rows, columns = np.nonzero(rest)
    owner = _owners(np.column_stack((columns, rows)), courses)
    for number, crack in enumerate(cracks):
        is_own = owner == number
        if is_own.any():
            data = np.zeros(shape, np.uint8)
            data[rows[is_own], columns[is_own]] = PixelSource.TRACED
            cracks[number] = _with_pixels(crack, MaskPatch(0, 0, data))
            rest[rows[is_own], columns[is_own]] = 0
    kept = [crack for crack in cracks if not crack.pixels.is_empty]
    return [*kept, *vectorize(MaskPatch(0, 0, rest), with_courses=with_courses)]


def _ribbon(course: CrackPath, shape: tuple[int, int]) -> Crack:
    left, right = course.half_widths.T
    data, (x, y) = fill_ribbon(course.centerline, left, right, shape)
    return Crack.from_mask(MaskPatch(x, y, data), "traced", course)


def _cut_to(crack: Crack, mask: NDArray[np.uint8]) -> Crack:
    x0, y0, x1, y1 = crack.box
    data = crack.mask_patch().data & mask[y0:y1, x0:x1]
    patch = MaskPatch(x0, y0, data)
    return Crack.from_mask(patch, "traced", crack.path, crack.identifier)


def _owners(pixels: NDArray[np.intp], courses: Sequence[CrackPath]) -> NDArray[np.intp]:
    """Return for each pixel the course whose ribbon is near, -1 for none."""
    if not len(pixels):
        return np.zeros(0, np.intp)
    line = np.concatenate([course.centerline for course in courses])
    reach = np.concatenate([course.half_widths.max(axis=1) for course in courses]) + _NEAR
    owner = np.repeat(np.arange(len(courses)), [len(course.centerline) for course in courses])
    distance, nearest = cKDTree(line).query(pixels)
    return np.where(distance <= reach[nearest], owner[nearest], -1)


def _with_pixels(crack: Crack, more: MaskPatch) -> Crack:
    tight = more.tight()
    x0, y0, x1, y1 = tight.box
    codes = np.maximum(crack.pixels.read((x0, y0, x1, y1)), tight.data)
    pixels = crack.pixels.with_values(x0, y0, codes)
    return Crack(pixels, crack.source, crack.path, crack.is_locked, crack.identifier)
