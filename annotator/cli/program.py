"""The program: its commands, its exit statuses and how it reports errors."""

import os
import re
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from annotator import __version__
from annotator.cli.errors import UsageError
from annotator.cli.export import EXPORT_HELP, export
from annotator.cli.imports import IMPORT_HELP, import_command
from annotator.cli.prelabel import PRELABEL_HELP, prelabel_command
from annotator.cli.projects import (
    ADD_HELP,
    CHECK_HELP,
    NEW_HELP,
    add_command,
    check_project,
    new_project,
)
from annotator.cli.synth import SYNTH_HELP, synth
from annotator.cli.trace import TRACE_HELP, trace_command
from annotator.cli.upkeep import LOCATE_HELP, STATE_HELP, locate_command, state_command
from annotator.cli.window import demo, open_window, show_window
from annotator.errors import AnnotatorError
from annotator.services.backend import BACKEND_COMMANDS, run_backend

PROGRAM = "crack-annotator"
COMMANDS = (
    "open", "demo", "new", "add", "locate", "state", "trace", "prelabel", "check", "import",
    "export", "synth",
)  # fmt: skip

INTERRUPTED = 130
"""Exit status after Ctrl+C, as shells know it."""

EXAMPLES = """Examples:

\b
  crack-annotator demo
  crack-annotator open photos
  crack-annotator trace wall.jpg 120,80 940,610 -o wall_mask.png
  crack-annotator trace --batch cracks.jsonl --images photos -o masks
  crack-annotator new bridge.crackproj --images photos
  crack-annotator add bridge.crackproj more_photos
  crack-annotator locate bridge.crackproj --in moved_photos
  crack-annotator state bridge.crackproj --set reviewed
  crack-annotator prelabel bridge.crackproj
  crack-annotator check bridge.crackproj --repair
  crack-annotator import photos masks --existing add
  crack-annotator export photos --format csb-images -o data_set
  crack-annotator synth generated --surface concrete --count 20
  crack-annotator predict photos -o probabilities --masks
  crack-annotator train -o runs/first --data bridge.crackproj

`crack-annotator COMMAND --help` describes a command."""

_PASSED_ON = {"ignore_unknown_options": True, "allow_extra_args": True}
"""Settings of commands that parse their arguments themselves."""

_NEGATIVE_POINT = re.compile(r"-[\d.][^,]*,.*")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit status; an error is one sentence on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = is_debugging(given)
    if isinstance(sys.stdout, TextIOWrapper):  # a path that a console cannot show is no failure
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _run(_understood(given))
    except AnnotatorError as error:
        if debug:
            raise
        return _complain(error.text, 2 if isinstance(error, UsageError) else 1)
    except typer.TyperException as error:
        return _complain(error.format_message(), error.exit_code)
    except MemoryError:
        if debug:
            raise
        return _complain("There is not enough memory; close other programs or use smaller images.")
    except (KeyboardInterrupt, typer.Abort):
        return _complain("Stopped.", INTERRUPTED)


def is_debugging(arguments: Sequence[str]) -> bool:
    """Tell whether the command line or the environment asks for tracebacks."""
    return "--debug" in arguments or os.environ.get("CRACK_ANNOTATOR_DEBUG", "0") not in {"", "0"}


def _run(arguments: list[str]) -> int:
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.callback(invoke_without_command=True, epilog=EXAMPLES)(_program)
    app.command("open")(open_window)
    app.command("demo")(demo)
    app.command("new", help=NEW_HELP)(new_project)
    app.command("add", help=ADD_HELP)(add_command)
    app.command("locate", help=LOCATE_HELP)(locate_command)
    app.command("state", help=STATE_HELP)(state_command)
    # The parameters of a trace come from the numerics, which other commands must not wait for.
    app.command("trace", help=TRACE_HELP)(trace_command(complete="trace" in arguments))
    app.command("prelabel", help=PRELABEL_HELP)(prelabel_command)
    app.command("check", help=CHECK_HELP)(check_project)
    app.command("import", help=IMPORT_HELP)(import_command)
    app.command("export", help=EXPORT_HELP)(export)
    app.command("synth", help=SYNTH_HELP)(synth)
    told: list[int] = []

    def pass_on(context: typer.Context) -> int:
        told.append(run_backend([str(context.info_name), *context.args], PROGRAM))
        return told[-1]

    for name, text in BACKEND_COMMANDS.items():
        app.command(name, help=text, add_help_option=False, context_settings=_PASSED_ON)(pass_on)
    # Not app(...): that would put typer's own sys.excepthook in place of the entry point's.
    command = typer.main.get_command(app)
    status = command.main(arguments, prog_name=PROGRAM, standalone_mode=False)
    if status == INTERRUPTED and not told:  # typer makes that of Ctrl+C by itself, without a word
        raise KeyboardInterrupt
    return status if isinstance(status, int) else 0


def _understood(arguments: list[str]) -> list[str]:
    """Rewrite what the option parser would take for something else."""
    arguments = [item for item in arguments if item != "--debug"]  # it may stand anywhere
    known = (*COMMANDS, *BACKEND_COMMANDS)
    if arguments and arguments[0] not in known and Path(arguments[0]).exists():
        arguments = ["open", *arguments]  # as when photographs are dropped on the program
    if arguments[:1] == ["trace"]:
        # "-3,5" looks like an option; with a space before it, it does not.
        arguments = [f" {item}" if _NEGATIVE_POINT.fullmatch(item) else item for item in arguments]
    return arguments


def _complain(text: str, status: int = 1) -> int:
    typer.echo(f"Error: {text}", err=True)
    return status


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"{PROGRAM} {__version__}")
        raise typer.Exit


def _program(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where in the program an error arose.")
    ] = False,
) -> None:
    """Trace cracks in photographs: two clicks become a center line, a width and a mask.

    Without a command the window opens.
    """
    del version, debug  # --version has ended the program, --debug was read before parsing
    if context.invoked_subcommand is None:
        show_window([])
