"""Crops keep as much of the crack as a crop can."""

import numpy as np
import pytest

from annotator.exporters.patch_crops import crop_origin


def best(mask, side):
    height, width = mask.shape
    return max(
        mask[y : y + side, x : x + side].sum()
        for y in range(height - side + 1)
        for x in range(width - side + 1)
    )


@pytest.mark.parametrize("side", [1, 5, 12, 20])
def test_no_crop_keeps_more(side):
    rng = np.random.default_rng(side)
    for density in (0.01, 0.2):
        mask = (rng.random((20, 24)) < density).astype(np.uint8)
        x, y = crop_origin(mask, side, int(rng.integers(1 << 60)))
        assert mask[y : y + side, x : x + side].sum() == best(mask, side)
        assert 0 <= x <= 24 - side
        assert 0 <= y <= 20 - side


def test_all_places_that_hold_the_whole_crack_are_drawn():
    mask = np.zeros((10, 10), np.uint8)
    mask[4:6, 3:7] = 1
    drawn = {crop_origin(mask, 6, rank) for rank in range(1000)}
    assert drawn == {(x, y) for x in (1, 2, 3) for y in (0, 1, 2, 3, 4)}


def test_background_is_cropped_anywhere():
    drawn = {crop_origin(np.zeros((6, 6), np.uint8), 4, rank) for rank in range(100)}
    assert len(drawn) == 9
