"""Which sentences go, which stay, and which come back."""

import pytest
from PySide6.QtWidgets import QWidget

from annotator.panels import message_bar
from annotator.panels.message_bar import MessageBar, time_to_read

pytestmark = pytest.mark.gui


@pytest.fixture
def bar(qtbot):
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(700, 300)
    canvas.show()
    return MessageBar(canvas)


def test_a_problem_goes_when_something_succeeds(bar):
    bar.show_problem("The file ends early.")
    assert bar.is_open
    bar.pass_by()
    assert not bar.is_open


def test_what_goes_on_stays_until_it_is_over(bar):
    bar.show_problem("The disk is full.", stays=True)
    bar.pass_by()
    assert bar.is_open
    bar.end_lasting()
    assert not bar.is_open
    bar.end_lasting()
    bar.pass_by()
    assert not bar.is_open


def test_what_goes_on_comes_back_after_another_problem(bar):
    bar.show_problem("The disk is full.", stays=True)
    bar.show_problem("The file ends early.")
    bar.pass_by()
    assert bar.text == "The disk is full."
    bar.show_problem("The file ends early.")
    bar.end_lasting()
    assert bar.text == "The file ends early."
    assert bar.is_open


def test_the_user_can_be_rid_of_any(bar):
    bar.show_problem("The disk is full.", stays=True)
    bar.dismiss()
    bar.pass_by()
    assert not bar.is_open


def test_it_tells_when_it_opens_and_closes_and_only_then(bar):
    told = []
    bar.opened_or_closed.connect(lambda: told.append(bar.is_open))
    bar.pass_by()
    bar.show_problem("The file ends early.")
    bar.pass_by()
    bar.pass_by()
    assert told == [True, False]


def test_it_goes_in_time_but_not_what_goes_on(bar, monkeypatch, qtbot):
    monkeypatch.setattr(message_bar, "time_to_read", lambda _text: 1)
    bar.show_problem("The file ends early.")
    qtbot.waitUntil(lambda: not bar.is_open)
    bar.show_problem("The disk is full.", stays=True)
    qtbot.wait(30)
    assert bar.is_open
    bar.show_problem("The file ends early.")
    qtbot.waitUntil(lambda: bar.text == "The disk is full.")


def test_it_stays_while_it_is_read(bar, monkeypatch, qtbot):
    monkeypatch.setattr(message_bar, "time_to_read", lambda _text: 1)
    monkeypatch.setattr(bar, "underMouse", lambda: True)
    bar.show_problem("The file ends early.")
    qtbot.wait(30)
    assert bar.is_open
    monkeypatch.setattr(bar, "underMouse", lambda: False)
    qtbot.waitUntil(lambda: not bar.is_open)


def test_long_sentences_have_more_time():
    assert time_to_read("Short.") == 10_000
    assert time_to_read("long " * 50) == 25_000


def test_what_was_said_just_now_outlasts_another_selection(bar, qtbot):
    bar.show_problem("What is locked was not deleted.")
    bar.go_on()
    assert bar.is_open
    qtbot.wait(1)
    bar.go_on()
    assert not bar.is_open
