"""Counting with a tolerance: a prediction may lie a few pixels beside the truth.

Published figures "with 2 px tolerance" come from at least three countings that give different
numbers for the same masks; here each has a name. With ``A ⊕ d`` for the pixels within distance
``d`` of ``A``, prediction ``P`` and truth ``T``:

``symmetric``
    precision ``|P ∩ (T ⊕ d)| / |P|``, recall ``|T ∩ (P ⊕ d)| / |T|``.
``pooled``
    False positives within ``d`` of the truth and false negatives within ``d`` of the prediction
    all become true positives, and that one number enters precision and recall. (Kompanets et
    al., arXiv 2403.17725, 2024, whose wording measures both from the truth; the recall would
    then always be 1.)
``flexible``
    True and false positives against ``T ⊕ d``, false negatives against ``T`` itself.
    (Siriborvornratanakul, 2023, with the square element.)

None of them matches pixels one to one, so broad predictions gain; figures at 0 px, where all
three are the same, belong beside them. The distance is Euclidean (`"disk"`) or the larger of
the horizontal and the vertical one (`"square"`).
"""

from typing import Final, Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation import UNLABELLED
from segmentation.evaluation.counts import Counts

Counting = Literal["symmetric", "pooled", "flexible"]
Element = Literal["disk", "square"]
COUNTINGS: Final[tuple[Counting, ...]] = get_args(Counting)

Mask = NDArray[np.uint8]
Region = NDArray[np.bool_]


def distance_to(region: Region, element: Element = "disk") -> NDArray[np.float32]:
    """Return for each pixel how far it is to the nearest pixel of a region.

    Parameters
    ----------
    region
        ``(H, W)``.
    element
        Euclidean, or the larger of horizontal and vertical distance.

    Returns
    -------
    ndarray
        ``(H, W)`` in pixels, 0 inside; infinite everywhere if the region is empty.
    """
    if not region.any():
        return np.full(region.shape, np.inf, np.float32)
    metric = cv2.DIST_L2 if element == "disk" else cv2.DIST_C
    size = cv2.DIST_MASK_PRECISE if element == "disk" else cv2.DIST_MASK_3
    distance = cv2.distanceTransform((~region).astype(np.uint8), metric, size)
    return np.asarray(distance, np.float32)


def within(region: Region, tolerance: float, element: Element = "disk") -> Region:
    """Return the pixels at most ``tolerance`` away from a region.

    Parameters
    ----------
    region
        ``(H, W)``.
    tolerance
        Pixels, at least 0; 0 gives the region back.
    element
        As for `distance_to`.
    """
    if tolerance == 0:
        return region
    # Squared distances are whole numbers: rounding of the root must not decide.
    return distance_to(region, element) <= np.float32(tolerance + 1e-4)


def tolerant_counts(
    predicted: Region,
    mask: Mask,
    tolerance: float = 0.0,
    *,
    counting: Counting = "symmetric",
    element: Element = "disk",
) -> Counts:
    """Compare a prediction with a mask.

    Parameters
    ----------
    predicted
        ``(H, W)``, true where a crack is predicted.
    mask
        ``(H, W)``: 0, 1, or `UNLABELLED`, which is left out.
    tolerance
        Pixels, at least 0.
    counting, element
        As the module describes.

    Returns
    -------
    Counts
        Of pixels. ``pooled`` and ``flexible`` have true positives as both of their hits.

    Raises
    ------
    ValueError
        The shapes differ, or a choice is unknown or out of range.
    """
    check_choices(tolerance, counting, element)
    if predicted.shape != mask.shape:
        raise ValueError(
            f"The prediction has the shape {predicted.shape} and the mask {mask.shape}; they "
            "must be the same."
        )
    predicted = predicted & (mask != UNLABELLED)
    truth = mask == 1
    near_truth = predicted & within(truth, tolerance, element)
    near_prediction = truth & within(predicted, tolerance, element)
    return combine(
        counting,
        exact=int(np.count_nonzero(predicted & truth)),
        near_truth=int(np.count_nonzero(near_truth)),
        near_prediction=int(np.count_nonzero(near_prediction)),
        n_predicted=int(np.count_nonzero(predicted)),
        n_true=int(np.count_nonzero(truth)),
    )


def combine(
    counting: Counting,
    *,
    exact: int,
    near_truth: int,
    near_prediction: int,
    n_predicted: int,
    n_true: int,
) -> Counts:
    """Return the counts of a counting from the sizes of regions.

    Parameters
    ----------
    counting
        Which one.
    exact
        ``|P ∩ T|``.
    near_truth
        ``|P ∩ (T ⊕ d)|``.
    near_prediction
        ``|T ∩ (P ⊕ d)|``.
    n_predicted, n_true
        ``|P|`` and ``|T|``.
    """
    if counting == "symmetric":
        return Counts(near_truth, n_predicted, near_prediction, n_true)
    if counting == "pooled":
        hits = near_truth + near_prediction - exact
        return Counts(
            hits, n_predicted + near_prediction - exact, hits, hits + n_true - near_prediction
        )
    return Counts(near_truth, n_predicted, near_truth, near_truth + n_true - exact)


def check_choices(tolerance: float, counting: str, element: str) -> None:
    """Raise ValueError if a counting cannot be done."""
    if not 0.0 <= tolerance <= 100.0:
        raise ValueError(f"tolerance is {tolerance}; it must lie from 0 to 100 pixels.")
    if counting not in COUNTINGS:
        raise ValueError(f"There is no counting {counting!r}; there are {', '.join(COUNTINGS)}.")
    if element not in get_args(Element):
        raise ValueError(f"element is {element!r}; it must be disk or square.")
