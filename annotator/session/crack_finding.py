"""Predictions to candidates: one image after the other, each an edit of its own."""

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError
from annotator.session.prediction_batch import DECIDED, KEPT
from annotator.storage.predictions import PredictionStore
from annotator.workers.job_runner import Job, JobContext
from annotator.workers.prediction_work import Search
from annotator.workers.trace_work import TraceOptions

if TYPE_CHECKING:  # the session holds this
    from numpy.typing import NDArray

    from annotator.session.session import Session
    from annotator.workers.crack_search import Outcome
    from annotator.workers.prediction_work import Order

JOB: Final = "find cracks"
EDIT: Final = "Predict"


Finder = Callable[
    [Search, ImageContent, "NDArray[Any] | None", TraceOptions, JobContext],
    "Outcome | None",
]
"""Returns what was found, None where there is no prediction to find them in."""


class CrackFinding(QObject):
    """Looks for cracks in stored predictions and puts them to the images as candidates."""

    changed = Signal()
    """A search began or ended."""

    def __init__(self, session: "Session", parent: QObject) -> None:
        super().__init__(parent)
        self.search: Finder = _search
        """Looks for cracks on a worker thread."""
        self._session = session
        self._waiting = deque[Search]()
        self._current: Search | None = None

    @property
    def is_searching(self) -> bool:
        """Whether cracks are being looked for."""
        return self._current is not None

    def was_done(self, order: "Order") -> bool:
        """Tell whether an image was worked through before with a model that predicted it."""
        content = order.entry.content
        if order.entry.state is ImageState.NEW:
            return False
        if order.entry.state is ImageState.PREDICTED or content is None:
            return True
        return any(candidate.model == order.model.key for candidate in content.candidates)

    def propose(self, order: "Order", store: PredictionStore) -> None:
        """Look for cracks in an image that was predicted, unless somebody said it is finished."""
        entry = order.entry
        if entry.state in KEPT:
            self._session.notice.emit(DECIDED.format(entry.name, entry.state))
        elif entry in self._session.entries:
            self.find(entry, order.model.key, order.threshold, store)

    def find(
        self, entry: ImageEntry, model_key: str, threshold: float, store: PredictionStore
    ) -> None:
        """Look for cracks in the stored prediction of an image, after those that wait."""
        kept = [search for search in self._waiting if search.entry is not entry]
        self._waiting = deque([*kept, Search(entry, model_key, threshold, store)])
        self._next()

    def forget(self) -> None:
        """Drop what waits: another project is open."""
        self._waiting.clear()
        job = self._session.runner.find(JOB)
        if job:
            self._session.runner.cancel(job)

    def close(self) -> None:
        """Drop what waits; not used after this."""
        self._waiting.clear()

    def _next(self) -> None:
        if self._current is None and self._waiting:
            self._current = self._waiting.popleft()
            self._session.with_contents([self._current.entry], partial(self._start, self._current))
            self.changed.emit()

    def _start(self, search: Search) -> None:
        content = search.entry.content
        if content is None or search.entry not in self._session.entries:
            self._end(search)
            return
        image = self._session.image if search.entry is self._session.current else None
        pixels = image.pixels if image else None
        options = self._session.trace_settings.options
        self._run(search, partial(self.search, search, content, pixels, options))

    def _run(self, search: Search, work: Callable[[JobContext], "Outcome | None"]) -> None:
        left = f" ({len(self._waiting)} more wait)" if self._waiting else ""
        self._session.runner.start(
            Job(
                key=JOB,
                work=work,
                title=f"Finding cracks in {search.entry.name}{left}",
                lane="candidates",
                on_done=partial(self._on_found, search),
                on_failed=partial(self._on_failed, search),
                on_cancelled=lambda: self._on_cancelled(search),
            )
        )

    def _on_found(self, search: Search, outcome: "Outcome | None") -> None:
        entry = search.entry
        if outcome is None:
            self._session.problem.emit(
                f"The prediction of {entry.name} is not there any more; predict it again."
            )
        elif entry in self._session.entries and entry.content is not None:
            content = entry.content
            if content is not outcome.before:  # edited meanwhile
                self._run(search, lambda _context: outcome.on(content))
                return
            self._session.apply(EDIT, lambda _content: outcome.after, entry)
            if entry is self._session.current:
                self._session.notice.emit(_told(len(outcome.after.open_candidates)))
        self._end(search)

    def _on_failed(self, search: Search, error: AnnotatorError) -> None:
        self._session.problem.emit(str(error))
        self._end(search)

    def _on_cancelled(self, search: Search) -> None:
        self._waiting.clear()
        self._end(search)

    def _end(self, search: Search) -> None:
        if search is self._current:
            self._current = None
            self.changed.emit()
            self._next()


def _search(
    search: Search,
    content: ImageContent,
    pixels: "NDArray[Any] | None",
    options: TraceOptions,
    context: JobContext,
) -> "Outcome | None":
    """Load the engine where it is needed, which the window does not wait for."""
    from annotator.workers.crack_search import search_cracks

    return search_cracks(search, content, pixels, options, context)


def _told(count: int) -> str:
    if not count:
        return "No cracks found; try a lower threshold"
    return f"{count} {'crack' if count == 1 else 'cracks'} proposed"
