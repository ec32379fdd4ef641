"""Strokes of the brush, and what they leave of cracks."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from annotator.document.block_raster import BLOCK_SIDE, BlockRaster
from annotator.document.crack import Crack
from annotator.document.mask import MaskPatch
from annotator.document.pixel_source import PixelSource
from annotator.document.strokes import (
    added_to,
    covered_patches,
    covers,
    erased,
    is_gone,
    painted,
    stroke_segment,
    tip_center,
)
from tests.crack_factory import painted_crack, traced_crack

SIZE = (60, 40)
coordinates = st.tuples(st.floats(-20, 80), st.floats(-20, 60))
diameters = st.integers(1, 25)


def dense(patch, size=SIZE):
    image = np.zeros((size[1], size[0]), np.uint8)
    x0, y0, x1, y1 = patch.box
    image[y0:y1, x0:x1] = patch.data
    return image


def distances(start, end):
    """Distance of each pixel center to a segment."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    a, b = np.array(start), np.array(end)
    along = b - a
    points = np.stack([columns - a[0], rows - a[1]], axis=-1)
    part = np.clip(points @ along / max(float(along @ along), 1e-12), 0, 1)
    return np.hypot(*np.moveaxis(points - part[..., np.newaxis] * along, -1, 0))


@given(start=coordinates, end=coordinates, diameter=diameters)
def test_a_stroke_covers_what_is_within_its_radius(start, end, diameter):
    covered = dense(stroke_segment(start, end, diameter, SIZE)) != 0
    away = distances(tip_center(start, diameter), tip_center(end, diameter))
    assert not covered[away > diameter / 2 + 1e-6].any()
    assert covered[away < diameter / 2 - 1e-6].all()


@given(start=coordinates, end=coordinates, diameter=diameters)
def test_a_stroke_does_not_depend_on_its_direction(start, end, diameter):
    forth, back = (stroke_segment(*ends, diameter, SIZE) for ends in ((start, end), (end, start)))
    assert np.array_equal(dense(forth), dense(back))


@given(
    start=st.tuples(st.floats(0, 59), st.floats(0, 39)),
    end=st.tuples(st.floats(0, 59), st.floats(0, 39)),
    diameter=st.integers(1, 6),
)
def test_a_stroke_has_no_gaps_however_thin(start, end, diameter):
    covered = dense(stroke_segment(start, end, diameter, SIZE))
    assert ndimage.label(covered, np.ones((3, 3)))[1] == 1


@pytest.mark.parametrize(
    ("diameter", "count"), [(1, 1), (2, 4), (3, 9), (4, 12), (5, 21), (6, 32), (7, 37)]
)
@pytest.mark.parametrize("place", [(20.0, 20.0), (20.4, 19.7), (19.6, 20.5)])
def test_a_dot_is_as_large_wherever_it_is_set_down(diameter, count, place):
    patch = stroke_segment(place, place, diameter, SIZE)
    assert patch.data.sum() == count
    assert patch.data.shape == (diameter, diameter)
    assert np.array_equal(patch.data, patch.data[::-1, ::-1])


def test_the_smallest_tip_covers_the_pixel_under_the_pointer():
    patch = stroke_segment((12.4, 7.6), (12.4, 7.6), 1, SIZE)
    assert patch.box == (12, 8, 13, 9)


def test_beside_the_image_there_is_nothing():
    for place in ((-40.0, 10.0), (30.0, 90.0), (200.0, 200.0)):
        assert not stroke_segment(place, place, 9, SIZE).data.any()


@given(points=st.lists(coordinates, min_size=2, max_size=6), split=st.integers(1, 4))
def test_two_halves_of_a_stroke_make_the_whole(points, split):
    def covered(way):
        raster = BlockRaster()
        for start, end in pairwise(way):
            raster = added_to(raster, stroke_segment(start, end, 5, SIZE))
        return raster

    split = min(split, len(points) - 1)
    halves = covered(points[: split + 1])
    for patch in covered_patches(covered(points[split:])):
        halves = added_to(halves, patch)
    assert halves.equals(covered(points))


@given(
    points=st.lists(coordinates, min_size=1, max_size=4),
    is_erasing=st.booleans(),
    source=st.sampled_from(["traced", "painted", "imported"]),
)
def test_the_crack_before_a_stroke_stays_as_it_was(points, is_erasing, source):
    crack = painted_crack((5, 5, 50, 30), source)
    before = crack.pixels.read((0, 0, *SIZE))
    after = crack
    for start, end in zip(points, points[1:] or points, strict=False):
        patch = stroke_segment(start, end, 7, SIZE)
        after = erased(after, patch) if is_erasing else painted(after, patch)
    assert np.array_equal(crack.pixels.read((0, 0, *SIZE)), before)
    assert after.identifier == crack.identifier


def test_painted_pixels_are_marked_as_painted_even_on_traced_ones():
    crack = traced_crack([(10, 10), (50, 10)])
    patch = MaskPatch(20, 5, np.ones((10, 5), np.uint8))
    after = painted(crack, patch)
    assert (after.pixels.read(patch.box) == PixelSource.PAINTED).all()
    outside = after.pixels.read((30, 5, 60, 15))
    assert np.array_equal(outside, crack.pixels.read((30, 5, 60, 15)))
    assert after.path is crack.path


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("traced", PixelSource.ERASED),
        ("imported", PixelSource.ERASED),
        ("predicted", PixelSource.ERASED),
        ("painted", PixelSource.NONE),
    ],
)
def test_what_erasing_leaves_behind(source, code):
    crack = painted_crack((10, 10, 30, 20), source)
    after = erased(crack, MaskPatch(20, 0, np.ones((40, 5), np.uint8)))
    assert (after.pixels.read((20, 10, 25, 20)) == code).all()
    assert not after.pixels.read((20, 0, 25, 10)).any(), "only its own pixels"
    assert after.mask_in((0, 0, *SIZE)).sum() == 150


def test_what_was_erased_stays_away_and_what_was_painted_stays_when_traced_anew():
    crack = traced_crack([(10, 20), (50, 20)])
    after = erased(crack, MaskPatch(25, 0, np.ones((40, 5), np.uint8)))
    after = painted(after, MaskPatch(40, 30, np.ones((3, 3), np.uint8)))
    anew = after.traced_anew(traced_crack([(10, 20), (55, 20)]))
    assert not anew.mask_in((25, 0, 30, 40)).any()
    assert anew.mask_in((40, 30, 43, 33)).all()
    assert anew.mask_in((53, 20, 54, 21)).all()


def test_painting_brings_erased_pixels_back():
    crack = painted_crack((10, 10, 30, 20), "traced")
    patch = MaskPatch(12, 12, np.ones((4, 4), np.uint8))
    assert painted(erased(crack, patch), patch).mask_in((10, 10, 30, 20)).all()


def test_erasing_beside_a_crack_changes_nothing():
    crack = painted_crack((10, 10, 30, 20))
    for patch in (
        MaskPatch(40, 10, np.ones((5, 5), np.uint8)),
        MaskPatch(1000, 1000, np.ones((5, 5), np.uint8)),
        MaskPatch(12, 12, np.zeros((5, 5), np.uint8)),
    ):
        assert erased(crack, patch) is crack
        assert not covers(crack, patch)


def test_a_crack_is_gone_with_its_last_pixel():
    for source in ("traced", "painted"):
        crack = painted_crack((10, 10, 30, 20), source)
        assert not is_gone(erased(crack, MaskPatch(10, 10, np.ones((10, 19), np.uint8))))
        assert is_gone(erased(crack, MaskPatch(0, 0, np.ones((40, 60), np.uint8))))
    assert is_gone(Crack(BlockRaster()))


@pytest.mark.parametrize("is_erasing", [False, True])
def test_a_stroke_on_50_megapixels_copies_the_blocks_it_touches(is_erasing):
    size = (8192, 6144)
    full = np.full((BLOCK_SIDE, BLOCK_SIDE), PixelSource.PAINTED, np.uint8)
    full[0, 0] = PixelSource.NONE
    full.flags.writeable = False
    blocks = {(column, row): full for row in range(48) for column in range(64)}
    crack = Crack(BlockRaster(blocks), "imported")
    patch = stroke_segment((1280.0, 1280.0), (1500.0, 1280.0), 20, size)
    after = erased(crack, patch) if is_erasing else painted(crack, patch)
    new = [key for key, block in after.pixels.blocks.items() if block is not blocks[key]]
    touched = {(column, row) for row in (9, 10) for column in (9, 10, 11)}
    if not is_erasing:  # painted is painted, but for the pixels that were not there
        touched = {(column, 10) for column in (10, 11)}
    assert set(new) == touched
    assert len(after.pixels.blocks) == len(blocks)
