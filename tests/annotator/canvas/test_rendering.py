"""Pyramids and outlines."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from annotator.canvas.coordinates import corners_to_path
from annotator.canvas.rendering import build_pyramid, coarsen, mask_outline, to_display


def fill(mask):
    """Fill the outline of a mask with Qt and return the pixels."""
    height, width = mask.shape
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor("white"))
    painter.drawPath(corners_to_path(mask_outline(mask), (0, 0), 1))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return (rows[:, :width] > 0).astype(np.uint8)


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(
        np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.integers(0, 1)
    )
)
def test_filling_the_outline_gives_back_the_mask(mask):
    assert np.array_equal(fill(mask), mask)


def test_outline_of_a_square_has_four_corners():
    mask = np.zeros((5, 6), np.uint8)
    mask[1:4, 2:5] = 1
    (polygon,) = mask_outline(mask)
    assert {tuple(corner) for corner in polygon} == {(2, 1), (5, 1), (5, 4), (2, 4)}


def test_a_hole_is_a_second_polygon():
    mask = np.ones((5, 5), np.uint8)
    mask[2, 2] = 0
    assert sorted(len(p) for p in mask_outline(mask)) == [4, 4]


def test_an_empty_mask_has_no_outline():
    assert mask_outline(np.zeros((3, 3), np.uint8)) == []


def test_coarsening_keeps_a_thin_line_connected():
    mask = np.zeros((64, 64), np.uint8)
    mask[np.arange(64), np.arange(64)] = 1
    coarse = coarsen(mask, 8)
    assert np.array_equal(coarse, np.eye(8, dtype=np.uint8))


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
