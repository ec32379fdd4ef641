"""The docks and bars around the canvas, one per file; they know the session and not each other."""
