"""The commands new, add and check: making a project, and looking after one."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli.progress import ProgressLine
from annotator.cli.words import counted
from annotator.errors import AnnotatorError

if TYPE_CHECKING:
    from annotator.storage.project_store import ProjectStore

NEW_HELP = """Make a project of the photographs in a folder.

A project is a folder NAME.crackproj, which holds everything that is drawn on the photographs; they
themselves are never changed. Opening a folder in the window makes its project too, beside it.

Example:

\b
  crack-annotator new bridge.crackproj --images photos
  crack-annotator new bridge.crackproj --images survey --recursive"""

ADD_HELP = """Add photographs to a project.

PATH is a photograph or a folder of photographs; what is in the project already stays as it is.
Photographs that were removed from the project come back when they are added.

Examples:

\b
  crack-annotator add bridge.crackproj new/wall.jpg more_photos
  crack-annotator add bridge.crackproj survey --recursive"""

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
RecursiveOption = Annotated[
    bool,
    typer.Option(
        "--recursive", help="Also those in folders below; hidden ones and projects are left out."
    ),
]
AuthorOption = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Whose work it is.  [default: the login name]"),
]


def author_or_login(author: str | None) -> str:
    """Return the name for the journal."""
    from annotator.services.login import login_name

    return (author or "").strip() or login_name()


@contextmanager
def writable_project(project: Path, author: str | None) -> Generator["ProjectStore", None, None]:
    """Open a project to be changed, and close it at the end."""
    from annotator.services.projects import open_project

    with open_project([project], author=author_or_login(author)).store as store:
        if store.is_read_only:
            raise AnnotatorError(f"{store.folder} may not be written; check its permissions.")
        yield store


def new_project(
    project: ProjectArgument,
    *,
    images: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the photographs.")],
    recursive: RecursiveOption = False,
    author: AuthorOption = None,
) -> None:
    """Make a project; NEW_HELP says more."""
    from annotator.services import projects

    other = projects.existing_project_for(images.absolute())
    store, count = projects.new_project(
        project, images, author_or_login(author), is_recursive=recursive
    )
    store.close()
    typer.echo(f"{store.folder}: {counted(count, 'image')}")
    if other is not None:
        typer.echo(f"Note: {images} has another project already, which stays: {other}")


def add_command(
    project: ProjectArgument,
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Photographs, or folders of them.")
    ],
    *,
    recursive: RecursiveOption = False,
    author: AuthorOption = None,
) -> None:
    """Add photographs to a project; ADD_HELP says more."""
    from annotator.services.adding import add_photographs
    from annotator.storage.project_store import ProjectStore

    if not project.is_dir():
        raise AnnotatorError(
            f"There is no project at {project}; make one with `crack-annotator new`."
        )
    with ProjectStore.open(project, author=author_or_login(author)) as store:
        if store.is_read_only:
            raise AnnotatorError(f"{store.folder} may not be written; check its permissions.")
        for damage in store.damages:
            typer.echo(f"Note: {damage.text}")
        added, n_there = add_photographs(store, paths, is_recursive=recursive)
        there = f" ({n_there} {'was' if n_there == 1 else 'were'} in it already)" if n_there else ""
        typer.echo(f"{store.folder}: {counted(len(added), 'image')} added{there}")


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
