"""Undo and redo of the edits of the document."""
