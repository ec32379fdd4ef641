"""Which pixels of a mask belong to which of the cracks that run through it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from annotator.services.pixel_lookup import PixelLookup, Pixels


def nearest_course(pixels: Pixels, courses: Sequence[NDArray[np.float64]]) -> NDArray[np.intp]:
    """Return for each pixel the number of the course (points) nearest on a way inside the mask.

    So the share of a course hangs together. What none reaches goes to the first.
    """
    lookup = PixelLookup(pixels)
    owner = np.full(len(pixels), -1, np.intp)
    for number, points in reversed(list(enumerate(courses))):
        found = lookup.at(np.rint(points).astype(np.intp))
        owner[found[found >= 0]] = number
    seeds = np.flatnonzero(owner >= 0)
    if not len(seeds):
        return np.zeros(len(pixels), np.intp)
    graph = _links(lookup, len(pixels))
    nearest = dijkstra(
        graph, directed=False, indices=seeds, min_only=True, return_predecessors=True
    )[2]
    return np.where(nearest >= 0, owner[np.maximum(nearest, 0)], 0)


def _links(lookup: PixelLookup, count: int) -> coo_array:
    parts: list[tuple[NDArray[np.intp], NDArray[np.intp], float]] = []
    for dx, dy in ((1, 0), (0, 1), (1, 1), (-1, 1)):
        other = lookup.beside(dx, dy)
        ones = np.flatnonzero(other >= 0)
        parts.append((ones, other[ones], float(np.hypot(dx, dy))))
    lengths = np.concatenate([np.full(len(ones), length) for ones, _, length in parts])
    ends = tuple(np.concatenate([part[side] for part in parts]) for side in (0, 1))
    return coo_array((lengths, ends), shape=(count, count)).tocsr()
