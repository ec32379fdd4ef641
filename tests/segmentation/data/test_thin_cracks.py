"""Cracks of one pixel stay in one piece where a view shrinks or turns them, and stay thin."""

import math

import numpy as np
import pytest
from scipy import ndimage
from skimage.draw import line

from segmentation import UNLABELLED
from segmentation.data.views import View, cut_view

SIDE = 200
SCALES = [0.5, 0.55, 0.6, 0.71, 0.8, 0.9, 0.99]
ANGLES = [0.0, 0.3, math.pi / 4, -0.7]


def lines():
    """Return masks with a line of one pixel at several slopes and phases."""
    ends = [(30, 30, 160, 160), (31, 30, 161, 160), (30, 90, 160, 91), (91, 30, 91, 160),
            (30, 100, 160, 40), (60, 35, 120, 160)]  # fmt: skip
    for x0, y0, x1, y1 in ends:
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[line(y0, x0, y1, x1)] = 1
        yield mask, math.hypot(x1 - x0, y1 - y0)


def shrunk(mask, scale, angle=0.0, shift=0.0):
    size = math.ceil(SIDE * scale * 1.5)
    view = View((SIDE / 2 + shift, SIDE / 2 - shift / 3), (size, size), scale, angle)
    padded = np.zeros((SIDE * 3, SIDE * 3), np.uint8)
    padded[SIDE:-SIDE, SIDE:-SIDE] = mask
    moved = View((view.center[0] + SIDE, view.center[1] + SIDE), view.size, scale, angle)
    return cut_view(np.zeros((*padded.shape, 3), np.uint8), padded, moved)[1]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("angle", ANGLES)
def test_a_line_of_one_pixel_stays_one_piece_and_thin(scale, angle):
    for number, (mask, length) in enumerate(lines()):
        small = shrunk(mask, scale, angle, number * 0.37)
        assert ndimage.label(small, np.ones((3, 3)))[1] == 1, (number, scale)
        rows, columns = np.nonzero(small)
        assert math.hypot(np.ptp(rows), np.ptp(columns)) == pytest.approx(length * scale, abs=3)
        # A row of pixels has the length times 1 / sqrt(2) to 1; where corners are filled, more.
        assert len(rows) <= 1.45 * length * scale + 3


@pytest.mark.parametrize("scale", [1.0, 1.3, 1.9])
@pytest.mark.parametrize("angle", ANGLES[1:])
def test_a_line_of_one_pixel_stays_one_piece_where_it_turns(scale, angle):
    for number, (mask, length) in enumerate(lines()):
        turned = shrunk(mask, scale, angle, number * 0.37)
        assert ndimage.label(turned, np.ones((3, 3)))[1] == 1, number
        assert np.count_nonzero(turned) <= 1.45 * length * scale**2 + 3


def test_broad_cracks_grow_by_less_than_a_pixel():
    for scale in SCALES:
        for width in (3, 5, 8):
            mask = np.zeros((SIDE, SIDE), np.uint8)
            mask[90 : 90 + width, 20:180] = 1
            rows = [
                np.count_nonzero(shrunk(mask, scale, 0.0, shift)[:, 10:].max(axis=1))
                for shift in np.linspace(0, 4, 9)
            ]
            assert width * scale - 1 <= min(rows)
            assert np.mean(rows) <= width * scale + (1 - scale) + 0.2


@pytest.mark.parametrize("scale", [1.0, 1.3, 2.0])
def test_where_nothing_shrinks_or_turns_the_mask_takes_the_nearest_pixel(scale):
    mask = next(lines())[0]
    size = round(100 * scale)
    labels = cut_view(
        np.zeros((SIDE, SIDE, 3), np.uint8), mask, View((100, 100), (size, size), scale)
    )[1]
    places = np.arange(size)
    source = np.floor(100 + (places - (size - 1) / 2) / scale + 0.5).astype(int)
    near = np.abs(100 + (places - (size - 1) / 2) / scale + 0.5 - source - 0.5) < 0.48
    expected = mask[source[:, None], source[None, :]]
    clear = near[:, None] & near[None, :]
    assert (labels[clear] == expected[clear]).all()
    assert labels.sum() <= mask.sum() * scale**2


def test_a_crack_beside_unlabelled_pixels_stays_and_these_stay_unlabelled():
    mask = np.full((SIDE, SIDE), UNLABELLED, np.uint8)
    mask[:, 90:110] = 0
    mask[:, 100] = 1
    labels = cut_view(np.zeros((SIDE, SIDE, 3), np.uint8), mask, View((100.2, 100), (80, 80), 0.5))[
        1
    ]
    assert (np.count_nonzero(labels == 1, axis=1) == 1).all()
    assert set(np.unique(labels)) == {0, 1, UNLABELLED}
    assert np.count_nonzero(labels == UNLABELLED) > 80 * 60


def test_any_course_of_one_pixel_stays_one_piece():
    steps = np.array([(1, 0), (1, 1), (1, -1), (0, 1), (0, -1)])
    for seed in range(60):
        rng = np.random.default_rng(seed)
        course = np.cumsum(steps[rng.integers(0, 5, 130)], axis=0) + np.array((25, 100))
        mask = np.zeros((SIDE, SIDE), np.uint8)
        mask[np.clip(course[:, 1], 5, 194), course[:, 0]] = 1
        scale, angle, shift = rng.uniform(0.5, 1.0), rng.uniform(-0.8, 0.8), rng.uniform(-2, 2)
        assert ndimage.label(shrunk(mask, scale, angle, shift), np.ones((3, 3)))[1] == 1, seed
