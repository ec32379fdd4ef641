"""The command prelabel: predicting the images of a project, for the review in the window."""

from typing import Annotated

import typer

from annotator.cli.errors import UsageError
from annotator.cli.progress import ProgressLine
from annotator.cli.projects import AuthorOption, ProjectArgument, writable_project
from annotator.cli.words import counted

PRELABEL_HELP = """Predict cracks in the images of a project, to be reviewed in the window.

What a model finds is traced anew and waits as candidates, which belong to no export until somebody
accepts them. Approved images and those without cracks are never touched, nor is anything that was
drawn; candidates that were decided on stay decided. A run that was interrupted goes on where it
stopped, and what the model has predicted before is not predicted again.

MODEL is a name of `crack-annotator models list`, the number of a model that was trained in the
project, or a folder; without it the model that was chosen in the project is taken, else "default".

Exit status: 0 all went well; 1 some images could not be predicted, and are named.

Examples:

\b
  crack-annotator prelabel bridge.crackproj
  crack-annotator prelabel bridge.crackproj --all --model research --threshold 0.6"""


def prelabel_command(
    project: ProjectArgument,
    *,
    model: Annotated[
        str, typer.Option(metavar="MODEL", help="Name or folder.", show_default=False)
    ] = "",
    is_all: Annotated[
        bool,
        typer.Option(
            "--all/--new",
            help="Also images that somebody works on, or only those that nobody has touched.",
        ),
    ] = False,
    threshold: Annotated[
        float | None,
        typer.Option(
            metavar="P", help="Probability from which a pixel is crack.  [default: the model's]"
        ),
    ] = None,
    device: Annotated[str, typer.Option(metavar="DEVICE", help="auto, cpu or cuda.")] = "auto",
    again: Annotated[
        bool, typer.Option("--again", help="Predict again what the model has predicted before.")
    ] = False,
    author: AuthorOption = None,
) -> None:
    """Predict; PRELABEL_HELP says more."""
    from annotator.services.prelabel import Prelabel, PrelabelOptions, chosen_model

    if threshold is not None and not 0 < threshold < 1:
        raise UsageError(f"--threshold {threshold:g} is no probability between 0 and 1.")
    with writable_project(project, author) as store:
        choice = chosen_model(store, model)
        options = PrelabelOptions(is_all, threshold, device, again)
        run = Prelabel(store, choice, options)
        typer.echo(f"Model {choice.name}, threshold {run.threshold:g}")
        try:
            with ProgressLine("Predicting") as line:
                run.run(line.update)
        finally:
            result = run.result
            typer.echo(
                f"{counted(result.n_images, 'image')} with "
                f"{counted(result.n_candidates, 'candidate')}; {result.n_done} done before, "
                f"{result.n_left_alone} left alone"
            )
            for text in result.problems:
                typer.echo(f"Note: {text}")
    if result.problems:
        raise typer.Exit(1)
