"""The order in which images are predicted, and how long it will take."""

from pathlib import Path

import pytest

from annotator.document.image_entry import ImageEntry
from annotator.workers.prediction_work import GUESSED_PIXELS, Order, Orders, in_words
from tests.prediction_factory import FIRST, SECOND


def order(number, model=FIRST, size=None):
    entry = ENTRIES[number]
    entry.size = size
    return Order(entry, entry.path, model, "auto", 0.5)


ENTRIES = [ImageEntry(number, Path(f"{number}.png")) for number in range(5)]


def taken(orders):
    found = []
    while (each := orders.take()) is not None:
        found.append(each.entry.identifier)
    return found


def test_images_come_as_they_were_given():
    orders = Orders([order(0), order(1), order(2)])
    assert orders.count == (0, 3)
    assert taken(orders) == [0, 1, 2]
    assert orders.count == (3, 3)


def test_what_is_looked_at_comes_next_and_the_others_stay_in_order():
    orders = Orders([order(0), order(1), order(2), order(3)])
    orders.take()
    orders.prefer(ENTRIES[3])
    orders.prefer(ENTRIES[4])
    assert taken(orders) == [3, 1, 2]


def test_an_urgent_image_is_predicted_once():
    orders = Orders([order(0), order(1), order(2)])
    orders.put_first(order(2))
    assert taken(orders) == [2, 0, 1]


def test_more_images_come_last_and_none_twice():
    orders = Orders([order(0), order(1)])
    orders.put_last([order(1), order(1, SECOND), order(2)])
    assert taken(orders) == [0, 1, 1, 2]


def test_what_waits_or_is_worked_on_is_known():
    orders = Orders([order(0), order(1)])
    orders.take()
    assert orders.holds(ENTRIES[0], FIRST.key)
    assert orders.holds(ENTRIES[1], FIRST.key)
    assert not orders.holds(ENTRIES[1], SECOND.key)
    orders.take()
    assert not orders.holds(ENTRIES[0], FIRST.key)


def test_pixels_are_guessed_where_the_size_is_not_known():
    orders = Orders([order(0, size=(100, 50)), order(1)])
    assert orders.waiting_pixels == 5000 + GUESSED_PIXELS


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "10 s"), (44, "40 s"), (89, "90 s"), (100, "2 min"), (3000, "50 min"), (9000, "2.5 h")],
)
def test_times_are_round(seconds, text):
    assert in_words(seconds) == text
