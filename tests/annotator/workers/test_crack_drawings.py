"""Drawings are made on worker threads and kept within bounds."""

import threading
from types import SimpleNamespace

import pytest

from annotator.workers import crack_drawings
from annotator.workers.crack_drawings import CrackDrawings
from annotator.workers.job_runner import JobRunner
from tests.crack_factory import painted_crack

pytestmark = pytest.mark.gui


class Draw:
    """Makes drawings of 100 bytes and notes on which thread."""

    def __init__(self):
        self.threads = []

    def __call__(self, crack):
        self.threads.append(threading.get_ident())
        return SimpleNamespace(nbytes=100, crack=crack)


@pytest.fixture
def runner(qtbot):
    runner = JobRunner()
    yield runner
    runner.shutdown()


def crack(name):
    return painted_crack((0, 0, 2, 2), identifier=name)


def test_a_drawing_that_is_there_comes_at_once(runner):
    draw, received = Draw(), []
    drawings, one = CrackDrawings(runner, draw), crack("a")
    made = drawings.add(one)
    drawings.hand_over(one, received.append)
    assert received == [made]
    assert len(draw.threads) == 1


def test_a_missing_drawing_is_made_off_the_gui_thread(runner, qtbot):
    draw, received = Draw(), []
    drawings = CrackDrawings(runner, draw)
    drawings.hand_over(crack("a"), received.append)
    assert received == []
    qtbot.waitUntil(lambda: bool(received))
    assert received[0].crack.identifier == "a"
    assert threading.get_ident() not in draw.threads


def test_the_drawings_used_last_are_kept(runner, qtbot, monkeypatch):
    monkeypatch.setattr(crack_drawings, "CACHE_BYTES", 250)
    draw, received = Draw(), []
    drawings = CrackDrawings(runner, draw)
    a, b, c = crack("a"), crack("b"), crack("c")
    drawings.add(a)
    drawings.add(b)
    drawings.hand_over(a, received.append)
    drawings.add(c)  # b has to go
    assert len(draw.threads) == 3
    drawings.hand_over(a, received.append)
    assert len(received) == 2
    drawings.hand_over(b, received.append)
    assert len(received) == 2
    qtbot.waitUntil(lambda: len(received) == 3)
    assert len(draw.threads) == 4


def test_an_edited_crack_is_drawn_anew(runner, qtbot):
    draw, received = Draw(), []
    drawings = CrackDrawings(runner, draw)
    drawings.add(crack("a"))
    edited = crack("a")
    drawings.hand_over(edited, received.append)
    qtbot.waitUntil(lambda: bool(received))
    assert received[0].crack is edited
