"""Pixels of a skeleton to branches: chains of pixels between ends and junctions."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from annotator.services.pixel_lookup import Indices, PixelLookup

Neighbors = list[list[int]]


def branches(points: NDArray[np.intp]) -> Iterator[Indices]:
    """Yield the pixel numbers of each branch of the distinct skeleton pixels (x, y), in order.

    The pixels at which branches meet or end belong to each of theirs. A ring without junctions
    starts and ends at the same pixel; a pixel without neighbors is a branch of itself.
    """
    neighbors = _neighbors(points)
    is_passed = [False] * len(points)
    for start, near in enumerate(neighbors):
        if len(near) == 2:
            continue
        if not near:
            yield np.array([start], np.intp)
        for second in near:
            # Between two adjacent junctions only one direction counts.
            is_new = start < second if len(neighbors[second]) != 2 else not is_passed[second]
            if is_new:
                yield _walk(start, second, neighbors, is_passed)
    for start, near in enumerate(neighbors):
        if len(near) == 2 and not is_passed[start]:
            yield _walk(start, near[0], neighbors, is_passed)


def _walk(start: int, second: int, neighbors: Neighbors, is_passed: list[bool]) -> Indices:
    way = [start, second]
    while len(neighbors[way[-1]]) == 2 and way[-1] != start:
        is_passed[way[-1]] = True
        one, other = neighbors[way[-1]]
        way.append(other if one == way[-2] else one)
    is_passed[start] = True
    return np.array(way, np.intp)


def _neighbors(points: NDArray[np.intp]) -> Neighbors:
    """List for each pixel those beside it; diagonal ones only where no straight way leads there."""
    neighbors: Neighbors = [[] for _ in range(len(points))]
    if not len(points):
        return neighbors
    lookup = PixelLookup(points)
    right, down = lookup.beside(1, 0), lookup.beside(0, 1)
    left = lookup.beside(-1, 0)
    for other, is_linked in (
        (right, True),
        (down, True),
        (lookup.beside(1, 1), (right < 0) & (down < 0)),
        (lookup.beside(-1, 1), (left < 0) & (down < 0)),
    ):
        for one in np.flatnonzero((other >= 0) & is_linked).tolist():
            neighbors[one].append(int(other[one]))
            neighbors[int(other[one])].append(one)
    return neighbors
