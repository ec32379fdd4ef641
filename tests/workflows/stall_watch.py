"""Measures for how long the GUI thread does not come back to its event loop.

A thread of its own sends a queued call to the GUI thread, waits until it was answered, and notes
how long that took. Meanwhile it looks at what the GUI thread is doing, so that a stall has a
culprit.
What the test itself computes between two events counts too: let the window work with ``qtbot.wait``
or the like, and keep preparations out of the watched part.
"""

import linecache
import os
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal, Slot

BUDGET_S = 0.050
"""Longest time that a user does not notice while drawing."""
PAUSE_S = 0.002
"""Between an answer and the next call."""
LOOK_S = 0.010
"""Between two looks at what a GUI thread that does not answer is doing."""
KEPT = 20
DEPTH = 8
SCHEDULER_TIMES = Path(f"/proc/self/task/{os.getpid()}/schedstat")


@dataclass
class Stall:
    """A time without an answer, and the frames of the GUI thread that were seen in it."""

    seconds: float
    frames: list[str] = field(default_factory=list)
    without_core_s: float = 0.0
    """Of it, what the GUI thread was ready to run and the system gave it no core (Linux only)."""

    def __str__(self) -> str:
        seen = self.frames[len(self.frames) // 2] if self.frames else "(not looked at)\n"
        waited = f", {1000 * self.without_core_s:.0f} ms of it without a core,"
        return f"{1000 * self.seconds:.0f} ms{waited if self.without_core_s else ''} in\n{seen}"


class _Answerer(QObject):
    """Lives on the GUI thread and answers calls."""

    called = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.answered = threading.Event()
        self.answered_at = 0.0
        """Taken here, on the GUI thread: the thread that waits may itself be kept waiting."""
        self.called.connect(self._answer, Qt.ConnectionType.QueuedConnection)

    @Slot()
    def _answer(self) -> None:
        self.answered_at = time.perf_counter()
        self.answered.set()


class StallWatch:
    """Watches from `start` to `stop`; a context manager too."""

    def __init__(self, budget_s: float = BUDGET_S) -> None:
        self.budget_s = budget_s
        self.longest_s = 0.0
        self.stalls: list[Stall] = []
        """Those above the budget, the longest first."""
        self.n_answers = 0
        self._answerer = _Answerer()
        self._gui_thread = threading.main_thread().ident
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stall watch", daemon=True)

    def __enter__(self) -> "StallWatch":
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to watch; called on the GUI thread."""
        self._thread.start()

    def stop(self) -> None:
        """Answer what is asked and end; called on the GUI thread, once or more."""
        self._is_over.set()
        while self._thread.is_alive():
            QCoreApplication.processEvents()
            self._thread.join(0.001)

    def report(self) -> str:
        """Return the longest time and the worst stalls."""
        lines = [f"longest time off the event loop: {1000 * self.longest_s:.0f} ms"]
        return "\n".join((*lines, *(str(stall) for stall in self.stalls)))

    def _watch(self) -> None:
        while not self._is_over.is_set():
            stall = self._call()
            self.n_answers += 1
            self.longest_s = max(self.longest_s, stall.seconds)
            if stall.seconds > self.budget_s:
                self.stalls = sorted((*self.stalls, stall), key=lambda s: -s.seconds)[:KEPT]
            time.sleep(PAUSE_S)

    def _call(self) -> Stall:
        stall = Stall(0.0)
        self._answerer.answered.clear()
        without_core = _time_without_core()
        started = time.perf_counter()
        self._answerer.called.emit()
        while not self._answerer.answered.wait(LOOK_S):
            if len(stall.frames) < KEPT:
                stall.frames.append(
                    _describe(_look_at(self._gui_thread)) + _others(self._gui_thread)
                )
        stall.seconds = self._answerer.answered_at - started
        stall.without_core_s = _time_without_core() - without_core
        return stall


def _look_at(thread: int | None) -> list[tuple[CodeType, int]]:
    """Return what a thread is doing, the innermost function first.

    Quickly, and without keeping its frames: as long as somebody has a frame, its local variables
    live on, and a QPainter that outlives its paint event brings the program down.
    """
    frame = sys._current_frames().get(thread or 0)
    found = []
    while frame is not None and len(found) < DEPTH:
        found.append((frame.f_code, frame.f_lineno))
        frame = frame.f_back
    return found


def _time_without_core() -> float:
    """Return the seconds that the GUI thread has waited for a core so far; 0 where unknown."""
    try:  # the main thread has the number of the process
        return int(SCHEDULER_TIMES.read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):
        return 0.0


def _others(gui_thread: int | None) -> str:
    """Return where all other threads are that are in our code: one of them may hold the GIL."""
    apart = (gui_thread, threading.get_ident())
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    lines = []
    for thread in sys._current_frames():
        places = [] if thread in apart else _look_at(thread)
        if places:
            shown = " < ".join(f"{code.co_name} {Path(code.co_filename).name}:{number}"
                               for code, number in places)  # fmt: skip
            lines.append(f"    meanwhile {names.get(thread, thread)}: {shown}\n")
    return "".join(lines)


def _describe(places: list[tuple[CodeType, int]]) -> str:
    lines = []
    for code, number in reversed(places):
        source = linecache.getline(code.co_filename, number or 0).strip()
        lines.append(f"  {code.co_filename}:{number} {code.co_name}: {source}\n")
    return "".join(lines)
