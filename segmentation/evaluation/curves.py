"""Precision and recall over all thresholds in one pass: ODS, OIS and average precision.

Each image becomes a few histograms of the probability over regions (the whole, the truth, the
truth widened by the tolerance), and one of the largest probability within the tolerance over
the truth. Their sums from above are the counts at every threshold at once.
"""

from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation import UNLABELLED
from segmentation.evaluation.boundary import (
    Counting,
    Element,
    Mask,
    Region,
    check_choices,
    combine,
    within,
)
from segmentation.evaluation.counts import Counts

THRESHOLDS: Final[NDArray[np.float32]] = (np.arange(1, 100) / 100).astype(np.float32)
"""0.01, 0.02, ..., 0.99; a pixel is predicted at or above."""

_N_BINS: Final = len(THRESHOLDS) + 1
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """A threshold and what it gives."""

    threshold: float
    counts: Counts


@dataclass(frozen=True, slots=True)
class ThresholdRegions:
    """Sizes of regions of one image at each of `THRESHOLDS`, from which all countings follow.

    Attributes
    ----------
    exact, near_truth, near_prediction, n_predicted
        ``(99,)``, as `segmentation.evaluation.boundary.combine` takes them.
    n_true
        Crack pixels of the mask.
    """

    exact: NDArray[np.int64]
    near_truth: NDArray[np.int64]
    near_prediction: NDArray[np.int64]
    n_predicted: NDArray[np.int64]
    n_true: int

    def counted(self, counting: Counting) -> list[Counts]:
        """Return the counts at each threshold."""
        return [
            combine(
                counting,
                exact=int(self.exact[number]),
                near_truth=int(self.near_truth[number]),
                near_prediction=int(self.near_prediction[number]),
                n_predicted=int(self.n_predicted[number]),
                n_true=self.n_true,
            )
            for number in range(len(THRESHOLDS))
        ]


def threshold_regions(
    levels: Mask, mask: Mask, tolerance: float = 0.0, element: Element = "disk"
) -> ThresholdRegions:
    """Compare an image with its mask at all thresholds at once.

    Parameters
    ----------
    levels
        ``(H, W)`` as `levels_of` gives.
    mask
        ``(H, W)``: 0, 1, or `UNLABELLED`, which is left out.
    tolerance, element
        As in `segmentation.evaluation.boundary`.
    """
    levels = np.where(mask == UNLABELLED, np.uint8(0), levels)
    truth = mask == 1
    exact = _at_or_above(levels, truth)
    near_truth = near_prediction = exact
    if tolerance:
        near_truth = _at_or_above(levels, within(truth, tolerance, element))
        # The largest level in reach is the highest threshold at which the truth is found.
        reached = np.asarray(cv2.dilate(levels, _kernel(tolerance, element)), np.uint8)
        near_prediction = _at_or_above(reached, truth)
    return ThresholdRegions(
        exact,
        near_truth,
        near_prediction,
        _at_or_above(levels, None),
        int(np.count_nonzero(truth)),
    )


@dataclass(slots=True)
class Curve:
    """Counts of many images at each of `THRESHOLDS`, in memory that does not grow.

    Attributes
    ----------
    counting, tolerance, element
        As in `segmentation.evaluation.boundary`.
    n_images
        Taken in so far.
    """

    counting: Counting = "symmetric"
    tolerance: float = 0.0
    element: Element = "disk"
    n_images: int = 0
    _sums: NDArray[np.int64] = field(
        default_factory=lambda: np.zeros((len(THRESHOLDS), 4), np.int64)
    )
    _best_f1_sum: float = 0.0
    _n_with_crack: int = 0

    def __post_init__(self) -> None:
        """Check the choices."""
        check_choices(self.tolerance, self.counting, self.element)

    def add(self, points: list[Counts]) -> OperatingPoint:
        """Take in the counts of one image and return its own best threshold.

        Parameters
        ----------
        points
            Of this curve's counting, as `ThresholdRegions.counted` gives.
        """
        self._sums += np.array(
            [(p.precision_hits, p.n_predicted, p.recall_hits, p.n_true) for p in points]
        )
        self.n_images += 1
        best = _best(points)
        if best.counts.n_true:
            self._n_with_crack += 1
            self._best_f1_sum += best.counts.f1
        return best

    @property
    def points(self) -> list[Counts]:
        """Sums over the images at each of `THRESHOLDS`."""
        return [Counts(*map(int, row)) for row in self._sums]

    @property
    def ods(self) -> OperatingPoint:
        """The one threshold for all images whose summed counts have the best F1."""
        return _best(self.points)

    @property
    def ois(self) -> float | None:
        """Mean over the images with a crack of the best F1 that any threshold gives each.

        Crack-free images would enter with the 1 of predicting nothing; None without others.
        """
        return self._best_f1_sum / self._n_with_crack if self._n_with_crack else None

    @property
    def ap(self) -> float:
        """Average precision of the summed counts over `THRESHOLDS`.

        ``Σ (R_k - R_{k-1}) P_k`` from the highest threshold down, from a recall of 0. What is
        recalled only below the lowest threshold adds nothing.
        """
        total = previous = 0.0
        for counts in reversed(self.points):
            total += (counts.recall - previous) * counts.precision
            previous = counts.recall
        return total


def levels_of(probability: NDArray[np.float32]) -> Mask:
    """Return for each pixel how many of `THRESHOLDS` are at or below its probability.

    Parameters
    ----------
    probability
        ``(H, W)`` in [0, 1].

    Returns
    -------
    ndarray
        ``(H, W)``, 0 to 99; all that thresholds can tell apart is kept.
    """
    levels = np.empty(probability.shape, np.uint8)
    rows = max(1, _CHUNK // max(probability.shape[1], 1))
    for start in range(0, len(levels), rows):
        part = probability[start : start + rows].astype(np.float32, copy=False)
        levels[start : start + rows] = np.searchsorted(THRESHOLDS, part, side="right")
    return levels


def level_of(threshold: float) -> int:
    """Return the level at which pixels are predicted at one of `THRESHOLDS`."""
    return int(np.searchsorted(THRESHOLDS, np.float32(threshold), side="right"))


def _at_or_above(levels: Mask, region: Region | None) -> NDArray[np.int64]:
    """Return how many pixels of a region are predicted at each threshold."""
    inside = levels.ravel() if region is None else levels[region]
    histogram = np.zeros(_N_BINS, np.int64)
    for start in range(0, inside.size, _CHUNK):
        histogram += np.bincount(inside[start : start + _CHUNK], minlength=_N_BINS)
    return np.cumsum(histogram[::-1])[::-1][1:]


def _kernel(tolerance: float, element: Element) -> Mask:
    reach = int(tolerance + 1e-4)
    offsets = np.arange(-reach, reach + 1)
    squares = offsets[:, None] ** 2 + offsets**2
    inside = squares <= (tolerance + 1e-4) ** 2 if element == "disk" else squares >= 0
    return inside.astype(np.uint8)


def _best(points: list[Counts]) -> OperatingPoint:
    """Return the best F1; of several the one nearest to the middle of the thresholds."""
    scores = np.array([counts.f1 for counts in points])
    candidates = np.flatnonzero(scores == scores.max())
    index = int(candidates[np.argmin(np.abs(candidates - len(points) // 2))])
    return OperatingPoint(round(float(THRESHOLDS[index]), 2), points[index])
