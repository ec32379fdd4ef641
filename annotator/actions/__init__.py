"""Commands as a table (catalog), what they do (handlers), and their menus and keys (menus)."""
