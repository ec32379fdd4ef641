"""The time of a run."""

import time
from collections.abc import Callable, Iterator

from segmentation.training.distributed import Team
from segmentation.training.events import EndReason
from segmentation.training.validation import Batch


class Stopwatch:
    """The clock of a run: when it ends, when it saves, how long it will take.

    Parameters
    ----------
    team
        All its processes stop together.
    is_cancelled
        Asked after each step.
    n_planned
        Steps of the whole run.
    time_budget
        Seconds after which the run stops; 0 is off.
    save_every
        Seconds between checkpoints within an epoch.
    """

    def __init__(
        self,
        team: Team,
        is_cancelled: Callable[[], bool],
        n_planned: int,
        *,
        time_budget: float,
        save_every: float,
    ) -> None:
        self._team, self._is_cancelled = team, is_cancelled
        self._n_planned = n_planned
        self._time_budget, self._save_every = time_budget, save_every
        self._started = self._saved = time.monotonic()
        self._n_steps = 0
        self.start_epoch()

    def start_epoch(self) -> None:
        """Begin to measure an epoch."""
        self._epoch_started = self._saved = time.monotonic()
        self._waited = self._step_seconds = 0.0

    def timed(self, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Yield the batches, and note how long each is waited for."""
        while True:
            start = time.monotonic()
            batch = next(batches, None)
            self._waited += time.monotonic() - start
            if batch is None:
                self._step_seconds = self.seconds
                return
            yield batch
            self._n_steps += 1

    def why_stop(self) -> EndReason | None:
        """Return why all processes stop here, if they do."""
        budget = self._time_budget
        is_late = budget > 0 and time.monotonic() - self._started >= budget
        cancelled, late = self._team.sums(float(self._is_cancelled()), float(is_late))
        return "cancelled" if cancelled else "out of time" if late else None

    def is_time_to_save(self) -> bool:
        """Return whether a checkpoint is due, and count from now on if so.

        The first process decides: saving is agreed on by all, and their clocks differ.
        """
        now = time.monotonic()
        (is_due,) = self._team.from_first(float(now - self._saved >= self._save_every))
        if is_due:
            self._saved = now
        return bool(is_due)

    def eta(self, n_steps: int) -> float:
        """Return the seconds until the end after so many steps, at the pace so far."""
        pace = (time.monotonic() - self._started) / (self._n_steps + 1)
        return pace * (self._n_planned - n_steps)

    @property
    def seconds(self) -> float:
        """Of this epoch so far."""
        return time.monotonic() - self._epoch_started

    @property
    def busy(self) -> float:
        """Share of the time of the steps not spent waiting for batches."""
        return 1.0 - self._waited / max(self._step_seconds, 1e-9)
