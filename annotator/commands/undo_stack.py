"""The edits of one image that can be taken back or done again, bounded in memory."""

from collections.abc import Iterable

from annotator.document.crack import Crack
from annotator.document.edits import Edit, difference
from annotator.document.image_content import ImageObject

UNDO_BYTES = 256_000_000
"""What only the undo stack still holds may take, per image."""


class UndoStack:
    """Remembers steps from one content of an image to the next.

    Not Qt's QUndoStack: that one is bounded by a number of steps only, and an edit may hold a
    hundred bytes or ten megabytes.
    """

    def __init__(self) -> None:
        self._done: list[tuple[Edit, int]] = []
        self._undone: list[tuple[Edit, int]] = []

    @property
    def last(self) -> Edit | None:
        """The edit that undo would take back, if there is one."""
        return self._done[-1][0] if self._done else None

    @property
    def undo_text(self) -> str:
        """Name of the edit that undo would take back, empty where there is none."""
        return self._done[-1][0].text if self._done else ""

    @property
    def redo_text(self) -> str:
        """Name of the edit that redo would do again, empty where there is none."""
        return self._undone[-1][0].text if self._undone else ""

    def push(self, edit: Edit) -> None:
        """Remember an edit; the oldest ones go where memory is short, the last one never."""
        self._undone.clear()
        self._done.append((edit, edit_size(edit)))
        while len(self._done) > 1 and self.held_bytes() > UNDO_BYTES:
            del self._done[0]

    def undo(self) -> Edit | None:
        """Return the edit to take back, if there is one."""
        if not self._done:
            return None
        self._undone.append(self._done.pop())
        return self._undone[-1][0]

    def redo(self) -> Edit | None:
        """Return the edit to do again, if there is one."""
        if not self._undone:
            return None
        self._done.append(self._undone.pop())
        return self._done[-1][0]

    def held_bytes(self) -> int:
        """Return the memory that the edits take beside the image as it is."""
        return sum(size for _, size in self._done) + sum(size for _, size in self._undone)


def edit_size(edit: Edit) -> int:
    """Return the memory of what is in one content of an edit only: blocks and courses."""
    change = difference(edit.before, edit.after)
    old, new = _parts(change.removed), _parts(change.added)
    return sum(size for name, size in (old | new).items() if (name in old) != (name in new))


def _parts(objects: Iterable[ImageObject]) -> dict[int, int]:
    """Return identity and size of blocks and courses: contents share what did not change."""
    parts: dict[int, int] = {}
    for item in objects:
        if isinstance(item, Crack):
            parts |= {id(block): block.nbytes for block in item.pixels.blocks.values()}
            if item.path:
                parts[id(item.path)] = item.path.nbytes
    return parts
