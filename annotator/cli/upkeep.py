"""The commands state and locate: what the window does to many images of a project at once."""

from pathlib import Path
from typing import Annotated

import typer

from annotator.cli.errors import UsageError
from annotator.cli.progress import ProgressLine
from annotator.cli.projects import AuthorOption, ProjectArgument, writable_project
from annotator.cli.words import counted
from annotator.errors import AnnotatorError

STATE_HELP = """Say how far images of a project are.

PROJECT is a .crackproj folder, or the folder of photographs that it lies beside. The states are in
progress, reviewed, approved, needs work and no crack; an image with cracks is never marked "no
crack": it is named, and the exit status is then 1.

Examples:

\b
  crack-annotator state bridge.crackproj --set reviewed
  crack-annotator state bridge.crackproj --set "no crack" --name "deck/*.jpg\""""

LOCATE_HELP = """Find photographs of a project again that were moved or renamed.

Looks for the missing ones in a folder and all folders below it, by SHA-256 where that is known,
else by name and size. What is not found is named, and the exit status is then 1.

Example:

\b
  crack-annotator locate bridge.crackproj --in /data/survey"""


def state_command(
    project: ProjectArgument,
    *,
    state: Annotated[str, typer.Option("--set", metavar="STATE", help="See above.")],
    name: Annotated[
        str,
        typer.Option(metavar="PATTERN", help="Names to mark, with * and ?; all by default."),
    ] = "*",
    author: AuthorOption = None,
) -> None:
    """Mark images; STATE_HELP says more."""
    from annotator.document.image_state import ImageState
    from annotator.services.marking import FOR_USERS, mark_images

    known = {str(choice): choice for choice in FOR_USERS}
    if state not in known:
        raise UsageError(f"--set {state!r} is not known; use {', '.join(known)}.")
    with writable_project(project, author) as store, ProgressLine("Marking") as line:
        marked = mark_images(store, ImageState(state), name, line.update)
    if not marked.n_chosen:
        raise AnnotatorError(f"No image of the project has a name like {name}; check the pattern.")
    there = marked.n_chosen - marked.n_marked - len(marked.problems)
    typer.echo(f"{counted(marked.n_marked, 'image')} marked as {state}, {there} before")
    _tell(marked.problems)


def locate_command(
    project: ProjectArgument,
    *,
    folder: Annotated[Path, typer.Option("--in", metavar="FOLDER", help="Folder to search.")],
    author: AuthorOption = None,
) -> None:
    """Find photographs again; LOCATE_HELP says more."""
    from annotator.services.missing_images import locate_missing

    if not folder.is_dir():
        raise AnnotatorError(f"There is no folder {folder}; check the path.")
    with writable_project(project, author) as store, ProgressLine("Searching") as line:
        located = locate_missing(
            store, folder.absolute(), lambda text, fraction: line.update(fraction, text)
        )
    typer.echo(f"{counted(located.n_found, 'image')} found, {len(located.problems)} not")
    _tell(located.problems)


def _tell(problems: tuple[str, ...]) -> None:
    for text in problems:
        typer.echo(f"Note: {text}")
    if problems:
        raise typer.Exit(1)
