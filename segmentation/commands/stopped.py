"""How a command ends that Ctrl+C has stopped."""

from typing import Final

INTERRUPTED: Final = 130
"""Exit status after Ctrl+C, as shells know it."""


class StoppedError(Exception):
    """Ctrl+C has ended a command; the message says what is kept and how to go on."""
