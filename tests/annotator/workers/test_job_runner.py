"""Jobs run off the GUI thread, report, are cancelled, and leave nothing behind."""

import threading
import time

import pytest

from annotator.errors import AnnotatorError, JobCancelled
from annotator.workers.job_runner import Job, JobRunner

pytestmark = pytest.mark.gui


@pytest.fixture
def runner(qtbot):
    runner = JobRunner()
    yield runner
    runner.shutdown()
    assert runner.thread_count == 0


def test_result_comes_back_on_the_gui_thread(runner, qtbot):
    seen = []
    runner.start(
        Job(
            "a",
            lambda _context: threading.get_ident(),
            on_done=lambda worker: seen.append((worker, threading.get_ident())),
        )
    )
    qtbot.waitUntil(lambda: bool(seen))
    worker, receiver = seen[0]
    assert worker != receiver == threading.get_ident()


def test_progress_is_reported(runner, qtbot):
    release = threading.Event()

    def work(context):
        context.report("marching", 0.5)
        release.wait(5)

    job = runner.start(Job("a", work, title="Tracing"))
    qtbot.waitUntil(lambda: job.fraction == 0.5)
    assert job.stage == "marching"
    assert runner.shown_jobs == [job]
    release.set()
    qtbot.waitUntil(lambda: not runner.shown_jobs)


def test_cancelling_is_immediate_and_the_late_result_is_dropped(runner, qtbot):
    release, events = threading.Event(), []
    job = Job(
        "a",
        lambda _context: release.wait(5),
        on_done=lambda _result: events.append("done"),
        on_cancelled=lambda: events.append("cancelled"),
    )
    runner.start(job)
    runner.cancel(job)
    assert events == ["cancelled"]
    release.set()
    runner.start(Job("b", lambda _context: None, on_done=lambda _result: events.append("b")))
    qtbot.waitUntil(lambda: "b" in events)
    assert events == ["cancelled", "b"]


def test_report_raises_once_cancelled(runner, qtbot):
    started, stopped = threading.Event(), threading.Event()

    def work(context):
        started.set()
        try:
            while True:
                context.report("", 0.0)
                time.sleep(0.001)
        except JobCancelled:
            stopped.set()
            raise

    job = runner.start(Job("a", work))
    assert started.wait(5)
    runner.cancel(job)
    assert stopped.wait(5)


def test_newer_job_with_the_same_key_replaces_the_older(runner, qtbot):
    release, events = threading.Event(), []

    def start(name):
        runner.start(
            Job(
                "same",
                lambda _context: release.wait(5),
                on_done=lambda _result: events.append(name),
            )
        )

    start("old")
    start("new")
    release.set()
    qtbot.waitUntil(lambda: "new" in events)
    assert events == ["new"]


def test_compute_jobs_run_one_at_a_time(runner, qtbot):
    running, most, done = [], [], []

    def work(_context):
        running.append(1)
        most.append(len(running))
        time.sleep(0.02)
        running.pop()

    for number in range(4):
        runner.start(Job(number, work, on_done=lambda _result: done.append(1)))
    qtbot.waitUntil(lambda: len(done) == 4)
    assert max(most) == 1


def test_problem_for_the_user_and_crash_take_different_ways(runner, qtbot):
    failed, crashed = [], []
    runner.crashed.connect(crashed.append)

    def fail(error):
        def work(_context):
            raise error

        return work

    runner.start(Job(1, fail(AnnotatorError("Bad file.")), on_failed=failed.append))
    runner.start(Job(2, fail(ZeroDivisionError("oops")), on_failed=failed.append))
    runner.start(Job(3, fail(MemoryError()), on_failed=failed.append))
    qtbot.waitUntil(lambda: len(failed) == 2 and bool(crashed))
    assert str(failed[0]) == "Bad file."
    assert "memory" in str(failed[1])
    assert isinstance(crashed[0], ZeroDivisionError)


def test_shutdown_cancels_what_waits(qtbot):
    runner, ran = JobRunner(), []
    for number in range(5):
        runner.start(Job(number, lambda context: ran.append(context) or time.sleep(0.05)))
    runner.shutdown()
    assert runner.thread_count == 0
    assert len(ran) <= 2
