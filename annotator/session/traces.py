"""Traces under way: started from clicks, each ends as a crack or gives its clicks back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count

from PySide6.QtCore import QObject, Signal

from annotator.document.crack import Crack
from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.workers.crack_drawings import CrackDrawings
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import Job, JobContext, JobRunner
from annotator.workers.trace_work import Point, TraceOptions, Tracer


@dataclass(frozen=True, slots=True, eq=False)
class RunningTrace:
    """A trace that waits or runs: where its result goes and through which clicks it passes."""

    entry: ImageEntry
    waypoints: tuple[Point, ...]
    options: TraceOptions
    job: Job
    replaces: str = ""
    """Identifier of the crack that is traced anew, empty for a new one."""


Receive = Callable[[RunningTrace, Crack], None]


class Traces(QObject):
    """Starts and cancels traces; a crack that is traced anew again gives up the older attempt."""

    changed = Signal()
    """A trace started or ended."""
    failed = Signal(object, object)
    """A trace ended with a problem: RunningTrace, AnnotatorError."""

    def __init__(
        self,
        runner: JobRunner,
        drawings: CrackDrawings,
        tracer: Tracer,
        receive: Receive,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.running: list[RunningTrace] = []
        self._runner = runner
        self._drawings = drawings
        self._tracer = tracer
        self._receive = receive
        self._numbers = count(1)

    def start(
        self,
        entry: ImageEntry,
        image: OpenImage,
        waypoints: Sequence[Point],
        options: TraceOptions,
        replaces: str = "",
    ) -> None:
        """Trace through the waypoints in the background."""
        points = tuple((float(x), float(y)) for x, y in waypoints)

        def work(context: JobContext) -> Crack:
            crack = self._tracer.trace(image, points, options, context)
            if not replaces:
                self._drawings.add(crack)  # here, so that it can be painted as soon as it is there
            return crack

        job = Job(
            key=("trace", replaces or next(self._numbers)),
            work=work,
            title=f"Tracing {entry.name}",
        )
        running = RunningTrace(entry, points, options, job, replaces)
        job.on_done = partial(self._on_done, running)
        job.on_failed = partial(self._on_failed, running)
        job.on_cancelled = partial(self._on_ended, running)
        self._runner.start(job)
        self.running.append(running)
        self.changed.emit()

    def replacing(self, identifier: str) -> RunningTrace | None:
        """Return the trace that a crack is being replaced by, if there is one."""
        return next((item for item in self.running if item.replaces == identifier), None)

    def cancel_all(self) -> None:
        """Cancel all traces that wait or run."""
        for running in list(self.running):
            self._runner.cancel(running.job)

    def _on_done(self, running: RunningTrace, crack: Crack) -> None:
        self._on_ended(running)
        self._receive(running, crack)

    def _on_failed(self, running: RunningTrace, error: AnnotatorError) -> None:
        self._on_ended(running)
        self.failed.emit(running, error)

    def _on_ended(self, running: RunningTrace) -> None:
        self.running.remove(running)
        self.changed.emit()
