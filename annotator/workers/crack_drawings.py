"""Makes the drawings of cracks off the GUI thread and keeps the last ones."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Protocol

from annotator.document.crack import Crack
from annotator.workers.job_runner import Job, JobRunner

CACHE_BYTES = 200_000_000
"""Drawings are kept up to this much; the newest one always is. A long crack takes about 1 MB."""


class Drawing(Protocol):
    """A display form of a crack."""

    @property
    def nbytes(self) -> int:
        """Memory it takes, in bytes."""
        ...


class CrackDrawings:
    """Drawings by crack, so that undo, redo and coming back to an image show cracks at once."""

    def __init__(self, runner: JobRunner, draw: Callable[[Crack], Drawing]) -> None:
        self._runner = runner
        self._draw = draw
        self._lock = threading.Lock()
        # By identity: an edited crack is another object with the same identifier.
        self._cache: OrderedDict[Crack, Drawing] = OrderedDict()

    def add(self, crack: Crack) -> Drawing:
        """Draw a crack and keep the drawing; called on a worker thread."""
        drawing = self._draw(crack)
        self.keep(crack, drawing)
        return drawing

    def keep(self, crack: Crack, drawing: Drawing) -> None:
        """Keep a drawing that was made elsewhere."""
        with self._lock:
            self._cache[crack] = drawing
            while len(self._cache) > 1 and self._total() > CACHE_BYTES:
                self._cache.popitem(last=False)

    def find(self, crack: Crack) -> Any:
        """Return the drawing of a crack if it is there, else None."""
        with self._lock:
            drawing = self._cache.get(crack)
            if drawing:
                self._cache.move_to_end(crack)
        return drawing

    def hand_over(self, crack: Crack, receive: Callable[[Any], None]) -> None:
        """Hand over a drawing, at once if it is there, else when a worker has made it."""
        drawing = self.find(crack)
        if drawing:
            receive(drawing)
            return
        self._runner.start(
            Job(
                key=("drawing", crack),
                work=lambda _context: self.add(crack),
                lane="loading",
                priority=20,
                on_done=receive,
            )
        )

    def _total(self) -> int:
        return sum(drawing.nbytes for drawing in self._cache.values())
