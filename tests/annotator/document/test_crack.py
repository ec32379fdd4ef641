"""Cracks know where their pixels come from and keep corrections when they are traced anew."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from annotator.document.block_raster import BlockRaster
from annotator.document.crack import Crack
from annotator.document.mask import MaskPatch, union_mask, union_sources
from annotator.document.pixel_source import PixelSource, mask_of
from tests.crack_factory import make_path, painted_crack, traced_crack

CODES = st.sampled_from([int(code) for code in PixelSource])


def test_a_mask_comes_back_with_its_source():
    mask = np.array([[1, 0], [1, 1]], np.uint8)
    crack = Crack.from_mask(MaskPatch(130, 40, mask), "imported")
    assert crack.box == (130, 40, 132, 42)
    assert crack.mask_patch().data.tolist() == mask.tolist()
    assert set(np.unique(crack.pixels.read(crack.box))) == {0, PixelSource.IMPORTED}


@given(hnp.arrays(np.uint8, (9, 11), elements=CODES))
def test_erased_pixels_are_not_in_the_mask(codes):
    expected = np.isin(codes, [1, 2, 3, 4])
    assert np.array_equal(mask_of(codes), expected)


@given(
    hnp.arrays(np.uint8, (9, 11), elements=CODES),
    hnp.arrays(np.uint8, (7, 8), elements=st.integers(0, 1)),
)
def test_a_new_trace_keeps_what_was_corrected_by_hand(before, trace):
    old = Crack(BlockRaster.from_array(120, 125, before), "traced", make_path([[0, 0], [9, 0]]))
    path = make_path([[1, 1], [5, 5]])
    new = old.traced_anew(Crack.from_mask(MaskPatch(123, 127, trace), "traced", path))
    traced = np.zeros_like(before)
    traced[2:9, 3:11] = trace
    by_hand = np.isin(before, [PixelSource.PAINTED, PixelSource.ERASED])
    expected = np.where(by_hand, before, traced)
    assert np.array_equal(new.pixels.read((120, 125, 131, 134)), expected)
    assert new.identifier == old.identifier
    assert new.path is path


def test_a_new_trace_stays_locked():
    old = Crack(BlockRaster(), "traced", None, is_locked=True)
    assert old.traced_anew(traced_crack([(0, 0), (5, 5)])).is_locked


def test_the_union_tells_where_each_pixel_comes_from():
    painted, imported = painted_crack((0, 0, 4, 4)), painted_crack((2, 2, 6, 6), "imported")
    sources = union_sources([painted, imported], (8, 8))
    assert sources[0, 0] == PixelSource.PAINTED
    assert sources[3, 3] == sources[5, 5] == PixelSource.IMPORTED
    assert sources[7, 7] == 0
    assert union_mask([painted, imported], (8, 8)).sum() == 16 + 16 - 4


def test_what_one_crack_erased_shows_through_from_another():
    whole = painted_crack((0, 0, 4, 4))
    erased = Crack(BlockRaster.from_array(0, 0, np.full((4, 4), PixelSource.ERASED, np.uint8)))
    assert union_mask([whole, erased], (4, 4)).all()


def test_pixels_beyond_the_image_are_left_out():
    assert union_mask([painted_crack((2, 2, 9, 9))], (4, 5)).sum() == 2 * 3
