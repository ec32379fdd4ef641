"""Making probabilities mean what they say, and the threshold that suits them.

Dividing all logits by one number, the temperature, changes how sure a model is, but not which of
two pixels is more likely crack: all of precision over recall stays. One pass over validation
images gives the temperature, and the threshold on the scale after it.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit

from segmentation import UNLABELLED
from segmentation.evaluation.boundary import Element, Mask
from segmentation.evaluation.curves import THRESHOLDS, Curve, levels_of, threshold_regions
from segmentation.evaluation.report import Item, check_item

PIXELS_PER_IMAGE: Final = 20_000
TOLERANCE: Final = 2.0
_LIMITS: Final = (0.05, 20.0)
_SMALLEST: Final = 1e-6
_N_BINS: Final = 15
_FLAT: Final = 0.001

Logits = NDArray[np.float64]
Labels = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bin:
    """Pixels of similar probability: how many, its mean, and the share that is crack."""

    n_pixels: int
    probability: float
    share: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """How well probabilities agree with how often they come true.

    Attributes
    ----------
    n_pixels
        That were looked at.
    ece
        Expected calibration error: mean gap between probability and share over all pixels.
    ece_unsure
        The same over the pixels with a probability from 0.05 to 0.95; background that everyone
        sees hides the rest. 0 without such pixels.
    log_loss
        Mean negative log likelihood, in nats.
    brier
        Mean squared difference from 0 or 1.
    bins
        Of equal width, those without a pixel left out.
    """

    n_pixels: int
    ece: float
    ece_unsure: float
    log_loss: float
    brier: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a model's card records after validation.

    Attributes
    ----------
    temperature
        The logits of what was predicted are to be divided by it.
    threshold
        Of the probability after that.
    before, after
        Reliability without and with the temperature.
    """

    temperature: float
    threshold: float
    before: Reliability
    after: Reliability


def calibrate(
    items: Iterable[Item],
    *,
    seed: int = 0,
    pixels_per_image: int = PIXELS_PER_IMAGE,
    element: Element = "disk",
) -> Calibration:
    """Return temperature and threshold from validation images, each looked at once.

    Parameters
    ----------
    items
        Name, probability at temperature 1 and mask.
    seed
        Of the choice of pixels.
    pixels_per_image
        Drawn of each image for the temperature.
    element
        Of the tolerance.

    Raises
    ------
    ValueError
        There is no image, no crack or no background, or something does not fit.
    """
    curves = (Curve(), Curve(tolerance=TOLERANCE, element=element))
    logits: list[Logits] = []
    labels: list[Labels] = []
    for item in items:
        check_item(item)
        drawn = sample_pixels(item, pixels_per_image, seed)
        logits.append(drawn[0])
        labels.append(drawn[1])
        levels = levels_of(item[1])
        for curve in curves:
            regions = threshold_regions(levels, item[2], curve.tolerance, curve.element)
            curve.add(regions.counted(curve.counting))
    if not logits:
        raise ValueError("There is nothing to calibrate on: no image with a mask was found.")
    all_logits, all_labels = np.concatenate(logits), np.concatenate(labels)
    temperature = fit_temperature(all_logits, all_labels)
    return Calibration(
        temperature,
        round(float(with_temperature(best_threshold(*curves), temperature)), 3),
        reliability(all_logits, all_labels),
        reliability(all_logits / temperature, all_labels),
    )


def sample_pixels(item: Item, most: int = PIXELS_PER_IMAGE, seed: int = 0) -> tuple[Logits, Labels]:
    """Return logits and labels of some labelled pixels, all of them equally likely.

    Parameters
    ----------
    item
        Name, probability and mask; the choice depends on the name and the seed, and not on what
        other images there are.
    most
        Number of pixels, if the image has as many.
    seed
        Of the choice.
    """
    name, probability, mask = item
    known = np.flatnonzero(mask != UNLABELLED)
    if len(known) > most:
        rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
        known = np.sort(rng.choice(known, most, replace=False))
    return logits_of(probability.ravel()[known]), _is_crack(mask, known)


def logits_of(probability: NDArray[np.floating]) -> Logits:
    """Return logits; a probability nearer to 0 or 1 than one millionth counts as that far."""
    return logit(np.clip(probability.astype(np.float64), _SMALLEST, 1.0 - _SMALLEST))


def with_temperature(
    probability: float | NDArray[np.floating], temperature: float
) -> NDArray[np.float32]:
    """Return what a probability becomes where logits are divided by a temperature."""
    return expit(logits_of(np.asarray(probability)) / temperature).astype(np.float32)


def fit_temperature(logits: Logits, labels: Labels) -> float:
    """Return the temperature at which labels are likeliest, from 0.05 to 20.

    Parameters
    ----------
    logits
        ``(N,)``.
    labels
        ``(N,)``, true where there is a crack.

    Raises
    ------
    ValueError
        All labels are alike: any certainty would be right.

    References
    ----------
    Guo et al.: On calibration of modern neural networks, ICML 2017, Section 4.2.
    """
    if labels.all() or not labels.any():
        kind = "crack" if labels.any() else "background"
        raise ValueError(
            f"The validation pixels are all {kind}; a temperature needs images with cracks and "
            "background."
        )
    low, high = np.log(_LIMITS)
    # The loss has one minimum in 1 / T, and so in log T, where it is less steep.
    found = minimize_scalar(
        lambda log_t: _log_loss(logits * np.exp(-log_t), labels),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-4},
    )
    return round(float(np.exp(found.x)), 4)


def reliability(logits: Logits, labels: Labels) -> Reliability:
    """Return how well the probabilities of logits ``(N,)`` agree with labels ``(N,)``."""
    probability = expit(logits)
    unsure = (probability >= 0.05) & (probability <= 0.95)
    bins = _bins(probability, labels)
    return Reliability(
        len(labels),
        _mean_gap(bins),
        _mean_gap(_bins(probability[unsure], labels[unsure])),
        _log_loss(logits, labels),
        float(np.mean((probability - labels) ** 2)) if len(labels) else 0.0,
        bins,
    )


def best_threshold(exact: Curve, tolerant: Curve) -> float:
    """Return the threshold with the best mean of F1 at 0 px and with a tolerance.

    The first alone would have cracks drawn broad where their place is uncertain, the second
    does not mind their width. Of thresholds that are as good within 0.001, the middle one counts.

    Parameters
    ----------
    exact
        At 0 px.
    tolerant
        Of the same images, by another counting.
    """
    scores = np.array(
        [(a.f1 + b.f1) / 2 for a, b in zip(exact.points, tolerant.points, strict=True)]
    )
    best = int(scores.argmax())
    is_good = scores >= scores[best] - _FLAT
    first = last = best
    while first > 0 and is_good[first - 1]:
        first -= 1
    while last + 1 < len(scores) and is_good[last + 1]:
        last += 1
    return round(float(THRESHOLDS[(first + last) // 2]), 2)


def _is_crack(mask: Mask, places: NDArray[np.intp]) -> Labels:
    return mask.ravel()[places] == 1


def _log_loss(logits: Logits, labels: Labels) -> float:
    """Return the mean of ``-log p`` of what is true, exact also where p rounds to 1."""
    return (
        float(np.logaddexp(0.0, np.where(labels, -logits, logits)).mean()) if len(labels) else 0.0
    )


def _bins(probability: Logits, labels: Labels) -> tuple[Bin, ...]:
    index = np.minimum((probability * _N_BINS).astype(np.intp), _N_BINS - 1)
    counts = np.bincount(index, minlength=_N_BINS)
    sums = np.bincount(index, probability, _N_BINS), np.bincount(index, labels, _N_BINS)
    return tuple(
        Bin(int(counts[k]), float(sums[0][k] / counts[k]), float(sums[1][k] / counts[k]))
        for k in range(_N_BINS)
        if counts[k]
    )


def _mean_gap(bins: tuple[Bin, ...]) -> float:
    total = sum(each.n_pixels for each in bins)
    gaps = sum(each.n_pixels * abs(each.probability - each.share) for each in bins)
    return gaps / total if total else 0.0
