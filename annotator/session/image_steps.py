"""From image to image: what is asked for, loading it, and what stands in its way."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import FINISHED
from annotator.errors import AnnotatorError
from annotator.session.stepping import step_row, step_to
from annotator.workers.image_loader import ImageLoader, OpenImage
from annotator.workers.job_runner import Job

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session

MISSING = (
    "{} is not in {} any more; bring it back, or choose File > Locate missing images… to say where "
    "it is now. What was drawn on it is kept."
)


class ImageSteps:
    """Shows images of the session's list one after the other."""

    def __init__(self, session: "Session", loader: ImageLoader) -> None:
        self.requested = -1
        """Row of the image asked for last, be it there already or not."""
        self.loader = loader
        self._session = session
        self._direction = 1

    def show(self, index: int) -> None:
        """Load an image of the list; the old one stays until the new one is ready."""
        entries = self._session.entries
        if 0 <= index < len(entries):
            self.requested = index
            entry = entries[index]
            self.loader.load(
                entry.path, partial(self._on_loaded, entry), partial(self._on_not_loaded, entry)
            )

    def step(self, by: int) -> None:
        """Show the next (1) or previous (-1) image, counted from the one asked for last."""
        self._direction = 1 if by > 0 else -1
        row = step_row(self._rows, self.requested, by)
        if row is not None:
            self.show(row)

    def can_step(self, by: int) -> bool:
        """Tell whether there is a next (1) or previous (-1) image."""
        return step_row(self._rows, self.requested, by) is not None

    def step_unfinished(self, by: int) -> None:
        """Show the next (1) or previous (-1) image that is not finished; go on at the other end."""
        entries = self._session.entries
        self._direction = 1 if by > 0 else -1
        row = step_to(
            self._rows, self.requested, by, lambda row: entries[row].state not in FINISHED
        )
        if row is None:
            self._session.notice.emit(
                "All other images of the list are reviewed, approved or without crack"
            )
        else:
            self.show(row)

    @property
    def _rows(self) -> Sequence[int]:
        listed = self._session.listed_rows
        return range(len(self._session.entries)) if listed is None else listed()

    def _on_loaded(self, entry: ImageEntry, image: OpenImage) -> None:
        session = self._session
        if entry not in session.entries:
            return
        if entry.is_missing and entry.path.is_file():  # brought back, and not only remembered
            entry.is_missing = False
            session.images_changed.emit()
        if session.store and entry.size != image.size:
            entry.size = image.size
            self._note_size(entry)
        session.with_contents([entry], lambda: self._show(entry, image))
        for note in image.notes:
            session.notice.emit(note)

    def _note_size(self, entry: ImageEntry) -> None:
        store = self._session.store
        if store and not store.is_read_only:
            self._session.runner.start(
                Job(
                    key=("note size", entry.identifier),
                    work=lambda _context: store.note_image(entry.identifier, size=entry.size),
                    lane="saving",
                    on_failed=self._on_problem,
                )
            )

    def _on_not_loaded(self, entry: ImageEntry, error: AnnotatorError) -> None:
        """Go to a file that cannot be opened all the same, so that the next step counts from it."""
        session = self._session
        is_gone = isinstance(error.__cause__, FileNotFoundError)
        if entry in session.entries:
            if is_gone and not entry.is_missing:
                entry.is_missing = True  # from now on: it can be located
                session.images_changed.emit()
            self._show(entry, None)
        if is_gone:
            session.problem.emit(MISSING.format(entry.name, entry.path.parent))
        else:
            self._on_problem(error)

    def _show(self, entry: ImageEntry, image: OpenImage | None) -> None:
        session = self._session
        if entry not in session.entries:
            return
        session.current, session.image = entry, image
        self.requested = session.index
        session.history.activate(entry)
        session.selection.select(())
        session.selection.follow(entry.content)
        session.image_shown.emit()
        session.tell_damages()
        steps = (self._direction, -self._direction)
        neighbors = (step_row(self._rows, self.requested, step) for step in steps)
        near = [session.entries[row] for row in neighbors if row is not None]
        self.loader.preload([neighbor.path for neighbor in near])
        session.with_contents(near, lambda: None)

    def _on_problem(self, error: AnnotatorError) -> None:
        self._session.problem.emit(str(error))
