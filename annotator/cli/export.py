"""The command export: a project to a data set, or to tables, in a new folder."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from annotator.cli.errors import UsageError
from annotator.cli.progress import ProgressLine
from annotator.errors import AnnotatorError

if TYPE_CHECKING:
    from annotator.document.image_state import ImageState
    from annotator.exporters.frame import Exporter, ExportReport
    from annotator.exporters.splits import DataSetChoice

EXPORT_HELP = """Export a project as a data set into a new folder.

PROJECT is a .crackproj folder, or the folder of photographs that it lies beside. The export is read
back before its folder appears; what could not be exported is named, and the exit status is then 1.
The same project and the same options give the same files.

Formats:

\b
  csb-images   photographs with JSON and masks, split into training and test
  csb-patches  patches of 512, 384 or 128 px, composed to a ratio of cracks
  masks        photographs and PNG masks
  coco         photographs and cracks as COCO instances
  labelme      photographs with a file each that labelme opens
  predecessor  photographs with JSON as the predecessor of this program writes it
  measurements tables of all cracks, without photographs

Examples:

\b
  crack-annotator export bridge.crackproj --format csb-images -o bridge_csb
  crack-annotator export photos --format csb-patches --recipe 30/70 -o patches
  crack-annotator export photos --format csb-patches --recipe 70/30 \\
      --crack-patches 1400 --sizes 512,384,128 --seed 1 -o patches"""

_States = Annotated[
    str | None,
    typer.Option(
        metavar="STATES",
        help="finished (the default: reviewed, approved, no crack), all, or some of new, "
        "predicted, in progress, reviewed, approved, needs work, no crack, with commas.",
    ),
]
_Clean = Annotated[
    bool | None,
    typer.Option(
        "--include-clean", help="csb-*: reviewed or approved without cracks is clean, too."
    ),
]
_Fraction = Annotated[
    float | None,
    typer.Option(metavar="0..1", help="csb-*: share of images for testing; default 0.1."),
]
_Seed = Annotated[
    int | None, typer.Option(metavar="N", help="csb-*: seed of whatever is drawn; default 0.")
]
_Recipe = Annotated[
    str | None,
    typer.Option(
        metavar="RECIPE",
        help="csb-patches: 70/30 (the default), 30/70, 10/90, full, or crack/background.",
    ),
]
_CrackPatches = Annotated[
    int | None, typer.Option(metavar="N", help="csb-patches, not full: crack patches; default all.")
]
_MinPixels = Annotated[
    int | None,
    typer.Option(metavar="N", help="csb-patches: crack pixels of a crack patch; default 1."),
]
_Sizes = Annotated[
    str | None,
    typer.Option(metavar="PX,PX", help="csb-patches: of 512 (the default), 384 and 128."),
]
_PatchFormat = Annotated[
    str | None,
    typer.Option(metavar="jpg|png", help="csb-patches: kind of files; default jpg."),
]
_SmallImages = Annotated[
    str | None,
    typer.Option(
        metavar="skip|mirror",
        help="csb-patches: leave out images smaller than a patch (the default), or continue them.",
    ),
]
_CrackValue = Annotated[
    int | None,
    typer.Option(metavar="255|1", help="masks: value of crack pixels; default 255."),
]
_Shapes = Annotated[
    str | None,
    typer.Option(
        metavar="KIND",
        help="coco: rle (the default), uncompressed rle, polygons; labelme: masks, polygons.",
    ),
]


def export(  # noqa: PLR0913 - the options of the command are its parameters
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="Project to export.")],
    *,
    format_name: Annotated[str, typer.Option("--format", metavar="NAME", help="See above.")],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="New folder to write.")
    ],
    states: _States = None,
    include_clean: _Clean = None,
    test_fraction: _Fraction = None,
    seed: _Seed = None,
    recipe: _Recipe = None,
    crack_patches: _CrackPatches = None,
    min_pixels: _MinPixels = None,
    sizes: _Sizes = None,
    patch_format: _PatchFormat = None,
    small_images: _SmallImages = None,
    crack_value: _CrackValue = None,
    shapes: _Shapes = None,
) -> None:
    """Export a project; what the user reads is EXPORT_HELP."""
    given = dict(locals())  # first, while nothing but the options is there
    for name in ("project", "format_name", "output"):
        del given[name]
    given = {name: value for name, value in given.items() if value is not None}
    from annotator.exporters import EXPORTERS

    if format_name not in EXPORTERS:
        raise UsageError(f"--format {format_name!r} is not known; use {', '.join(EXPORTERS)}.")
    try:
        options = _options(format_name, EXPORTERS[format_name], given)
    except AnnotatorError as error:  # nothing was opened yet: it is about the options
        raise UsageError(error.text, error.detail) from error
    _show(_run(EXPORTERS[format_name], project, output, options))


def _run(exporter: "Exporter", project: Path, output: Path, options: Any) -> "ExportReport":
    from annotator.services.projects import find_place
    from annotator.storage.project_store import ProjectStore

    folder = find_place([project]).folder
    with (
        ProjectStore.open(folder, author="", read_only=True) as store,
        ProgressLine("Exporting") as line,
    ):
        for damage in store.damages:
            line.say(f"Warning: {damage.text}")
        return exporter.export(store, output, options, line.update, lambda: False)


def _show(report: "ExportReport") -> None:
    images = "1 photograph" if report.n_images == 1 else f"{report.n_images} photographs"
    typer.echo(f"{images}, {report.n_files} files exported to {report.target}")
    for what, number in report.counts.items():
        typer.echo(f"{number:8d}  {what}")
    for text in report.listed:
        typer.echo(f"Note: {text}")
    for text in report.failures:
        typer.echo(f"Failed: {text}", err=True)
    if report.failures:
        raise typer.Exit(1)


def _options(name: str, exporter: "Exporter", given: dict[str, Any]) -> Any:
    """Make the options of an export of what was given; what does not belong to it is refused."""
    build = _BUILDERS.get(name, _plain_options)
    options = build(exporter, given)
    if given:
        unused = ", ".join(f"--{option.replace('_', '-')}" for option in given)
        raise UsageError(f"{unused} does not belong to --format {name}; leave it out.")
    return options


def _plain_options(exporter: "Exporter", given: dict[str, Any]) -> Any:
    """Fill the fields of the options that have the names of what was given."""
    kinds = get_type_hints(exporter.options)
    values = {name: given.pop(name) for name in kinds.keys() & given.keys()}
    for name in sorted(values):
        known = get_args(kinds[name]) if get_origin(kinds[name]) is Literal else (values[name],)
        if values[name] not in known:
            listed = ", ".join(str(value) for value in known)
            raise UsageError(
                f"--{name.replace('_', '-')} {values[name]} is not known; use {listed}."
            )
    if "states" in values:
        values["states"] = _states(values["states"])
    return exporter.options(**values)


def _csb_images(exporter: "Exporter", given: dict[str, Any]) -> Any:
    return exporter.options(_data_set(given))


def _csb_patches(exporter: "Exporter", given: dict[str, Any]) -> Any:
    from annotator.exporters.patch_composer import PatchChoice, recipe_named

    recipe = recipe_named(given.pop("recipe", "70/30"))
    if recipe.ratio is None and "crack_patches" in given:
        raise UsageError("--recipe full takes all patches; leave --crack-patches out.")
    choice = PatchChoice(
        _data_set(given),
        recipe,
        given.pop("crack_patches", None),
        given.pop("min_pixels", 1),
    )
    if "sizes" in given:
        given["sides"] = _sizes(given.pop("sizes"))
    names = given.keys() & {"sides", "patch_format", "small_images"}
    return exporter.options(choice, **{name: given.pop(name) for name in names})


_BUILDERS: dict[str, Callable[["Exporter", dict[str, Any]], Any]] = {
    "csb-images": _csb_images,
    "csb-patches": _csb_patches,
}


def _data_set(given: dict[str, Any]) -> "DataSetChoice":
    from annotator.exporters.splits import DataSetChoice

    names = given.keys() & {"states", "include_clean", "test_fraction", "seed"}
    values = {name: given.pop(name) for name in names}
    if "states" in values:
        values["states"] = _states(values["states"])
    return DataSetChoice(**values)


def _states(text: str) -> "tuple[ImageState, ...]":
    from annotator.document.image_state import FINISHED, ImageState

    groups = {"finished": FINISHED, "all": tuple(ImageState)}
    names = {part.strip() for part in text.split(",")}
    unknown = sorted(names - set(ImageState) - groups.keys())
    if unknown:
        known = ", ".join(ImageState)
        raise UsageError(f"--states {unknown[0]!r} is not known; use finished, all, or {known}.")
    names |= {state for name in names & groups.keys() for state in groups[name]}
    return tuple(state for state in ImageState if state in names)


def _sizes(text: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(part) for part in text.split(",")}, reverse=True))
    except ValueError:
        raise UsageError(f"--sizes {text!r} are no numbers, as in 512,128.") from None
