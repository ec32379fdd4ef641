"""Boxes from two pixels."""

from math import floor

from annotator.document.block_raster import Box
from annotator.document.strokes import Point


def box_between(start: Point, end: Point, size: tuple[int, int]) -> Box:
    """Return the box of the pixels from one to the other, both included, inside the image."""
    (ax, ay), (bx, by) = (
        tuple(_pixel(value, side) for value, side in zip(point, size, strict=True))
        for point in (start, end)
    )
    return min(ax, bx), min(ay, by), max(ax, bx) + 1, max(ay, by) + 1


def _pixel(value: float, side: int) -> int:
    return min(max(floor(value + 0.5), 0), side - 1)
