"""From one image of a list to the next."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence


def step_row(rows: Sequence[int], start: int, by: int) -> int | None:
    """Return the row ``by`` places after ``start`` in ascending rows, None where they end.

    ``start`` itself need not be one of the rows: it may have dropped out of a filtered list.
    """
    place = bisect_right(rows, start) + by - 1 if by > 0 else bisect_left(rows, start) + by
    return rows[place] if 0 <= place < len(rows) else None


def step_to(
    rows: Sequence[int], start: int, by: int, is_wanted: Callable[[int], bool]
) -> int | None:
    """Return the first wanted row from ``start`` in the direction of ``by``, around the end.

    ``start`` is the last one asked; it is not an answer.
    """
    after, before = rows[bisect_right(rows, start) :], rows[: bisect_left(rows, start)]
    ordered = (*after, *before) if by > 0 else (*reversed(before), *reversed(after))
    return next((row for row in ordered if is_wanted(row)), None)
