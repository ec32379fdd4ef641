"""Drawing the image and its cracks, and passing pointer events to the current tool."""
