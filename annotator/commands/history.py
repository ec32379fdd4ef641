"""The undo stacks of the images."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from annotator.commands.undo_stack import UndoStack
from annotator.document.edits import Change, Edit, difference
from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry

Announce = Callable[[ImageEntry, Change, str], None]
"""Told about each step: the image, what changed, and a name for the journal."""


class History(QObject):
    """Undo stacks by image; the stack of the current image answers undo and redo."""

    changed = Signal()
    """What can be undone or redone may have changed."""

    def __init__(self, announce: Announce, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._announce = announce
        self._stacks: dict[ImageEntry, UndoStack] = {}
        self._current: ImageEntry | None = None

    def activate(self, entry: ImageEntry) -> None:
        """Make an image's stack the one that undo and redo act on."""
        self._current = entry
        self.changed.emit()

    def clear(self) -> None:
        """Forget everything: another project is opened."""
        self._stacks.clear()
        self._current = None
        self.changed.emit()

    def push(self, entry: ImageEntry, text: str, after: ImageContent) -> Change:
        """Go on to another content of an image and remember the step."""
        before = entry.content or ImageContent()
        stack = self._stacks.setdefault(entry, UndoStack())
        stack.push(Edit(text, before, after))
        return self._go(entry, before, after, text)

    def undo(self) -> Change | None:
        """Take back the last edit of the current image; return what that did."""
        edit = self._stack.undo()
        if edit is None or self._current is None:
            return None
        return self._go(self._current, edit.after, edit.before, f"Undo: {edit.text}")

    def redo(self) -> Change | None:
        """Do the edit again that was taken back last; return what that did."""
        edit = self._stack.redo()
        if edit is None or self._current is None:
            return None
        return self._go(self._current, edit.before, edit.after, f"Redo: {edit.text}")

    @property
    def last(self) -> Edit | None:
        """The edit that undo would take back, if there is one."""
        return self._stack.last

    @property
    def undo_text(self) -> str:
        """Name of the edit that undo would take back, empty where there is none."""
        return self._stack.undo_text

    @property
    def redo_text(self) -> str:
        """Name of the edit that redo would do again, empty where there is none."""
        return self._stack.redo_text

    @property
    def _stack(self) -> UndoStack:
        if self._current is None:
            return UndoStack()
        return self._stacks.get(self._current) or UndoStack()

    def _go(
        self, entry: ImageEntry, before: ImageContent, after: ImageContent, text: str
    ) -> Change:
        entry.content = after
        change = difference(before, after)
        self._announce(entry, change, text)
        if entry is self._current:
            self.changed.emit()
        return change
