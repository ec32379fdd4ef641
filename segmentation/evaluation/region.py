"""Overlap of areas and of center lines."""

from dataclasses import dataclass, field

import numpy as np
from skimage.morphology import skeletonize

from segmentation import UNLABELLED
from segmentation.evaluation.boundary import Mask, Region
from segmentation.evaluation.counts import Counts, Scores, mean_scores


def center_line_counts(predicted: Region, mask: Mask) -> Counts:
    """Compare center lines with areas; the F1 of the result is clDice.

    Parameters
    ----------
    predicted
        ``(H, W)``, true where a crack is predicted.
    mask
        ``(H, W)``: 0, 1, or `UNLABELLED`, which is left out.

    Returns
    -------
    Counts
        Its precision is the share of the predicted center line inside the true area, its
        recall the share of the true center line inside the predicted one. Center lines are
        thinned before unlabelled pixels leave, so that its border does not bend them.

    References
    ----------
    Shit et al.: clDice, CVPR 2021, Eq. (1) and (2).
    """
    truth = mask == 1
    predicted_line = _thinned(predicted) & (mask != UNLABELLED)
    true_line = _thinned(truth)
    return Counts(
        int(np.count_nonzero(predicted_line & truth)),
        int(np.count_nonzero(predicted_line)),
        int(np.count_nonzero(true_line & predicted)),
        int(np.count_nonzero(true_line)),
    )


def _thinned(region: Region) -> Region:
    return np.asarray(skeletonize(region), np.bool_) if region.any() else region


@dataclass(slots=True)
class Tally:
    """Counts of many images, summed up and averaged.

    Attributes
    ----------
    total
        Sum over all images; its ratios are the *aggregate* ones.
    """

    total: Counts = field(default_factory=Counts)
    _all: list[Scores] = field(default_factory=list[Scores])
    _with_crack: list[Scores] = field(default_factory=list[Scores])

    def add(self, counts: Counts) -> None:
        """Take in one image."""
        self.total = self.total + counts
        self._all.append(counts.scores)
        if counts.n_true:
            self._with_crack.append(counts.scores)

    @property
    def macro(self) -> Scores | None:
        """Mean of the ratios of all images.

        A crack-free image has F1 1 if nothing is predicted in it, else 0.
        """
        return mean_scores(self._all)

    @property
    def macro_with_crack(self) -> Scores | None:
        """Mean of the ratios of the images with a crack; None without such images."""
        return mean_scores(self._with_crack)
