"""Masks as polygons along the edges of pixels, and polygons of any kind back to masks.

Points are (x, y) counted from the outer corner of the first pixel: a pixel lies in a polygon if its
center, half a pixel further, does. So what `polygons` draws, `filled` returns exactly.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.document.mask import MaskPatch

Outline = NDArray[np.int64]
"""(n, 2) corners, not closed, clockwise on the screen."""

_STEPS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
"""Right, down, left, up: a turn to the right is the next one."""


def polygons(patch: MaskPatch) -> list[Outline]:
    """Return polygons without holes that cover a mask; a polygon may touch itself at corners."""
    return [
        loop + np.array([piece.x, piece.y]) for piece, loops in _pieces(patch) for loop in loops
    ]


def pieces(patch: MaskPatch) -> Iterator[MaskPatch]:
    """Yield the parts of a mask that hang together, cut where they have holes."""
    return (piece for piece, _ in _pieces(patch))


def filled(outlines: Sequence[NDArray[np.floating[Any]]], size: tuple[int, int]) -> MaskPatch:
    """Return the union of polygons in a (width, height) image; each is filled even-odd."""
    patches = [_filled(np.asarray(outline, np.float64), size) for outline in outlines]
    patches = [patch for patch in patches if patch.data.size]
    if not patches:
        return MaskPatch(0, 0, np.zeros((0, 0), np.uint8))
    left, top = (min(patch.box[side] for patch in patches) for side in (0, 1))
    right, bottom = (max(patch.box[side] for patch in patches) for side in (2, 3))
    data = np.zeros((bottom - top, right - left), np.uint8)
    for patch in patches:
        x0, y0, x1, y1 = patch.box
        data[y0 - top : y1 - top, x0 - left : x1 - left] |= patch.data
    return MaskPatch(left, top, data).tight()


def _pieces(patch: MaskPatch) -> Iterator[tuple[MaskPatch, list[Outline]]]:
    """Yield pieces without holes with their outlines, in coordinates of the piece."""
    for part in _parts(patch):
        loops = _loops(part.data)
        holes = sorted((loop for loop in loops if _area(loop) < 0), key=lambda loop: loop.sum())
        if not holes:
            yield part, loops
            continue
        hole = holes[len(holes) // 2]  # one in the middle, so that both sides have some
        axis = int(part.data.shape[0] > part.data.shape[1])
        cut = int(hole[:, axis].min() + hole[:, axis].max() + 1) // 2
        first, second = np.split(part.data, [cut], axis=1 - axis)
        yield from _pieces(MaskPatch(part.x, part.y, first))
        x, y = (part.x, part.y + cut) if axis else (part.x + cut, part.y)
        yield from _pieces(MaskPatch(x, y, second))


def _parts(patch: MaskPatch) -> Iterator[MaskPatch]:
    """Yield what hangs together, corners included."""
    import cv2

    mask = np.ascontiguousarray(patch.data != 0).view(np.uint8)
    if not mask.any():
        return
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    for number in range(1, count):
        x, y, width, height, _ = (int(value) for value in stats[number])
        data = labels[y : y + height, x : x + width] == number
        yield MaskPatch(patch.x + x, patch.y + y, data.view(np.uint8))


def _loops(mask: NDArray[np.uint8]) -> list[Outline]:
    """Return the closed ways along the edges of the mask, with the mask at their right hand."""
    following, stride = _edges(mask)
    loops: list[Outline] = []
    while following:
        way = [next(iter(following))]
        while (edge := following.pop(way[-1])) != way[0]:
            way.append(edge)
        edges = np.array(way)
        is_corner = edges % 4 != np.roll(edges, 1) % 4
        corners = edges[is_corner] // 4
        loops.append(np.column_stack((corners % stride, corners // stride)))
    return loops


def _edges(mask: NDArray[np.uint8]) -> tuple[dict[int, int], int]:
    """Return for each edge the next one; an edge is 4 times its first corner plus its direction.

    A corner is its row times the stride, which is returned too, plus its column.
    """
    inside = np.pad(mask != 0, 1)
    height, width = mask.shape
    stride = width + 1
    here = inside[1:-1, 1:-1]
    beside = (inside[:-2, 1:-1], inside[1:-1, 2:], inside[2:, 1:-1], inside[1:-1, :-2])
    is_edge = np.zeros((height + 1, stride, 4), bool)
    for direction, (other, (dx, dy)) in enumerate(
        zip(beside, ((0, 0), (1, 0), (1, 1), (0, 1)), strict=True)
    ):
        is_edge[dy : dy + height, dx : dx + width, direction] = here & ~other
    rows, columns, directions = np.nonzero(is_edge)
    ends = np.column_stack((columns, rows)) + _STEPS[directions]
    following = np.full(len(rows), -1)
    # To the left first: where two pixels touch at a corner, the way goes on along the other one.
    for turn in (1, 0, -1):
        turned = (directions + turn) % 4
        exists = is_edge[ends[:, 1], ends[:, 0], turned]
        following[exists] = turned[exists]
    starts = (rows * stride + columns) * 4 + directions
    nexts = (ends[:, 1] * stride + ends[:, 0]) * 4 + following
    return dict(zip(starts.tolist(), nexts.tolist(), strict=True)), stride


def _area(loop: Outline) -> int:
    """Return twice the area, negative for the edge of a hole."""
    x, y = loop.T
    return int(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _filled(outline: NDArray[np.float64], size: tuple[int, int]) -> MaskPatch:
    """Fill one polygon: along a row, each crossing with its edge turns inside into outside."""
    width, height = size
    (left, top), (right, bottom) = outline.min(axis=0), outline.max(axis=0)
    x0, x1 = int(np.clip(np.floor(left), 0, width)), int(np.clip(np.ceil(right), 0, width))
    y0, y1 = int(np.clip(np.floor(top), 0, height)), int(np.clip(np.ceil(bottom), 0, height))
    crossings = np.zeros((y1 - y0, x1 - x0 + 1), np.int32)
    for start, end in zip(outline, np.roll(outline, -1, axis=0), strict=True):
        (xa, ya), (xb, yb) = sorted((start, end), key=lambda point: float(point[1]))
        first, last = (int(np.clip(np.ceil(y - 0.5), y0, y1)) for y in (ya, yb))
        if last > first:
            rows = np.arange(first, last)
            x = xa + (rows + 0.5 - ya) / (yb - ya) * (xb - xa)
            columns = np.clip(np.ceil(x - 0.5), x0, x1).astype(np.int64) - x0
            crossings[rows - y0, columns] += 1
    data = np.cumsum(crossings[:, :-1], axis=1) % 2
    return MaskPatch(x0, y0, data.astype(np.uint8))
