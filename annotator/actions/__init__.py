"""Commands: one table for each menu, their menus and keys, and what else they need."""
