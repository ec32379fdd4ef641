"""Saying how far many images are at once, without the window."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatch

from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError
from annotator.storage.project_store import ContentSave, ProjectStore

FOR_USERS = tuple(s for s in ImageState if s not in (ImageState.NEW, ImageState.PREDICTED))
"""States that a person sets; the others are the program's own."""
AT_ONCE = 250


@dataclass(frozen=True, slots=True)
class MarkedImages:
    """How many images fit the name, how many were marked, and a sentence for each that was not."""

    n_chosen: int
    n_marked: int
    problems: tuple[str, ...]


def mark_images(
    store: ProjectStore,
    state: ImageState,
    pattern: str = "*",
    report: Callable[[float, str], None] | None = None,
) -> MarkedImages:
    """Give a state to the images whose names fit a pattern; those that have it already stay.

    No image with cracks is marked "no crack", as in the window.
    """
    if state not in FOR_USERS:
        raise AnnotatorError(f"“{state}” is set by the program itself; choose another state.")
    chosen = [record for record in store.images() if fnmatch(record.shown_name, pattern)]
    open_ones = [record for record in chosen if record.state is not state]
    full = [r for r in open_ones if state is ImageState.NO_CRACK and r.n_cracks]
    identifiers = [record.identifier for record in open_ones if record not in full]
    for start in range(0, len(identifiers), AT_ONCE):
        if report is not None:
            report(start / len(identifiers), "marking")
        batch = identifiers[start : start + AT_ONCE]
        store.save_many(
            [
                ContentSave(number, store.load(number)[0].with_state(state), f"Mark as {state}")
                for number in batch
            ]
        )
        store.note_digests(batch)
    problems = tuple(f"{record.shown_name} has cracks; it was not marked." for record in full)
    return MarkedImages(len(chosen), len(identifiers), problems)
