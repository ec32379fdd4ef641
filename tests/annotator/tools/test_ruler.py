"""The ruler: measures and keeps nothing."""

import pytest

from annotator.tools import ruler as ruler_tool
from annotator.tools.ruler import RulerTool, measured
from tests.annotator.tools.pointer import at, click, double_click, drag_on, draw, press, release
from tests.session_factory import make_session, show_image, watch

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot):
    session = make_session()
    session.changes = watch(session.document_changed)
    yield session
    session.runner.shutdown()


@pytest.fixture
def tool(session):
    return RulerTool(session)


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ((130, 100), "30.0 px · 0.0°"),
        ((70, 100), "30.0 px · 0.0°"),
        ((100, 70), "30.0 px · 90.0°"),
        ((130, 70), "42.4 px · 45.0°"),
        ((130, 130), "42.4 px · 135.0°"),
        ((70, 100.0001), "30.0 px · 0.0°"),
    ],
)
def test_length_and_angle(end, text):
    assert measured((100, 100), end) == f"{text} from horizontal"


def test_a_drag_measures_and_changes_nothing(session, tool):
    press(tool, 100, 60)
    drag_on(tool, (150, 60))
    assert tool.hint == ruler_tool.HINT_DRAGGING
    release(tool, 150, 60)
    draw(tool, (100, 60), (140, 90))
    assert tool.preview.ruler == ((100, 60), (140, 90))
    assert tool.preview.label == "50.0 px · 143.1° from horizontal"
    assert tool.hint == ruler_tool.HINT_SHOWN
    assert session.changes == []
    tool.move(at(20, 20))
    assert tool.preview.ruler == ((100, 60), (140, 90)), "it stays where it was set down"


def test_shift_keeps_to_steps_of_15_degrees(tool):
    draw(tool, (100, 100), (150, 102), is_extending=True)
    (_, (x, y)) = tool.preview.ruler
    assert (round(x, 6), round(y, 6)) == (150, 100)
    draw(tool, (100, 100), (130, 72), is_extending=True)
    assert tool.preview.label.endswith("45.0° from horizontal")


@pytest.mark.parametrize("how", ["cancel", "deactivate"])
def test_esc_and_another_tool_remove_it(tool, how):
    draw(tool, (100, 60), (140, 90))
    getattr(tool, how)()
    assert tool.preview.ruler is None
    assert not tool.is_busy
    assert tool.hint == ruler_tool.HINT_START


def test_esc_without_a_ruler_is_not_taken(tool):
    assert not tool.cancel()


def test_a_click_begins_another(tool):
    draw(tool, (100, 60), (140, 90))
    click(tool, 30, 30)
    assert tool.preview.ruler is None
    assert tool.hint == ruler_tool.HINT_DRAGGING
    assert tool.cancel()
    assert not tool.is_busy


def test_another_image_removes_it(session, tool):
    draw(tool, (100, 60), (140, 90))
    show_image(session)
    assert tool.preview.ruler is None


def test_without_an_image_nothing_is_measured(session, tool):
    session.image = None
    draw(tool, (100, 60), (140, 90))
    assert tool.preview.ruler is None
    assert tool.hint == ruler_tool.HINT_EMPTY


def test_two_clicks_measure_too(tool):
    click(tool, 100, 60)
    tool.move(at(120, 70))
    assert tool.preview.ruler == ((100, 60), (120, 70)), "it follows the pointer between them"
    click(tool, 140, 90)
    assert tool.preview.ruler == ((100, 60), (140, 90))
    tool.move(at(20, 20))
    assert tool.preview.ruler == ((100, 60), (140, 90))
    double_click(tool, 30, 30)
    assert tool.preview.ruler is None, "two clicks on one spot measure nothing"
    assert not tool.is_busy
