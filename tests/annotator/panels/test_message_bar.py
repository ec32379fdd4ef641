"""Which sentences go, which stay, and which come back."""

import pytest
from PySide6.QtWidgets import QWidget

from annotator.panels.message_bar import MessageBar

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
