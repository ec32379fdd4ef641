"""How boxes look."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor

from annotator.canvas.boxes_item import BoxesItem
from annotator.document.bounding_box import BoundingBox
from tests.annotator.canvas.painting import is_painted, paint_item

pytestmark = pytest.mark.gui

COLORS = {"crack": QColor("#E69F00"), "corrosion": QColor("#0072B2")}
SHOWN = (0, 0, 400, 300)
BOX = BoundingBox((100, 80, 260, 180), "crack", identifier="a")


@pytest.fixture
def item(qapp):
    item = BoxesItem(COLORS.__getitem__)
    item.set_area(QRectF(0, 0, 400, 300))
    item.set_boxes([BOX])
    return item


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0])
def test_a_border_is_as_wide_at_any_zoom_and_the_inside_free(item, scale):
    painted = is_painted(paint_item(item, SHOWN, scale))
    row, middle = round(130 * scale), round(180 * scale)
    left, right = round(100 * scale), round(260 * scale)
    assert painted[row, left - 2 : left + 2].all()
    assert painted[row, right - 2 : right + 2].all()
    assert painted[row].sum() <= 10
    assert not painted[round(100 * scale) : round(160 * scale), middle].any()


def test_the_label_stands_above_in_the_color_of_the_class(item):
    item.set_boxes([BOX, BoundingBox((300, 80, 380, 180), "corrosion")])
    pixels = paint_item(item, SHOWN)
    for x, name in ((103, "crack"), (303, "corrosion")):
        color = COLORS[name]
        wanted = [color.red(), color.green(), color.blue()]
        assert (abs(pixels[64:78, x] - wanted).max(axis=-1) < 4).any(), name


def test_a_box_that_is_small_on_the_screen_has_no_label(item):
    assert is_painted(paint_item(item, SHOWN, 1.0))[60:76, 102:130].any()
    small = is_painted(paint_item(item, SHOWN, 0.1))
    assert not small[:6].any()
    assert small[8:18].any()


def test_what_is_selected_has_a_white_rim_and_what_is_hovered_a_faint_one(item):
    rims = []
    for marks in (((), ""), ((), "a"), (("a",), "")):
        item.set_marked(*marks)
        rims.append(paint_item(item, SHOWN)[178:183, 150].min(axis=-1).max())
    assert rims[0] < rims[1] < rims[2]
    assert rims[2] > 240


def test_a_locked_box_is_dimmer_and_has_a_padlock(item):
    free = paint_item(item, SHOWN)
    item.set_boxes([replace(BOX, is_locked=True)])
    locked = paint_item(item, SHOWN)
    assert abs(locked[180, 150] - 90).sum() < abs(free[180, 150] - 90).sum()
    assert is_painted(locked)[72:76, 257:263].all(), "the padlock at the corner"


def test_only_what_changed_is_repainted(item):
    paint_item(item, SHOWN)
    updated = []
    item.update = updated.append
    item.set_boxes([BOX])
    assert updated == []
    item.set_boxes([BOX, BoundingBox((10, 10, 20, 20))])
    assert len(updated) == 1
    assert updated[0].contains(QRectF(10, 10, 10, 10))
