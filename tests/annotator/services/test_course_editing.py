"""Courses cut, turned, joined, and given other waypoints."""

import numpy as np
import pytest

from annotator.services import course_editing as editing
from tests.crack_factory import make_path

LINE = np.column_stack((np.arange(0, 101.0), np.full(101, 50.0)))


def path_with_sides(line=LINE, waypoints=None):
    count = len(line)
    sides = np.column_stack((np.linspace(1, 2, count), np.linspace(3, 4, count)))
    return make_path(
        line,
        waypoints,
        half_widths=sides,
        confidence=np.linspace(0, 1, count),
        edge_visible=np.arange(count) % 2 == 0,
    )


def test_the_nearest_sample_and_its_distance():
    sample, distance = editing.nearest_sample(make_path(LINE), (30.2, 54.0))
    assert sample == 30
    assert distance == pytest.approx(4.0, abs=0.01)


def test_waypoints_of_a_course_that_crosses_itself_keep_their_order():
    ring = np.array([(50 + 40 * np.cos(a), 50 + 40 * np.sin(a)) for a in np.linspace(0, 7, 200)])
    waypoints = ring[[0, 60, 120, 190, 199]]
    assert editing.waypoint_samples(make_path(ring, waypoints)) == [0, 60, 120, 190, 199]


def test_a_waypoint_goes_between_its_neighbors():
    path = make_path(LINE, LINE[[0, 40, 100]])
    changed = editing.with_waypoint(path, 70)
    assert changed.waypoints.tolist() == LINE[[0, 40, 70, 100]].tolist()
    assert changed.centerline is path.centerline
    assert editing.with_waypoint(path, 20).waypoints.tolist() == LINE[[0, 20, 40, 100]].tolist()


def test_reversing_swaps_the_sides_and_twice_is_the_same():
    path = path_with_sides(waypoints=LINE[[0, 30, 100]])
    turned = editing.reversed_path(path)
    assert turned.centerline.tolist() == path.centerline[::-1].tolist()
    assert turned.waypoints.tolist() == LINE[[100, 30, 0]].tolist()
    assert turned.half_widths[0].tolist() == [4, 2]
    assert turned.confidence[0] == 1
    again = editing.reversed_path(turned)
    for name in ("waypoints", "centerline", "half_widths", "confidence", "edge_visible"):
        assert np.array_equal(getattr(again, name), getattr(path, name))


def test_the_parts_of_a_split_share_the_sample_and_are_measured_anew():
    path = path_with_sides(waypoints=LINE[[0, 30, 60, 100]])
    first, second = editing.split_path(path, 40)
    assert first.centerline[-1].tolist() == second.centerline[0].tolist() == [40, 50]
    assert first.waypoints.tolist() == LINE[[0, 30, 40]].tolist()
    assert second.waypoints.tolist() == LINE[[40, 60, 100]].tolist()
    assert (first.length_px, second.length_px) == (40, 60)
    assert first.width_px["max"] < second.width_px["mean"]
    assert len(first.confidence) == len(first.edge_visible) == 41


def test_a_split_at_a_waypoint_does_not_double_it():
    first, second = editing.split_path(path_with_sides(waypoints=LINE[[0, 40, 100]]), 40)
    assert first.waypoints.tolist() == LINE[[0, 40]].tolist()
    assert second.waypoints.tolist() == LINE[[40, 100]].tolist()


def test_joining_undoes_a_split():
    path = path_with_sides(waypoints=LINE[[0, 30, 100]])
    joined = editing.joined_path(editing.split_path(path, 60))
    assert np.array_equal(joined.centerline, path.centerline)
    assert np.array_equal(joined.half_widths, path.half_widths)
    assert joined.waypoints.tolist() == LINE[[0, 30, 60, 100]].tolist()
    assert joined.length_px == path.length_px


@pytest.mark.parametrize("turn_first", [False, True])
@pytest.mark.parametrize("turn_second", [False, True])
@pytest.mark.parametrize("swap", [False, True])
def test_courses_are_turned_to_face_each_other(turn_first, turn_second, swap):
    left, right = make_path(LINE[:40]), make_path(LINE[50:])
    left = editing.reversed_path(left) if turn_first else left
    right = editing.reversed_path(right) if turn_second else right
    one, other, gap = editing.facing(*((right, left) if swap else (left, right)))
    assert gap == 11
    assert abs(one.centerline[-1, 0] - other.centerline[0, 0]) == 11


def test_courses_that_follow_each_other_keep_their_direction():
    left, right = make_path(LINE[:40]), make_path(LINE[50:])
    assert editing.facing(right, left)[:2] == (left, right)
