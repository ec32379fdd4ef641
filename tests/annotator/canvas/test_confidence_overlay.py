"""Center lines colored by confidence."""

import numpy as np
import pytest
from PySide6.QtGui import QColor

from annotator.canvas.confidence_overlay import RAMP, ConfidenceOverlay
from annotator.canvas.crack_drawing import draw_crack
from annotator.canvas.items import OverlayMode
from annotator.canvas.rendering import build_pyramid
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import Tool
from annotator.document.crack import Crack
from annotator.document.mask import MaskPatch
from annotator.workers.crack_drawings import CrackDrawings
from annotator.workers.image_loader import OpenImage
from tests.annotator.canvas.painting import paint_scene
from tests.crack_factory import make_path
from tests.session_factory import make_session

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot):
    line = np.column_stack((np.linspace(10, 210, 401), np.full(401, 60.0)))
    path = make_path(line, confidence=np.where(line[:, 0] < 110, 0.05, 0.97))
    patch = MaskPatch(10, 58, np.ones((5, 201), np.uint8))
    session = make_session([Crack.from_mask(patch, "traced", path, "a")])
    session.drawings = CrackDrawings(session.runner, draw_crack)
    pixels = np.full((200, 300), 90, np.uint8)
    session.image = OpenImage(session.image.path, pixels, build_pyramid(pixels))
    yield session
    session.runner.shutdown()


@pytest.fixture
def scene(session):
    scene = CanvasScene(session, Tool(), session)
    session.image_shown.emit()
    return scene


def is_near(pixel, color):
    return np.abs(pixel - np.array(QColor(color).getRgb()[:3])).max() < 40


def test_the_line_is_dark_blue_where_it_is_doubtful_and_yellow_where_it_is_sure(session, scene):
    overlay = ConfidenceOverlay(session, scene)
    plain = paint_scene(scene, (0, 0, 240, 120))
    overlay.set_shown(True)
    shown = paint_scene(scene, (0, 0, 240, 120))
    assert is_near(shown[60, 60], RAMP[0])
    assert is_near(shown[60, 160], RAMP[-1])
    overlay.set_shown(False)
    assert np.array_equal(paint_scene(scene, (0, 0, 240, 120)), plain)


def test_it_goes_with_its_crack(session, scene):
    overlay = ConfidenceOverlay(session, scene)
    overlay.set_shown(True)
    for hide, show in (
        (lambda: scene.set_hidden(True), lambda: scene.set_hidden(False)),
        (
            lambda: scene.set_overlay(OverlayMode.OFF, 0.4),
            lambda: scene.set_overlay(OverlayMode.MASK, 0.4),
        ),
        (
            lambda: session.selection.set_hidden("a", True),
            lambda: session.selection.set_hidden("a", False),
        ),
        (
            lambda: session.apply("Delete", lambda content: content.without(["a"])),
            session.undo,
        ),
    ):
        hide()
        assert not is_near(paint_scene(scene, (0, 0, 240, 120))[60, 160], RAMP[-1])
        show()
        assert is_near(paint_scene(scene, (0, 0, 240, 120))[60, 160], RAMP[-1])


def test_the_ramp_gets_lighter_all_the_way():
    """So that it tells the same without any color."""
    lightness = [0.2126 * c.redF() + 0.7152 * c.greenF() + 0.0722 * c.blueF()
                 for c in map(QColor, RAMP)]  # fmt: skip
    assert (np.diff(lightness) > 0.02).all()
