"""Edits of an image as pairs of contents, and what they changed."""

from dataclasses import dataclass

from annotator.document.image_content import ImageContent, ImageObject
from annotator.document.image_state import ImageState


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

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing changed that is shown."""
        return not (self.removed or self.added or self.is_state_changed)


def difference(before: ImageContent, after: ImageContent) -> Change:
    """Return what has to be drawn anew, compared by identity: contents hold immutable values."""
    old = {id(item) for item in before.objects}
    new = {id(item) for item in after.objects}
    return Change(
        removed=tuple(item for item in before.objects if id(item) not in new),
        added=tuple(item for item in after.objects if id(item) not in old),
        is_state_changed=(before.state, before.subset) != (after.state, after.subset),
    )


def with_progress_noted(before: ImageContent, after: ImageContent) -> ImageContent:
    """Return ``after`` in progress where work on a new image began, or it has cracks after all."""
    change = difference(before, after)
    if before.state is not after.state or not (change.added or change.removed):
        return after
    is_begun = before.state in (ImageState.NEW, ImageState.PREDICTED)
    is_contradicted = before.state is ImageState.NO_CRACK and bool(after.cracks)
    if is_begun or is_contradicted:
        return after.with_state(ImageState.IN_PROGRESS)
    return after
