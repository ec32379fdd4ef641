"""Dialogs: what the application asks or says in a window of its own."""
