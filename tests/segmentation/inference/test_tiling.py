"""Tiles cover every image once, with their halo, and are put together without a seam."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmentation.inference.tiling import (
    Box,
    Mosaic,
    cut,
    nearest_first,
    smallest_tile,
    tile_grid,
)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    halo=st.integers(0, 40),
    stride=st.sampled_from([1, 8, 32]),
    extra=st.integers(0, 200),
)
def test_weights_add_up_to_one_and_halos_are_kept(height, width, halo, stride, extra):
    longest = smallest_tile(halo, stride) + extra
    mosaic = Mosaic((height, width))
    tiles = tile_grid((height, width), longest, halo, stride)
    for tile in tiles:
        mosaic.add(tile, np.ones(tile.kept.shape, np.float32))
        for span, size in ((tile.rows, height), (tile.columns, width)):
            assert (span.stop - span.start) % stride == 0
            assert span.stop - span.start <= longest
            assert span.kept_start == 0 or span.kept_start - span.start >= halo
            assert span.kept_stop == size or span.stop - span.kept_stop >= halo
    assert len({tile.window.shape for tile in tiles}) == 1
    np.testing.assert_allclose(mosaic.values, 1.0, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16])
def test_a_mosaic_gives_back_what_its_tiles_agree_on(dtype):
    truth = np.random.default_rng(0).random((300, 411)).astype(np.float32)
    mosaic = Mosaic(truth.shape, dtype)
    tiles = tile_grid(truth.shape, 128, 16, 32)
    for tile in reversed(tiles):
        mosaic.add(tile, truth[tile.kept.slices])
    scale = 65535 if dtype is np.uint16 else 1
    np.testing.assert_allclose(mosaic.values / scale, truth, atol=2.1 / 65535)


def test_whole_numbers_saturate_at_probability_one():
    mosaic = Mosaic((300, 300), np.uint16)
    for tile in tile_grid((300, 300), 128, 16, 32):
        mosaic.add(tile, np.ones(tile.kept.shape, np.float32))
    assert mosaic.values.min() >= 65533


def test_neighbors_fade_into_each_other():
    left, right = tile_grid((64, 200), 128, 16, 8)
    mosaic = Mosaic((64, 200))
    mosaic.add(left, np.zeros(left.kept.shape, np.float32))
    mosaic.add(right, np.ones(right.kept.shape, np.float32))
    row = mosaic.values[10]
    assert (np.diff(row) >= 0).all()
    assert np.diff(row).max() < 0.3


def test_a_photograph_of_16_megapixels_costs_a_quarter_more_than_its_pixels():
    tiles = tile_grid((3456, 4608), 1024, 48, 32)
    n_read = sum(np.prod(tile.window.shape) for tile in tiles)
    assert len(tiles) == 20
    assert n_read / (3456 * 4608) < 1.25


def test_what_is_looked_at_comes_first():
    tiles = tile_grid((1000, 1000), 200, 16, 8)
    viewport = Box(640, 640, 700, 700)
    ordered = nearest_first(tiles, viewport)
    assert sorted(map(id, ordered)) == sorted(map(id, tiles))
    first, last = ordered[0].kept, ordered[-1].kept
    assert first.left <= 670 < first.right
    assert first.top <= 670 < first.bottom
    assert (last.left, last.top) == (0, 0)
    assert nearest_first(tiles, None) == tiles


def test_windows_beyond_a_small_image_are_mirrored():
    image = np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3)
    (tile,) = tile_grid((3, 5), 96, 16, 8)
    pixels = cut(image, tile.window)
    assert pixels.shape == (8, 8, 3)
    np.testing.assert_array_equal(pixels[3, :5], image[1])
    np.testing.assert_array_equal(pixels[:3, 5], image[:, 3])


def test_tiles_without_room_are_refused():
    with pytest.raises(ValueError, match="too small for a halo of 64 px"):
        tile_grid((500, 500), 128, 64, 32)
    with pytest.raises(ValueError, match="0 x 5 pixels"):
        tile_grid((5, 0), 128, 8, 32)
