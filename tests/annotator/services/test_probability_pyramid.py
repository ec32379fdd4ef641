"""Halving resolutions of a probability: the surest pixel of each cell."""

import numpy as np
import pytest

from annotator.services.probability_pyramid import ProbabilityPyramid, threshold_step


def expected_levels(steps):
    """Pool by hand, with a frame of zeros where a side is odd."""
    levels = [steps]
    while max(levels[-1].shape) > 64:
        height, width = levels[-1].shape
        even = np.zeros((height + height % 2, width + width % 2), np.uint8)
        even[:height, :width] = levels[-1]
        levels.append(even.reshape(even.shape[0] // 2, 2, -1, 2).max((1, 3)))
    return levels


@pytest.mark.parametrize("shape", [(3, 2), (256, 256), (257, 513), (700, 401), (1, 999)])
def test_each_cell_is_as_sure_as_its_surest_pixel(shape):
    codes = np.random.default_rng(1).integers(0, 65536, shape, dtype=np.uint16)
    pyramid = ProbabilityPyramid.of(codes)
    expected = expected_levels((codes // 257).astype(np.uint8))
    assert len(pyramid.levels) == len(expected)
    for level, wanted in zip(pyramid.levels, expected, strict=True):
        assert np.array_equal(level, wanted)
    assert pyramid.size == shape[::-1]


def test_tiles_give_what_the_whole_gives():
    codes = np.random.default_rng(2).integers(0, 65536, (611, 543), dtype=np.uint16)
    pyramid = ProbabilityPyramid((543, 611))
    for y in range(0, 611, 97):
        for x in range(0, 543, 131):
            box = (x, y, min(x + 131, 543), min(y + 97, 611))
            pyramid.write(box, codes[box[1] : box[3], box[0] : box[2]])
    for level, wanted in zip(pyramid.levels, ProbabilityPyramid.of(codes).levels, strict=True):
        assert np.array_equal(level, wanted)


def test_a_tile_written_anew_may_be_less_sure():
    pyramid = ProbabilityPyramid.of(np.full((600, 600), 65535, np.uint16))
    pyramid.write((100, 100, 200, 200), np.zeros((100, 100), np.uint16))
    assert pyramid.levels[1][60:90, 60:90].max() == 0
    assert pyramid.levels[1][40, 40] == 255


@pytest.mark.parametrize(
    ("scale", "level"), [(8.0, 0), (1.0, 0), (0.5, 1), (0.3, 1), (0.25, 2), (0.001, 5)]
)
def test_the_level_has_a_cell_for_each_pixel_of_the_screen(scale, level):
    assert ProbabilityPyramid((2000, 1500)).level_for(scale) == level


@pytest.mark.parametrize(
    ("threshold", "step"), [(0.0, 1), (0.001, 1), (0.5, 128), (0.4, 102), (1.0, 255)]
)
def test_a_step_reaches_the_threshold_it_stands_for(threshold, step):
    assert threshold_step(threshold) == step
