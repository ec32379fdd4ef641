"""Regions inside contours."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from annotator.document.polygon_fill import polygon_patch

SIZE = (40, 30)
points = st.tuples(st.floats(-10, 50), st.floats(-10, 40))


def dense(corners, size=SIZE):
    patch = polygon_patch(corners, size)
    image = np.zeros((size[1], size[0]), np.uint8)
    x0, y0, x1, y1 = patch.box
    image[y0:y1, x0:x1] = patch.data
    return image


def is_inside(corners, x, y):
    """Count the sides that a ray to the left crosses."""
    crossings = 0
    for (xa, ya), (xb, yb) in zip(corners, [*corners[1:], corners[0]], strict=True):
        if (ya <= y) != (yb <= y) and xa + (y - ya) * (xb - xa) / (yb - ya) < x:
            crossings += 1
    return crossings % 2 == 1


def border_distance(corners, x, y):
    best = np.inf
    for start, end in zip(corners, [*corners[1:], corners[0]], strict=True):
        a, along = np.array(start), np.subtract(end, start)
        part = np.clip((np.array([x, y]) - a) @ along / max(float(along @ along), 1e-12), 0, 1)
        best = min(best, float(np.hypot(*(a + part * along - (x, y)))))
    return best


@given(st.lists(points, min_size=3, max_size=7))
def test_it_holds_what_is_inside_and_what_the_contour_passes(corners):
    filled = dense(corners)
    for y in range(0, SIZE[1], 3):
        for x in range(0, SIZE[0], 3):
            if border_distance(corners, x, y) > 0.75:
                assert filled[y, x] == is_inside(corners, x, y)
    for x, y in corners:
        column, row = int(np.floor(x + 0.5)), int(np.floor(y + 0.5))
        if 0 <= column < SIZE[0] and 0 <= row < SIZE[1]:
            assert filled[row, column]


def test_a_rectangle_includes_its_border():
    assert dense([(3, 4), (9, 4), (9, 12), (3, 12)])[4:13, 3:10].all()
    assert dense([(3, 4), (9, 4), (9, 12), (3, 12)]).sum() == 7 * 9


def test_three_points_in_line_are_a_line():
    filled = dense([(2, 2), (20, 11), (11, 6.5)])
    assert ndimage.label(filled, np.ones((3, 3)))[1] == 1
    assert 19 <= filled.sum() <= 30


@pytest.mark.parametrize("shift", [(-100, 0), (100, 0), (0, -100), (0, 100)])
def test_beside_the_image_there_is_nothing(shift):
    corners = np.array([(3, 4), (9, 4), (9, 12)]) + shift
    assert not polygon_patch([tuple(corner) for corner in corners], SIZE).data.any()


def test_a_contour_around_the_image_fills_it():
    assert dense([(-5, -5), (200, -7), (190, 100), (-20, 90)]).all()


def test_crossing_contours_leave_a_hole():
    star = [
        (20 + 12 * np.sin(k * 4 * np.pi / 5), 15 - 12 * np.cos(k * 4 * np.pi / 5)) for k in range(5)
    ]
    filled = dense(star)
    assert not filled[15, 20]
    assert filled[6, 20]
