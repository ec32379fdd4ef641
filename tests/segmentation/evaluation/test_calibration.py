"""Temperatures, reliability and thresholds from pixels whose truth was drawn."""

import numpy as np
import pytest
from scipy.special import expit

from segmentation import UNLABELLED
from segmentation.evaluation.calibration import (
    best_threshold,
    calibrate,
    fit_temperature,
    reliability,
    sample_pixels,
    with_temperature,
)
from segmentation.evaluation.counts import Counts
from segmentation.evaluation.curves import Curve


def drawn(n=200_000, factor=1.0, seed=0):
    """Return logits that are ``factor`` times too large, and labels drawn from the right ones."""
    rng = np.random.default_rng(seed)
    right = rng.normal(-2, 2, n)
    return factor * right, rng.random(n) < expit(right)


@pytest.mark.parametrize("factor", [0.4, 1.0, 3.0])
def test_the_temperature_undoes_what_made_logits_too_large(factor):
    assert fit_temperature(*drawn(factor=factor)) == pytest.approx(factor, rel=0.03)


def test_no_other_temperature_is_likelier():
    logits, labels = drawn(5000, 2.2)
    best = fit_temperature(logits, labels)
    losses = [
        reliability(logits / t, labels).log_loss for t in np.geomspace(0.05, 20, 200)
    ]  # fmt: skip
    assert reliability(logits / best, labels).log_loss <= min(losses) + 1e-9


@pytest.mark.parametrize("label", [True, False])
def test_labels_of_one_kind_say_nothing(label):
    with pytest.raises(ValueError, match="all crack" if label else "all background"):
        fit_temperature(np.zeros(9), np.full(9, label))


def test_reliability_by_hand():
    probability = np.array([0.2, 0.2, 0.2, 0.2, 0.99, 0.99])
    labels = np.array([False, False, True, True, True, True])
    logits = np.log(probability / (1 - probability))
    figures = reliability(logits, labels)
    assert figures.ece == pytest.approx((4 * 0.3 + 2 * 0.01) / 6)
    assert figures.ece_unsure == pytest.approx(0.3)
    assert figures.brier == pytest.approx((2 * 0.04 + 2 * 0.64 + 2 * 0.0001) / 6)
    expected = -(2 * np.log(0.8) + 2 * np.log(0.2) + 2 * np.log(0.99)) / 6
    assert figures.log_loss == pytest.approx(expected)
    assert [each.n_pixels for each in figures.bins] == [4, 2]


def test_calibrated_probabilities_come_true():
    logits, labels = drawn(factor=3.0)
    assert reliability(logits, labels).ece > 0.05
    assert reliability(logits / 3, labels).ece < 0.005
    assert reliability(logits / 3, labels).ece_unsure < 0.01


def test_pixels_are_drawn_from_what_is_labelled_and_by_the_seed():
    mask = np.full((50, 60), UNLABELLED, np.uint8)
    mask[10:20] = 0
    mask[12] = 1
    probability = np.where(mask == 1, 0.9, np.where(mask == 0, 0.1, 0.5)).astype(np.float32)
    logits, labels = sample_pixels(("a", probability, mask), 300, seed=4)
    assert len(logits) == 300
    assert ((logits > 0) == labels).all()
    assert (np.abs(logits) > 1).all()
    again = sample_pixels(("a", probability, mask), 300, seed=4)
    assert (again[1] == labels).all()
    assert (sample_pixels(("a", probability, mask), 300, seed=5)[1] != labels).any()
    assert len(sample_pixels(("a", probability, mask), 10_000)[0]) == 600


def curve(*f1):
    made = Curve()
    points = [Counts(0, 1, 0, 1)] * 99
    for number, value in f1:
        points[number] = Counts(round(100 * value), 100, round(100 * value), 100)
    made.add(points)
    return made


def test_the_threshold_weighs_both_countings_and_takes_the_middle_of_a_plateau():
    exact = curve((9, 0.8), (29, 0.7), (30, 0.7), (31, 0.7), (49, 0.2))
    tolerant = curve((9, 0.5), (29, 0.9), (30, 0.9), (31, 0.9), (49, 1.0))
    assert best_threshold(exact, tolerant) == 0.31


def images():
    rng = np.random.default_rng(3)
    for number in range(4):
        right = rng.normal(-3, 1.5, (120, 150))
        right[40:44] += 5
        mask = (rng.random(right.shape) < expit(right)).astype(np.uint8)
        mask[100:] = UNLABELLED
        yield f"{number}", expit(2.5 * right).astype(np.float32), mask


def test_one_pass_gives_temperature_and_a_threshold_on_the_scale_after_it():
    made = calibrate(images())
    assert made.temperature == pytest.approx(2.5, rel=0.1)
    assert made.after.ece < made.before.ece
    assert made.after.log_loss < made.before.log_loss
    assert 0.0 < made.threshold < 1.0
    scaled = [(n, with_temperature(p, made.temperature), m) for n, p, m in images()]
    same = calibrate(scaled)
    assert same.temperature == pytest.approx(1.0, abs=0.02)
    assert same.threshold == pytest.approx(made.threshold, abs=0.02)


def test_nothing_and_what_does_not_fit_are_named():
    with pytest.raises(ValueError, match="nothing to calibrate"):
        calibrate([])
    with pytest.raises(ValueError, match="odd: the probability"):
        calibrate([("odd", np.zeros((3, 3), np.float32), np.zeros((3, 4), np.uint8))])
