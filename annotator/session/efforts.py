"""How long somebody works on each crack, in seconds, clicks and keys; noted with the edit."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.storage.project_records import Effort, EffortKind
from annotator.workers.job_runner import Job

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session
    from annotator.storage.project_store import ProjectStore

LONGEST_GAP_S = 20.0
"""A longer time without any input counts as so much: somebody went for coffee."""

_KINDS: Final[dict[str, EffortKind]] = {
    "Trace crack": "trace", "Paint": "paint", "Erase": "paint", "Draw region": "paint",
    "Cut out": "paint", "Accept": "review", "Reject": "review", "Skip": "review",
    "Mark as": "review",
}  # fmt: skip
"""Kinds of work by how the name of the edit begins."""
_NO_WORK = (
    "Undo:", "Redo:", "Predict", "Find", "Import", "Data set",
    "Add note", "Edit note", "Resolve note", "Reopen note", "Delete note",
)  # fmt: skip
"""Edits that nobody makes by hand, that only take back another one, or that draw nothing."""

_log = logging.getLogger(__name__)


class EffortMeter:
    """Counts input since the last edit; time counts while there is input."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = clock()
        self._seconds = 0.0
        self._clicks = self._keys = 0

    def click(self) -> None:
        """Count a press of a mouse button."""
        self._clicks += 1
        self._tick()

    def key(self) -> None:
        """Count a press of a key."""
        self._keys += 1
        self._tick()

    def move(self) -> None:
        """Note that somebody is there."""
        self._tick()

    def take(self) -> tuple[float, int, int]:
        """Return seconds, clicks and keys since this was asked last."""
        self._tick()
        taken = self._seconds, self._clicks, self._keys
        self._seconds, self._clicks, self._keys = 0.0, 0, 0
        return taken

    def _tick(self) -> None:
        now = self._clock()
        self._seconds += min(now - self._last, LONGEST_GAP_S)
        self._last = now


class Efforts:
    """Writes what each edit took into the project, in the background."""

    def __init__(self, session: "Session") -> None:
        self.meter = EffortMeter()
        self._session = session
        self._waiting: list[tuple[ProjectStore, Effort]] = []
        self._lock = threading.Lock()

    def note(self, entry: ImageEntry, change: Change, text: str) -> None:
        """Note what an edit of that name took; it is the work since the edit before it."""
        store, kind = self._session.store, kind_of(text)
        if store is None or store.is_read_only or kind is None:
            return
        seconds, clicks, keys = self.meter.take()
        names = _names(change)
        crack = names[0] if len(names) == 1 else ""
        effort = Effort(entry.identifier, crack, kind, round(seconds, 2), clicks, keys)
        with self._lock:
            self._waiting.append((store, effort))
        self._session.runner.start(
            Job(key=("effort", id(effort)), work=lambda _context: self.flush(), lane="saving")
        )

    def flush(self) -> None:
        """Write what waits, on any thread. It is no loss where that fails: nobody drew it."""
        with self._lock:
            waiting = list(self._waiting)
            self._waiting.clear()
        for store in {store for store, _ in waiting}:
            try:
                store.add_effort(*(effort for owner, effort in waiting if owner is store))
            except AnnotatorError as error:
                _log.warning("effort is not noted: %s", error.text)


def kind_of(text: str) -> EffortKind | None:
    """Return the kind of work that an edit of that name is, None where it is none."""
    if text.startswith(_NO_WORK):
        return None
    for start, kind in _KINDS.items():
        if text.startswith(start):
            return kind
    return "edit"


def _names(change: Change) -> list[str]:
    """Return the identifiers of the cracks or the candidates that an edit is about."""
    items = change.added or change.removed or change.candidates_added
    return list(dict.fromkeys(item.identifier for item in items))
