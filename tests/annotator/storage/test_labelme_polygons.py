"""Polygons by labelme's rules of drawing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotator.document.mask import MaskPatch
from annotator.storage.labelme_polygons import drawn, labelme_polygons

masks = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=16)).map(
    lambda values: (values % 5 > 0).astype(np.uint8)
)


def united(polygons, shape):
    image = np.zeros(shape, np.uint8)
    for points in polygons:
        patch = drawn(points, shape[::-1])
        x0, y0, x1, y1 = patch.box
        image[y0:y1, x0:x1] |= patch.data
    return image


@settings(deadline=None)
@given(masks, st.integers(0, 4), st.integers(0, 4))
def test_polygons_draw_to_the_mask(mask, x, y):
    shape = (mask.shape[0] + y, mask.shape[1] + x)
    polygons = labelme_polygons(MaskPatch(x, y, mask))
    expected = np.zeros(shape, np.uint8)
    expected[y:, x:] = mask
    assert np.array_equal(united(polygons, shape), expected)
    assert all(len(points) >= 3 for points in polygons)


def test_a_line_thinner_than_a_pixel_has_pixels():
    patch = drawn(np.array([[2.1, 3.2], [8.4, 3.3], [8.4, 3.4], [2.1, 3.3]]), (20, 10))
    assert patch.box == (2, 3, 9, 4)


def test_what_lies_outside_is_cut_off():
    assert drawn(np.array([[-5.0, -5], [3, -5], [3, 30], [-5, 30]]), (10, 8)).box == (0, 0, 4, 8)
    assert drawn(np.array([[50.0, 50], [60, 50], [60, 60]]), (10, 8)).data.size == 0
