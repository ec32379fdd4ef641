"""A progress bar on the terminal for whatever takes more than a second."""

import sys
import threading
from types import TracebackType
from typing import Any, Self

DELAY = 1.0
"""Seconds before the bar appears; what ends sooner shows none."""


class ProgressLine:
    """A bar on stderr, only where stderr is a terminal; `say` prints above it.

    The bar appears by a timer rather than at an update, so that a long first step shows it too.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._fraction = 0.0
        self._bar: Any = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        """Start waiting for the delay."""
        if sys.stderr.isatty():
            self._timer = threading.Timer(DELAY, self._show)
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Remove the bar."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        with self._lock:
            if self._bar is not None:
                self._bar.stop()
                self._bar = None

    def update(self, fraction: float, text: str) -> None:
        """Move the bar to a fraction in [0, 1]."""
        with self._lock:
            self._fraction, self._text = fraction, text
            if self._bar is not None:
                self._bar.update(self._bar.task_ids[0], completed=fraction, description=text)

    def say(self, text: str) -> None:
        """Print a line on stderr, above the bar if there is one."""
        with self._lock:
            if self._bar is not None:
                self._bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
            else:
                print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the terminal's file

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        with self._lock:
            self._bar = Progress(
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                TaskProgressColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.add_task(self._text, total=1.0, completed=self._fraction)
            self._bar.start()
