"""Predictions on the screen: colors, outlines, the divider, and repainting of parts."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem

from annotator.canvas.items import PREDICTION_COLOR
from annotator.canvas.prediction_item import Layer, PredictionItem
from annotator.canvas.prediction_painting import color_table, probability_colors
from annotator.services.probability_pyramid import ProbabilityPyramid
from annotator.session.prediction_display import PHOTOGRAPH, PredictionLook

pytestmark = pytest.mark.gui

SIZE = (120, 90)
GROUND = QColor("#808080")


def layer(threshold=0.5, boxes=None, box=(40, 30, 60, 50), probability=1.0):
    """Return a prediction that is sure in a box."""
    codes = np.zeros(SIZE[::-1], np.uint16)
    x0, y0, x1, y1 = box
    codes[y0:y1, x0:x1] = round(65535 * probability)
    return Layer(ProbabilityPyramid.of(codes), threshold, boxes)


def paint(item, zoom=1.0, exposed=None, image=None, shift=(0.0, 0.0)):
    """Paint an item as a view does; return the pixels."""
    width, height = (round(side * zoom) for side in SIZE)
    if image is None:
        image = QImage(width, height, QImage.Format.Format_RGB32)
        image.fill(GROUND)
    painter = QPainter(image)
    painter.translate(*shift)
    painter.scale(zoom, zoom)
    option = QStyleOptionGraphicsItem()
    option.exposedRect = exposed or QRectF(0, 0, *SIZE)
    item.paint(painter, option)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(height, -1, 4)[:, :width, 2::-1]
    return pixels.copy(), image


def is_ground(pixels):
    return (pixels == GROUND.red()).all(axis=-1)


def test_colors_are_even_to_the_eye():
    """The lightness rises from step to step; the map is that of viridis."""
    colors = probability_colors()
    rgb = np.stack([(colors >> shift) & 255 for shift in (16, 8, 0)], axis=-1) / 255.0
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    lightness = np.cbrt(linear @ (0.2126, 0.7152, 0.0722))
    assert (np.diff(lightness[::15]) > 0).all()


def test_the_surer_the_more_opaque_and_faint_below_the_threshold():
    table = np.array(color_table(0.5, 0.8), np.uint32)
    alpha = table >> 24
    assert alpha[0] == 0
    assert alpha[255] == round(255 * 0.8)
    assert (np.diff(alpha[20:].astype(int)) >= 0).all()
    assert alpha[127] < 0.5 * alpha[128]


def test_color_covers_what_is_sure_and_nothing_else(qapp):
    item = PredictionItem()
    item.show(layer(), None, PredictionLook(opacity=1.0))
    pixels, _ = paint(item)
    assert tuple(pixels[40, 50]) == (253, 231, 37)  # the last color of viridis
    assert is_ground(pixels[:28]).all()
    assert is_ground(pixels[:, :38]).all()
    assert (pixels[29, 45] < GROUND.red()).all(), "a dark edge sets it off from white paint"


@pytest.mark.parametrize("step", range(1, 9))
def test_nothing_is_drawn_where_hardly_anything_is_said(qapp, step):
    item = PredictionItem()
    item.show(layer(probability=step / 255), None, PredictionLook(opacity=1.0))
    assert is_ground(paint(item)[0]).all()


def test_an_outline_runs_around_what_reaches_the_threshold(qapp):
    item = PredictionItem()
    item.show(layer(), None, PredictionLook(mode="outline"))
    pixels, _ = paint(item)
    color = [PREDICTION_COLOR.red(), PREDICTION_COLOR.green(), PREDICTION_COLOR.blue()]
    assert is_ground(pixels[30:50, 40:60]).all(), "the crack itself stays free"
    for y, x in ((29, 50), (50, 50), (40, 39), (40, 60)):
        assert pixels[y, x].tolist() == color


def test_the_threshold_decides_what_has_an_outline(qapp):
    item = PredictionItem()
    for threshold, is_drawn in ((0.3, True), (0.7, False)):
        item.show(layer(threshold, probability=0.5), None, PredictionLook(mode="outline"))
        pixels, _ = paint(item)
        assert is_ground(pixels).all() != is_drawn


def test_off_paints_nothing(qapp):
    item = PredictionItem()
    item.show(layer(), None, PredictionLook(mode="off"))
    assert is_ground(paint(item)[0]).all()


@pytest.mark.parametrize("mode", ["probability", "outline"])
@pytest.mark.parametrize("zoom", [0.3, 0.77, 1.0, 2.6, 6.0])
def test_parts_painted_anew_look_as_if_painted_at_once(qapp, mode, zoom):
    codes = np.random.default_rng(3).integers(0, 65536, SIZE[::-1], dtype=np.uint16)
    item = PredictionItem()
    item.show(Layer(ProbabilityPyramid.of(codes), 0.6), None, PredictionLook(mode=mode))
    whole, _ = paint(item, zoom)
    image = None
    for x in range(0, SIZE[0], 24):
        for y in range(0, SIZE[1], 18):
            # Whole pixels of the screen, as a view exposes them.
            edges = [np.floor(v * zoom) / zoom for v in (x, y, x + 24, y + 18)]
            part = QRectF(edges[0], edges[1], edges[2] - edges[0], edges[3] - edges[1])
            clip, image = _paint_part(item, zoom, part, image)
    # Places between cells are rounded to a 32nd of one, from another corner each time.
    differences = np.abs(clip.astype(int) - whole).max(axis=-1)
    assert np.percentile(differences, 99) <= 3


def _paint_part(item, zoom, part, image):
    width, height = (round(side * zoom) for side in SIZE)
    if image is None:
        image = QImage(width, height, QImage.Format.Format_RGB32)
        image.fill(GROUND)
    painter = QPainter(image)
    painter.scale(zoom, zoom)
    painter.setClipRect(part)
    option = QStyleOptionGraphicsItem()
    option.exposedRect = part
    item.paint(painter, option)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(height, -1, 4)[:, :width, 2::-1]
    return pixels.copy(), image


def test_a_thin_line_is_seen_however_far_one_zooms_out(qapp):
    codes = np.zeros((1600, 1600), np.uint16)
    codes[799] = 65535
    item = PredictionItem()
    item.show(Layer(ProbabilityPyramid.of(codes), 0.5), None, PredictionLook(opacity=1.0))
    image = QImage(100, 100, QImage.Format.Format_RGB32)
    image.fill(GROUND)
    painter = QPainter(image)
    painter.scale(1 / 16, 1 / 16)
    option = QStyleOptionGraphicsItem()
    option.exposedRect = QRectF(0, 0, 1600, 1600)
    item.paint(painter, option)
    painter.end()
    for x in range(100):
        assert any(image.pixelColor(x, y).green() > 200 for y in (48, 49, 50, 51))


def test_close_up_the_color_ends_where_the_pixels_do(qapp):
    item = PredictionItem()
    item.show(layer(box=(5, 4, 7, 6)), None, PredictionLook(opacity=1.0))
    pixels, _ = paint(item, 8.0)
    yellow = (pixels[..., 1] > 200).nonzero()
    assert (yellow[0].min(), yellow[0].max()) == (32, 47)
    assert (yellow[1].min(), yellow[1].max()) == (40, 55)


def test_a_divider_shows_the_photograph_right_of_it(qapp):
    item = PredictionItem()
    item.show(layer(), None, PredictionLook(opacity=1.0, compared=PHOTOGRAPH))
    item.set_divider(50)
    pixels, _ = paint(item)
    assert not is_ground(pixels[40, 40:50]).any()
    assert is_ground(pixels[:, 50:]).all()


def test_a_divider_shows_another_prediction_right_of_it(qapp):
    item = PredictionItem()
    other = layer(box=(0, 0, 120, 10))
    item.show(layer(), other, PredictionLook(opacity=1.0, compared="0123456789ab"))
    item.set_divider(50)
    pixels, _ = paint(item)
    assert is_ground(pixels[5, :50]).all()
    assert not is_ground(pixels[5, 50:]).any()
    assert is_ground(pixels[40, 50:]).all()
    assert not is_ground(pixels[40, 45])


def test_what_has_no_values_yet_is_veiled(qapp):
    item = PredictionItem()
    boxes = [(0, 0, 60, 90)]
    item.show(layer(boxes=boxes, box=(0, 0, 1, 1)), None, PredictionLook())
    pixels, _ = paint(item)
    assert is_ground(pixels[20:, 10:60]).all()
    assert (pixels[20:, 60:] < GROUND.red()).all()
    boxes.append((60, 0, 120, 90))
    assert is_ground(paint(item)[0][20:, 10:]).all()
