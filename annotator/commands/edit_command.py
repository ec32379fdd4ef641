"""Qt's undo command around one edit."""

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from annotator.document.edits import Change, Edit
from annotator.document.image_entry import ImageEntry

Announce = Callable[[ImageEntry, Change], None]


class EditCommand(QUndoCommand):
    """Applies and reverts an edit and announces each change.

    The edit must have been checked: a command whose ``redo`` raises stays on Qt's stack, and its
    ``undo`` would run.
    """

    def __init__(self, edit: Edit, entry: ImageEntry, announce: Announce) -> None:
        super().__init__(edit.text)
        self._edit = edit
        self._entry = entry
        self._announce = announce

    def redo(self) -> None:
        """Apply the edit; QUndoStack.push calls this."""
        self._announce(self._entry, self._edit.apply(self._entry))

    def undo(self) -> None:
        """Revert the edit."""
        self._announce(self._entry, self._edit.revert(self._entry))
