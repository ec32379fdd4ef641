"""The command import: annotations of other tools into a project."""

import logging
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from annotator.cli.errors import UsageError
from annotator.cli.progress import ProgressLine
from annotator.cli.projects import AuthorOption, author_or_login
from annotator.errors import AnnotatorError, defect_text

if TYPE_CHECKING:
    from annotator.services.importing import ImportedImage, ImportOptions
    from annotator.storage.project_store import ProjectStore

_log = logging.getLogger(__name__)

IMPORT_HELP = """Import annotations of other tools into a project.

PROJECT is a .crackproj folder, or the folder of photographs that it lies beside. PATH is a file or
a folder; each annotation is matched with an image of the project by name. Thin regions become
cracks that can be traced anew, others stay regions; the pixels are exactly those of the file.
Images that have cracks or boxes already are left alone, unless --existing says otherwise. What
could not be imported is named, with its reason, and the exit status is then 1. The state before is
kept as a checkpoint.

Formats:

\b
  auto         whichever of these is found (the default)
  masks        mask files with two values: X.png, X_mask.png, Xmask.png, X-mask.png for X.jpg
  coco         COCO instances; other categories than cracks become boxes
  labelme      labelme files: masks, polygons and lines that are cracks, rectangles
  predecessor  JSON of the predecessor
  csb          whole images of a CSB data set, with their side of the split
  traces       records that the command trace wrote, with the masks beside them

Examples:

\b
  crack-annotator import bridge.crackproj masks
  crack-annotator import photos instances.json --format coco --label fissure
  crack-annotator import photos masks --threshold 200 --existing replace"""

_EXISTING = ("skip", "add", "replace")


def import_command(  # noqa: PLR0913 - the options of the command are its parameters
    project: Annotated[Path, typer.Argument(metavar="PROJECT", help="Project to import into.")],
    path: Annotated[Path, typer.Argument(metavar="PATH", help="File or folder to import.")],
    *,
    format_name: Annotated[
        str, typer.Option("--format", metavar="NAME", help="See above.")
    ] = "auto",
    existing: Annotated[
        str,
        typer.Option(
            metavar="skip|add|replace",
            help="What happens to images that have cracks or boxes; locked ones always stay.",
        ),
    ] = "skip",
    label: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="coco, labelme: name that means a crack; may be given several times.  "
            '[default: names with "crack" in them]',
        ),
    ] = None,
    threshold: Annotated[
        int | None,
        typer.Option(metavar="VALUE", help="masks: brighter pixels are crack."),
    ] = None,
    invert: Annotated[
        bool, typer.Option("--invert", help="masks: cracks are dark, the rest is bright.")
    ] = False,
    regions: Annotated[
        bool, typer.Option("--regions", help="Keep all as regions, also what is thin.")
    ] = False,
    author: AuthorOption = None,
) -> None:
    """Import into a project; IMPORT_HELP says more."""
    from annotator.importers.annotation import ParseOptions
    from annotator.services.importing import ImportOptions

    if existing not in _EXISTING:
        raise UsageError(f"--existing {existing!r} is not known; use {', '.join(_EXISTING)}.")
    options = ImportOptions(
        format_name,
        existing,  # type: ignore[arg-type]
        with_courses=not regions,
        parse=ParseOptions(tuple(label or ()), threshold, is_inverted=invert),
    )
    if not _run(project, path, options, author_or_login(author)):
        raise typer.Exit(1)


def _run(project: Path, path: Path, options: "ImportOptions", author: str) -> bool:
    """Import and tell whether all went well."""
    from annotator.services.importing import ImportedImage, import_annotations
    from annotator.services.projects import open_project

    counts: Counter[str] = Counter()
    opened = open_project([project], author=author)
    with opened.store as store, ProgressLine("Importing") as line:
        for text in (*(damage.text for damage in store.damages), *opened.notes):
            line.say(f"Note: {text}")
        if store.is_read_only:
            raise AnnotatorError(f"{store.folder} may not be written; check its permissions.")
        for result in import_annotations(store, path, options, line.update):
            if not isinstance(result, ImportedImage):
                counts["skipped" if result.is_skipped else "failed"] += 1
                kind = "Skipped" if result.is_skipped else "Failed"
                line.say(f"{kind}: {result.file}: {result.text}")
                continue
            if not counts["images"]:
                store.checkpoint(f"before import of {path.name}")
            if text := _saving_defect(store, result):
                counts["failed"] += 1
                line.say(f"Failed: {result.file}: {text}")
                continue
            _count(result, counts)
            for note in result.notes:
                line.say(f"Note: {result.file}: {note}")
    return _show(path, counts)


def _saving_defect(store: "ProjectStore", result: "ImportedImage") -> str:
    """Save a result; return what went wrong where it concerns this one only, else an empty text."""
    from annotator.services.importing import save_imported

    try:
        save_imported(store, result)
    except AnnotatorError:
        raise  # the project cannot be written
    except Exception as error:  # noqa: BLE001 - one file's defect must not cost the others
        _log.debug("defect at %s", result.file, exc_info=True)
        return defect_text(error)
    return ""


def _count(result: "ImportedImage", counts: Counter[str]) -> None:
    n_courses = sum(crack.path is not None for crack in result.cracks)
    counts["images"] += 1
    counts["cracks"] += n_courses
    counts["regions"] += len(result.cracks) - n_courses
    counts["boxes"] += len(result.boxes)


def _show(path: Path, counts: Counter[str]) -> bool:
    if counts["images"]:
        objects = ", ".join(_number(counts[f"{noun}s"], noun) for noun in ("crack", "region"))
        boxes = _number(counts["boxes"], "box", "boxes")
        images = _number(counts["images"], "image")
        typer.echo(f"{images} annotated from {path}: {objects}, {boxes}")
    else:
        typer.echo(f"Nothing was imported from {path}.")
    if counts["skipped"]:
        typer.echo(f"{counts['skipped']} skipped, because their images have cracks or boxes")
    if counts["failed"]:
        typer.echo(f"{counts['failed']} could not be imported; see above", err=True)
    return not counts["failed"] and bool(counts["images"] or counts["skipped"])


def _number(count: int, noun: str, plural: str = "") -> str:
    return f"{count} {noun if count == 1 else plural or noun + 's'}"
