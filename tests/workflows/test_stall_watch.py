"""The watch finds stalls and who made them."""

import time

import pytest

from tests.workflows.stall_watch import StallWatch

pytestmark = pytest.mark.gui


def dawdle(seconds):
    time.sleep(seconds)


def test_a_stall_is_measured_and_its_culprit_named(qtbot):
    with StallWatch(budget_s=0.2) as watch:
        qtbot.wait(30)
        dawdle(0.3)
        qtbot.wait(30)
    assert watch.longest_s >= 0.3 - 0.01
    assert len(watch.stalls) == 1
    assert "dawdle" in watch.report()


def test_a_window_that_works_in_small_steps_has_none(qtbot):
    with StallWatch(budget_s=1.0) as watch:
        for _ in range(20):
            qtbot.wait(5)
    assert watch.stalls == []
    assert watch.n_answers > 5


def test_it_may_be_stopped_twice(qtbot):
    watch = StallWatch()
    watch.start()
    qtbot.wait(5)
    watch.stop()
    watch.stop()
    assert not watch._thread.is_alive()
