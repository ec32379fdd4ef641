"""Edits of an image as pairs of contents, and what they changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from annotator.document.candidate import Candidate
from annotator.document.image_content import ImageContent, ImageObject
from annotator.document.image_state import ImageState
from annotator.document.note import Note

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """A step from one content to the next; both share all that did not change."""

    text: str
    """Name for the undo menu and the journal, as in "Trace crack"."""
    before: ImageContent
    after: ImageContent


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What differs between two contents: objects that went and objects that came.

    An object that was changed is in both, with the same identifier.
    """

    removed: tuple[ImageObject, ...] = ()
    added: tuple[ImageObject, ...] = ()
    is_state_changed: bool = False
    candidates_removed: tuple[Candidate, ...] = ()
    candidates_added: tuple[Candidate, ...] = ()
    notes_removed: tuple[Note, ...] = ()
    notes_added: tuple[Note, ...] = ()

    @property
    def are_candidates_changed(self) -> bool:
        """Tell whether candidates came, went, or were decided on."""
        return bool(self.candidates_removed or self.candidates_added)

    @property
    def are_notes_changed(self) -> bool:
        """Tell whether notes came, went, or were changed."""
        return bool(self.notes_removed or self.notes_added)

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing changed that is shown."""
        is_changed = self.removed or self.added or self.is_state_changed
        return not (is_changed or self.are_candidates_changed or self.are_notes_changed)


def difference(before: ImageContent, after: ImageContent) -> Change:
    """Return what has to be drawn anew, compared by identity: contents hold immutable values."""
    return Change(
        removed=_only_in(before.objects, after.objects),
        added=_only_in(after.objects, before.objects),
        is_state_changed=(before.state, before.subset) != (after.state, after.subset),
        candidates_removed=_only_in(before.candidates, after.candidates),
        candidates_added=_only_in(after.candidates, before.candidates),
        notes_removed=_only_in(before.notes, after.notes),
        notes_added=_only_in(after.notes, before.notes),
    )


def _only_in(one: Sequence[Value], other: Sequence[Value]) -> tuple[Value, ...]:
    if one is other:
        return ()
    known = {id(item) for item in other}
    return tuple(item for item in one if id(item) not in known)


def with_progress_noted(before: ImageContent, after: ImageContent) -> ImageContent:
    """Return ``after`` in progress where work on a new image began, or it has cracks after all.

    Drawing is work, and so is a verdict on a candidate; candidates that arrive and notes are not.
    """
    change = difference(before, after)
    is_work = bool(change.added or change.removed) or _is_verdict(change)
    if before.state is not after.state or not is_work:
        return after
    is_begun = before.state in (ImageState.NEW, ImageState.PREDICTED)
    is_contradicted = before.state is ImageState.NO_CRACK and bool(after.cracks)
    if is_begun or is_contradicted:
        return after.with_state(ImageState.IN_PROGRESS)
    return after


def _is_verdict(change: Change) -> bool:
    before = {item.identifier: item.is_decided for item in change.candidates_removed}
    return any(
        item.is_decided and before.get(item.identifier) is False for item in change.candidates_added
    )
