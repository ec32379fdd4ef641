"""Masks to the vector paths that Qt paints, in halving detail; made on any thread."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QPainterPath, QPolygonF

from annotator.canvas.coordinates import corners_to_path, polyline_to_scene
from annotator.document.crack_path import CrackPath

LEVELS = 6
BYTES_PER_POINT = 24
"""Of a QPainterPath; a QPolygonF takes less."""


@dataclass(frozen=True, slots=True, eq=False)
class CrackDrawing:
    """A crack in scene coordinates, ready to paint: nothing is left to compute in a paint event."""

    outlines: tuple[QPainterPath, ...]
    """Borders of the mask; each level has blocks of twice as many pixels as the one before."""
    centerline: QPolygonF

    @property
    def nbytes(self) -> int:
        """Memory of all levels."""
        points = sum(outline.elementCount() for outline in self.outlines)
        return BYTES_PER_POINT * (points + self.centerline.size())

    def outline_for(self, scale: float) -> QPainterPath:
        """Return the outline with as much detail as a screen of that scale can show."""
        level = int(np.floor(-np.log2(max(scale, 1e-6))))
        return self.outlines[min(max(level, 0), LEVELS - 1)]


def draw_crack(crack: CrackPath) -> CrackDrawing:
    """Return the drawing of a crack."""
    patch = crack.mask
    mask = patch.data
    outlines: list[QPainterPath] = []
    for level in range(LEVELS):
        outlines.append(corners_to_path(mask_outline(mask), (patch.x, patch.y), 2**level))
        mask = halve(mask)
    return CrackDrawing(tuple(outlines), polyline_to_scene(crack.centerline))


def halve(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a mask in blocks of 2 px, set where any pixel is: cracks stay connected."""
    height, width = mask.shape
    padded = np.pad(mask, ((0, height % 2), (0, width % 2)))
    rows = np.maximum(padded[::2], padded[1::2])
    return np.maximum(rows[:, ::2], rows[:, 1::2])


def mask_outline(mask: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """Return the borders of a 0/1 mask as closed polygons (n, 2) of pixel corners (x, y).

    Walks the pixel edges with the mask on the right-hand side; outer borders and holes alike, so
    that filling by either rule gives back the mask. Pixels that touch at a corner stay apart.
    """
    starts, directions = _border_edges(np.pad(mask != 0, 1))
    if not len(starts):
        return []
    width = mask.shape[1] + 3
    following = _following_edges(starts, directions, width)
    x, y = (starts % width - 1).tolist(), (starts // width - 1).tolist()
    heading = directions.tolist()
    visited = [False] * len(heading)
    polygons: list[NDArray[np.int64]] = []
    for first in range(len(heading)):
        corners: list[tuple[int, int]] = []
        edge, last_heading = first, -1
        while not visited[edge]:
            visited[edge] = True
            if heading[edge] != last_heading:
                corners.append((x[edge], y[edge]))
            last_heading = heading[edge]
            edge = following[edge]
        if corners:
            polygons.append(np.array(corners, np.int64))
    return polygons


def _border_edges(inside: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return start corners (flat) and directions (0 = +x, 1 = +y, 2 = -x, 3 = -y) of all edges.

    No set pixel lies on the border of ``inside``.
    """
    stride = inside.shape[1]
    width = stride + 1  # of the grid of corners
    flat = inside.reshape(-1)
    pixels = np.flatnonzero(flat)
    corners = pixels + pixels // stride
    starts: list[NDArray[np.int64]] = []
    for neighbor, shift in ((-stride, 0), (1, 1), (stride, width + 1), (-1, width)):
        starts.append(corners[~flat[pixels + neighbor]] + shift)
    directions = np.repeat(np.arange(4), [len(found) for found in starts])
    return np.concatenate(starts), directions


def _following_edges(
    starts: NDArray[np.int64], directions: NDArray[np.int64], width: int
) -> list[int]:
    """Return for each edge the one that continues its border: right turn, else ahead, else left."""
    keys = starts * 4 + directions
    order = np.argsort(keys)
    ranked = keys[order]
    ends = starts + np.array([1, width, -1, -width])[directions]
    following = np.full(len(keys), -1, np.int64)
    for turn in (1, 0, 3):
        wanted = ends * 4 + (directions + turn) % 4
        place = np.minimum(np.searchsorted(ranked, wanted), len(ranked) - 1)
        fits = (ranked[place] == wanted) & (following < 0)
        following[fits] = order[place[fits]]
    return following.tolist()
