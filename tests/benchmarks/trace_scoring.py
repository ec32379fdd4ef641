"""Scores of a traced crack against the crack component of a ground-truth mask.

Truth is the largest component of the mask, reduced to what belongs to the longest path of its
skeleton; the component's side branches count neither as right nor as wrong. Precision is the share
of traced pixels within the tolerance of the truth, recall the share of true pixels within it of
the trace (Euclidean distance, counted both ways).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree
from skimage.morphology import skeletonize

Mask = NDArray[np.bool_]
EIGHT = np.ones((3, 3), bool)


@dataclass(frozen=True)
class Truth:
    """The part of a mask that a trace is compared with."""

    main: Mask
    ignored: Mask
    path: NDArray[np.float64]
    """Longest skeleton path, (n, 2) as (x, y)."""


def longest_skeleton_path(component: Mask) -> NDArray[np.intp]:
    """(row, col) pixels of the longest shortest path within a component's skeleton."""
    points = np.argwhere(skeletonize(component))
    number = np.full(component.shape, -1)
    number[tuple(points.T)] = np.arange(len(points))
    padded = np.pad(number, 1, constant_values=-1)
    starts, ends, lengths = [], [], []
    for step in ((0, 1), (1, 0), (1, 1), (1, -1)):
        neighbor = padded[points[:, 0] + 1 + step[0], points[:, 1] + 1 + step[1]]
        linked = neighbor >= 0
        starts.append(np.flatnonzero(linked))
        ends.append(neighbor[linked])
        lengths.append(np.full(linked.sum(), np.hypot(*step)))
    count = len(points)
    graph = coo_matrix(
        (np.concatenate(lengths), (np.concatenate(starts), np.concatenate(ends))), (count, count)
    ).tocsr()

    def farthest(source: int) -> tuple[int, NDArray[np.intp]]:
        distance, previous = dijkstra(graph, False, indices=source, return_predecessors=True)
        distance[np.isinf(distance)] = -1
        return int(distance.argmax()), previous

    end = 0
    for _ in range(3):  # a few sweeps find the ends of the longest path
        end, _previous = farthest(end)
    other, previous = farthest(end)
    walk = [other]
    while walk[-1] != end:
        walk.append(int(previous[walk[-1]]))
    return points[walk]


def truth_of(mask: Mask) -> Truth:
    """Reduce a ground-truth mask to its largest crack between two ends."""
    labels, _ = ndimage.label(mask, EIGHT)
    component = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    path = longest_skeleton_path(component)
    on_path = np.zeros(mask.shape, bool)
    on_path[tuple(path.T)] = True
    skeleton = skeletonize(component)
    nearest = ndimage.distance_transform_edt(~skeleton, return_distances=False, return_indices=True)
    main = component & on_path[tuple(nearest)]
    return Truth(main, mask & ~main, path[:, ::-1].astype(float))


def f1(traced: Mask, truth: Truth, tolerance: float) -> tuple[float, float, float]:
    """Precision, recall and F1 at a tolerance in px."""
    traced = traced & ~truth.ignored
    if not traced.any():
        return 0.0, 0.0, 0.0
    if tolerance < 1:
        hits = float((traced & truth.main).sum())
        precision, recall = hits / traced.sum(), hits / truth.main.sum()
    else:
        precision = float((_away(truth.main)[traced] <= tolerance).mean())
        recall = float((_away(traced)[truth.main] <= tolerance).mean())
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def _away(mask: Mask) -> NDArray[np.float32]:
    """Distance in px of each pixel from a mask, exact."""
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(away, np.float32)


def distances(points: NDArray[np.float64], line: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance in px from each point to the nearest sample of a line."""
    return cKDTree(line).query(points)[0]
