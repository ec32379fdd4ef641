"""The edits of one image that can be taken back or done again, bounded in memory."""

from annotator.document.crack_path import CrackPath
from annotator.document.edits import Change, Edit
from annotator.document.image_entry import ImageEntry

UNDO_BYTES = 256_000_000
"""What the cracks that only the undo stack still holds may take, per image."""


class UndoStack:
    """Applies, reverts and repeats edits of an image.

    Not Qt's QUndoStack: that one is bounded by a number of steps only, and a deleted crack may hold
    a hundred bytes or ten megabytes.
    """

    def __init__(self, entry: ImageEntry) -> None:
        self._entry = entry
        self._done: list[Edit] = []
        self._undone: list[Edit] = []

    @property
    def undo_text(self) -> str:
        """Name of the edit that undo would take back, empty where there is none."""
        return self._done[-1].text if self._done else ""

    @property
    def redo_text(self) -> str:
        """Name of the edit that redo would do again, empty where there is none."""
        return self._undone[-1].text if self._undone else ""

    def push(self, edit: Edit) -> Change:
        """Check an edit, apply it and remember it; the oldest edits go where memory is short.

        Undoing and redoing only move cracks between the image and the stack, so that here is the
        place to look at the memory. The last edit can always be taken back.
        """
        edit.check(self._entry)
        change = edit.apply(self._entry)
        self._undone.clear()
        self._done.append(edit)
        while len(self._done) > 1 and self.held_bytes() > UNDO_BYTES:
            del self._done[0]
        return change

    def undo(self) -> Change | None:
        """Take back the last edit, if there is one."""
        if not self._done:
            return None
        edit = self._done.pop()
        self._undone.append(edit)
        return edit.revert(self._entry)

    def redo(self) -> Change | None:
        """Do the edit again that was taken back last, if there is one."""
        if not self._undone:
            return None
        edit = self._undone.pop()
        self._done.append(edit)
        return edit.apply(self._entry)

    def held_bytes(self) -> int:
        """Return the memory of the cracks that are in the stack and no longer in the image."""
        shown = {crack.identifier for crack in self._entry.cracks}
        held = {edit.crack.identifier: edit.crack for edit in (*self._done, *self._undone)}
        return sum(_size(crack) for name, crack in held.items() if name not in shown)


def _size(crack: CrackPath) -> int:
    arrays = (crack.mask.data, crack.centerline, crack.half_widths, crack.confidence)
    return sum(array.nbytes for array in arrays)
