"""Pyramids and display pixels."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from annotator.canvas.rendering import build_pyramid, to_display


def test_pyramid_levels_halve_and_keep_the_mean():
    rng = np.random.default_rng(1)
    pixels = rng.integers(0, 256, (700, 1001, 3), dtype=np.uint8)
    pyramid = build_pyramid(pixels)
    assert [level.shape[:2] for level in pyramid.levels] == [(700, 1001), (350, 501), (175, 251)]
    assert np.array_equal(pyramid.levels[0][..., 2::-1], pixels)
    means = [level[..., :3].mean() for level in pyramid.levels]
    assert np.allclose(means, pixels.mean(), atol=1.0)


@pytest.mark.parametrize(("scale", "level"), [(4.0, 0), (1.0, 0), (0.51, 0), (0.5, 1), (0.1, 2)])
def test_level_has_at_least_a_pixel_per_screen_pixel(scale, level):
    pyramid = build_pyramid(np.zeros((700, 1001), np.uint8))
    assert pyramid.level_for(scale) == level


def test_cut_is_the_exposed_part_and_borrows_its_pixels():
    pixels = np.random.default_rng(2).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    image, covered = build_pyramid(pixels).cut(0, QRectF(100.5, 50.2, 10, 20))
    assert covered == QRectF(98, 48, 15, 25)
    color = image.pixelColor(4, 7)
    assert (color.red(), color.green(), color.blue()) == tuple(pixels[48 + 7, 98 + 4])


def test_cut_at_the_last_corner_stays_inside():
    pyramid = build_pyramid(np.full((600, 800), 7, np.uint8))
    image, covered = pyramid.cut(0, QRectF(790, 590, 100, 100))
    assert covered.right() == 800
    assert covered.bottom() == 600
    assert image.pixelColor(image.width() - 1, image.height() - 1).red() == 7


def test_cut_beside_the_image_is_nothing():
    assert build_pyramid(np.zeros((10, 10), np.uint8)).cut(0, QRectF(100, 0, 5, 5)) is None


def test_deep_images_are_stretched_and_nan_is_black():
    pixels = np.linspace(1000, 3000, 10_000).reshape(100, 100).astype(np.uint16)
    shown = to_display(pixels)
    assert shown.dtype == np.uint8
    assert (shown[0, 0], shown[-1, -1]) == (0, 255)
    floats = pixels.astype(np.float32)
    floats[50, 50] = np.nan
    assert to_display(floats)[50, 50] == 0


def test_a_flat_deep_image_can_be_shown():
    assert to_display(np.full((9, 9), 500, np.uint16)).shape == (9, 9)
