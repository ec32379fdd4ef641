"""Python's garbage collection, while worker threads run."""

import gc
import time

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 1000
FULL_EVERY = 30
"""Every so many times all generations are collected, else the young ones."""
MANY = 20_000
"""New objects that it would take too long to look through: libraries were loaded."""
LONG_S = 0.01


class GarbageCollector(QObject):
    """Collects garbage on the GUI thread only, and never for long.

    Python collects on whichever thread happens to create an object. On a worker thread that
    destroys what belongs to the GUI thread, as closed dialogs do, and ends the program; and while
    it looks through all the objects of the libraries, every thread waits. So those that are there
    to stay are set aside, and collecting by itself is off from `start` to `stop`.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._n_collections = 0
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.collect)

    def start(self) -> None:
        """Begin, if it has not begun."""
        if not self._timer.isActive():
            gc.disable()
            gc.freeze()
            self._timer.start()

    def stop(self) -> None:
        """Leave it to Python again."""
        if self._timer.isActive():
            self._timer.stop()
            gc.unfreeze()
            gc.enable()

    def collect(self) -> None:
        """Collect what became garbage lately."""
        if gc.get_count()[0] > MANY:
            gc.freeze()
            return
        self._n_collections += 1
        started = time.perf_counter()
        gc.collect(1 if self._n_collections % FULL_EVERY else 2)
        if time.perf_counter() - started > LONG_S:
            gc.freeze()
