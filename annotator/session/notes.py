"""Notes pinned to places of the images: which one is chosen, and what can be done with it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.document.note import Note
from annotator.workers.job_runner import Job

if TYPE_CHECKING:  # the session holds this
    from annotator.session.session import Session
    from annotator.storage.project_records import NoteRecord
    from annotator.storage.project_store import ProjectStore

PIN_REACH = 24
"""Image pixels around a note that are brought into view with it."""


class Notes(QObject):
    """The notes of the image that is shown; those of others are asked for when they are wanted."""

    changed = Signal()
    """Another note is chosen, or the notes are others."""

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._session = session
        self._chosen = ""
        self._wanted = ""
        session.image_shown.connect(self._on_image_shown)
        session.document_changed.connect(self._on_document_changed)

    @property
    def here(self) -> tuple[Note, ...]:
        """Notes of the image, those that are open first."""
        entry = self._session.current
        notes = entry.content.notes if entry and entry.content else ()
        return tuple(sorted(notes, key=lambda note: note.is_resolved))

    @property
    def chosen(self) -> Note | None:
        """The note that commands are about."""
        return next((note for note in self.here if note.identifier == self._chosen), None)

    def choose(self, identifier: str) -> None:
        """Choose a note, or none where it is empty."""
        if identifier != self._chosen:
            self._chosen = identifier
            self.changed.emit()

    def show(self, identifier: str) -> None:
        """Choose a note and bring it into view."""
        self.choose(identifier)
        note = self.chosen
        if note is not None:
            x, y = round(note.x), round(note.y)
            box = (x - PIN_REACH, y - PIN_REACH, x + PIN_REACH, y + PIN_REACH)
            self._session.review.sight.show(box)

    def add(self, x: float, y: float, text: str) -> None:
        """Pin a note to a place of the image."""
        note = Note(x, y, text.strip())
        if note.text and self._session.apply("Add note", lambda content: content.with_note(note)):
            self.choose(note.identifier)

    def set_text(self, note: Note, text: str) -> None:
        """Write something else; without any text the note goes."""
        if not text.strip():
            self.remove(note)
        elif text.strip() != note.text:
            self._replace("Edit note", note, lambda old: old.with_text(text.strip()))

    def set_resolved(self, note: Note, is_resolved: bool) -> None:
        """Resolve a note, or open it again."""
        text = "Resolve note" if is_resolved else "Reopen note"
        self._replace(text, note, lambda old: old.resolved(is_resolved))

    def remove(self, note: Note) -> None:
        """Delete a note."""
        self._session.apply("Delete note", lambda content: content.without_note(note.identifier))

    def show_next(self) -> None:
        """Go to the next note that is open, in this image or in one behind it, and around."""
        names = [note.identifier for note in self.here if not note.is_resolved]
        place = names.index(self._chosen) + 1 if self._chosen in names else 0
        if place < len(names):
            self.show(names[place])
            return
        store = self._session.store
        if store is None:
            return
        self._session.runner.start(
            Job(
                key="read notes",
                # What was edited just now is written first: both are read from the disk.
                work=lambda _context: (self._session.saver.write_all(), store.reviews.notes())[1],
                lane="saving",
                on_done=partial(self._go_on, store),
                on_failed=lambda error: self._session.problem.emit(str(error)),
            )
        )

    def _go_on(self, store: "ProjectStore", records: "list[NoteRecord]") -> None:
        session = self._session
        if session.store is not store:
            return
        first = {r.image: r.note.identifier for r in reversed(records) if not r.note.is_resolved}
        rows = range(len(session.entries))
        behind = [*rows[session.index + 1 :], *rows[: session.index + 1]]
        for row in behind:
            entry = session.entries[row]
            if entry.identifier in first:
                self._wanted = first[entry.identifier]
                if entry is session.current:
                    self._on_image_shown()
                else:
                    session.show_image(row)
                return
        session.notice.emit("There are no open notes")

    def _replace(self, text: str, note: Note, change: Callable[[Note], Note]) -> None:
        new = change(note)
        self._session.apply(text, lambda content: content.with_note_replaced(new))

    def _on_image_shown(self) -> None:
        wanted, self._wanted = self._wanted, ""
        if wanted:
            self.show(wanted)
        self.changed.emit()

    def _on_document_changed(self, entry: ImageEntry, change: Change) -> None:
        if entry is self._session.current and change.are_notes_changed:
            self.changed.emit()
