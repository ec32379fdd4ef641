"""One undo stack per image, and which of their states are on disk."""

from collections.abc import Callable, Iterable

from PySide6.QtCore import QObject, Signal

from annotator.commands.undo_stack import UndoStack
from annotator.document.crack_path import CrackPath
from annotator.document.edits import Change, Edit
from annotator.document.image_entry import ImageEntry

Announce = Callable[[ImageEntry, Change], None]


class History(QObject):
    """Undo stacks by image; the stack of the current image answers undo and redo."""

    changed = Signal()
    """What can be undone, redone or saved may have changed."""

    def __init__(self, announce: Announce, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._announce = announce
        self._stacks: dict[ImageEntry, UndoStack] = {}
        self._current: ImageEntry | None = None
        # A saved state is named by its cracks, which never change: it stays known whatever is
        # undone, redone or forgotten.
        self._saved: dict[ImageEntry, tuple[str, ...]] = {}

    def activate(self, entry: ImageEntry) -> None:
        """Make an image's stack the one that undo and redo act on."""
        self._current = entry
        self.changed.emit()

    def push(self, entry: ImageEntry, edit: Edit) -> None:
        """Check an edit, apply it and remember it."""
        stack = self._stacks.setdefault(entry, UndoStack(entry))
        self._tell(entry, stack.push(edit))

    def undo(self) -> Change | None:
        """Take back the last edit of the current image; return what that did."""
        if self._current not in self._stacks:
            return None
        change = self._stacks[self._current].undo()
        self._tell(self._current, change)
        return change

    def redo(self) -> None:
        """Do the edit again that was taken back last."""
        if self._current in self._stacks:
            self._tell(self._current, self._stacks[self._current].redo())

    @property
    def undo_text(self) -> str:
        """Name of the edit that undo would take back, empty where there is none."""
        return self._stacks[self._current].undo_text if self._current in self._stacks else ""

    @property
    def redo_text(self) -> str:
        """Name of the edit that redo would do again, empty where there is none."""
        return self._stacks[self._current].redo_text if self._current in self._stacks else ""

    def is_saved(self, entry: ImageEntry) -> bool:
        """Tell whether the cracks of an image are those last saved (or none were ever made)."""
        return self._saved.get(entry, ()) == _names(entry.cracks)

    def mark_saved(self, entry: ImageEntry, cracks: Iterable[CrackPath]) -> None:
        """Note that the mask of these cracks is on disk; the image may have moved on since."""
        self._saved[entry] = _names(cracks)
        self.changed.emit()

    def _tell(self, entry: ImageEntry, change: Change | None) -> None:
        if change:
            self._announce(entry, change)
            self.changed.emit()


def _names(cracks: Iterable[CrackPath]) -> tuple[str, ...]:
    return tuple(crack.identifier for crack in cracks)
