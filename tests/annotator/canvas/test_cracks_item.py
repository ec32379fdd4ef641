"""How cracks look."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from annotator.canvas import cracks_item
from annotator.canvas.crack_drawing import draw_crack
from annotator.canvas.cracks_item import CracksItem
from annotator.canvas.items import OverlayMode
from annotator.document.strokes import erased, stroke_segment
from tests.annotator.canvas.painting import GREY, is_painted, paint_item
from tests.crack_factory import painted_crack, traced_crack

pytestmark = pytest.mark.gui

AREA = QRectF(0, 0, 800, 600)
SHOWN = (0, 0, 400, 300)
BOX = (100, 80, 260, 180)


@pytest.fixture
def item(qapp):
    item = CracksItem()
    item.reset(AREA)
    item.set_mode(OverlayMode.MASK, 0.5)
    return item


def show(item, *cracks):
    for crack in cracks:
        item.draw(item.put(crack), draw_crack(crack))


def inside(box, margin=3):
    x0, y0, x1, y1 = box
    return slice(y0 + margin, y1 - margin), slice(x0 + margin, x1 - margin)


def test_fill_and_outline_cover_the_mask_and_nothing_else(item):
    show(item, painted_crack(BOX))
    pixels = paint_item(item, SHOWN)
    expected = np.zeros((300, 400), bool)
    expected[BOX[1] : BOX[3], BOX[0] : BOX[2]] = True
    assert is_painted(pixels)[expected].all()
    margin = expected.copy()
    margin[BOX[1] - 2 : BOX[3] + 2, BOX[0] - 2 : BOX[2] + 2] = True
    assert not is_painted(pixels)[~margin].any()
    assert np.allclose(pixels[inside(BOX)], [160, 124, 45], atol=2)  # half orange, half grey


def test_where_cracks_overlap_it_is_no_darker(item):
    show(item, painted_crack(BOX), painted_crack((200, 100, 380, 160)))
    pixels = paint_item(item, SHOWN)
    assert np.array_equal(pixels[130, 150], pixels[130, 230])
    assert np.array_equal(pixels[130, 150], pixels[130, 330])


@pytest.mark.parametrize("scale", [0.11, 0.37, 0.5, 0.77, 1.3, 3.7])
def test_a_fill_over_many_blocks_has_no_seams(item, scale):
    show(item, painted_crack((0, 0, 800, 600)))
    pixels = paint_item(item, (0, 0, 800, 600) if scale < 1 else (200, 150, 500, 400), scale)
    assert (pixels[3:-3, 3:-3] == pixels[20, 20]).all()


@pytest.mark.parametrize("scale", [0.3, 0.9, 1.0, 2.0, 5.3])
def test_painting_parts_gives_what_painting_all_gives(item, scale):
    """Else there would be traces of every repainted rectangle on the screen."""
    show(item, traced_crack([(20, 30), (300, 170), (380, 20)], 6))
    item.set_marked([next(iter(item.shown))], "")
    whole = paint_item(item, SHOWN, scale)
    step = round(100 * scale) / scale
    part = paint_item(item, (step, 0, 2 * step, 2 * step), scale)
    side = round(100 * scale)
    cut = whole[: 2 * side, side : 2 * side]
    height = min(len(cut), len(part))
    away = np.abs(cut[:height, : part.shape[1]] - part[:height, : cut.shape[1]])
    assert np.percentile(away, 99) <= 2


@pytest.mark.parametrize("mode", [OverlayMode.MASK, OverlayMode.OUTLINE])
def test_an_outline_alone_leaves_the_inside_free(item, mode):
    show(item, painted_crack(BOX))
    item.set_mode(mode, 0.5)
    pixels = paint_item(item, SHOWN)
    assert is_painted(pixels)[inside(BOX)].any() == (mode is OverlayMode.MASK)
    assert is_painted(pixels)[BOX[1] - 1 : BOX[1] + 1, BOX[0] : BOX[2]].any()


def gaps(pixels):
    """How many of the pixels along the upper border have no color."""
    border = pixels[BOX[1], BOX[0] + 4 : BOX[2] - 4]
    return int((np.ptp(border, axis=-1) < 20).sum())


@pytest.mark.parametrize("source", ["painted", "imported"])
def test_a_region_has_a_dark_rim_on_every_side(item, source):
    item.set_mode(OverlayMode.OUTLINE, 0.0)
    show(item, painted_crack(BOX, source))
    x0, y0, x1, y1 = BOX
    pixels, margin = paint_item(item, SHOWN), 6
    for rim in (
        pixels[y0 - 2 : y0, x0 + margin : x1 - margin],
        pixels[y1 : y1 + 2, x0 + margin : x1 - margin],
        pixels[y0 + margin : y1 - margin, x0 - 2 : x0].swapaxes(0, 1),
        pixels[y0 + margin : y1 - margin, x1 : x1 + 2].swapaxes(0, 1),
    ):
        assert (rim.max(axis=-1).min(axis=0) < 75).all()


def test_the_outline_tells_where_a_crack_comes_from(item):
    item.set_mode(OverlayMode.OUTLINE, 0.0)
    seen = {}
    for source in ("traced", "painted", "imported", "predicted"):
        item.reset(AREA)
        show(item, painted_crack(BOX, source))
        seen[source] = gaps(paint_item(item, SHOWN, 1.0)), paint_item(item, SHOWN, 0.5)
    assert seen["traced"][0] == 0
    assert 20 < seen["painted"][0] < seen["imported"][0]
    assert seen["predicted"][0] > 20
    for _, small in seen.values():  # from far away a line is a line
        assert is_painted(small)[BOX[1] // 2, BOX[0] // 2 + 3 : BOX[2] // 2 - 3].all()


def test_a_prediction_that_was_accepted_has_the_color_of_a_crack(item):
    show(item, painted_crack(BOX, "predicted"))
    red, _, blue = paint_item(item, SHOWN)[130, 150]
    assert red > blue


def test_a_locked_crack_is_dimmer_and_has_a_padlock(item):
    crack = painted_crack(BOX)
    show(item, crack)
    free = paint_item(item, SHOWN)
    item.put(replace(crack, is_locked=True))
    locked = paint_item(item, SHOWN)
    away = np.abs(locked - GREY)[150, 200], np.abs(free - GREY)[150, 200]
    assert 0 < away[0].sum() < 0.7 * away[1].sum()
    sign = locked[BOX[1] - 8 : BOX[1] + 9, BOX[0] - 8 : BOX[0] + 9]
    assert (sign.max(axis=-1) < 60).any(), "the padlock is dark"


def test_what_is_selected_has_a_white_rim_and_what_is_hovered_a_faint_one(item):
    crack = painted_crack(BOX)
    show(item, crack)
    brightness = {}
    for marks in (((), ""), ((crack.identifier,), ""), ((), crack.identifier)):
        item.set_marked(*marks)
        pixels = paint_item(item, SHOWN)
        brightness[marks] = pixels[BOX[1] - 3 : BOX[1], BOX[0] + 5 : BOX[2] - 5].min(-1).max()
    plain, selected, hovered = brightness.values()
    assert plain <= GREY[0] < hovered < selected
    assert selected > 200


def test_an_outline_of_very_many_points_is_selected_without_a_rim(item):
    noise = np.random.default_rng(0).random((200, 300)) < 0.5
    crack = painted_crack((10, 10, 310, 210))
    codes = crack.pixels.read((10, 10, 310, 210)) * noise.astype(np.uint8)
    crack = replace(crack, pixels=crack.pixels.with_values(10, 10, codes))
    show(item, crack)
    item.set_marked([crack.identifier], "")
    assert (paint_item(item, SHOWN).min(axis=-1) > 150).sum() > 2000


def test_a_hidden_crack_is_not_painted(item):
    one, two = painted_crack(BOX, identifier="one"), painted_crack((20, 20, 60, 60))
    show(item, one, two)
    item.set_hidden(["one"])
    pixels = is_painted(paint_item(item, SHOWN))
    assert not pixels[inside(BOX, -5)].any()
    assert pixels[40, 40]
    item.set_hidden([])
    assert is_painted(paint_item(item, SHOWN))[inside(BOX)].all()


def test_before_its_drawing_is_there_a_sketch_stands_for_a_traced_crack(item):
    crack = traced_crack([(20, 30), (380, 250)], 3)
    shown = item.put(crack)
    assert not shown.is_drawn
    sketched = is_painted(paint_item(item, SHOWN))
    assert sketched.any(axis=0)[25:375].all()
    item.draw(shown, draw_crack(crack))
    assert is_painted(paint_item(item, SHOWN)).sum() > 2 * sketched.sum()


def test_the_old_drawing_stays_until_the_new_one_comes(item):
    crack = painted_crack(BOX)
    show(item, crack)
    edited = erased(crack, stroke_segment((180, 60), (180, 200), 30, (800, 600)))
    shown = item.put(edited)
    assert is_painted(paint_item(item, SHOWN))[130, 180]
    item.draw_changed(shown)
    assert not is_painted(paint_item(item, SHOWN))[130, 180]
    assert is_painted(paint_item(item, SHOWN))[130, 120]


def test_a_removed_crack_leaves_nothing(item):
    crack = painted_crack(BOX)
    show(item, crack)
    paint_item(item, SHOWN)
    item.remove(crack.identifier)
    assert not is_painted(paint_item(item, SHOWN)).any()


def test_an_edit_repaints_where_it_is(item):
    """A stroke must not repaint the whole screen."""
    crack = painted_crack((0, 0, 800, 600))
    show(item, crack)
    paint_item(item, SHOWN)
    updated = []
    item.update = updated.append
    item.draw_changed(
        item.put(erased(crack, stroke_segment((300, 200), (310, 200), 9, (800, 600))))
    )
    united = QRectF()
    for rect in updated:
        united = united.united(rect)
    assert united.contains(QRectF(296, 196, 19, 9))
    assert united.width() < 80
    assert united.height() < 80


def test_many_cracks_are_painted_with_few_calls(item, monkeypatch):
    """Else hundreds of cracks would not be painted within a frame."""
    calls = []
    draw = cracks_item._draw_all
    monkeypatch.setattr(
        cracks_item, "_draw_all", lambda p, paths: (calls.extend(paths), draw(p, paths))
    )
    show(item, *(painted_crack((x, y, x + 3, y + 3)) for x in range(0, 400, 8) for y in (5, 50)))
    paint_item(item, SHOWN, 0.5)
    assert 0 < len(calls) <= 20


def test_what_was_selected_looks_as_before_afterwards(item):
    crack = painted_crack(BOX)
    show(item, crack)
    before = paint_item(item, SHOWN)
    item.set_marked([crack.identifier], "")
    assert not np.array_equal(paint_item(item, SHOWN), before)
    item.set_marked([], "")
    assert np.array_equal(paint_item(item, SHOWN), before)


def test_close_by_the_centerline_is_shown(item):
    crack = traced_crack([(20, 30), (380, 30)], 8)
    show(item, crack)
    far, near = (paint_item(item, (100, 20, 140, 40), scale) for scale in (1.0, 5.0))
    assert far[10, 20].min() < 60, "orange has hardly any blue"
    assert near[52, 100].min() > 190
