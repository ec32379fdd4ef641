"""One undo stack per image."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoGroup, QUndoStack

from annotator.commands.edit_command import Announce, EditCommand
from annotator.document.edits import Edit
from annotator.document.image_entry import ImageEntry

UNDO_STEPS = 500
"""Steps kept per image; a step shares its crack with the document, it copies no mask."""


class History(QObject):
    """Undo stacks by image; the stack of the current image answers undo and redo."""

    changed = Signal()
    """What can be undone, redone or saved may have changed."""

    def __init__(self, announce: Announce, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._announce = announce
        self._group = QUndoGroup(self)
        self._stacks: dict[ImageEntry, QUndoStack] = {}

    def activate(self, entry: ImageEntry | None) -> None:
        """Make an image's stack the one that undo and redo act on."""
        self._group.setActiveStack(self._stack(entry) if entry else None)  # pyright: ignore[reportArgumentType]
        self.changed.emit()

    def push(self, entry: ImageEntry, edit: Edit) -> None:
        """Check an edit, apply it and remember it."""
        edit.check(entry)
        self._stack(entry).push(EditCommand(edit, entry, self._announce))

    def undo(self) -> None:
        """Take back the last edit of the current image."""
        self._group.undo()

    def redo(self) -> None:
        """Do the edit again that was taken back last."""
        self._group.redo()

    @property
    def undo_text(self) -> str:
        """Name of the edit that undo would take back, empty where there is none."""
        return self._group.undoText() if self._group.canUndo() else ""

    @property
    def redo_text(self) -> str:
        """Name of the edit that redo would do again, empty where there is none."""
        return self._group.redoText() if self._group.canRedo() else ""

    def position(self, entry: ImageEntry) -> int:
        """Return how many edits stand; with `mark_saved` it tells what a finished save holds."""
        return self._stack(entry).index()

    def is_saved(self, entry: ImageEntry) -> bool:
        """Tell whether the cracks of an image are those last saved (or none were ever made)."""
        return self._stacks[entry].isClean() if entry in self._stacks else True

    def mark_saved(self, entry: ImageEntry, position: int) -> None:
        """Note that the state after ``position`` edits is on disk; ignored where it moved on."""
        stack = self._stack(entry)
        if stack.index() == position:
            stack.setClean()
            self.changed.emit()

    def clear(self) -> None:
        """Forget all stacks; QUndoStack emits while it is destroyed, so disconnect first."""
        for stack in self._stacks.values():
            stack.indexChanged.disconnect(self._on_index_changed)
            self._group.removeStack(stack)
            stack.deleteLater()
        self._stacks.clear()
        self.changed.emit()

    def _stack(self, entry: ImageEntry) -> QUndoStack:
        if entry not in self._stacks:
            stack = QUndoStack(self._group)
            stack.setUndoLimit(UNDO_STEPS)
            stack.indexChanged.connect(self._on_index_changed)
            self._stacks[entry] = stack
        return self._stacks[entry]

    def _on_index_changed(self) -> None:
        self.changed.emit()
