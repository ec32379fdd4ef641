"""The commands of the segmentation backend, which has a command line of its own."""

from collections.abc import Sequence
from typing import Final

BACKEND_COMMANDS: Final = {
    "train": "Train a network on images with masks, or go on with a run.",
    "evaluate": "Compare what a model predicts with masks.",
    "predict": "Write the probability of a crack for photographs.",
    "models": "List, show, export and install models.",
}
"""What each is for, in a line; their own --help says the rest."""


def run_backend(arguments: Sequence[str], program: str) -> int:
    """Run a command of the backend and return its exit status; errors are told on stderr."""
    from segmentation.commands.program import main

    return main(arguments, program)
