"""The divider: dragged, moved by keys, put back; its names stay beside it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from annotator.canvas.swipe_handle import WIDTH, SwipeHandle
from tests.session_factory import watch

pytestmark = pytest.mark.gui

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def canvas(qtbot):
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(400, 200)
    canvas.show()
    return canvas


@pytest.fixture
def handle(canvas):
    handle = SwipeHandle(canvas)
    handle.moved.connect(lambda share: handle.follow(share, "default", "Photograph"))
    handle.follow(0.5, "default", "Photograph")
    handle.set_shown(True)
    return handle


def test_it_lies_at_its_share_of_the_canvas(handle):
    assert handle.geometry().center().x() == pytest.approx(200, abs=1)
    assert (handle.width(), handle.height()) == (WIDTH, 200)
    assert handle.names == ("default", "Photograph")


def test_it_is_dragged_from_where_it_was_caught(qtbot, handle):
    moved = watch(handle.moved)
    start = QPoint(3, 100)
    qtbot.mousePress(handle, LEFT, pos=start)
    qtbot.mouseMove(handle, start + QPoint(40, 0))
    qtbot.mouseRelease(handle, LEFT, pos=start)
    assert moved[-1] == pytest.approx(0.6, abs=0.005)
    qtbot.mouseMove(handle, start + QPoint(80, 0))
    assert moved[-1] == pytest.approx(0.6, abs=0.005), "it was let go"


def test_it_stays_on_the_canvas(qtbot, handle):
    moved = watch(handle.moved)
    qtbot.mousePress(handle, LEFT, pos=QPoint(5, 5))
    qtbot.mouseMove(handle, QPoint(900, 5))
    assert moved[-1] == 1.0
    qtbot.mouseMove(handle, QPoint(-2000, 5))
    assert moved[-1] == 0.0


def test_a_double_click_puts_it_into_the_middle(qtbot, handle):
    handle.follow(0.1, "a", "b")
    moved = watch(handle.moved)
    qtbot.mouseDClick(handle, LEFT)
    assert moved[-1] == 0.5


def test_arrow_keys_move_it(qtbot, handle):
    moved = watch(handle.moved)
    qtbot.keyClick(handle, Qt.Key.Key_Right)
    qtbot.keyClick(handle, Qt.Key.Key_Right)
    qtbot.keyClick(handle, Qt.Key.Key_Left)
    assert moved == pytest.approx([0.52, 0.54, 0.52])


def test_it_is_painted_with_its_names(canvas, handle):
    shown = canvas.grab().toImage()
    handle.set_shown(False)
    hidden = canvas.grab().toImage()
    assert shown.pixelColor(200, 20) != hidden.pixelColor(200, 20)
    assert not handle.isVisible()
