"""Outlines: polygons without holes that fill to exactly the mask they were drawn from."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as reference

from annotator.document.mask import MaskPatch
from annotator.storage.outlines import filled, polygons

masks = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12)).map(
    lambda values: values % 2
)


def in_image(patch, shape):
    image = np.zeros(shape, np.uint8)
    x0, y0, x1, y1 = patch.box
    image[y0:y1, x0:x1] = patch.data
    return image


@settings(deadline=None)
@given(masks, st.integers(0, 4), st.integers(0, 4))
def test_polygons_fill_to_the_mask(mask, x, y):
    shape = (mask.shape[0] + y, mask.shape[1] + x)
    patch = MaskPatch(x, y, mask)
    outlines = polygons(patch)
    assert np.array_equal(in_image(filled(outlines, shape[::-1]), shape), in_image(patch, shape))


@settings(deadline=None)
@given(masks)
def test_polygons_do_not_overlap(mask):
    areas = [
        filled([outline], mask.shape[::-1]).data.sum()
        for outline in polygons(MaskPatch(0, 0, mask))
    ]
    assert sum(areas) == mask.sum()


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # inside of pycocotools
@settings(deadline=None)
@given(masks)
def test_the_reference_reader_fills_the_same(mask):
    outlines = [outline.ravel().tolist() for outline in polygons(MaskPatch(0, 0, mask))]
    if outlines:
        parts = reference.frPyObjects(outlines, *mask.shape)
        assert np.array_equal(reference.decode(reference.merge(parts)), mask)


def test_one_part_is_one_polygon():
    diagonal = np.eye(5, dtype=np.uint8)
    assert len(polygons(MaskPatch(0, 0, diagonal))) == 1


def test_a_ring_becomes_two_polygons():
    ring = np.ones((5, 7), np.uint8)
    ring[1:4, 2:5] = 0
    outlines = polygons(MaskPatch(3, 4, ring))
    assert len(outlines) == 2
    assert np.concatenate(outlines).min(axis=0).tolist() == [3, 4]
    assert np.concatenate(outlines).max(axis=0).tolist() == [10, 9]


def test_a_square_has_four_corners():
    (outline,) = polygons(MaskPatch(2, 1, np.ones((3, 3), np.uint8)))
    assert sorted(outline.tolist()) == [[2, 1], [2, 4], [5, 1], [5, 4]]


def test_what_lies_outside_of_the_image_is_cut_off():
    patch = filled([np.array([[-5.0, -5.0], [2.0, -5.0], [2.0, 30.0], [-5.0, 30.0]])], (10, 8))
    assert patch.box == (0, 0, 2, 8)
    assert patch.data.all()


def test_a_triangle_holds_the_pixels_whose_centers_lie_in_it():
    patch = filled([np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])], (4, 4))
    assert in_image(patch, (4, 4)).tolist() == [
        [1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0],
    ]  # fmt: skip


def test_nothing_gives_nothing():
    assert polygons(MaskPatch(0, 0, np.zeros((3, 3), np.uint8))) == []
    assert filled([], (3, 3)).data.size == 0
