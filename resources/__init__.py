"""Files that ship with the application, read with importlib.resources."""
