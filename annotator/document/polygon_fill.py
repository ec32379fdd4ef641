"""The pixels inside a contour."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from annotator.document.mask import MaskPatch
from annotator.document.strokes import Point

Points = NDArray[np.float64]


def polygon_patch(corners: Sequence[Point], size: tuple[int, int]) -> MaskPatch:
    """Return the pixels of an image of (width, height) inside a closed contour, and those on it.

    Corners are array coordinates and may lie outside the image. Where the contour crosses itself,
    what it goes around an odd number of times is inside.
    """
    points = np.asarray(corners, np.float64)
    x0, y0 = np.floor(points.min(axis=0) + 0.5).astype(int).clip(0, size).tolist()
    x1, y1 = (np.floor(points.max(axis=0) + 0.5).astype(int) + 1).clip((x0, y0), size).tolist()
    points = points - (x0, y0)
    data = _inside(points, x1 - x0, y1 - y0)
    columns, rows = _on_contour(points).T
    is_shown = (columns >= 0) & (rows >= 0) & (columns < x1 - x0) & (rows < y1 - y0)
    data[rows[is_shown], columns[is_shown]] = 1
    return MaskPatch(x0, y0, data)


def _inside(points: Points, width: int, height: int) -> NDArray[np.uint8]:
    """Return the pixels whose centers lie inside, by the number of sides left of each center."""
    ends = np.roll(points, -1, axis=0)
    upper = np.minimum(points[:, 1], ends[:, 1])
    lower = np.maximum(points[:, 1], ends[:, 1])
    first = np.ceil(upper).clip(0, height).astype(np.int64)
    counts = np.ceil(lower).clip(0, height).astype(np.int64) - first
    side, step = _repeated(counts)
    rows = first[side] + step
    part = (rows - points[side, 1]) / (ends[side, 1] - points[side, 1])
    x = points[side, 0] + part * (ends[side, 0] - points[side, 0])
    columns = np.ceil(x).clip(0, width).astype(np.int64)
    toggles = np.zeros((height, width + 1), np.uint8)
    np.bitwise_xor.at(toggles.reshape(-1), rows * (width + 1) + columns, np.uint8(1))
    return np.bitwise_xor.accumulate(toggles, axis=1)[:, :width]


def _on_contour(points: Points) -> NDArray[np.int64]:
    """Return the pixels (x, y) on the sides, without gaps."""
    reach = np.roll(points, -1, axis=0) - points
    counts = np.ceil(np.abs(reach).max(axis=1)).astype(np.int64) + 1
    side, step = _repeated(counts)
    part = step / np.maximum(counts[side] - 1, 1)
    on_line = points[side] + part[:, np.newaxis] * reach[side]
    return np.floor(on_line + 0.5).astype(np.int64)


def _repeated(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the index of each item as often as it counts, and how many of it came before."""
    index = np.repeat(np.arange(len(counts)), counts)
    return index, np.arange(len(index)) - np.repeat(np.cumsum(counts) - counts, counts)
