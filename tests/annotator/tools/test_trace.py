"""The trace tool: clicks to traces, without a window."""

import pytest

from annotator.canvas.tool import PointerEvent
from annotator.tools import trace as trace_module
from annotator.tools.trace import TraceTool
from tests.crack_factory import painted_crack, traced_crack
from tests.session_factory import make_session, show_image, watch

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot):
    session = make_session()
    session.problems = watch(session.problem)
    yield session
    session.runner.shutdown()


@pytest.fixture
def tool(session):
    return TraceTool(session)


def at(x, y, **changes):
    return PointerEvent(x, y, is_inside=0 <= x < 300 and 0 <= y < 200, **changes)


def click(tool, x, y, **changes):
    tool.move(at(x, y, **changes))
    tool.press(at(x, y, is_pressed=True, **changes))
    tool.release(at(x, y, **changes))


def settle(qtbot, session):
    qtbot.waitUntil(lambda: not session.traces.running)


def test_two_clicks_make_a_crack_and_a_second_click_in_haste_makes_no_point(qtbot, session, tool):
    click(tool, 20, 50)
    assert tool.hint == trace_module.HINT_END
    click(tool, 200, 50)
    tool.double_click(at(200, 50, is_pressed=True))
    assert tool.preview.points == ()
    assert len(tool.preview.under_way) == 1
    settle(qtbot, session)
    assert session.tracer.calls[0][0] == ((20, 50), (200, 50))
    assert len(session.current.content.cracks) == 1


def test_the_second_of_two_quick_clicks_may_end_a_short_trace(qtbot, session, tool):
    click(tool, 20, 50)
    tool.double_click(at(26, 50, is_pressed=True))
    settle(qtbot, session)
    assert session.tracer.calls[0][0] == ((20, 50), (26, 50))


def test_points_on_the_way_are_taken_back_and_enter_ends(qtbot, session, tool):
    click(tool, 20, 50)
    click(tool, 90, 60, is_extending=True)
    click(tool, 150, 90, is_extending=True)
    assert tool.drop_last()
    assert tool.hint == trace_module.HINT_VIA
    assert tool.accept()
    settle(qtbot, session)
    assert session.tracer.calls[0][0] == ((20, 50), (90, 60))
    assert not tool.accept()


def test_escape_gives_up_clicks_then_traces_then_the_selection(qtbot, session, tool):
    session.apply("Add", lambda c: c.with_cracks([painted_crack((5, 5, 20, 20), identifier="p")]))
    session.selection.select(["p"])
    session.trace([(20, 50), (200, 50)])
    click(tool, 100, 150, is_extending=True)
    assert session.selection.names == ()
    session.selection.select(["p"])
    assert tool.cancel()
    assert tool.preview.points == ()
    assert session.traces.running
    assert tool.cancel()
    assert not session.traces.running
    assert tool.cancel()
    assert session.selection.names == ()
    assert not tool.cancel()


def test_a_click_on_a_crack_selects_it_and_shift_begins_there(session, tool):
    show_image(session, [traced_crack([(20, 50), (200, 50)], identifier="a")])
    tool.move(at(100, 53))
    assert tool.preview.hovered == "a"
    assert tool.hint == trace_module.HINT_ON_CRACK
    click(tool, 100, 53)
    assert session.selection.names == ("a",)
    assert tool.preview.points == ()
    click(tool, 20, 50, is_extending=True)  # on its end: a branch begins here
    assert tool.preview.points == ((20, 50),)
    assert tool.preview.handles == ()


def test_a_hidden_crack_is_not_hit(session, tool):
    show_image(session, [traced_crack([(20, 50), (200, 50)], identifier="a")])
    session.selection.set_hidden("a", True)
    click(tool, 100, 50)
    assert tool.preview.points == ((100, 50),)


@pytest.mark.parametrize(
    ("place", "sentence"), [((400, 50), "outside the image"), ((21, 51), "on one spot")]
)
def test_clicks_that_make_no_sense_are_refused_in_words(session, tool, place, sentence):
    click(tool, 20, 50)
    click(tool, *place)
    assert sentence in session.problems[0]
    assert tool.preview.points == ((20, 50),)


def test_a_failed_trace_gives_the_clicks_back_but_the_last(qtbot, session, tool):
    session.tracer.problem = "There is no crack to follow."
    click(tool, 20, 50)
    click(tool, 200, 50)
    settle(qtbot, session)
    assert tool.preview.points == ((20, 50),)


def test_a_trace_that_runs_is_said_to(session, tool):
    session.trace([(20, 50), (200, 50)])
    assert tool.hint == trace_module.HINT_RUNNING
