"""The command trace: points on a photograph, or a list of them, to masks and records."""

import inspect
import math
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import typer

from annotator.cli.batch import BatchPlaces, trace_list
from annotator.cli.errors import UsageError
from annotator.cli.progress import ProgressLine
from annotator.errors import AnnotatorError

if TYPE_CHECKING:
    from annotator.services.tracing import TraceParameters

TRACE_HELP = """Trace cracks and write their masks.

Points are X,Y in pixels of the upright photograph, 0,0 being the center of its top-left pixel, in
the order in which the crack is traced: one end, then any points it passes through, then the other
end. The photograph is never changed; a mask or record that exists already is replaced.

Examples:

\b
  crack-annotator trace wall.jpg 120,80 940,610 -o wall_mask.png
  crack-annotator trace wall.jpg 120,80 500,300 940,610 -o m.png --json m.json
  crack-annotator trace --batch cracks.jsonl --images photos -o masks
  crack-annotator trace --batch cracks.jsonl --project photos.crackproj

Each line of a list is a crack; "via" holds the points between its two ends and may be left out:

\b
  {"image": "073.jpg", "mask": "073.png", "from": [1, 2], "to": [30, 40], "via": [[9, 9]]}

This line writes masks/073.png and masks/073.json. Cracks with the same mask are united, and their
record holds a list "cracks". A bad line is reported and skipped; the exit status is then 1.

With --project the cracks go into a project, as cracks of the images that the lines name; then -o,
"mask" and, for the images of the project's own folder, --images may be left out."""


def trace_command(complete: bool) -> Callable[..., None]:
    """Return the command's function; when complete, with an option for each tracing parameter."""

    def command(**options: Any) -> None:
        _trace(**options)

    own = inspect.signature(_trace).parameters.values()
    parameters = [item for item in own if item.kind is not inspect.Parameter.VAR_KEYWORD]
    if complete:
        parameters += _parameter_options()
    # typer reads a command's options from its signature.
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {item.name: item.annotation for item in parameters}
    return command


def _parameter_options() -> list[inspect.Parameter]:
    from annotator.services.tracing import parameters_from

    defaults = parameters_from("default")
    options: list[inspect.Parameter] = []
    for field in fields(defaults):
        default = getattr(defaults, field.name)
        is_number = isinstance(default, int | float)
        option = typer.Option(
            f"--{field.name.replace('_', '-')}",
            metavar=_metavar(field.type, default),
            help=_help(field.metadata, default),
        )
        kind = type(default) if is_number else str
        annotation = Annotated[kind | None, option]
        options.append(
            inspect.Parameter(
                field.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
            )
        )
    return options


def _metavar(kind: Any, default: Any) -> str | None:
    if get_origin(kind) is Literal:
        return "|".join(get_args(kind))
    if isinstance(default, tuple):
        return "A,B,..."
    return None if isinstance(default, bool) else "NUMBER"


def _help(metadata: Any, default: Any) -> str:
    text = metadata["help"].rstrip(".")
    if isinstance(default, tuple):
        default = ",".join(f"{item:g}" for item in default)
    if metadata.get("low") is not None:
        text += f"; {metadata['low']:g} to {metadata['high']:g}"
    return f"{text}.  [preset default: {default}]"


def _trace(  # noqa: PLR0913 - the options of the command are its parameters
    image: Annotated[Path | None, typer.Argument(metavar="IMAGE", help="The photograph.")] = None,
    points: Annotated[
        list[str] | None,
        typer.Argument(metavar="X,Y", help="Two or more points, end to end."),
    ] = None,
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="PATH", help="Mask to write (.png); with --batch a folder."
        ),
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Also write center line, widths and so on."),
    ] = None,
    batch: Annotated[
        Path | None, typer.Option(metavar="ITEMS.jsonl", help="List of cracks, one a line.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the photographs of the list.")
    ] = None,
    project: Annotated[
        Path | None, typer.Option(metavar="PROJECT", help="Project that gets the list's cracks.")
    ] = None,
    author: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Whose work goes into it.  [default: the login name]"),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(metavar="NAME", help="Set of parameters; the options below replace some."),
    ] = "default",
    **overrides: Any,
) -> None:
    parameters = _parameters(preset, overrides)
    if batch is None:
        if image is None:
            raise UsageError("Name a photograph and two points on it, or a list with --batch.")
        if images is not None:
            raise UsageError("--images goes with --batch; a single photograph is named directly.")
        if project is not None:
            raise UsageError("--project goes with --batch: a list says which images are meant.")
        if output is None:
            raise UsageError("--output (-o) is missing: name the mask to write.")
        _trace_one(image, [_point(text) for text in points or []], output, json, parameters)
        return
    if image is not None:
        raise UsageError("With --batch, name neither photograph nor points: the list does.")
    if images is None and project is None:
        raise UsageError("--batch needs --images DIR, the folder of the photographs.")
    if output is None and project is None:
        raise UsageError("--batch needs a folder for the masks with -o, or a project.")
    if json is not None:
        raise UsageError("--json goes with one photograph; a list gives each mask its record.")
    places = BatchPlaces(batch, images, output, project, author)
    raise typer.Exit(trace_list(places, parameters))


def _parameters(preset: str, overrides: dict[str, Any]) -> "TraceParameters":
    from annotator.services.tracing import parameters_from

    try:
        base = parameters_from(preset)
        for name, value in overrides.items():
            if isinstance(value, str) and isinstance(getattr(base, name), tuple):
                overrides[name] = _numbers(value, "numbers separated by commas, as in 1,2,4")
        return parameters_from(preset, **overrides)
    except AnnotatorError as error:
        raise UsageError(error.text) from error


def _numbers(text: str, expected: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise UsageError(f"{text.strip()!r} is not {expected}.") from error
    if not all(map(math.isfinite, numbers)):
        raise UsageError(f"{text.strip()!r} is not {expected}.")
    return numbers


def _point(text: str) -> tuple[float, float]:
    expected = "a point X,Y, two numbers with a comma and no space between them, as in 120,80"
    numbers = _numbers(text, expected)
    if len(numbers) != 2:
        raise UsageError(f"{text.strip()!r} is not {expected}.")
    return numbers[0], numbers[1]


def _trace_one(
    image: Path,
    points: list[tuple[float, float]],
    output: Path,
    json: Path | None,
    parameters: "TraceParameters",
) -> None:
    from annotator.services.trace_files import crack_record, open_photograph, write_trace
    from annotator.services.tracing import trace_crack

    if len(points) < 2:
        raise UsageError("Give at least two points X,Y: the two ends of the crack.")
    _check_outputs(image, output, json)
    with ProgressLine(f"Opening {image.name}") as line:
        photograph = open_photograph(image)
        for note in photograph.loaded.notes:
            line.say(f"Note: {note}")
        crack = trace_crack(
            photograph.prepared,
            points,
            parameters,
            lambda stage, done: line.update(done, f"Tracing: {stage}"),
        )
        path = crack.course
        record = crack_record(crack, photograph, image.name)
        write_trace(photograph, [crack], output, record, json)
    typer.echo(
        f"{output}: {path.length_px:.1f} px long, {path.width_px['median']:.1f} px wide "
        f"(median), traced in {path.seconds['total']:.2f} s"
    )


def _check_outputs(image: Path, output: Path, json: Path | None) -> None:
    """Refuse before the work what would fail, or harm, after it."""
    from annotator.storage.names import refuse_overwriting

    if output.suffix.lower() != ".png":
        raise UsageError(f"The mask {output} must end in .png; masks are saved without loss.")
    refuse_overwriting(output, {"photograph": image})
    if json is not None:
        refuse_overwriting(json, {"photograph": image, "mask": output})
    for path in (output, json):
        if path is not None and not path.parent.is_dir():
            raise AnnotatorError(f"The folder {path.parent} does not exist; create it first.")
