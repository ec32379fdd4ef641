"""Progress, cancellation and stage times of one trace."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from geodesic.types import TraceCancelled

Progress = Callable[[str, float], None]


class TraceProgress:
    """What a running trace reports, and where it learns that it should stop.

    Parameters
    ----------
    on_progress : callable, optional
        ``on_progress(stage, fraction)`` with a fraction in [0, 1].
    is_cancelled : callable, optional
        Polled by `check`.
    """

    def __init__(
        self, on_progress: Progress | None, is_cancelled: Callable[[], bool] | None
    ) -> None:
        self.seconds: dict[str, float] = {}
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self._started = time.perf_counter()

    def check(self) -> None:
        """Raise TraceCancelled if the caller asked to stop."""
        if self._is_cancelled is not None and self._is_cancelled():
            raise TraceCancelled

    def report(self, stage: str, fraction: float) -> None:
        """Tell the caller how far the trace is."""
        self.check()
        if self._on_progress is not None:
            self._on_progress(stage, fraction)

    @contextmanager
    def stage(self, name: str, fraction: float) -> Iterator[None]:
        """Time a stage; `fraction` is how much of the whole is done when it begins."""
        self.report(name, fraction)
        begin = time.perf_counter()
        yield
        self.add(name, time.perf_counter() - begin)

    def add(self, name: str, seconds: float) -> None:
        """Count time towards a stage; negative to hand it over to another."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def total(self) -> dict[str, float]:
        """Return the stage times with their total."""
        return {**self.seconds, "total": time.perf_counter() - self._started}
