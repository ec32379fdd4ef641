"""Where one course leaves another: the points to click so that a trace follows it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from annotator.services.live_trace import LivePath

Point = tuple[float, float]

APART = 6.0
"""Px from the nearest of the other courses at which a course goes a way of its own."""


def detour_samples(path: LivePath, others: Sequence[LivePath]) -> list[int]:
    """Return a sample in the middle of each stretch where a path is far from all the others.

    Through these a trace follows the path; an only path needs none.
    """
    if not others:
        return []
    tree = cKDTree(np.concatenate([other.points for other in others]))
    away = np.asarray(tree.query(path.points)[0])
    farthest = [a + int(away[a:b].argmax()) for a, b in _runs(away > APART)]
    return [sample for sample in farthest if 0 < sample < len(away) - 1]


def cut(path: LivePath, samples: Sequence[int]) -> list[LivePath]:
    """Cut a path at samples."""
    edges = [0, *samples, len(path.points) - 1]
    return [_part(path, start, stop) for start, stop in pairwise(edges)]


def _part(path: LivePath, start: int, stop: int) -> LivePath:
    kept = slice(start, stop + 1)
    points, left, right = path.points[kept], path.left[kept], path.right[kept]
    return replace(
        path,
        points=points,
        left=left,
        right=right,
        confidence=path.confidence[kept],
        length=float(np.hypot(*np.diff(points, axis=0).T).sum()),
        median_width=float(np.median(np.hypot(*(left - right).T))),
    )


def _runs(is_in: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return start and stop of each run of true values."""
    steps = np.flatnonzero(np.diff(np.concatenate(([False], is_in, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(steps[::2], steps[1::2], strict=True)]
