"""The commands new and check: making a project, and looking after one."""

from pathlib import Path
from typing import Annotated

import typer

from annotator.cli.progress import ProgressLine
from annotator.cli.words import counted
from annotator.errors import AnnotatorError

NEW_HELP = """Make a project of the photographs in a folder.

A project is a folder NAME.crackproj, which holds everything that is drawn on the photographs; they
themselves are never changed. Opening a folder in the window makes its project too, beside it.

Example:

\b
  crack-annotator new bridge.crackproj --images photos"""

CHECK_HELP = """Look for what is damaged or missing in a project.

Masks that cannot be read are drawn anew from the center line and the widths where the crack was
traced, and dropped where it was not; what can be read of a damaged database is kept. Whatever a
repair takes away goes to the folder trash in the project.

Exit status: 0 nothing is wrong, or all is repaired; 1 something is left.

Examples:

\b
  crack-annotator check photos.crackproj
  crack-annotator check photos.crackproj --repair"""

ProjectArgument = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="Folder of the project, NAME.crackproj.")
]
AuthorOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose work it is.  [default: the login name]"),
]


def author_or_login(author: str | None) -> str:
    """Return the name for the journal."""
    from annotator.services.login import login_name

    return (author or "").strip() or login_name()


def new_project(
    project: ProjectArgument,
    *,
    images: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the photographs.")],
    author: AuthorOption = None,
) -> None:
    """Make a project; NEW_HELP says more."""
    from annotator.services import projects

    store, count = projects.new_project(project, images, author_or_login(author))
    store.close()
    typer.echo(f"{store.folder}: {counted(count, 'image')}")


def check_project(
    project: ProjectArgument,
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair what can be repaired; close the window first.")
    ] = False,
    author: AuthorOption = None,
) -> None:
    """Check a project; CHECK_HELP says more."""
    from annotator.services import project_check

    if not project.is_dir():
        raise AnnotatorError(f"There is no project at {project}; check the path.")
    with ProgressLine("Checking") as line:
        report = project_check.check_project(
            project,
            author=author_or_login(author),
            is_repairing=repair,
            report=line.update,
        )
    for finding in report.findings:
        where = f"{finding.image}: " if finding.image else ""
        typer.echo(f"{'repaired' if finding.is_repaired else 'problem'}: {where}{finding.text}")
    seen = f"{counted(report.n_images, 'image')} with {counted(report.n_cracks, 'crack')} checked"
    n_repaired = len(report.findings) - report.n_open
    typer.echo(f"{seen}: {counted(report.n_open, 'problem')}, {n_repaired} repaired")
    if report.n_open:
        raise typer.Exit(1)
