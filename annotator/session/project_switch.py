"""From project to project: opening one in the background, and letting go of the one before."""

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.storage.project_store import ImageRecord, ProjectLockedError, ProjectStore
from annotator.workers.exchange_work import EXPORT_KEY
from annotator.workers.job_runner import Job, JobContext
from annotator.workers.project_work import (
    LAST_IMAGE,
    close_project,
    open_project,
    wait_until,
)

if TYPE_CHECKING:  # the session holds this
    from annotator.services.projects import OpenedProject
    from annotator.session.session import Session

EXPORTING = (
    "An export of this project is under way; let it end, or cancel it, and then open the other one."
)


class ProjectSwitch:
    """Opens, exchanges and closes the project of the session; nothing slow on the GUI thread."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._closing: ProjectStore | None = None
        self._is_closed = Event()
        self._is_closed.set()

    @property
    def is_closing(self) -> bool:
        """Tell whether a worker is still closing the project before."""
        return not self._is_closed.is_set()

    def open(self, paths: Sequence[Path], *, read_only: bool) -> None:
        """Open a project, a folder of images or images; what is open stays until it is there."""
        session, is_closed = self._session, self._is_closed
        recent, home = session.recent_projects(), session.project_home
        author, store = session.author, session.store

        def work(context: JobContext) -> "OpenedProject":
            wait_until(is_closed, context)  # the one before may be the same
            return open_project(list(paths), author, read_only, store, home, recent, context)

        session.runner.start(
            Job(
                key="open project",
                work=work,
                title="Opening the project",
                lane="loading",
                priority=20,
                on_done=self._on_opened,
                on_failed=partial(self._on_not_opened, list(paths)),
            )
        )

    def leave(self) -> None:
        """Write what waits and close the project; nothing is shown until another one is open."""
        if self._change(None):
            self._session.images_changed.emit()
            self._session.image_shown.emit()

    def close(self) -> None:
        """Close the project now, and the one before, if a worker did not come to it any more."""
        if self._closing:
            self._closing.close()
        if self._session.store:
            close_project(self._session.store, self._place)

    @property
    def _place(self) -> int | None:
        """Where the user is: the project opens there again."""
        session = self._session
        return session.current.identifier if session.current and not session.is_read_only else None

    def _on_opened(self, opened: "OpenedProject") -> None:
        """Take over a project; until here everything stayed as it was."""
        session = self._session
        if opened.store is not session.store and not self._change(opened.store):
            opened.store.close()
            return
        session.entries = listed(opened.records, session.entries)
        session.images_changed.emit()
        for note in opened.notes:
            session.notice.emit(note)
        session.damages = tuple(damage.text for damage in opened.store.damages)
        if not session.entries:
            session.tell_damages()
        wanted = opened.start if opened.start >= 0 else opened.store.get(LAST_IMAGE, -1)
        start = next((i for i, e in enumerate(session.entries) if e.identifier == wanted), 0)
        session.show_image(start)

    def _change(self, store: ProjectStore | None) -> bool:
        """Let go of the open project; stay with it, and return False, where work would be lost."""
        session = self._session
        if session.runner.find(EXPORT_KEY):
            session.problem.emit(EXPORTING)
            return False
        error = session.saver.flush()
        if error:
            session.problem.emit(f"{error.text} Until that is done, no other project is opened.")
            return False
        session.traces.cancel_all()
        old, place = session.store, self._place
        session.store = store
        session.saver.set_store(store)
        session.box_classes.set_store(store)
        if old:
            self._close_behind(old, place)
        session.history.clear()
        session.selection.follow(None)
        session.entries, session.current, session.image = [], None, None
        session.project_changed.emit()
        return True

    def _close_behind(self, old: ProjectStore, place: int | None) -> None:
        """Have a project closed by a worker: that may write a checkpoint."""
        is_closed = self._is_closed = Event()
        self._closing = old

        def work(_context: object) -> None:
            try:
                close_project(old, place)
            finally:
                is_closed.set()

        self._session.runner.start(
            Job(
                key=("close project", id(old)), work=work, lane="saving", is_cancellable=False,
                on_failed=self._on_problem,
            )
        )  # fmt: skip

    def _on_not_opened(self, paths: list[Path], error: AnnotatorError) -> None:
        if isinstance(error, ProjectLockedError):
            self._session.project_locked.emit(paths, error)
        else:
            self._on_problem(error)

    def _on_problem(self, error: AnnotatorError) -> None:
        self._session.problem.emit(str(error))


def listed(records: Iterable[ImageRecord], known: Iterable[ImageEntry]) -> list[ImageEntry]:
    """Return an entry for each image; contents that are in memory are kept."""
    by_identifier = {entry.identifier: entry for entry in known}
    entries: list[ImageEntry] = []
    for record in records:
        entry = by_identifier.get(record.identifier) or ImageEntry(record.identifier, record.path)
        entry.path, entry.is_missing = record.path, record.is_missing
        entry.shown_name, entry.size = record.shown_name, record.size or entry.size
        entry.listed_state, entry.listed_cracks = record.state, record.n_cracks
        entry.listed_subset, entry.listed_candidates = record.subset, record.n_candidates
        entries.append(entry)
    return entries
