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
    session.runner.garbage.start()  # worker threads must not destroy what a test before left
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


def ribbon_to(qtbot, tool, x, y, **changes):
    """Point there and return the ribbon once it is drawn."""
    tool.move(at(x, y, **changes))
    qtbot.waitUntil(lambda: None not in tool.preview.ribbons)
    return tool.preview.ribbons[-1]


def test_after_the_first_click_a_ribbon_follows_the_cursor(qtbot, session, tool):
    assert tool.preview.ribbons == ()
    click(tool, 20, 50)
    assert tool.preview.ribbons == (None,), "a dashed line until the front has come"
    ribbon = ribbon_to(qtbot, tool, 120, 50)
    assert tuple(ribbon.points[-1]) == (120, 50)
    assert tool.reading == "100 px long · 3.0 px wide · confidence 0.90"
    tool.cancel()
    assert tool.preview.ribbons == ()
    assert tool.reading == ""


def test_moves_are_drawn_together(qtbot, session, tool):
    click(tool, 20, 50)
    ribbon_to(qtbot, tool, 60, 50)
    before = session.tracer.fronts[0].n_asked
    for x in range(61, 161):
        tool.move(at(x, 50))
    qtbot.waitUntil(lambda: tool.preview.ribbons[-1].points[-1][0] == 160)
    assert session.tracer.fronts[0].n_asked - before <= 3


def test_the_ribbon_stays_until_the_crack_is_there(qtbot, session, tool):
    click(tool, 20, 50)
    ribbon_to(qtbot, tool, 120, 50)
    click(tool, 120, 50)
    assert [round(r.length) for r in tool.preview.held] == [100]
    assert ((20, 50), (120, 50)) not in tool.preview.under_way, "no dashed line over it"
    seen = []
    session.document_changed.connect(lambda *_: seen.append(tool.preview.held))
    settle(qtbot, session)
    assert tool.preview.held == ()
    assert len(session.current.content.cracks) == 1


def test_another_way_is_traced_through_a_point_of_it(qtbot, session, tool):
    session.tracer.bends = (30.0,)
    click(tool, 20, 50)
    tool.move(at(180, 50))
    assert not tool.next_way()
    qtbot.waitUntil(lambda: tool.hint.startswith("Tab: other way (1 of 2)"))
    assert tool.next_way()
    assert tool.hint.startswith("Tab: other way (2 of 2)")
    click(tool, 180, 50)
    settle(qtbot, session)
    first, (x, y), last = session.tracer.calls[0][0]
    assert (first, last) == ((20, 50), (180, 50))
    assert abs(x - 100) < 2
    assert abs(y - 50) > 25


def test_shift_goes_on_from_the_last_end(qtbot, session, tool):
    click(tool, 20, 50)
    click(tool, 120, 50)
    settle(qtbot, session)
    tool.move(at(200, 90))
    assert trace_module.HINT_GO_ON in tool.hint
    click(tool, 200, 90, is_extending=True)
    assert tool.preview.points == ((120, 50), (200, 90))
    tool.cancel()
    session.undo()
    assert trace_module.HINT_GO_ON not in tool.hint
    click(tool, 200, 90, is_extending=True)
    assert tool.preview.points == ((200, 90),), "that crack is gone"


def test_both_ends_unite_with_a_crack_that_is_there(qtbot, session, tool):
    session.apply("Add", lambda c: c.with_cracks([
        traced_crack([(100, 20), (100, 180)], half_width=4.0, identifier="a"),
        painted_crack((200, 20, 210, 180), identifier="b"),
    ]))  # fmt: skip
    click(tool, 103, 60, is_extending=True)
    ((x, y),) = tool.preview.points
    assert x == 100, "on the center line"
    assert abs(y - 60) < 1
    tool.move(at(197, 70))
    qtbot.waitUntil(lambda: tool.preview.landing == (200, 70))
    click(tool, 197, 70)
    settle(qtbot, session)
    assert session.tracer.calls[0][0] == ((x, y), (200, 70))
    new = session.current.content.cracks[-1]
    assert new.mask_in((100, 60, 101, 61)).all()


def test_a_ring_shows_where_a_click_lands_and_there_it_does(qtbot, session, tool):
    session.tracer.snapped_row = 50
    tool.move(at(20, 56))
    qtbot.waitUntil(lambda: tool.preview.landing == (20, 50))
    click(tool, 20, 56)
    assert tool.preview.points == ((20, 50),)
    session.live_preview.set_snapping(False)
    tool.move(at(90, 57))
    qtbot.waitUntil(lambda: tool.preview.landing is None)
    click(tool, 90, 57)
    assert session.live_preview.points == ()
    settle(qtbot, session)
    assert session.tracer.calls[0][0] == ((20, 50), (90, 57))
