"""Length and width of cracks without a course, estimated in the background."""

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from annotator.document.crack import Crack
from annotator.document.region_size import RegionSize, estimate_size
from annotator.workers.job_runner import Job, JobRunner


class RegionSizes(QObject):
    """Estimates by identifier; an edited crack keeps its old one until the new one is there."""

    ready = Signal(str)
    """The size of this crack is known, or another than before."""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._known: dict[str, tuple[Crack, RegionSize]] = {}
        self._jobs: dict[str, tuple[Crack, Job]] = {}

    def get(self, crack: Crack) -> RegionSize | None:
        """Return what is known of a crack, and begin to find out what is not."""
        name = crack.identifier
        known, size = self._known.get(name, (None, None))
        running = self._jobs.get(name)
        if known is not crack and (running is None or running[0] is not crack):
            self._start(crack)
        return size

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget all cracks but these."""
        kept = set(names)
        for name in self._known.keys() - kept:
            del self._known[name]
        for name in self._jobs.keys() - kept:
            self._runner.cancel(self._jobs[name][1])

    def _start(self, crack: Crack) -> None:
        name = crack.identifier
        job = self._runner.start(
            Job(
                key=("region size", name),
                work=lambda _context: estimate_size(crack.mask_patch().data),
                lane="loading",
                priority=5,
                on_done=lambda size: self._keep(crack, size),
                on_cancelled=lambda: self._forget_job(crack),
            )
        )
        self._jobs[name] = crack, job

    def _keep(self, crack: Crack, size: RegionSize) -> None:
        self._forget_job(crack)
        self._known[crack.identifier] = crack, size
        self.ready.emit(crack.identifier)

    def _forget_job(self, crack: Crack) -> None:
        running = self._jobs.get(crack.identifier)
        if running and running[0] is crack:
            del self._jobs[crack.identifier]
