"""The status bar: what it says, and that nothing overlaps."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QFont

from annotator.errors import AnnotatorError
from annotator.panels.elided_label import ElidedLabel
from annotator.panels.saved_state import PATIENCE_MS
from annotator.panels.status import StatusPanel, describe_value
from annotator.workers.job_runner import Job
from tests.session_factory import make_session

pytestmark = pytest.mark.gui

LONG = "Click the other end · Shift+click adds a point on the way · Esc cancels the trace"


class FakeView(QObject):
    zoom_changed = Signal(float)
    pointer_moved = Signal(object)
    zoom = 0.256


class FakeTool(QObject):
    hint_changed = Signal()
    preview_changed = Signal()
    hint = LONG
    reading = ""


@pytest.fixture
def session():
    session = make_session()
    yield session
    session.runner.shutdown()


@pytest.fixture
def bar(qtbot, session):
    bar = StatusPanel(session, FakeTool(), FakeView())
    qtbot.addWidget(bar)
    bar.resize(1400, 30)
    bar.show()
    session.image_shown.emit()
    return bar


def visible_parts(bar):
    """Return the visible widgets in the bar, from the left."""
    row = bar._hint.parentWidget()
    layout = row.layout()
    parts = [layout.itemAt(i).widget() for i in range(layout.count())]
    parts += [bar._mark, bar._state]
    shown = [part for part in parts if part is not None and part.isVisible()]
    return sorted(shown, key=lambda part: part.x())


@pytest.mark.parametrize("width", [2400, 1400, 1100, 960, 700, 500])
@pytest.mark.parametrize("points", [9, 14])
def test_nothing_overlaps_at_any_width_and_size_of_type(bar, qtbot, session, width, points):
    font = QFont(bar.font())
    font.setPointSize(points)
    for part in (bar, *bar.findChildren(object)):
        if hasattr(part, "setFont"):
            part.setFont(font)
    bar._view.pointer_moved.emit((1234.0, 2345.0))
    session.runner.start(
        Job("a", lambda context: context._cancelled.wait(2), "Tracing photograph 0000.jpeg")
    )
    qtbot.waitUntil(lambda: bool(bar.job))
    bar.resize(width + 1, 40)
    bar.resize(width, 40)
    qtbot.wait(10)
    parts = visible_parts(bar)
    for left, right in pairwise(parts):
        assert left.geometry().right() < right.geometry().left()
    assert parts[-1].geometry().right() <= width
    for label in (bar._place, bar._coordinates, bar._zoom, bar._state):
        needed = label.fontMetrics().horizontalAdvance(label.text())
        assert not label.isVisible() or label.width() >= needed
    session.runner.cancel_all()


def test_a_hint_without_room_is_elided_and_explained(bar, qtbot):
    bar.resize(480, 30)
    qtbot.wait(10)
    assert bar._hint.is_elided
    assert bar._hint.toolTip() == LONG
    bar.resize(2000, 30)
    qtbot.wait(10)
    assert bar._hint.toolTip() == ""


def test_what_it_says_about_the_image(bar, session):
    assert bar.hint == LONG
    assert bar.place == "Image 1 of 1"
    assert bar._zoom.text() == "26 %"
    bar._view.pointer_moved.emit((12.4, 56.6))
    assert bar.coordinates == "x 12  y 57"
    assert bar.value == "0"
    bar._view.pointer_moved.emit(None)
    assert bar.coordinates == bar.value == ""


def test_values_of_pixels():
    colors = np.zeros((4, 4, 3), np.uint8)
    colors[1, 2] = 200, 100, 7
    assert describe_value(colors, 2, 1) == "200 100 7"
    assert describe_value(np.full((4, 4), 0.25, np.float32), 0, 0) == "0.250"
    assert describe_value(np.full((4, 4), 40_000, np.uint16), 3, 3) == "40000"
    assert describe_value(colors, 4, 0) == describe_value(colors, -1, 0) == ""


def test_notices_go_by_themselves_or_with_the_next_hint(bar, session):
    session.notice.emit("Checkpoint made")
    assert bar.hint == "Checkpoint made"
    bar._tool.hint_changed.emit()
    assert bar.hint == "Checkpoint made"
    bar._tool.hint = "Something else"
    bar._tool.hint_changed.emit()
    assert bar.hint == "Something else"


def saver_state(session, *, is_saved=True, error=None, is_read_only=False):
    """Have the saver say something, as it does."""
    session.store = SimpleNamespace(is_read_only=is_read_only, folder="/photos.crackproj")
    type(session.saver).is_saved = property(lambda _self: is_saved)
    session.saver.error = error
    session.saver.changed.emit()


@pytest.fixture
def saver(session, monkeypatch):
    monkeypatch.setattr(type(session.saver), "is_saved", True)
    return lambda **state: saver_state(session, **state)


def test_saving_is_mentioned_when_it_takes_long(bar, saver, qtbot):
    saver()
    assert bar._saved.text() == "saved"
    saver(is_saved=False)
    assert bar._saved.text() == "saved"
    assert "saving" in bar.state
    qtbot.wait(PATIENCE_MS + 100)
    assert bar._saved.text() == "saving…"
    saver()
    assert bar._saved.text() == "saved"


def test_what_is_not_saved_says_why_and_a_click_tries_again(bar, saver, session, qtbot):
    tries = []
    session.saver.retry = lambda: tries.append(1)
    bar._saved.clicked.disconnect()
    bar._saved.clicked.connect(session.saver.retry)
    saver(is_saved=False, error=AnnotatorError("The disk is full; free some space."))
    assert bar._saved.text() == "not saved"
    assert "The disk is full" in bar._saved.toolTip()
    qtbot.mouseClick(bar._saved, Qt.MouseButton.LeftButton)
    assert tries == [1]


def test_read_only_is_said(bar, saver):
    saver(is_read_only=True)
    assert bar._saved.text() == "read-only"


def test_an_elided_label_gives_way(qtbot):
    label = ElidedLabel()
    qtbot.addWidget(label)
    label.setText(LONG)
    assert label.minimumSizeHint().width() == 0
    label.resize(90, 20)
    label.show()
    assert label.is_elided


def test_it_never_keeps_the_window_wide(bar, session):
    session.runner.start(Job("job", lambda _context: None, title="A job with a long name " * 9))
    assert bar.minimumSizeHint().width() < 60
    bar.resize(200, 30)
    assert bar._hint.parentWidget().width() <= 200
