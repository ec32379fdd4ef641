"""The cost is drawn over the photograph, where it is, and asked for as the view moves."""

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene

from annotator.canvas.cost_overlay import CostItem, CostOverlay, cost_colors
from annotator.canvas.rendering import build_pyramid
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import Tool
from annotator.canvas.view import CanvasView
from annotator.services.cost_preview import CostTile
from annotator.workers.image_loader import OpenImage
from tests.session_factory import make_session

pytestmark = pytest.mark.gui


def tile(key, area, value):
    return CostTile(key, area, np.full((8, 8), value, np.uint8))


def test_the_colors_rise_evenly_from_dark_to_bright():
    colors = cost_colors()[:, :3].astype(float)
    brightness = colors @ (0.07, 0.72, 0.21)
    assert (np.diff(brightness) > -1).all()
    assert brightness[-1] - brightness[0] > 150


def test_tiles_are_drawn_where_they_are_and_the_later_above(qtbot):
    scene, item = QGraphicsScene(), CostItem()
    scene.addItem(item)
    item.set_tiles(
        [
            tile((0, 0), (0.0, 0.0, 40.0, 40.0), 255),
            tile((0, 1), (40.0, 0.0, 80.0, 40.0), 0),
            tile((0, 2), (20.0, 0.0, 40.0, 40.0), 128),
        ]
    )
    image = QImage(100, 40, QImage.Format.Format_RGB32)
    image.fill(0xFF00FF00)
    painter = QPainter(image)
    scene.render(painter, image.rect(), image.rect())
    painter.end()
    seen = [image.pixelColor(x, 20).getRgb()[:3] for x in (10, 30, 60, 90)]
    expected = [tuple(int(v) for v in cost_colors()[value, 2::-1]) for value in (255, 128, 0)]
    assert seen == [*expected, (0, 255, 0)]


@pytest.fixture
def view(qtbot):
    session = make_session()
    pixels = np.zeros((200, 300), np.uint8)
    session.image = OpenImage(session.image.path, pixels, build_pyramid(pixels))
    scene = CanvasScene(session, Tool())
    view = CanvasView(scene, Tool())
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    session.image_shown.emit()
    view.show_image()
    overlay = CostOverlay(session, scene, view)
    session.cost_preview.set_shown(True)
    yield view, session.cost_preview, overlay
    session.runner.shutdown()


def test_the_preview_looks_at_what_is_on_screen(view):
    view, preview, _ = view
    assert preview._view[0] == (0, 0, 300, 200)
    view.zoom_to(4.0)
    x0, y0, x1, y1 = preview._view[0]
    assert 95 <= x1 - x0 <= 102
    assert 70 <= y1 - y0 <= 77
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().value() + 80)
    assert preview._view[0][0] == x0 + 20
    view.resize(200, 300)
    assert preview._view[0][2] - preview._view[0][0] <= 52


def test_it_is_hidden_with_the_preview(view):
    _, preview, overlay = view
    assert overlay._item.isVisible()
    preview.set_opacity(0.3)
    assert overlay._item.opacity() == pytest.approx(0.3)
    preview.set_shown(False)
    assert not overlay._item.isVisible()
