"""Garbage is collected on the GUI thread while jobs run, and by Python afterwards."""

import gc
import threading
import weakref

import pytest
from PySide6.QtCore import QObject

from annotator.workers import garbage
from annotator.workers.job_runner import Job, JobRunner


class Ring(QObject):
    """Refers to itself, so that only the collector finds it."""

    def __init__(self):
        super().__init__()
        self.me = self


@pytest.fixture
def runner(qtbot, monkeypatch):
    monkeypatch.setattr(garbage, "INTERVAL_MS", 20)
    gc.collect()
    runner = JobRunner()
    runner.garbage.start()
    yield runner
    runner.shutdown()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def allocate(number):
    """Create so many objects; some hundreds would be enough for Python to collect by itself."""
    return [[n] for n in range(number)]


def test_what_a_job_leaves_is_destroyed_on_the_gui_thread(qtbot, runner):
    threads = []
    weakref.finalize(Ring(), lambda: threads.append(threading.get_ident()))
    done = []
    runner.start(
        Job(key="x", work=lambda _: allocate(9000), on_done=lambda _result: done.append(True))
    )
    qtbot.waitUntil(lambda: bool(done))
    qtbot.waitUntil(lambda: bool(threads))
    assert threads == [threading.get_ident()]


def test_many_new_objects_are_set_aside_unlooked_at(qtbot, runner, monkeypatch):
    collected = []
    monkeypatch.setattr(gc, "callbacks", [*gc.callbacks, lambda *info: collected.append(info)])
    before = gc.get_freeze_count()
    kept = allocate(200_000)
    qtbot.waitUntil(lambda: gc.get_freeze_count() > before + len(kept) - 1000)
    assert not [info for phase, info in collected if info["generation"] == 2]
