"""Boxes from two pixels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.document.box_geometry import box_between

SIZE = (300, 200)
points = st.tuples(st.floats(-50, 350), st.floats(-50, 250))


@pytest.mark.parametrize(
    ("start", "end", "box"),
    [
        ((10, 20), (30, 50), (10, 20, 31, 51)),
        ((30, 50), (10, 20), (10, 20, 31, 51)),
        ((10.4, 20.4), (10.4, 20.4), (10, 20, 11, 21)),
        ((-9, -9), (900, 900), (0, 0, 300, 200)),
        ((400, 10), (500, 20), (299, 10, 300, 21)),
    ],
)
def test_both_pixels_are_inside(start, end, box):
    assert box_between(start, end, SIZE) == box


@given(points, points)
def test_a_box_has_pixels_and_lies_in_the_image(start, end):
    x0, y0, x1, y1 = box_between(start, end, SIZE)
    assert 0 <= x0 < x1 <= SIZE[0]
    assert 0 <= y0 < y1 <= SIZE[1]
