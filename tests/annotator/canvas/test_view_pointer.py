"""What the view tells the tool of mouse and keys."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from annotator.canvas.rendering import build_pyramid
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import Tool
from annotator.canvas.view import CanvasView
from tests.session_factory import SIZE, make_session

pytestmark = pytest.mark.gui

Button, Key, Modifier = Qt.MouseButton, Qt.Key, Qt.KeyboardModifier
PLACE = QPoint(120, 90)


class Noting(Tool):
    """Notes what it is told."""

    def __init__(self):
        super().__init__()
        self.told = []

    def press(self, event):
        self.told.append(("press", event))

    def move(self, event):
        self.told.append(("move", event))

    def release(self, event):
        self.told.append(("release", event))

    def double_click(self, event):
        self.told.append(("double click", event))

    def resize(self, steps):
        self.told.append(("resize", steps))
        return True


@pytest.fixture
def tool(qapp):
    return Noting()


@pytest.fixture
def view(qtbot, tool):
    session = make_session()
    scene = CanvasScene(session, tool)
    session.image.rendered = build_pyramid(np.zeros((SIZE[1], SIZE[0]), np.uint8))
    session.image_shown.emit()
    view = CanvasView(scene, tool)
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show()
    view.show_image()
    view.session = session
    yield view
    session.runner.shutdown()


def last(tool):
    return tool.told[-1]


def test_a_drag_is_told_with_the_button(view, tool, qtbot):
    qtbot.mousePress(view.viewport(), Button.LeftButton, pos=PLACE)
    kind, pressed = last(tool)
    assert kind == "press"
    assert pressed.is_pressed
    assert pressed.is_inside
    qtbot.mouseRelease(view.viewport(), Button.LeftButton, pos=PLACE + QPoint(20, 0))
    kind, released = last(tool)
    assert kind == "release"
    assert not released.is_pressed
    assert released.x - pressed.x == pytest.approx(20 / pressed.zoom)


def test_a_double_click_is_told_as_one(view, tool, qtbot):
    qtbot.mouseDClick(view.viewport(), Button.LeftButton, pos=PLACE)
    assert "double click" in [kind for kind, _ in tool.told]
    before = len(tool.told)
    qtbot.mouseDClick(view.viewport(), Button.MiddleButton, pos=PLACE)
    assert not [kind for kind, _ in tool.told[before:] if kind != "move"]


@pytest.mark.parametrize(
    ("modifier", "is_extending", "is_inverting"),
    [
        (Modifier.ShiftModifier, True, False),
        (Modifier.ControlModifier, True, True),
        (Modifier.AltModifier, False, True),
        (Modifier.NoModifier, False, False),
    ],
)
def test_modifiers_are_told_with_the_press(view, tool, qtbot, modifier, is_extending, is_inverting):
    qtbot.mousePress(view.viewport(), Button.LeftButton, modifier, PLACE)
    _, event = last(tool)
    assert (event.is_extending, event.is_inverting) == (is_extending, is_inverting)


@pytest.mark.parametrize("key", [Key.Key_Alt, Key.Key_Control])
def test_a_held_key_is_told_before_the_pointer_moves(view, tool, qtbot, key):
    qtbot.mouseMove(view.viewport(), PLACE)
    qtbot.mousePress(view.viewport(), Button.LeftButton, pos=PLACE)
    _, pressed = last(tool)
    qtbot.keyPress(view, key)
    kind, event = last(tool)
    assert kind == "move"
    assert event.is_inverting
    assert event.is_pressed, "a stroke goes on"
    assert (event.x, event.y) == (pressed.x, pressed.y)
    qtbot.keyRelease(
        view, key, Modifier.AltModifier if key == Key.Key_Alt else Modifier.ControlModifier
    )
    assert not last(tool)[1].is_inverting


def test_a_key_held_while_the_focus_goes_elsewhere_is_let_go(view, tool, qtbot):
    qtbot.mousePress(view.viewport(), Button.LeftButton, pos=PLACE)
    qtbot.mouseRelease(view.viewport(), Button.LeftButton, pos=PLACE)
    qtbot.keyPress(view, Key.Key_Alt)
    assert last(tool)[1].is_inverting
    QApplication.sendEvent(view, QFocusEvent(QFocusEvent.Type.FocusOut))
    assert not last(tool)[1].is_inverting


def test_other_keys_tell_the_tool_nothing(view, tool, qtbot):
    qtbot.mousePress(view.viewport(), Button.LeftButton, pos=PLACE)
    before = len(tool.told)
    qtbot.keyClick(view, Key.Key_K)
    assert len(tool.told) == before


@pytest.mark.parametrize(
    ("modifier", "is_resized"), [("ShiftModifier", True), ("NoModifier", False)]
)
def test_the_wheel_with_shift_resizes_the_tip(view, tool, modifier, is_resized):
    zoom = view.zoom
    event = QWheelEvent(
        QPointF(PLACE), QPointF(view.mapToGlobal(PLACE)), QPoint(), QPoint(0, 120),
        Button.NoButton, getattr(Modifier, modifier), Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    view.wheelEvent(event)
    assert (("resize", 1.0) in tool.told) == is_resized
    assert (view.zoom == zoom) == is_resized
