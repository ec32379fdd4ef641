"""Pyramids and display pixels."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter

from annotator.canvas.rendering import build_pyramid, paint_through


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


def test_the_histogram_counts_every_brightness():
    pixels = np.zeros((200, 300), np.uint8)
    pixels[:, :100] = 90
    histogram = build_pyramid(pixels).histogram
    assert (histogram[0], histogram[90], histogram.sum()) == (40_000, 20_000, 60_000)


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("scale", [0.37, 1.0, 5.3])
def test_what_is_painted_through_a_table_lies_where_it_lies_without(ratio, scale):
    pixels = np.random.default_rng(3).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    pyramid = build_pyramid(pixels)
    exposed = QRectF(10.3, 7.2, 200, 60)

    def painted(table):
        canvas = QImage(300, 200, QImage.Format.Format_RGB32)
        canvas.fill(Qt.GlobalColor.black)
        canvas.setDevicePixelRatio(ratio)
        painter = QPainter(canvas)
        painter.translate(-20.4, 3.7)
        painter.scale(scale, scale)
        cut = pyramid.cut(0, exposed)
        if table is None:
            painter.setClipRect(exposed)
            painter.drawImage(cut[1], cut[0])
        else:
            paint_through(painter, table, cut, exposed)
        painter.end()
        return np.array(canvas.constBits(), np.uint8).reshape(200, 300, 4)[..., :3]

    plain, through = painted(None), painted(np.arange(256, dtype=np.uint8))
    assert plain.any()
    assert (plain != through).any(axis=2).sum() <= 2 * 300  # a rim of the cut, at most
    inverted = painted(np.arange(255, -1, -1).astype(np.uint8))
    shown = through.any(axis=2)
    assert np.array_equal(inverted[shown], 255 - through[shown])
