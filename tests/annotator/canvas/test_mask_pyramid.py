"""Masks in halving resolutions."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotator.canvas.mask_pyramid import LEVELS, MaskPyramid
from annotator.document.block_raster import BlockRaster
from annotator.document.pixel_source import PixelSource

SIDE = 512
CODES = np.array([PixelSource.TRACED, PixelSource.PAINTED, PixelSource.IMPORTED])


def raster_of(mask):
    codes = np.where(mask, CODES[np.arange(mask.size).reshape(mask.shape) % 3], 0)
    return BlockRaster.from_array(0, 0, codes.astype(np.uint8))


def dense(pyramid, level):
    side = SIDE >> level
    return BlockRaster(pyramid.levels[level]).read((0, 0, side, side))


def halved(mask, level):
    step = 1 << level
    return mask.reshape(SIDE // step, step, SIDE // step, step).any(axis=(1, 3))


@st.composite
def masks(draw):
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    mask = np.zeros((SIDE, SIDE), bool)
    for _ in range(draw(st.integers(0, 6))):
        x, y = rng.integers(0, SIDE, 2)
        width, height = rng.integers(1, 90, 2)
        mask[y : y + height, x : x + width] = True
    return mask


@given(masks())
def test_a_cell_is_set_where_any_of_its_pixels_is(mask):
    pyramid = MaskPyramid.of(raster_of(mask))
    for level in range(LEVELS):
        assert np.array_equal(dense(pyramid, level), halved(mask, level))


@given(masks(), masks())
def test_an_update_gives_what_a_new_pyramid_would(before, after):
    old, new = raster_of(before), raster_of(after)
    pyramid, changed = MaskPyramid.of(old).updated(new)
    expected = MaskPyramid.of(new)
    for level in range(LEVELS):
        assert np.array_equal(dense(pyramid, level), dense(expected, level))
        differs = dense(MaskPyramid.of(old), level) != dense(expected, level)
        rows, columns = np.nonzero(differs)
        assert changed[level] >= set(zip(columns // 128, rows // 128, strict=True))


def test_erased_pixels_are_no_mask():
    codes = np.full((4, 4), PixelSource.ERASED, np.uint8)
    assert not any(MaskPyramid.of(BlockRaster.from_array(3, 3, codes)).levels)


def test_blocks_that_did_not_change_are_shared():
    mask = np.ones((SIDE, SIDE), bool)
    old = raster_of(mask)
    pyramid = MaskPyramid.of(old)
    updated, changed = pyramid.updated(old.with_values(10, 10, np.zeros((5, 5), np.uint8)))
    assert changed[0] == {(0, 0)}
    assert all(updated.levels[0][key] is pyramid.levels[0][key] for key in {(1, 0), (3, 3)})


def test_a_thin_line_stays_connected():
    pyramid = MaskPyramid.of(raster_of(np.eye(SIDE, dtype=bool)))
    for level in range(LEVELS):
        assert np.array_equal(dense(pyramid, level), np.eye(SIDE >> level))
