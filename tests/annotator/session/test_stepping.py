"""Rows before and after another one, in all rows or some."""

import pytest

from annotator.session.stepping import step_row, step_to

ROWS = [2, 3, 7, 8]


@pytest.mark.parametrize(
    ("start", "by", "expected"),
    [
        (3, 1, 7),
        (3, -1, 2),
        (3, 2, 8),
        (5, 1, 7),  # 5 is not listed
        (5, -1, 3),
        (8, 1, None),
        (2, -1, None),
        (-1, 1, 2),
        (9, 1, None),
        (9, -1, 8),
    ],
)
def test_a_step_leads_to_the_neighbor_in_the_list(start, by, expected):
    assert step_row(ROWS, start, by) == expected


def test_without_a_filter_rows_are_a_range():
    assert step_row(range(4), 1, 1) == 2
    assert step_row(range(4), 3, 1) is None
    assert step_row(range(0), -1, 1) is None


@pytest.mark.parametrize(
    ("start", "by", "expected"),
    [(2, 1, 7), (7, 1, 8), (8, 1, 7), (2, -1, 8), (8, -1, 7), (5, 1, 7), (5, -1, 8)],
)
def test_the_next_wanted_row_is_looked_for_around_the_end(start, by, expected):
    assert step_to(ROWS, start, by, lambda row: row > 3) == expected


def test_the_row_one_is_at_is_no_answer():
    assert step_to(ROWS, 7, 1, lambda row: row == 7) is None
    assert step_to([], -1, 1, lambda _row: True) is None
