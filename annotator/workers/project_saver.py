"""Writes every edit to the project at once, in the background, and tries again where it fails."""

import threading
from collections.abc import Container
from dataclasses import dataclass, field
from itertools import islice

from PySide6.QtCore import QObject, QTimer, Signal

from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError
from annotator.storage.project_store import ContentSave, ProjectStore
from annotator.workers.job_runner import Job, JobContext, JobRunner

RETRY_MS = 4000
MOST_AT_ONCE = 250
"""Images that are saved in one transaction."""
DIGESTS_AT_ONCE = 10
"""Photographs that are read between two looks at what else is to be saved."""

Batch = list[tuple[ContentSave, int]]
"""What to save, each with the number of edits that it names."""


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
        self._undigested: list[int] = []
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
            self._undigested.clear()
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
        """Write many images at once; one that cannot be written does not keep the others back."""
        store, failed = self._store, dict[int, AnnotatorError]()
        while store is not None and (batch := self._next_batch(failed)):
            try:
                self._write(store, batch)
            except AnnotatorError as error:
                if len(batch) == 1:
                    failed[batch[0][0].identifier] = error
                    continue
                for item in batch:
                    try:
                        self._write(store, [item])
                    except AnnotatorError as reason:
                        failed[item[0].identifier] = reason
        for error in failed.values():
            raise error

    def _next_batch(self, failed: Container[int]) -> Batch:
        with self._lock:
            items = ((name, item) for name, item in self._waiting.items() if name not in failed)
            return [
                (ContentSave(name, unsaved.content, " · ".join(unsaved.texts)), len(unsaved.texts))
                for name, unsaved in islice(items, MOST_AT_ONCE)
            ]

    def _write(self, store: ProjectStore, batch: Batch) -> None:
        saves = [save for save, _ in batch]
        if len(saves) == 1:
            store.save(saves[0].identifier, saves[0].content, saves[0].text)
        else:
            store.save_many(saves)
        with self._lock:
            if len(saves) > 1:
                self._undigested += [save.identifier for save in saves]
            for save, n_texts in batch:
                unsaved = self._waiting[save.identifier]
                if unsaved.content is save.content:
                    del self._waiting[save.identifier]
                else:  # edited again while it was written
                    del unsaved.texts[:n_texts]

    def _note_digests(self) -> None:
        """Have a few photographs read whose digests are still to be noted, then the next ones."""
        store = self._store
        with self._lock:
            few = self._undigested[:DIGESTS_AT_ONCE]
            if store is None or not few or self._runner.find("note digests"):
                return
            del self._undigested[:DIGESTS_AT_ONCE]
        self._runner.start(
            Job(
                key="note digests",
                work=lambda _context: store.note_digests(few),
                lane="saving",
                on_done=lambda _result: self._note_digests(),
            )
        )

    def _on_done(self) -> None:
        self.error = None
        self._start()  # what came while the job ended
        self._note_digests()
        self.changed.emit()

    def _on_failed(self, error: AnnotatorError) -> None:
        # The sentence itself names the edit, which is another one at each attempt.
        is_news = type(self.error) is not type(error)
        self.error = error
        self._retry.start()
        if is_news:
            self.failed.emit(error)
        self.changed.emit()
