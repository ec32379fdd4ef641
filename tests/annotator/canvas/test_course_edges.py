"""Edges of a course: left and right of the way one goes."""

import numpy as np
import pytest

from annotator.canvas.course_edges import course_edges
from tests.crack_factory import make_path


def test_left_is_left_of_the_direction_of_travel():
    line = np.column_stack((np.arange(10.0), np.full(10, 5.0)))
    course = make_path(line, half_widths=np.tile([1.0, 2.0], (10, 1)))
    left, right = course_edges(course)
    assert left[:, 1] == pytest.approx(np.full(10, 4.0))
    assert right[:, 1] == pytest.approx(np.full(10, 7.0))
    assert left[:, 0] == pytest.approx(line[:, 0])


def test_edges_move_outward():
    line = np.column_stack((np.full(5, 3.0), np.arange(5.0)))
    left, right = course_edges(make_path(line, half_width=1.0), outward=0.5)
    assert sorted({*left[:, 0], *right[:, 0]}) == pytest.approx([1.5, 4.5])


def test_fewer_samples_keep_both_ends():
    line = np.column_stack((np.arange(11.0), np.zeros(11)))
    left, _ = course_edges(make_path(line), stride=4)
    assert left[:, 0].tolist() == [0, 4, 8, 10]


def test_a_course_of_one_point_has_no_width():
    left, right = course_edges(make_path([(2.0, 3.0)], length_px=0.0))
    assert left.tolist() == right.tolist() == [[2.0, 3.0]]
