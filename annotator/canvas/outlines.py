"""The borders of masks as polygons."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Corners = list[tuple[int, int]]

STEP = 0.75
"""Cells; the corner of a diagonal staircase is 0.71 away from its other corners."""

STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""What the directions of edges mean: along x, along y, and back."""


def border_lines(framed: NDArray[np.uint8]) -> Iterator[Corners]:
    """Yield the borders of a 0/1 mask as lines of pixel corners, the mask on their right-hand side.

    ``framed`` has a frame of one pixel around the mask: what lies there has no border of its own,
    but there is none towards it either. The first pixel of the mask has its corner at (0, 0). Lines
    that reach the frame may end there; the others end where they began. Outer borders and those of
    holes run so that filling by either rule gives back the mask. Pixels that touch at a corner stay
    apart.
    """
    starts, directions = _border_edges(framed != 0)
    if not len(starts):
        return
    width = framed.shape[1] + 1
    following = _following_edges(starts, directions, width)
    x, y = (starts % width - 1).tolist(), (starts // width - 1).tolist()
    heading = directions.tolist()
    is_followed = np.zeros(len(heading) + 1, bool)
    is_followed[following] = True  # -1, the end of a line, is the last place
    heads = np.flatnonzero(~is_followed[:-1]).tolist()
    following = following.tolist()
    visited = [False] * len(heading)
    for first in (*heads, *range(len(heading))):
        if visited[first]:
            continue
        corners: Corners = []
        edge = last = first
        last_heading = -1
        while edge >= 0 and not visited[edge]:
            visited[edge] = True
            if heading[edge] != last_heading:
                corners.append((x[edge], y[edge]))
                last_heading = heading[edge]
            last, edge = edge, following[edge]
        corners.append((x[last] + STEPS[heading[last]][0], y[last] + STEPS[heading[last]][1]))
        yield corners


def smoothed(line: Corners) -> Corners:
    """Return a border without the steps that only cells of a screen pixel's size have.

    What is left out is at most `STEP` cells away. Ends stay, so that lines of neighboring blocks
    meet; so do borders that would be left without an area.
    """
    import cv2  # it was loaded when the image was

    is_closed = line[0] == line[-1]
    corners = np.array(line[:-1] if is_closed else line, np.int32)
    if len(corners) < 3:
        return line
    kept = cv2.approxPolyDP(corners, STEP, is_closed)[:, 0].tolist()
    if is_closed:
        return line if len(kept) < 3 else [(x, y) for x, y in (*kept, kept[0])]
    return [(x, y) for x, y in kept]


def _border_edges(inside: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return start corners (flat) and directions of the edges of the pixels within the frame."""
    stride = inside.shape[1]
    width = stride + 1  # of the grid of corners
    within = inside.copy()
    within[[0, -1]] = within[:, [0, -1]] = False
    flat = inside.reshape(-1)
    pixels = np.flatnonzero(within)
    corners = pixels + pixels // stride
    starts: list[NDArray[np.int64]] = []
    for neighbor, shift in ((-stride, 0), (1, 1), (stride, width + 1), (-1, width)):
        starts.append(corners[~flat[pixels + neighbor]] + shift)
    directions = np.repeat(np.arange(4), [len(found) for found in starts])
    return np.concatenate(starts), directions


def _following_edges(
    starts: NDArray[np.int64], directions: NDArray[np.int64], width: int
) -> NDArray[np.int64]:
    """Return for each edge the one that continues its border, -1 where none does.

    A right turn comes first, then straight ahead, then a left turn.
    """
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
    return following
