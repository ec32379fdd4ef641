"""Two models side by side: figures, differences, flags, and the way to a file and back."""

import numpy as np
import pytest

from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.evaluation.comparison import (
    ComparedImage,
    Comparison,
    counts_of,
    differences,
)

SHAPE = (60, 80)


def bar(row, columns=(10, 60)):
    region = np.zeros(SHAPE, bool)
    region[row : row + 2, slice(*columns)] = True
    return region


def row_of(name, data, old, new, mask):
    return ComparedImage(name, data, counts_of(old, mask), counts_of(new, mask))


def test_each_kind_of_difference_is_found_once():
    mask = (bar(10) | bar(40)).astype(np.uint8)
    old, new = bar(10) | bar(25), bar(40) | bar(52, (10, 30))
    found = {each.kind: each for each in differences("a", old, new, mask)}
    assert set(found) == {"found now", "lost now", "false now", "false no more"}
    assert found["found now"].box == (10, 40, 60, 42)
    assert found["lost now"].box == (10, 10, 60, 12)
    assert found["false no more"].n_pixels == 100
    assert found["false now"].box == (10, 52, 30, 54)


def test_what_lies_within_the_tolerance_is_no_difference():
    mask = bar(10).astype(np.uint8)
    assert differences("a", bar(9), bar(11), mask) == []


def test_nothing_is_compared_where_nobody_has_labelled():
    mask = np.zeros(SHAPE, np.uint8)
    mask[20:] = UNLABELLED
    assert differences("a", np.zeros(SHAPE, bool), bar(40), mask) == []


def test_small_specks_are_left_out():
    mask = np.zeros(SHAPE, np.uint8)
    assert differences("a", np.zeros(SHAPE, bool), bar(40, (10, 14)), mask) == []


def test_sums_and_flags():
    mask = bar(10).astype(np.uint8)
    comparison = Comparison({"name": "old"}, {"name": "new"})
    comparison.add(row_of("a", "own", bar(10), bar(30), mask), bar(10), bar(30), mask)
    comparison.add(row_of("b", "own", bar(30), bar(10), mask), bar(30), bar(10), mask)
    comparison.add(
        row_of("c", "older", bar(10), bar(30), mask), bar(10), bar(30), mask, is_listed=False
    )
    own, older = comparison.sets()
    assert (own.n_images, own.gain, own.is_worse) == (2, 0.0, False)
    assert (older.n_images, older.gain, older.is_worse) == (1, -1.0, True)
    assert comparison.summed("own", ["b"]).gain == 1.0
    assert {each.image for each in comparison.differences} == {"a", "b"}


def test_it_comes_back_from_its_file(tmp_path):
    mask = bar(10).astype(np.uint8)
    comparison = Comparison({"name": "old", "threshold": 0.5}, {"name": "new", "threshold": 0.4})
    comparison.add(row_of("a", "own", bar(10), bar(30), mask), bar(10), bar(30), mask)
    comparison.save(tmp_path)
    assert Comparison.load(tmp_path) == comparison
    (tmp_path / "comparison.json").write_text("{}")
    with pytest.raises(DataError, match="damaged"):
        Comparison.load(tmp_path)
