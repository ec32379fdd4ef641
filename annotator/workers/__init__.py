"""Work off the GUI thread: the job runner and what it runs; no widgets, no dialogs."""
