"""Annotations of other tools into a project: found by name, checked, turned into cracks and boxes.

Nothing is written here: each image gets a new content, which the caller saves or applies.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from annotator.document.bounding_box import BOX_CLASSES, BoundingBox
from annotator.document.crack import Crack
from annotator.document.edits import with_progress_noted
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState, Subset
from annotator.errors import AnnotatorError, JobCancelled, defect_text
from annotator.importers import IMPORTERS, format_of
from annotator.importers.annotation import Annotation, ParsedBox, ParsedImage, ParseOptions, Size
from annotator.services.image_matching import ImageNames
from annotator.services.orientation import turned_upright
from annotator.storage.image_io import image_header
from annotator.storage.names import is_same_file
from annotator.storage.project_records import ImageRecord
from annotator.storage.project_store import ProjectStore

_log = logging.getLogger(__name__)

Existing = Literal["skip", "add", "replace"]
"""What happens to an image that has cracks or boxes: nothing, or more, or others instead."""

ReportProgress = Callable[[float, str], None]
IsCancelled = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What to import, and how; the format "auto" is found by what is in the files."""

    format_name: str = "auto"
    existing: Existing = "skip"
    with_courses: bool = True
    """Thin regions become cracks that can be traced anew; else all stay regions."""
    parse: ParseOptions = field(default_factory=ParseOptions)


@dataclass(frozen=True, slots=True, eq=False)
class ImportedImage:
    """What is imported for one image; nothing is saved yet."""

    record: ImageRecord
    size: Size
    file: Path
    cracks: tuple[Crack, ...]
    boxes: tuple[BoundingBox, ...]
    subset: Subset
    existing: Existing
    notes: tuple[str, ...] = ()
    """What of the file was left out."""

    @property
    def text(self) -> str:
        """Name of the change for the undo menu and the journal."""
        return f"Import {self.file.name}"

    def merged_into(self, before: ImageContent) -> ImageContent:
        """Return the content with what is imported, as one change of it.

        Locked objects are never replaced. A file that says that there is nothing makes a new image
        one without cracks.
        """
        kept = before
        if self.existing == "replace":
            kept = before.without(item.identifier for item in self._replaced(before))
        after = kept.with_cracks(self.cracks).with_boxes(self.boxes)
        if before.subset == "auto":
            after = after.with_subset(self.subset)
        is_clean = not (self.cracks or self.boxes or self.notes or after.objects)
        if is_clean and before.state is ImageState.NEW:
            return after.with_state(ImageState.NO_CRACK)
        return with_progress_noted(before, after)

    def _replaced(self, content: ImageContent) -> Iterator[Crack | BoundingBox]:
        """Yield what goes: cracks, and boxes where there are new ones."""
        old = content.objects if self.boxes else content.cracks
        return (item for item in old if not item.is_locked)


@dataclass(frozen=True, slots=True)
class NotImported:
    """A file, or a part of one, from which nothing was imported."""

    file: Path
    text: str
    is_skipped: bool = False
    """It was left out on request, because the image has cracks."""


def import_annotations(
    store: ProjectStore,
    path: Path,
    options: ImportOptions,
    report: ReportProgress = lambda fraction, text: None,
    is_cancelled: IsCancelled = lambda: False,
) -> Iterator[ImportedImage | NotImported]:
    """Yield what a file or folder holds for the images of a project, one after the other.

    Raises AnnotatorError where nothing can be imported at all, JobCancelled on request.
    """
    name = options.format_name
    report(0.0, "Looking for annotations")
    name = format_of(path) if name == "auto" else name
    if name not in IMPORTERS:
        known = ", ".join(IMPORTERS)
        raise AnnotatorError(f"There is no format {name!r} to import; choose one of {known}.")
    run = _Import(store, options)
    for found in IMPORTERS[name](path, options.parse):
        if is_cancelled():
            raise JobCancelled
        if isinstance(found, Annotation):
            report(found.fraction, found.file.name)
            result = run.read(found)
        else:
            result = NotImported(found.file, found.text)
        if result is not None:
            yield result
    report(1.0, "Imported")


def save_imported(store: ProjectStore, imported: ImportedImage) -> None:
    """Save what is imported for an image on top of what the project holds for it now."""
    identifier = imported.record.identifier
    if imported.record.size is None:
        store.note_image(identifier, size=imported.size)
    before, _ = store.load(identifier)  # what cannot be read of it stays in the project
    store.save(identifier, imported.merged_into(before), imported.text)


class _Import:
    """An import under way: which file each image got its annotation from."""

    def __init__(self, store: ProjectStore, options: ImportOptions) -> None:
        self._options = options
        records = store.images()
        self._names = ImageNames(records)
        self._numbers = _class_names(store)
        self._taken: dict[int, Path] = {}

    def read(self, found: Annotation) -> ImportedImage | NotImported | None:
        """Return what is imported; None where the file is a photograph of the project itself."""
        try:
            record = self._names.find(found.names, is_unique=found.is_name_unique)
            if is_same_file(found.file, record.path):
                if len(found.names) == 1:
                    return None
                # A mask among the photographs, listed as one of them.
                record = self._names.find(found.names[1:], is_unique=found.is_name_unique)
            return self._imported(found, record)
        except AnnotatorError as error:
            return NotImported(found.file, error.text)
        except JobCancelled:
            raise
        except Exception as error:  # noqa: BLE001 - one file's defect must not cost the others
            _log.debug("defect at %s", found.file, exc_info=True)
            return NotImported(found.file, defect_text(error))

    def _imported(self, found: Annotation, record: ImageRecord) -> ImportedImage | NotImported:
        if self._options.existing == "skip" and (record.n_cracks or record.n_boxes):
            text = f"{record.shown_name} has cracks or boxes already and was left as it is."
            return NotImported(found.file, text, is_skipped=True)
        if record.identifier in self._taken:
            raise AnnotatorError(
                f"{record.shown_name} got its cracks from {self._taken[record.identifier]} already."
            )
        from annotator.services.imported_cracks import cracks_of  # loads the engine

        size, parsed = _upright(found, record)
        cracks = cracks_of(parsed, size, with_courses=self._options.with_courses)
        boxes = tuple(self._box(box) for box in parsed.boxes)
        self._taken[record.identifier] = found.file
        notes = tuple(f"{record.shown_name}: {note}" for note in parsed.notes)
        return ImportedImage(
            record, size, found.file, cracks, boxes, found.subset, self._options.existing, notes
        )

    def _box(self, parsed: ParsedBox) -> BoundingBox:
        name = parsed.class_name or self._numbers.get(parsed.class_number)
        return BoundingBox(parsed.box, name or f"class {parsed.class_number}")


def _class_names(store: ProjectStore) -> Mapping[int, str]:
    own: list[dict[str, Any]] = store.get("box_classes", [])
    known = {item.number: item.name for item in BOX_CLASSES}
    return known | {int(item["number"]): str(item["name"]) for item in own}


def _upright(found: Annotation, record: ImageRecord) -> tuple[Size, ParsedImage]:
    """Return the size of the image and what is in the file, turned upright where it is not."""
    if record.is_missing and record.size is None:
        raise AnnotatorError(
            f"the photograph {record.shown_name} is not at {record.path}; put it back or locate it."
        )
    if record.is_missing and record.size is not None:
        size, orientation = record.size, 1
    else:
        size, orientation = image_header(record.path)
    parsed = found.read(size)
    if parsed.size is None or parsed.size == size:
        return size, replace(parsed, size=size)
    if orientation in {5, 6, 7, 8} and parsed.size == size[::-1]:
        return size, turned_upright(parsed, orientation)
    stated, wanted = (f"{width} x {height}" for width, height in (parsed.size, size))
    raise AnnotatorError(
        f"it is for an image of {stated} pixels, but {record.shown_name} has {wanted}; import "
        "annotations of the photograph in its full size."
    )
