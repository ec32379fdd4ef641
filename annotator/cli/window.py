"""The commands that open the window: open and demo."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from annotator.cli.errors import UsageError
from annotator.cli.progress import ProgressLine
from annotator.errors import AnnotatorError


def open_window(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="A project, a folder of photographs, or photographs."),
    ] = None,
) -> None:
    """Open the window, with a project, a folder or photographs if they are named."""
    paths = paths or []
    for path in paths:
        if not path.exists():
            raise AnnotatorError(f"{path} does not exist; check the path.")
    show_window(paths)


def demo(
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where the photographs are kept; otherwise in your folder for application data.",
        ),
    ] = None,
    screenshot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png", help="Save a picture of the window and end; needs no screen."
        ),
    ] = None,
) -> None:
    """Open the window on three generated photographs of cracks.

    They are made once, in the folder "images", with their masks and center lines beside it; files
    that exist already are left as they are.
    """
    require_screen(screenshot)
    from annotator.services.sample_project import default_sample_folder, make_sample_project

    folder = folder or default_sample_folder()
    with ProgressLine("Making sample photographs") as line:
        images = make_sample_project(
            folder, lambda done, name: line.update(done, f"Making a photograph of {name}")
        )
    show_window([images], screenshot)


def show_window(paths: list[Path], screenshot: Path | None = None) -> None:
    """Run the window until it is closed and end the program with its status."""
    require_screen(screenshot)
    try:
        from annotator.app import run
    except ImportError as error:
        raise AnnotatorError(
            f"The window cannot open because a library is missing ({error}); on Linux, install the "
            "system packages that the README names.",
            detail=repr(error),
        ) from error
    raise typer.Exit(run(paths, screenshot=screenshot))


def require_screen(screenshot: Path | None) -> None:
    """Where there is no screen, draw a screenshot in memory and refuse anything else."""
    variables = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if not sys.platform.startswith("linux") or any(os.environ.get(name) for name in variables):
        return
    if screenshot is None:
        raise UsageError(
            "There is no screen (neither DISPLAY nor WAYLAND_DISPLAY is set); put xvfb-run before "
            "the command, or save a picture with `crack-annotator demo --screenshot FILE.png`."
        )
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    # That platform warns at every layout that it cannot hint a window manager about sizes.
    os.environ.setdefault("QT_LOGGING_RULES", "default.warning=false")
