"""Tables of brightness, contrast and gamma."""

import numpy as np
import pytest

from annotator.canvas.adjustment import Adjustment, Display, occurring_range

FLAT = np.ones(256, np.int64)


def middle(**values):
    return int(Adjustment(**values).table(FLAT)[128])


def test_the_neutral_table_changes_nothing():
    assert Adjustment().is_neutral
    assert np.array_equal(Adjustment().table(FLAT), np.arange(256))


@pytest.mark.parametrize(
    "adjustment",
    [Adjustment(40, 60), Adjustment(-30, -80), Adjustment(gamma=0.3), Adjustment(5, 5, 3.0, True)],
)
def test_what_is_brighter_stays_brighter_or_equal(adjustment):
    assert (np.diff(adjustment.table(FLAT).astype(int)) >= 0).all()


def test_each_slider_does_what_its_name_says():
    assert middle(brightness=20) > 128 > middle(brightness=-20)
    assert middle(gamma=2.0) > 128 > middle(gamma=0.5)
    steep, flat = Adjustment(contrast=50).table(FLAT), Adjustment(contrast=-50).table(FLAT)
    assert int(steep[192]) - steep[64] > 128 > int(flat[192]) - flat[64]
    assert middle(contrast=50) == pytest.approx(middle(contrast=-50), abs=2)
    assert set(Adjustment(brightness=100).table(FLAT)) == {255}
    assert len(set(Adjustment(contrast=-100).table(FLAT))) < 10


def test_auto_contrast_stretches_what_occurs_and_ignores_outliers():
    histogram = np.zeros(256, np.int64)
    histogram[100:151] = 1000
    histogram[[3, 250]] = 5
    assert occurring_range(histogram) == (100, 150)
    table = Adjustment(is_auto=True).table(histogram)
    assert (table[100], table[150]) == (0, 255)
    assert table[125] == pytest.approx(128, abs=1)


@pytest.mark.parametrize("values", [[], [77]])
def test_an_image_without_contrast_is_shown_as_it_is(values):
    histogram = np.bincount(np.array(values, int), minlength=256)
    assert np.array_equal(Adjustment(is_auto=True).table(histogram), np.arange(256))


def test_the_display_tells_of_changes_only():
    display, told = Display(), []
    display.changed.connect(lambda: told.append(display.adjustment))
    display.set_adjustment(Adjustment())
    display.toggle_auto()
    display.set_adjustment(Adjustment(10, is_auto=True))
    display.reset()
    assert told == [Adjustment(is_auto=True), Adjustment(10, is_auto=True), Adjustment()]
