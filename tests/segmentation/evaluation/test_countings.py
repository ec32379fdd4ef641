"""Countings against brute force, closed forms, and each other."""

import math
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentation import UNLABELLED
from segmentation.evaluation.boundary import (
    COUNTINGS,
    Counting,
    Element,
    distance_to,
    tolerant_counts,
    within,
)
from segmentation.evaluation.counts import Counts, mean_scores
from segmentation.evaluation.curves import (
    THRESHOLDS,
    Curve,
    OperatingPoint,
    level_of,
    levels_of,
    threshold_regions,
)
from segmentation.evaluation.false_alarms import FalseAlarms, component_lengths
from segmentation.evaluation.region import Tally, center_line_counts

SIDE = 9


def add(curve: Curve, probability: object, mask: object) -> OperatingPoint:
    levels = levels_of(np.asarray(probability, np.float32))
    regions = threshold_regions(levels, np.asarray(mask, np.uint8), curve.tolerance, curve.element)
    return curve.add(regions.counted(curve.counting))


masks = arrays(np.uint8, (SIDE, SIDE + 2), elements=st.sampled_from([0, 0, 0, 1, UNLABELLED]))
regions = arrays(np.bool_, (SIDE, SIDE + 2), elements=st.sampled_from([False, False, True]))
levels = st.integers(0, 100).map(lambda number: np.float32(number / 100))
probabilities = arrays(np.float32, (SIDE, SIDE + 2), elements=levels)
choices = given(
    masks, probabilities, st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0]), st.sampled_from(COUNTINGS)
)


def near(a: tuple[int, int], b: tuple[int, int], tolerance: float, element: Element) -> bool:
    rows, columns = abs(a[0] - b[0]), abs(a[1] - b[1])
    if element == "disk":
        return rows**2 + columns**2 <= tolerance**2
    return max(rows, columns) <= tolerance


def by_brute_force(
    predicted: np.ndarray, mask: np.ndarray, tolerance: float, counting: Counting, element: Element
) -> Counts:
    pixels = [(int(row), int(column)) for row, column in np.argwhere(mask != UNLABELLED)]
    crack = {pixel for pixel in pixels if mask[pixel] == 1}
    found = {pixel for pixel in pixels if predicted[pixel]}
    close_found = {p for p in found if any(near(p, q, tolerance, element) for q in crack)}
    close_crack = {p for p in crack if any(near(p, q, tolerance, element) for q in found)}
    tp, fp, fn = found & crack, found - crack, crack - found
    if counting == "symmetric":
        return Counts(len(close_found), len(found), len(close_crack), len(crack))
    if counting == "pooled":
        hits = len(tp) + len(fp & close_found) + len(fn & close_crack)
        n_fp, n_fn = len(fp - close_found), len(fn - close_crack)
        return Counts(hits, hits + n_fp, hits, hits + n_fn)
    hits = len(close_found)
    return Counts(hits, hits + len(found - close_found), hits, hits + len(fn))


@pytest.mark.parametrize("element", get_args(Element))
@settings(max_examples=60)
@choices
def test_countings_agree_with_brute_force(
    element: Element,
    mask: np.ndarray,
    probability: np.ndarray,
    tolerance: float,
    counting: Counting,
) -> None:
    predicted = probability >= 0.6
    expected = by_brute_force(predicted, mask, tolerance, counting, element)
    assert (
        tolerant_counts(predicted, mask, tolerance, counting=counting, element=element) == expected
    )


@pytest.mark.parametrize("element", get_args(Element))
@settings(max_examples=40)
@choices
def test_one_pass_gives_the_counts_of_every_threshold(
    element: Element,
    mask: np.ndarray,
    probability: np.ndarray,
    tolerance: float,
    counting: Counting,
) -> None:
    curve = Curve(counting, tolerance, element)
    best = add(curve, probability, mask)
    expected = [
        tolerant_counts(probability >= t, mask, tolerance, counting=counting, element=element)
        for t in THRESHOLDS
    ]
    assert curve.points == expected
    assert best.counts.f1 == max(counts.f1 for counts in expected) == curve.ods.counts.f1


@settings(max_examples=40)
@given(masks, regions)
def test_without_a_tolerance_all_countings_are_one(mask: np.ndarray, found: np.ndarray) -> None:
    results = {tolerant_counts(found, mask, counting=counting) for counting in COUNTINGS}
    assert len(results) == 1
    counts = results.pop()
    labelled = mask != UNLABELLED
    union = np.count_nonzero((found | (mask == 1)) & labelled)
    if union:
        assert counts.iou == pytest.approx(counts.recall_hits / union)


@settings(max_examples=40)
@given(masks, probabilities)
def test_what_lies_on_unlabelled_pixels_changes_nothing(
    mask: np.ndarray, probability: np.ndarray
) -> None:
    other = np.where(mask == UNLABELLED, 1 - probability, probability)
    for counting in COUNTINGS:
        assert tolerant_counts(probability >= 0.5, mask, 2.0, counting=counting) == tolerant_counts(
            other >= 0.5, mask, 2.0, counting=counting
        )
    first, second = Curve("pooled", 2.0), Curve("pooled", 2.0)
    add(first, probability, mask)
    add(second, other, mask)
    assert first.points == second.points


def test_a_line_two_pixels_aside_is_right_within_two_pixels() -> None:
    mask = np.zeros((20, 30), np.uint8)
    mask[10] = 1
    predicted = np.zeros(mask.shape, np.bool_)
    predicted[12] = True
    assert tolerant_counts(predicted, mask, 1.99).f1 == 0
    assert tolerant_counts(predicted, mask, 2.0) == Counts(30, 30, 30, 30)
    # 30 false positives and 30 false negatives become 60 true positives.
    assert tolerant_counts(predicted, mask, 2.0, counting="pooled") == Counts(60, 60, 60, 60)
    # The false negatives are counted on the line itself.
    assert tolerant_counts(predicted, mask, 2.0, counting="flexible") == Counts(30, 30, 30, 60)


def test_the_corner_of_a_square_is_outside_of_the_disk() -> None:
    region = np.zeros((9, 9), np.bool_)
    region[4, 4] = True
    assert np.count_nonzero(within(region, 2.0)) == 13
    assert np.count_nonzero(within(region, 2.0, "square")) == 25
    assert within(region, math.sqrt(5))[2, 3]
    assert np.isinf(distance_to(np.zeros((3, 3), np.bool_))).all()


def test_conventions_of_empty_sides() -> None:
    empty, clean = np.zeros((4, 4), np.bool_), np.zeros((4, 4), np.uint8)
    assert tolerant_counts(empty, clean).f1 == 1
    assert tolerant_counts(~empty, clean, 2.0).f1 == 0
    nothing_found = tolerant_counts(empty, clean + np.uint8(1))
    assert (nothing_found.precision, nothing_found.recall, nothing_found.f1) == (1, 0, 0)


@pytest.mark.parametrize(
    ("words", "changes"),
    [
        ("tolerance is -1", {"tolerance": -1}),
        ("no counting 'loose'", {"counting": "loose"}),
        ("must be disk or square", {"element": "star"}),
    ],
)
def test_unknown_choices_are_named(words: str, changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=words):
        tolerant_counts(np.zeros((2, 2), np.bool_), np.zeros((2, 2), np.uint8), **changes)  # type: ignore[arg-type]


def test_shapes_must_agree() -> None:
    with pytest.raises(ValueError, match="shape"):
        tolerant_counts(np.zeros((2, 3), np.bool_), np.zeros((2, 2), np.uint8))


def test_every_threshold_predicts_its_own_value() -> None:
    for number, threshold in enumerate(THRESHOLDS, 1):
        values = np.array([[threshold, np.nextafter(threshold, np.float32(0))]], np.float32)
        assert levels_of(values).tolist() == [[number, number - 1]]
        assert level_of(round(float(threshold), 2)) == number


def test_curve_in_closed_form() -> None:
    """One of two crack pixels at 0.9, the other at 0.3; one of two background pixels at 0.5."""
    curve = Curve()
    add(curve, [[0.9, 0.3, 0.5, 0.0]], [[1, 1, 0, 0]])
    # Recall 1/2 at precision 1, then 1 at precision 2/3.
    assert curve.ap == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert curve.ods.counts.f1 == pytest.approx(0.8)
    assert curve.ods.threshold == 0.3


def test_one_threshold_for_all_and_the_best_for_each() -> None:
    mask = [[1, 0]]
    curve = Curve()
    add(curve, [[0.9, 0.6]], mask)
    add(curve, [[0.4, 0.2]], mask)
    add(curve, [[0.0, 0.0]], [[0, 0]])
    assert curve.ois == 1.0
    assert curve.ods.counts == Counts(2, 3, 2, 2)
    assert curve.n_images == 3
    assert Curve().ois is None


def test_aggregate_and_macro_differ_as_they_should() -> None:
    tally = Tally()
    for counts in (Counts(1, 1, 1, 2), Counts(90, 100, 90, 90), Counts(0, 5, 0, 0)):
        tally.add(counts)
    assert tally.total.scores.precision == 91 / 106
    macro, with_crack = tally.macro, tally.macro_with_crack
    assert macro is not None
    assert with_crack is not None
    assert macro.precision == pytest.approx((1 + 0.9 + 0) / 3)
    assert with_crack.recall == pytest.approx((0.5 + 1) / 2)
    assert mean_scores([]) is None


def test_cl_dice_of_a_thick_line() -> None:
    mask = np.zeros((21, 60), np.uint8)
    mask[8:13, 5:55] = 1
    thin = np.zeros(mask.shape, np.bool_)
    thin[10, 5:30] = True
    counts = center_line_counts(thin, mask)
    assert counts.precision == 1
    assert counts.recall == pytest.approx(0.5, abs=0.06)
    assert center_line_counts(mask == 1, mask).f1 == 1
    assert center_line_counts(np.zeros(mask.shape, np.bool_), mask).f1 == 0
    mask[:, :30] = UNLABELLED
    assert center_line_counts(thin, mask).n_predicted == 0


@pytest.mark.parametrize(
    ("pixels", "length"),
    [
        ([(3, column) for column in range(51)], 51),
        ([(row, row) for row in range(11)], 10 * math.sqrt(2) + 1),
        ([(row, 40 - row) for row in range(11)], 10 * math.sqrt(2) + 1),
        ([(2, 2)], 1),
    ],
)
def test_lengths_of_lines(pixels: list[tuple[int, int]], length: float) -> None:
    region = np.zeros((60, 60), np.bool_)
    region[tuple(np.transpose(pixels))] = True
    assert component_lengths(region) == pytest.approx([length])


def test_false_alarms_by_length() -> None:
    alarms = FalseAlarms()
    clean = np.zeros((40, 80), np.uint8)
    line = np.zeros(clean.shape, np.bool_)
    line[5, :51] = True
    line[20, :4] = True
    assert alarms.add(line, clean) == 51
    assert alarms.add(np.zeros(clean.shape, np.bool_), clean) == 0
    crack = clean.copy()
    crack[0, 0] = 1
    assert alarms.add(line, crack) is None
    unlabelled = clean.copy()
    unlabelled[5] = UNLABELLED
    assert alarms.add(line, unlabelled) == 4
    assert alarms.add(line, np.full_like(clean, UNLABELLED)) is None
    assert (alarms.n_images, alarms.n_components, alarms.n_false_pixels) == (3, 3, 59)
    assert alarms.n_pixels == 3 * 3200 - 80
    assert alarms.share_longer_than(50) == pytest.approx(1 / 3)
    assert alarms.share_longer_than(51) == 0
    assert FalseAlarms().share_longer_than(0) is None
