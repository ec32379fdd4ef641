"""Undo and redo: Qt's undo stacks around the edits of the document."""
