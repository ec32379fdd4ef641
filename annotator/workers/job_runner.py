"""Runs functions on worker threads and brings their results back to the GUI thread."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Literal

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal

from annotator.errors import AnnotatorError, JobCancelled
from annotator.workers.garbage import GarbageCollector

Lane = Literal[
    "compute", "preview", "loading", "saving", "thumbnails", "exchange", "prediction", "candidates"
]

LANES: dict[Lane, int] = {
    "compute": 1, "preview": 2, "loading": 2, "saving": 1, "thumbnails": 1, "exchange": 1,
    "prediction": 1, "candidates": 1,
}  # fmt: skip
"""Threads per lane.

Compute has one: what it prepares for one trace serves the next. Previews of a trace have a lane of
their own, so that none waits behind the trace before; one thread grows, the other one answers.
Saving has one: a cancelled job may
still be writing, and must not replace the file of the one that came after it. For the same reason
all saving jobs have one priority, so that they run in the order in which they were started.
Exports and imports take minutes: in a lane of their own they hold up neither edits nor images.
Predictions wait for a process of their own; what they find is traced while it predicts the next.
"""

REPORT_INTERVAL_S = 0.03


class JobContext:
    """What a running function may use: the cancel flag and the progress report. Thread safe."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._last_report = (0.0, "")
        self.send: Callable[[str, float], None] | None = None

    def cancel(self) -> None:
        """Ask the function to stop."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Tell whether the function should stop."""
        return self._cancelled.is_set()

    def report(self, stage: str, fraction: float) -> None:
        """Report progress in [0, 1]; raise JobCancelled where the job was cancelled."""
        if self.is_cancelled():
            raise JobCancelled
        now = time.monotonic()
        last_time, last_stage = self._last_report
        send = self.send
        if send and (stage != last_stage or now - last_time >= REPORT_INTERVAL_S):
            self._last_report = (now, stage)
            send(stage, fraction)


def _ignore(*_: Any) -> None:
    """Do nothing: the default of the callbacks."""


@dataclass(eq=False, slots=True)
class Job:
    """A function to run in a lane. A newer job with the same key cancels the older one.

    Exactly one of ``on_done``, ``on_failed`` and ``on_cancelled`` is called, on the GUI thread.
    ``work`` gets copies or immutable values, never the live document.
    """

    key: Hashable
    work: Callable[[JobContext], Any]
    title: str = ""
    """Shown in the status bar; a job without a title runs unseen."""
    lane: Lane = "compute"
    priority: int = 0
    is_cancellable: bool = True
    on_done: Callable[[Any], None] = _ignore
    on_failed: Callable[[AnnotatorError], None] = _ignore
    on_cancelled: Callable[[], None] = _ignore
    context: JobContext = field(default_factory=JobContext)
    stage: str = ""
    fraction: float = 0.0


class JobRunner(QObject):
    """Starts, tracks and cancels jobs; lives on the GUI thread."""

    activity_changed = Signal()
    """A job started, ended or made progress."""
    crashed = Signal(object)
    """A job raised something unexpected: the exception."""

    _reported = Signal(object, str, float)
    _ended = Signal(object, object, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs: dict[Hashable, Job] = {}
        self._pools: dict[Lane, QThreadPool] = {}
        for lane, threads in LANES.items():
            pool = QThreadPool(self)
            pool.setMaxThreadCount(threads)
            pool.setExpiryTimeout(2000)
            self._pools[lane] = pool
        self.garbage = GarbageCollector(self)
        """Off at first: the window starts it, and `shutdown` stops it."""
        self._reported.connect(self._on_reported, Qt.ConnectionType.QueuedConnection)
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)

    def start(self, job: Job) -> Job:
        """Queue a job in its lane and return it."""
        if job.key in self._jobs:
            self.cancel(self._jobs[job.key])
        self._jobs[job.key] = job
        job.context.send = lambda stage, fraction: self._reported.emit(job, stage, fraction)
        self._pools[job.lane].start(lambda: self._run(job), job.priority)
        self.activity_changed.emit()
        return job

    def cancel(self, job: Job) -> None:
        """Cancel a job at once; whatever its function still returns is dropped."""
        if self._jobs.get(job.key) is not job:
            return
        del self._jobs[job.key]
        job.context.cancel()
        job.context.send = None  # it leads back to the job: a circle would keep what the job holds
        job.on_cancelled()
        self.activity_changed.emit()

    def cancel_all(self) -> None:
        """Cancel every job."""
        for job in list(self._jobs.values()):
            self.cancel(job)

    def find(self, key: Hashable) -> Job | None:
        """Return the waiting or running job of that key."""
        return self._jobs.get(key)

    @property
    def shown_jobs(self) -> list[Job]:
        """Jobs that have a title, in the order in which they run."""
        return [job for job in self._jobs.values() if job.title]

    @property
    def thread_count(self) -> int:
        """Number of worker threads that are at work."""
        return sum(pool.activeThreadCount() for pool in self._pools.values())

    def shutdown(self) -> None:
        """Cancel everything and wait until no thread runs any more."""
        self.cancel_all()
        for pool in self._pools.values():
            pool.clear()
            pool.waitForDone()
        self.garbage.stop()

    def _run(self, job: Job) -> None:
        """Run on a worker thread: call the function, hand the outcome to the GUI thread."""
        result: Any = None
        error: BaseException | None = None
        try:
            if job.context.is_cancelled():
                return
            result = job.work(job.context)
        except MemoryError as exhausted:
            error = AnnotatorError(
                "There is not enough memory for this; close other programs or use a smaller image.",
                repr(exhausted),
            )
        except Exception as caught:  # noqa: BLE001 - a thread has no caller that could handle it
            error = caught
        self._ended.emit(job, result, error)

    def _on_reported(self, job: Job, stage: str, fraction: float) -> None:
        if self._jobs.get(job.key) is job:
            job.stage, job.fraction = stage, fraction
            self.activity_changed.emit()

    def _on_ended(self, job: Job, result: Any, error: BaseException | None) -> None:
        if self._jobs.get(job.key) is not job:
            return
        del self._jobs[job.key]
        job.context.send = None
        try:
            if error is None:
                job.on_done(result)
            elif isinstance(error, JobCancelled):
                job.on_cancelled()
            elif isinstance(error, AnnotatorError):
                job.on_failed(error)
            else:
                job.on_cancelled()
                self.crashed.emit(error)
        finally:
            self.activity_changed.emit()
