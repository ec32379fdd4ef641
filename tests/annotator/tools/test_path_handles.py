"""Ends and waypoints of the selected crack, dragged in the trace tool and in the select tool."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from annotator.canvas.tool import PointerEvent
from annotator.tools import path_handles as handles_module
from annotator.tools.select import SelectTool
from annotator.tools.trace import TraceTool
from tests.crack_factory import traced_crack
from tests.session_factory import make_session, watch

pytestmark = pytest.mark.gui

COURSE = [(20, 100), (120, 100), (250, 100)]


@pytest.fixture
def session(qtbot):
    session = make_session([traced_crack(COURSE, identifier="a")])
    session.selection.select(["a"])
    session.problems = watch(session.problem)
    yield session
    session.runner.shutdown()


@pytest.fixture(params=[TraceTool, SelectTool])
def tool(request, session):
    """Both tools: what they do with handles is the same."""
    return request.param(session)


def at(x, y, **changes):
    return PointerEvent(x, y, is_inside=0 <= x < 300 and 0 <= y < 200, **changes)


def drag(tool, start, *way, **changes):
    """Press, move, and leave the button pressed."""
    tool.move(at(*start, **changes))
    tool.press(at(*start, is_pressed=True, **changes))
    for x, y in way:
        tool.move(at(x, y, is_pressed=True, **changes))


def points(tool):
    return [handle.point for handle in tool.preview.handles]


def settle(qtbot, session):
    qtbot.waitUntil(lambda: not session.traces.running and not session.runner.shown_jobs)


def test_the_selected_crack_shows_its_ends_and_waypoints(session, tool):
    assert points(tool) == COURSE
    assert [handle.kind for handle in tool.preview.handles] == ["end", "waypoint", "end"]
    session.selection.select(())
    assert points(tool) == []


def test_no_handles_while_the_crack_is_hidden_or_another_is_selected_too(session, tool):
    session.selection.set_hidden("a", True)
    assert points(tool) == []
    session.selection.set_hidden("a", False)
    other = traced_crack([(20, 20), (90, 20)], identifier="b")
    session.apply("Add", lambda content: content.with_cracks([other]))
    session.selection.select(["a", "b"])
    assert points(tool) == []


def test_hovering_marks_the_handle_and_says_what_it_does(tool):
    tool.move(at(122, 103))
    assert [handle.is_hovered for handle in tool.preview.handles] == [False, True, False]
    assert tool.hint == handles_module.HINT_WAYPOINT
    assert tool.cursor == Qt.CursorShape.SizeAllCursor
    tool.move(at(20, 95))
    assert tool.hint == handles_module.HINT_END
    tool.move(at(180, 102))
    assert tool.hint == handles_module.HINT_COURSE
    tool.leave()
    assert not any(handle.is_hovered for handle in tool.preview.handles)


def test_tolerances_are_meant_on_the_screen(tool):
    tool.move(at(124, 106, zoom=4.0))
    assert not any(handle.is_hovered for handle in tool.preview.handles)
    tool.move(at(140, 120, zoom=0.25))
    assert tool.preview.handles[1].is_hovered


def test_a_drag_shows_a_line_and_traces_anew_on_release(qtbot, session, tool):
    drag(tool, (122, 101), (125, 110), (132, 131))
    assert tool.is_busy
    assert points(tool)[1] == (130, 130)  # it keeps its distance to the pointer
    assert tool.preview.under_way == (((20, 100), (130, 130), (250, 100)),)
    assert session.tracer.calls == []
    tool.release(at(132, 131))
    assert points(tool)[1] == (130, 130)
    assert len(tool.preview.under_way) == 1
    settle(qtbot, session)
    assert session.tracer.calls[0][0] == ((20, 100), (130, 130), (250, 100))
    (crack,) = session.current.content.cracks
    assert crack.identifier == "a"
    assert points(tool)[1] == (130, 130)
    assert tool.preview.under_way == ()
    assert session.history.undo_text == "Trace crack anew"


def test_an_end_leads_a_line_to_its_only_neighbor(tool):
    drag(tool, (250, 100), (270, 140))
    assert tool.preview.under_way == (((120, 100), (270, 140)),)


def test_a_click_on_a_handle_moves_nothing(qtbot, session, tool):
    drag(tool, (120, 100), (121, 102))
    tool.release(at(121, 102))
    settle(qtbot, session)
    assert session.tracer.calls == []
    assert session.selection.names == ("a",)


def test_escape_puts_the_point_back_and_the_release_does_nothing(qtbot, session, tool):
    drag(tool, (120, 100), (130, 150))
    assert tool.cancel()
    assert points(tool) == COURSE
    tool.move(at(131, 150, is_pressed=True))
    tool.release(at(131, 150))
    settle(qtbot, session)
    assert session.tracer.calls == []
    assert session.selection.names == ("a",)


def test_a_lost_release_gives_up(session, tool):
    drag(tool, (120, 100), (130, 150))
    tool.move(at(140, 150))
    assert not tool.is_busy
    assert points(tool) == COURSE


def test_a_point_stays_on_the_image(qtbot, session, tool):
    drag(tool, (250, 100), (320, -40))
    tool.release(at(320, -40))
    settle(qtbot, session)
    assert session.tracer.calls[0][0][-1] == (299, 0)


def test_a_failed_trace_leaves_the_crack_and_the_point_jumps_back(qtbot, session, tool):
    before = session.current.content
    session.tracer.problem = "There is no crack to follow."
    drag(tool, (120, 100), (130, 150))
    tool.release(at(130, 150))
    settle(qtbot, session)
    assert session.current.content is before
    assert points(tool) == COURSE
    assert session.problems == ["There is no crack to follow."]
    assert tool.preview.points == ()


def test_a_locked_crack_refuses_with_a_sentence(qtbot, session, tool):
    session.set_locked(["a"], True)
    tool.move(at(120, 100))
    assert tool.hint == handles_module.HINT_LOCKED
    drag(tool, (120, 100), (130, 150), (140, 150))
    tool.release(at(140, 150))
    settle(qtbot, session)
    assert session.tracer.calls == []
    assert session.problems == ["This crack is locked; unlock it first (L)."]


def test_a_newer_drag_replaces_the_older_and_goes_on_from_it(qtbot, session, tool):
    drag(tool, (120, 100), (130, 150))
    tool.release(at(130, 150))
    drag(tool, (250, 100), (280, 120))
    tool.release(at(280, 120))
    assert len(session.traces.running) == 1
    settle(qtbot, session)
    (crack,) = session.current.content.cracks
    assert crack.course.waypoints.tolist() == [[20, 100], [130, 150], [280, 120]]
    session.undo()
    assert session.current.content.cracks[0].course.waypoints.tolist() == np.array(COURSE).tolist()


def test_escape_cancels_a_trace_anew_that_runs(qtbot, session, tool):
    before = session.current.content
    drag(tool, (120, 100), (130, 150))
    tool.release(at(130, 150))
    assert tool.cancel()
    settle(qtbot, session)
    assert session.current.content is before
    assert points(tool) == COURSE


def test_pulling_the_course_makes_a_new_point(qtbot, session, tool):
    drag(tool, (180, 101), (185, 110), (190, 141))
    assert points(tool)[2] == pytest.approx((190, 140), abs=0.6)
    tool.release(at(190, 141))
    settle(qtbot, session)
    waypoints = session.tracer.calls[0][0]
    assert np.allclose(waypoints, [*COURSE[:2], (190, 140), COURSE[2]], atol=0.6)


def test_a_double_click_on_the_course_adds_a_point(session, tool):
    tool.move(at(180, 101))
    tool.press(at(180, 101, is_pressed=True))
    tool.release(at(180, 101))
    tool.double_click(at(180, 101, is_pressed=True))
    tool.release(at(180, 101))
    assert len(points(tool)) == 4
    assert session.tracer.calls == []
    assert tool.preview.points == ()
    assert session.history.undo_text == "Insert waypoint"


def test_alt_click_takes_a_point_away(qtbot, session, tool):
    tool.press(at(120, 100, is_pressed=True, is_inverting=True))
    tool.release(at(120, 100, is_inverting=True))
    settle(qtbot, session)
    assert session.tracer.calls[0][0] == (COURSE[0], COURSE[2])


def test_delete_takes_the_hovered_point_away_but_no_end(qtbot, session, tool):
    assert not tool.delete_hovered()
    tool.move(at(20, 100))
    assert not tool.delete_hovered()  # who deletes there means the crack
    tool.move(at(120, 100))
    assert tool.delete_hovered()
    settle(qtbot, session)
    assert points(tool) == [COURSE[0], COURSE[2]]


def test_the_other_tool_gives_a_drag_up(session, tool):
    drag(tool, (120, 100), (130, 150))
    tool.deactivate()
    assert points(tool) == COURSE
    assert session.selection.names == ("a",)


def test_a_drag_ends_where_the_crack_goes(session, tool):
    drag(tool, (120, 100), (130, 150))
    session.apply("Delete", lambda content: content.without(["a"]))
    assert not tool.is_busy
    tool.release(at(130, 150))
    assert session.traces.running == []


def test_undo_gives_up_the_drag_and_nothing_else(session, tool):
    drag(tool, (250, 100), (250, 140), (250, 160))
    assert tool.drop_last()
    assert points(tool) == COURSE
    tool.move(at(250, 170, is_pressed=True))
    tool.release(at(250, 170))
    assert points(tool) == COURSE
    assert not session.traces.running
    assert not tool.drop_last(), "now it is the turn of the last edit"
