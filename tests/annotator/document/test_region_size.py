"""Length and width from area and outline."""

import numpy as np
import pytest

from annotator.document.region_size import estimate_size, outline_length


def ribbon(angle, length=200.0, width=7.0, side=301):
    """Return the mask of a straight ribbon through the middle."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    along = columns * np.cos(angle) + rows * np.sin(angle)
    across = -columns * np.sin(angle) + rows * np.cos(angle)
    return ((np.abs(along) <= length / 2) & (np.abs(across) <= width / 2)).astype(np.uint8)


@pytest.mark.parametrize("degrees", [0, 13, 30, 45, 71, 90])
def test_a_ribbon_keeps_its_length_and_width_when_it_is_turned(degrees):
    size = estimate_size(ribbon(np.radians(degrees)))
    assert size.length_px == pytest.approx(200, rel=0.08)
    assert size.width_px == pytest.approx(7, rel=0.09)


def test_two_ribbons_add_up():
    one = ribbon(0.3)
    both = np.concatenate([one, one])
    assert estimate_size(both).length_px == pytest.approx(2 * 200, rel=0.09)
    assert estimate_size(both).width_px == pytest.approx(7, rel=0.09)


def test_a_disk_is_as_long_as_wide():
    rows, columns = np.mgrid[-20:21, -20:21]
    size = estimate_size((np.hypot(rows, columns) <= 18).astype(np.uint8))
    assert size.length_px == size.width_px == pytest.approx(18 * np.sqrt(np.pi), rel=0.02)


def test_nothing_and_a_single_pixel():
    assert estimate_size(np.zeros((4, 4), np.uint8)).length_px == 0
    assert estimate_size(np.ones((1, 1), np.uint8)).length_px == pytest.approx(1)


def test_holes_count_as_border():
    full = np.ones((40, 40), np.uint8)
    holed = full.copy()
    holed[10:30, 10:30] = 0
    inner = outline_length(full[10:30, 10:30])
    assert outline_length(holed) == pytest.approx(outline_length(full) + inner, rel=0.02)
