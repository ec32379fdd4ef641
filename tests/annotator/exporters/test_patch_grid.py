"""The grid of patches and its crack counts, against dense arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotator.document.block_raster import BlockRaster
from annotator.document.crack import Crack
from annotator.document.mask import union_mask
from annotator.document.pixel_source import PixelSource
from annotator.exporters.patch_grid import PatchGrid, crack_counts, has_crack_pixels


@pytest.mark.parametrize(
    ("size", "lefts", "tops"),
    [
        ((4608, 3456), tuple(range(0, 4608, 512)), (*range(0, 3072, 512), 2944)),
        ((1024, 512), (0, 512), (0,)),
        ((513, 1025), (0, 1), (0, 512, 513)),
    ],
)
def test_only_the_last_row_and_column_overlap(size, lefts, tops):
    grid = PatchGrid.over(size)
    assert (grid.lefts, grid.tops) == (lefts, tops)
    assert len(grid) == len(lefts) * len(tops)
    assert grid.box(0) == (0, 0, 512, 512)
    assert grid.box(len(grid) - 1) == (size[0] - 512, size[1] - 512, *size)


def test_the_largest_photographs_of_the_data_set_give_63_patches():
    assert len(PatchGrid.over((4608, 3456))) == 63


def test_small_images():
    assert len(PatchGrid.over((511, 4000))) == 0
    grid = PatchGrid.over((511, 1000), small_images="mirror")
    assert [grid.box(index) for index in range(len(grid))] == [
        (0, 0, 512, 512), (0, 488, 512, 1000),
    ]  # fmt: skip


crack_boxes = st.lists(
    st.tuples(
        st.integers(0, 690), st.integers(0, 590), st.integers(1, 300), st.integers(1, 300),
        st.sampled_from([PixelSource.TRACED, PixelSource.PAINTED, PixelSource.ERASED]),
    ),
    max_size=5,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(crack_boxes, st.sampled_from([64, 100, 512, 600]))
def test_counts_are_those_of_the_dense_mask(boxes, side):
    width, height = 700, 600
    cracks = []
    for x, y, w, h, code in boxes:
        values = np.full((min(h, height - y), min(w, width - x)), code, np.uint8)
        cracks.append(Crack(BlockRaster.from_array(x, y, values)))
    mask = union_mask(cracks, (height, width))
    grid = PatchGrid.over((width, height), side)
    expected = [
        mask[y0:y1, x0:x1].sum() for x0, y0, x1, y1 in (grid.box(n) for n in range(len(grid)))
    ]
    assert crack_counts(cracks, grid).tolist() == expected
    assert has_crack_pixels(cracks) == bool(mask.any())
