"""The commands, their exit statuses and how they report errors."""

import sys
from collections.abc import Sequence
from typing import Final, TypeVar

import typer

from segmentation.commands import evaluate, models, predict, retrain, train
from segmentation.commands.stopped import INTERRUPTED, StoppedError

USAGE: Final = 2
"""Exit status of a command line that contradicts itself or names what is not there."""

_Result = TypeVar("_Result")


def main(arguments: Sequence[str] | None = None, program: str = "python -m segmentation") -> int:
    """Run a command line and return its exit status; an error is one sentence on stderr.

    Parameters
    ----------
    arguments
        Without the program's name; those of the process by default.
    program
        How it was called, for the help.
    """
    given = list(sys.argv[1:] if arguments is None else arguments) or ["--help"]
    command = typer.main.get_command(_app())
    try:
        status = command.main(given, prog_name=program, standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    except StoppedError as error:
        typer.echo(str(error), err=True)
        return INTERRUPTED
    except Exception as error:
        told = _told(error)
        if told is None:
            raise
        return told
    if status == INTERRUPTED:  # typer makes that of Ctrl+C by itself, without a word
        return _complain("Stopped.", INTERRUPTED)
    return status if isinstance(status, int) else 0


def _told(error: Exception) -> int | None:
    """Tell an error in a sentence and return its exit status; None is a defect of the program."""
    if isinstance(error, typer.TyperException):
        return _complain(error.format_message(), error.exit_code)
    if isinstance(error, MemoryError):
        return _complain("There is not enough memory; close other programs or use smaller tiles.")
    return _complain(str(error)) if _is_about_the_input(error) else None


def _app() -> typer.Typer:
    app = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help="Train, judge and apply networks that find cracks.",
    )
    for each in (train, evaluate, predict, models, retrain):
        each.add_to(app)
    return app


def _is_about_the_input(error: Exception) -> bool:
    """Tell whether an error is a sentence for the user rather than a defect of the program."""
    from segmentation.data.errors import DataError
    from segmentation.durable_files import NotSavedError
    from segmentation.inference.engines import PredictionError
    from segmentation.model_store.card import ModelError
    from segmentation.models.encoders import PretrainedWeightsError
    from segmentation.training.checkpoint import CheckpointError
    from segmentation.training.run_state import TrainingError

    kinds = (
        DataError,
        NotSavedError,
        ModelError,
        PredictionError,
        PretrainedWeightsError,
        CheckpointError,
        TrainingError,
    )
    return isinstance(error, kinds)


def _complain(text: str, status: int = 1) -> int:
    typer.echo(f"Error: {text}", err=True)
    return status
