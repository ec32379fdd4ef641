"""A round brush swept along a segment; what painting and erasing do to the pixels of a crack."""

from collections.abc import Iterable
from dataclasses import replace
from math import hypot

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import BLOCK_SIDE, BlockKey, BlockRaster, block_keys
from annotator.document.crack import Crack
from annotator.document.mask import MaskPatch
from annotator.document.pixel_source import PixelSource, mask_of

Point = tuple[float, float]

_TOUCHING = 1e-9
"""Pixel centers that lie on the rim of the brush are covered, rounding errors or not."""


def tip_center(point: Point, diameter: int) -> Point:
    """Return where the tip is set down: on a pixel center, or on a corner for an even diameter.

    So a tip covers the same pixels wherever it is set down, and one of 1 px never misses.
    """
    shift = 0.0 if diameter % 2 else 0.5
    x, y = (float(np.floor(value + 0.5 - shift) + shift) for value in point)
    return x, y


def stroke_segment(start: Point, end: Point, diameter: int, size: tuple[int, int]) -> MaskPatch:
    """Return the pixels of an image of (width, height) whose centers a straight stroke covers."""
    radius = diameter / 2
    a, b = tip_center(start, diameter), tip_center(end, diameter)
    y0 = max(int(np.ceil(min(a[1], b[1]) - radius)), 0)
    y1 = min(int(np.floor(max(a[1], b[1]) + radius)) + 1, size[1])
    rows = np.arange(y0, max(y1, y0), dtype=np.float64)
    left, right = _row_bounds(rows, a, b, radius)
    first = np.ceil(left - _TOUCHING).clip(0, size[0])
    last = np.floor(right + _TOUCHING).clip(-1, size[0] - 1)
    is_hit = first <= last
    if not is_hit.any():
        return MaskPatch(0, 0, np.zeros((0, 0), np.uint8))
    x0, x1 = int(first[is_hit].min()), int(last[is_hit].max()) + 1
    columns = np.arange(x0, x1)
    data = (columns >= first[:, np.newaxis]) & (columns <= last[:, np.newaxis])
    return MaskPatch(x0, y0, data.astype(np.uint8))


def _row_bounds(
    rows: NDArray[np.float64], a: Point, b: Point, radius: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the leftmost and rightmost x of the swept tip in each row.

    The area is convex: a disc at each end and the rectangle between them.
    """
    left, right = np.full(len(rows), np.inf), np.full(len(rows), -np.inf)
    for x, y in {a, b}:
        below = radius**2 - (rows - y) ** 2
        reach = np.sqrt(np.maximum(below, 0.0))
        is_hit = below >= -_TOUCHING
        left[is_hit] = np.minimum(left, x - reach)[is_hit]
        right[is_hit] = np.maximum(right, x + reach)[is_hit]
    for p, q in _sides(a, b, radius):
        if p[1] == q[1]:
            continue  # the sides that meet it reach as far
        part = (rows - p[1]) / (q[1] - p[1])
        x = p[0] + part * (q[0] - p[0])
        is_hit = (part >= 0) & (part <= 1)
        left[is_hit] = np.minimum(left, x)[is_hit]
        right[is_hit] = np.maximum(right, x)[is_hit]
    return left, right


def _sides(a: Point, b: Point, radius: float) -> Iterable[tuple[Point, Point]]:
    """Return the sides of the rectangle between the ends of a stroke."""
    length = hypot(b[0] - a[0], b[1] - a[1])
    if length == 0:
        return []
    dx, dy = radius * (a[1] - b[1]) / length, radius * (b[0] - a[0]) / length
    corners = (
        (a[0] + dx, a[1] + dy),
        (b[0] + dx, b[1] + dy),
        (b[0] - dx, b[1] - dy),
        (a[0] - dx, a[1] - dy),
    )
    return zip(corners, (*corners[1:], corners[0]), strict=True)


def added_to(covered: BlockRaster, patch: MaskPatch) -> BlockRaster:
    """Return what is covered, with the pixels of a patch."""
    return covered.with_values(patch.x, patch.y, covered.read(patch.box) | patch.data)


def covered_patches(covered: BlockRaster) -> Iterable[MaskPatch]:
    """Return what is covered block by block."""
    for (column, row), block in covered.blocks.items():
        yield MaskPatch(column * BLOCK_SIDE, row * BLOCK_SIDE, block)


def painted(crack: Crack, patch: MaskPatch) -> Crack:
    """Return a crack with the pixels of a patch added as painted ones; the same where it has them.

    Pixels that were traced become painted ones too: what a hand drew is kept by a new trace.
    """
    codes = crack.pixels.read(patch.box)
    is_new = (patch.data != 0) & (codes != PixelSource.PAINTED)
    if not is_new.any():
        return crack
    codes[is_new] = PixelSource.PAINTED
    return replace(crack, pixels=crack.pixels.with_values(patch.x, patch.y, codes))


def erased(crack: Crack, patch: MaskPatch) -> Crack:
    """Return a crack without the pixels of a patch; the same crack where it has none of them.

    What was not painted to begin with is noted as erased, so that a new trace leaves it away.
    """
    code = PixelSource.NONE if crack.source == "painted" else PixelSource.ERASED
    pixels = crack.pixels
    for key in block_keys(patch.box):
        if key in crack.pixels.blocks:
            part = _part_in_block(patch, key)
            codes = crack.pixels.read(part.box)
            is_hit = (part.data != 0) & (mask_of(codes) != 0)
            if is_hit.any():
                codes[is_hit] = code
                pixels = pixels.with_values(part.x, part.y, codes)
    return crack if pixels is crack.pixels else replace(crack, pixels=pixels)


def _part_in_block(patch: MaskPatch, key: BlockKey) -> MaskPatch:
    """Return the part of a patch that lies in a block."""
    x0, y0 = max(patch.x, BLOCK_SIDE * key[0]), max(patch.y, BLOCK_SIDE * key[1])
    right, bottom = BLOCK_SIDE * (key[0] + 1), BLOCK_SIDE * (key[1] + 1)
    data = patch.data[y0 - patch.y : bottom - patch.y, x0 - patch.x : right - patch.x]
    return MaskPatch(x0, y0, data)


def is_gone(crack: Crack) -> bool:
    """Tell whether nothing is left of the mask of a crack."""
    return not any(mask_of(block).any() for block in crack.pixels.blocks.values())


def covers(crack: Crack, patch: MaskPatch) -> bool:
    """Tell whether a crack has pixels under a patch."""
    is_near = crack.pixels.has_any(block_keys(patch.box))
    return is_near and bool((crack.mask_in(patch.box) & patch.data).any())
