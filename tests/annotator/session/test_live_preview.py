"""The live preview: a front for each click, and never a wait."""

import pytest

from annotator.workers.trace_work import TraceOptions
from tests.live_factory import straight_path
from tests.session_factory import make_session, show_image, watch

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot):
    session = make_session()
    session.runner.garbage.start()  # worker threads must not destroy what a test before left
    yield session
    session.tracer.front_release.set()
    session.runner.shutdown()


@pytest.fixture
def live(session):
    return session.live_preview


def is_at_rest(session):
    return session.runner.find("live front") is None


def test_a_click_starts_a_front_and_the_path_comes_when_it_has_been_there(qtbot, session, live):
    session.tracer.front_release.clear()
    live.set_points([(20, 50)])
    qtbot.waitUntil(lambda: len(session.tracer.fronts) == 1)
    assert live.path_to((90, 60)) is None, "no wait: nothing is known yet"
    session.tracer.front_release.set()
    qtbot.waitUntil(lambda: live.path_to((90, 60)) is not None)
    assert session.tracer.fronts[0].start == (20, 50)
    session.tracer.fronts[0].reached = 30
    assert live.path_to((90, 60)) is None, "too far"


def test_each_further_click_gets_a_front_and_the_course_so_far_stays(qtbot, session, live):
    live.set_points([(20, 50)])
    qtbot.waitUntil(lambda: live.path_to((90, 60)) is not None)
    course = live.path_to((90, 60))
    live.set_points([(20, 50), (90, 60)], [course])
    assert live.segments == (course,)
    qtbot.waitUntil(lambda: len(session.tracer.fronts) == 2 and is_at_rest(session))
    assert session.tracer.fronts[1].start == (90, 60)
    live.set_points([(20, 50)])
    assert live.segments == ()
    qtbot.waitUntil(lambda: len(session.tracer.fronts) == 3 and is_at_rest(session))
    assert session.tracer.fronts[2].start == (20, 50)


@pytest.mark.parametrize("is_coarse", [False, True])
def test_clicks_ahead_of_the_front_are_caught_up_with(qtbot, session, live, is_coarse):
    session.tracer.front_release.clear()
    live.set_points([(20, 50), (90, 60), (150, 60)])
    assert live.segments == (None, None)
    session.tracer.is_coarse = is_coarse  # where that is all that comes, it has to do
    session.tracer.front_release.set()
    qtbot.waitUntil(lambda: live.path_to((200, 60)) is not None)
    assert [front.start for front in session.tracer.fronts] == [(20, 50), (90, 60), (150, 60)]
    assert [round(s.length) for s in live.segments] == [71, 60]


def test_a_coarse_course_is_shown_until_a_better_one_is_there(qtbot, session, live):
    session.tracer.front_release.clear()
    guess = straight_path((20, 50), (90, 60), is_coarse=True)
    live.set_points([(20, 50), (90, 60)], [guess])
    assert live.segments == (guess,)
    session.tracer.front_release.set()
    qtbot.waitUntil(lambda: not live.segments[0].is_coarse)


@pytest.mark.parametrize("end", ["taken back", "another image"])
def test_what_is_given_up_is_cancelled_and_let_go(qtbot, session, live, end):
    session.tracer.front_release.clear()
    live.set_points([(20, 50)])
    qtbot.waitUntil(lambda: len(session.tracer.fronts) == 1)
    if end == "taken back":
        live.set_points([])
    else:
        show_image(session)
    assert is_at_rest(session)
    front = session.tracer.fronts[0]
    qtbot.waitUntil(lambda: front.is_cancelled)
    assert live.path_to((90, 60)) is None
    assert live.points == ()


def test_other_options_start_anew(qtbot, session, live):
    live.set_points([(20, 50)])
    qtbot.waitUntil(lambda: live.path_to((90, 60)) is not None)
    session.options = TraceOptions("wide")
    session.trace_settings.changed.emit()
    qtbot.waitUntil(lambda: len(session.tracer.fronts) == 2 and is_at_rest(session))
    assert session.tracer.fronts[1].options == TraceOptions("wide")
    session.trace_settings.changed.emit()
    assert is_at_rest(session), "nothing changed"


def test_other_ways_are_looked_for_where_the_cursor_rests(qtbot, session, live):
    session.tracer.bends = (30.0,)
    live.set_points([(20, 50)])
    qtbot.waitUntil(lambda: live.path_to((180, 50)) is not None)
    assert live.ways == (0, 1)
    assert not live.next_way()
    live.look_at((180, 50), 1.0)
    qtbot.waitUntil(lambda: live.ways == (0, 2))
    straight = live.path_to((180, 50))
    assert live.next_way()
    bent = live.path_to((180, 50))
    assert abs(bent.points[:, 1] - 50).max() > 25 > abs(straight.points[:, 1] - 50).max()
    (x, y) = live.way.points[0]
    assert abs(x - 100) < 3
    assert abs(y - 50) > 25
    live.look_at((185, 52), 1.0)
    assert live.ways == (1, 2), "a hand that trembles changes nothing"
    live.look_at((280, 52), 1.0)
    assert live.ways == (0, 1)
    assert live.path_to((280, 52)).points[-1][0] == 280


def test_ways_that_do_not_part_are_no_choice(qtbot, session, live):
    session.tracer.bends = (2.0,)
    live.set_points([(20, 50)])
    qtbot.waitUntil(lambda: live.path_to((180, 50)) is not None)
    live.look_at((180, 50), 1.0)
    front = session.tracer.fronts[0]
    qtbot.waitUntil(lambda: front.n_asked_for_others == 1)
    qtbot.waitUntil(lambda: session.runner.find("other ways") is None)
    assert live.ways == (0, 1)


def test_clicks_snap_once_the_image_is_ready_and_only_if_wanted(qtbot, session, live):
    session.tracer.snapped_row = 50
    changed = watch(live.changed)
    assert live.snap((30, 54), 1.0) == (30, 54)
    qtbot.waitUntil(lambda: bool(changed))
    assert live.snap((30, 54), 1.0) == (30, 50)
    assert live.snap((30, 54), 6.0) == (30, 54), "the reach is meant on the screen"
    live.set_snapping(False)
    assert live.snap((30, 54), 1.0) == (30, 54)
