"""What the tools draw while they work."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from annotator.canvas.preview_item import PreviewItem
from annotator.canvas.tool import BrushTip, Handle, Preview
from tests.annotator.canvas.painting import GREY, is_painted, paint_item

pytestmark = pytest.mark.gui

SHOWN = (0, 0, 400, 300)

PREVIEWS = {
    "trace": Preview(points=((50, 60), (150, 90)), cursor=(200, 60)),
    "running": Preview(under_way=(((50, 60), (150, 90)),)),
    "outline": Preview(outline=((50, 60), (150, 90), (90, 200)), cursor=(60, 190)),
    "closing": Preview(outline=((50, 60), (150, 90), (90, 200)), is_closing=True),
    "rectangle": Preview(rectangle=(60, 70, 160, 150), label="crack · 100 × 80 px"),
    "handles": Preview(handles=(Handle((60, 70)), Handle((90, 80), "waypoint"))),
    "corner": Preview(handles=(Handle((60, 70), "corner", is_hovered=True),)),
    "tip": Preview(brush=BrushTip((100, 100), 30)),
    "eraser": Preview(brush=BrushTip((100, 100), 30, is_erasing=True)),
    "ruler": Preview(ruler=((60, 70), (200, 150)), label="161.2 px · 150.3°"),
}


@pytest.fixture
def item(qapp):
    item = PreviewItem()
    item.set_area(QRectF(0, 0, 400, 300))
    return item


@pytest.mark.parametrize("name", PREVIEWS)
@pytest.mark.parametrize("scale", [0.25, 1.0, 6.0])
def test_each_kind_is_painted_where_it_says_it_repaints(item, name, scale, monkeypatch):
    """Else traces of it would stay on the screen."""
    monkeypatch.setattr("annotator.canvas.preview_item.view_scale", lambda _item: scale)
    updated = []
    item.update = updated.append
    item.set_preview(PREVIEWS[name])
    painted = is_painted(paint_item(item, SHOWN, scale))
    assert painted.any()
    allowed = np.zeros_like(painted)
    for rect in updated:
        x0, y0 = (max(round(value * scale), 0) for value in (rect.left(), rect.top()))
        x1, y1 = (max(round(value * scale), 0) for value in (rect.right(), rect.bottom()))
        allowed[y0:y1, x0:x1] = True
    assert not painted[~allowed].any()
    before = list(updated)
    item.set_preview(Preview())
    assert updated[len(before) :] == before, "what goes is repainted too"
    assert not is_painted(paint_item(item, SHOWN, scale)).any()


def test_the_tip_is_a_circle_of_the_radius(item):
    item.set_preview(PREVIEWS["tip"])
    rows, columns = np.nonzero(is_painted(paint_item(item, SHOWN)))
    away = np.hypot(columns - 100.0, rows - 100.0)
    assert 27 < away.min() < 30
    assert 30 < away.max() < 33


def test_a_tiny_tip_can_still_be_seen(item):
    item.set_preview(Preview(brush=BrushTip((200, 100), 0.5)))
    assert is_painted(paint_item(item, SHOWN, 0.2)).sum() >= 9


def test_the_tip_that_erases_is_another_color_and_dashed(item):
    item.set_preview(PREVIEWS["tip"])
    paints = paint_item(item, SHOWN)
    item.set_preview(PREVIEWS["eraser"])
    erases = paint_item(item, SHOWN)
    ring = (np.abs(np.hypot(*np.mgrid[-100:200, -100:300]) - 30.5) < 0.8)[: paints.shape[0]]
    assert (erases[ring].max(axis=-1) > 130).mean() < 0.8 * (paints[ring].max(axis=-1) > 130).mean()
    red, green, blue = erases[ring][erases[ring].sum(axis=-1).argmax()]
    assert red > green < blue


def test_a_hovered_handle_is_larger(item):
    areas = []
    for is_hovered in (False, True):
        item.set_preview(Preview(handles=(Handle((60, 70), "end", is_hovered),)))
        areas.append(int(is_painted(paint_item(item, SHOWN)).sum()))
    assert areas[0] < areas[1]


def test_the_first_point_grows_where_a_click_would_close(item):
    start = (slice(50, 72), slice(40, 62))
    areas = []
    for name in ("outline", "closing"):
        item.set_preview(PREVIEWS[name])
        areas.append(int((paint_item(item, SHOWN)[start].min(axis=-1) > 200).sum()))
    assert areas[0] < areas[1]


def test_without_a_preview_nothing_is_painted(item):
    assert (paint_item(item, SHOWN) == GREY).all()
