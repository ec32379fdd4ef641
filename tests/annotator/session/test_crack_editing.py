"""The edits that the menus offer: one step back each, and a sentence where nothing is done."""

from dataclasses import replace

import numpy as np
import pytest

from annotator.document.bounding_box import BoundingBox
from annotator.session import crack_editing as editing
from tests.crack_factory import painted_crack, traced_crack
from tests.session_factory import make_session, watch

pytestmark = pytest.mark.gui

COURSE = [(20, 100), (120, 100), (250, 100)]


@pytest.fixture
def session(qtbot):
    """A session with one traced crack of three waypoints, which is selected."""
    session = make_session([traced_crack(COURSE, identifier="a")])
    session.selection.select(["a"])
    session.problems = watch(session.problem)
    yield session
    session.runner.shutdown()


def settle(qtbot, session, count=None):
    """Wait for what runs in the background, and for a number of edits."""
    qtbot.waitUntil(lambda: not session.runner.shown_jobs and not session.traces.running)
    if count is not None:
        assert len(steps(session)) == count


def steps(session):
    """Undo everything, redo it, and return the names of the edits."""
    texts = []
    while session.history.undo_text:
        texts.append(session.history.undo_text)
        session.undo()
    for _ in texts:
        session.redo()
    return texts[::-1]


def cracks(session):
    return session.current.content.cracks


def add(session, *new):
    session.apply("Add", lambda content: content.with_cracks(new))


def test_reversing_is_one_step_and_leaves_the_mask(session):
    before = cracks(session)[0]
    editing.reverse_selected(session)
    after = cracks(session)[0]
    assert after.course.waypoints[0].tolist() == [250, 100]
    assert after.pixels is before.pixels
    assert steps(session) == ["Reverse crack"]


def test_inserting_a_waypoint_leaves_the_course(session):
    before = cracks(session)[0]
    assert editing.insert_waypoint(session, (180, 103))
    after = cracks(session)[0]
    assert np.allclose(after.course.waypoints, [*COURSE[:2], (180, 100), COURSE[2]], atol=0.6)
    assert after.course.centerline is before.course.centerline
    assert session.tracer.calls == []
    assert steps(session) == ["Insert waypoint"]


def test_no_waypoint_is_put_on_another(session):
    assert not editing.insert_waypoint(session, (120.4, 101))
    assert "a point here already" in session.problems[0]


def test_removing_a_waypoint_traces_anew(qtbot, session):
    editing.remove_waypoint_at(session, (118, 103))
    settle(qtbot, session)
    assert session.tracer.calls[0][0] == ((20, 100), (250, 100))
    assert len(cracks(session)[0].course.waypoints) == 2
    assert cracks(session)[0].identifier == "a"


def test_removing_an_end_makes_the_crack_shorter_but_both_ends_stay(qtbot, session):
    assert editing.remove_waypoint(session, cracks(session)[0], 2)
    settle(qtbot, session)
    assert cracks(session)[0].course.waypoints[-1].tolist() == [120, 100]
    assert not editing.remove_waypoint(session, cracks(session)[0], 1)
    assert "needs both its ends" in session.problems[-1]


def test_splitting_is_one_step_and_selects_both_parts(qtbot, session):
    editing.split_at(session, (180, 90))
    settle(qtbot, session)
    first, second = cracks(session)
    assert first.identifier == "a"
    assert first.course.waypoints[-1].tolist() == second.course.waypoints[0].tolist()
    assert session.selection.names == (first.identifier, second.identifier)
    assert steps(session) == ["Split crack"]
    session.undo()
    assert len(cracks(session)) == 1


def test_an_end_is_no_place_to_split(qtbot, session):
    editing.split_at(session, (19, 101))
    settle(qtbot, session, 0)
    assert "end of the crack" in session.problems[0]


def test_a_gap_is_traced_to_join_two_cracks(qtbot, session):
    add(session, traced_crack([(290, 100), (270, 100)], identifier="b"))
    session.selection.select(["b", "a"])
    assert editing.can_join(session)
    editing.join_selected(session)
    settle(qtbot, session)
    (joined,) = cracks(session)
    assert joined.identifier == "b"
    waypoints, options = session.tracer.calls[0]
    assert sorted(waypoints) == [(250, 100), (270, 100)]
    assert dict(options.overrides)["snap_radius"] == 0
    assert joined.course.length_px == pytest.approx(270)
    assert steps(session) == ["Add", "Join cracks"]


def test_cracks_that_touch_are_joined_without_tracing(qtbot, session):
    add(session, traced_crack([(250, 100), (250, 180)], identifier="b"))
    session.selection.select(["a", "b"])
    editing.join_selected(session)
    settle(qtbot, session, 2)
    assert session.tracer.calls == []
    assert len(cracks(session)[0].course.waypoints) == 4


def test_a_failed_bridge_leaves_both_cracks(qtbot, session):
    add(session, traced_crack([(270, 100), (290, 100)], identifier="b"))
    session.selection.select(["a", "b"])
    session.tracer.problem = "There is no crack to follow."
    editing.join_selected(session)
    settle(qtbot, session, 1)
    assert session.problems == ["There is no crack to follow."]


def test_merging_is_one_step(qtbot, session):
    add(session, painted_crack((100, 90, 140, 130), identifier="b"))
    session.selection.select(["a", "b"])
    assert editing.can_merge(session)
    assert not editing.can_join(session)
    editing.merge_selected(session)
    settle(qtbot, session)
    assert [crack.identifier for crack in cracks(session)] == ["a"]
    assert cracks(session)[0].path is not None
    assert steps(session) == ["Add", "Merge cracks"]


def test_a_merge_of_two_courses_says_that_they_are_gone(qtbot, session):
    add(session, traced_crack([(20, 50), (250, 50)], identifier="b"))
    session.selection.select(["a", "b"])
    notices = watch(session.notice)
    editing.merge_selected(session)
    settle(qtbot, session, 2)
    assert "cannot be traced anew" in notices[0]


def test_holes_are_filled_in_one_step(qtbot, session):
    ring = painted_crack((30, 120, 80, 170), identifier="b")
    ring = replace(ring, pixels=ring.pixels.with_values(50, 140, np.zeros((5, 5), np.uint8)))
    add(session, ring)
    session.selection.select(["a", "b"])
    editing.fill_holes_of_selected(session)
    settle(qtbot, session)
    assert cracks(session)[1].mask_patch().data.all()
    assert steps(session) == ["Add", "Fill holes"]


def test_no_holes_are_no_edit(qtbot, session):
    notices = watch(session.notice)
    editing.fill_holes_of_selected(session)
    settle(qtbot, session, 0)
    assert notices == ["There are no holes to fill."]


def test_a_region_is_replaced_by_a_trace_along_it(qtbot, session):
    region = painted_crack((30, 150, 230, 155), identifier="b")
    add(session, region)
    session.selection.select(["b"])
    assert editing.has_region(session)
    editing.trace_along_selected(session)
    settle(qtbot, session, 2)
    traced = cracks(session)[1]
    assert traced.identifier == "b"
    assert traced.path is not None
    assert session.selection.names == ("b",)


def test_a_box_is_duplicated_beside_itself_and_inside_the_image(session):
    boxes = [BoundingBox((10, 10, 60, 40)), BoundingBox((250, 150, 300, 200), "corrosion", True)]
    session.apply("Add", lambda content: content.with_boxes(boxes))
    session.selection.select(box.identifier for box in boxes)
    editing.duplicate_selected(session)
    copies = session.current.content.boxes[2:]
    assert [copy.box for copy in copies] == [(22, 22, 72, 52), (238, 138, 288, 188)]
    assert copies[1].class_name == "corrosion"
    assert not copies[1].is_locked
    assert set(session.selection.names) == {copy.identifier for copy in copies}


def test_everything_that_can_be_seen_is_selected(session):
    add(session, painted_crack((1, 1, 9, 9), identifier="b"), painted_crack((1, 20, 9, 29)))
    session.apply("Add", lambda content: content.with_boxes([BoundingBox((0, 0, 5, 5))]))
    session.selection.set_hidden("b", True)
    editing.select_all(session)
    assert len(session.selection.names) == 3
    assert "b" not in session.selection.names


@pytest.mark.parametrize(
    "edit",
    [
        editing.reverse_selected,
        editing.fill_holes_of_selected,
        lambda session: editing.split_at(session, (100, 100)),
        lambda session: editing.insert_waypoint(session, (70, 100)),
        lambda session: editing.remove_waypoint(session, cracks(session)[0], 1),
    ],
)
def test_locked_cracks_are_left_alone_and_it_is_said(qtbot, session, edit):
    session.set_locked(["a"], True)
    edit(session)
    settle(qtbot, session, 1)
    assert len(session.problems) == 1
    assert "unlock it first (L)" in session.problems[0]


@pytest.mark.parametrize("edit", [editing.join_selected, editing.merge_selected])
def test_a_locked_crack_is_neither_joined_nor_merged(qtbot, session, edit):
    add(session, replace(traced_crack([(270, 100), (290, 100)]), is_locked=True))
    editing.select_all(session)
    edit(session)
    settle(qtbot, session, 1)
    assert "unlock it first (L)" in session.problems[0]


def test_a_crack_that_changed_meanwhile_is_not_overwritten(qtbot, session):
    editing.split_at(session, (180, 100))
    editing.reverse_selected(session)
    settle(qtbot, session)
    assert steps(session) == ["Reverse crack"]
    assert "changed while" in session.problems[0]
