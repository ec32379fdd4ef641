"""Writes every edit to the project at once, in the background, and tries again where it fails."""

import threading
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QTimer, Signal

from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError
from annotator.storage.project_store import ProjectStore
from annotator.workers.job_runner import Job, JobContext, JobRunner

RETRY_MS = 4000


@dataclass(slots=True)
class Unsaved:
    """What of an image is not on disk: its newest content and the names of the edits."""

    content: ImageContent
    texts: list[str] = field(default_factory=list[str])


class ProjectSaver(QObject):
    """Saves contents in the order in which they changed; never drops one that was not saved.

    What waits is kept per image, so that on a slow disk only the newest content is written.
    """

    changed = Signal()
    """What is saved may have changed, see `is_saved` and `error`."""
    failed = Signal(object)
    """Saving failed, for a reason not told yet: AnnotatorError."""

    def __init__(self, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.error: AnnotatorError | None = None
        """Why the last attempt failed, None once everything is on disk."""
        self._runner = runner
        self._store: ProjectStore | None = None
        self._waiting: dict[int, Unsaved] = {}
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._retry = QTimer(self, singleShot=True, interval=RETRY_MS)
        self._retry.timeout.connect(self._start)

    @property
    def is_saved(self) -> bool:
        """Tell whether everything is on disk."""
        with self._lock:
            return not self._waiting

    @property
    def unsaved_count(self) -> int:
        """Number of images with edits that are not on disk."""
        with self._lock:
            return len(self._waiting)

    def set_store(self, store: ProjectStore | None) -> None:
        """Save into another project from now on; what waits for the old one must be flushed."""
        self._store = store
        with self._lock:
            self._waiting.clear()
        self.error = None
        self._retry.stop()
        self.changed.emit()

    def save(self, identifier: int, content: ImageContent, text: str) -> None:
        """Save a content of an image soon."""
        with self._lock:
            unsaved = self._waiting.pop(identifier, None) or Unsaved(content)
            unsaved.content = content
            unsaved.texts.append(text)
            self._waiting[identifier] = unsaved
        self._start()
        self.changed.emit()

    def retry(self) -> None:
        """Try again now."""
        self._start()

    def flush(self) -> AnnotatorError | None:
        """Write everything now, on this thread; return the problem where that fails."""
        try:
            self.write_all()
        except AnnotatorError as error:
            self.error = error
            return error
        self.error = None
        self.changed.emit()
        return None

    def _start(self) -> None:
        if self._store is None or self._runner.find("save project") or self.is_saved:
            return
        self._runner.start(
            Job(
                key="save project",
                work=self._work,
                lane="saving",
                on_done=lambda _result: self._on_done(),
                on_failed=self._on_failed,
            )
        )

    def _work(self, _context: JobContext) -> None:
        self.write_all()

    def write_all(self) -> None:
        """Write what waits, oldest first; on any thread, one after the other."""
        with self._writing:
            self._write_waiting()

    def _write_waiting(self) -> None:
        """Write image by image; one that cannot be written does not keep the others waiting."""
        store, failed = self._store, dict[int, AnnotatorError]()
        while store is not None:
            with self._lock:
                item = next((i for i in self._waiting.items() if i[0] not in failed), None)
                if item is None:
                    break
                identifier, unsaved = item
                content, texts = unsaved.content, list(unsaved.texts)
            try:
                store.save(identifier, content, " · ".join(texts))
            except AnnotatorError as error:
                failed[identifier] = error
                continue
            with self._lock:
                if unsaved.content is content:
                    self._waiting.pop(identifier, None)
                else:  # edited again while it was written
                    del unsaved.texts[: len(texts)]
        for error in failed.values():
            raise error

    def _on_done(self) -> None:
        self.error = None
        self._start()  # what came while the job ended
        self.changed.emit()

    def _on_failed(self, error: AnnotatorError) -> None:
        # The sentence itself names the edit, which is another one at each attempt.
        is_news = type(self.error) is not type(error)
        self.error = error
        self._retry.start()
        if is_news:
            self.failed.emit(error)
        self.changed.emit()
