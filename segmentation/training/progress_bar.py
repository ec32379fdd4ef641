"""Progress of a training run in the terminal. Needs no torch."""

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from segmentation.training.events import Ended, EpochDone, Event, Started, StepDone, Warned


class ProgressBar:
    """A bar over the steps and a line per epoch; a context, and called as ``on_event``.

    Parameters
    ----------
    console
        Where it is shown; standard error by default, so that standard output stays for results.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=console or Console(stderr=True),
        )
        self._task = self._progress.add_task("training", total=None)
        self._steps_per_epoch = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def __call__(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Started):
            self._steps_per_epoch = event.steps_per_epoch
            total = event.n_epochs * event.steps_per_epoch
            self._progress.update(self._task, total=total, completed=event.step)
        elif isinstance(event, StepDone):
            done = event.epoch * self._steps_per_epoch + event.step
            text = f"epoch {event.epoch + 1}, loss {event.loss:.4f}"
            self._progress.update(self._task, completed=done, description=text)
        else:
            self._print(event)

    def _print(self, event: Event) -> None:
        if isinstance(event, EpochDone):
            metrics = "".join(f", {name} {value:.4f}" for name, value in event.metrics.items())
            judged = f"; validation{metrics}" if metrics else ""
            best = " (best)" if event.is_best else ""
            text = f"epoch {event.epoch + 1}: loss {event.loss:.4f}{judged}{best}"
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
        elif isinstance(event, Warned):
            self._progress.console.print(event.text, markup=False, style="yellow", soft_wrap=True)
        elif isinstance(event, Ended):
            best = f"; best is epoch {event.best_epoch + 1}" if event.best_epoch >= 0 else ""
            text = f"{event.reason} after {event.epoch} epochs{best}"
            self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)
