"""Sparse rasters hold what a dense array would, and share what was not edited."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotator.document.block_raster import BLOCK_SIDE, BlockRaster

SIDE = 3 * BLOCK_SIDE
SIZES = st.tuples(st.integers(1, 200), st.integers(1, 200))
PATCHES = st.tuples(
    st.integers(0, SIDE - 1),
    st.integers(0, SIDE - 1),
    hnp.arrays(np.uint8, SIZES, elements=st.sampled_from([0, 0, 1, 128])),
)


def put(dense, x, y, values):
    part = dense[y : y + values.shape[0], x : x + values.shape[1]]
    part[:] = values[: part.shape[0], : part.shape[1]]
    return part


@given(st.lists(PATCHES, max_size=4))
def test_it_reads_back_what_was_written_last(patches):
    raster, dense = BlockRaster(), np.zeros((SIDE, SIDE), np.uint8)
    for x, y, values in patches:
        part = put(dense, x, y, values)
        raster = raster.with_values(x, y, part.copy())
    assert np.array_equal(raster.read((0, 0, SIDE, SIDE)), dense)
    rows, columns = np.nonzero(dense)
    if len(rows):
        expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert raster.box == expected
    else:
        assert raster.is_empty
        assert raster.box == (0, 0, 0, 0)
    painted = np.zeros_like(dense)
    raster.paint_into(painted)
    assert np.array_equal(painted, dense)


@given(PATCHES)
def test_equality_is_of_pixels(patch):
    x, y, values = patch
    one = BlockRaster.from_array(x, y, values)
    assert one.equals(BlockRaster.from_array(x, y, values.copy()))
    other = one.with_values(x, y, np.full((1, 1), 77, np.uint8))
    assert not one.equals(other)


def test_reading_beyond_the_blocks_gives_zeros():
    raster = BlockRaster.from_array(0, 0, np.ones((2, 2), np.uint8))
    assert raster.read((-2, -1, 3, 4)).tolist() == [
        [0, 0, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0],
    ]  # fmt: skip


def test_an_edit_shares_the_blocks_it_does_not_touch():
    width, height = 8660, 5773  # 50 megapixels
    diagonal = BlockRaster()
    for i in range(0, height, 64):
        diagonal = diagonal.with_values(min(i, width), i, np.ones((20, 20), np.uint8))
    edited = diagonal.with_values(300, 310, np.full((30, 30), 2, np.uint8))
    new = [key for key, block in edited.blocks.items() if block is not diagonal.blocks.get(key)]
    assert len(new) <= 4
    assert len(diagonal.blocks) > 40


def test_blocks_cannot_be_written_through():
    raster = BlockRaster.from_array(0, 0, np.ones((2, 2), np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        next(iter(raster.blocks.values()))[0, 0] = 5


def test_erased_blocks_are_dropped():
    raster = BlockRaster.from_array(5, 5, np.ones((200, 200), np.uint8))
    assert raster.with_values(0, 0, np.zeros((300, 300), np.uint8)).is_empty
