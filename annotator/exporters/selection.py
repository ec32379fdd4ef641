"""Which images of a project an export takes, and what it takes of them."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from annotator.document.image_content import ImageContent
from annotator.document.image_state import FINISHED, ImageState
from annotator.errors import AnnotatorError
from annotator.exporters.frame import ExportRun, sha256_of
from annotator.exporters.naming import distinct_stems
from annotator.storage.image_io import image_size
from annotator.storage.project_records import ImageRecord
from annotator.storage.project_store import ProjectStore

ALL_STATES: tuple[ImageState, ...] = tuple(ImageState)


@dataclass(frozen=True, slots=True)
class SourceImage:
    """An image of the export: its record, its name there, and its file as found now."""

    record: ImageRecord
    stem: str
    """Distinct among the images of the export, legal on every system."""
    size: tuple[int, int]
    """Upright (width, height) of the file."""
    sha256: str
    """Of the file's bytes, read now."""

    @property
    def path(self) -> Path:
        """The photograph."""
        return self.record.path

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width), as arrays count."""
        return self.size[1], self.size[0]


def source_images(
    store: ProjectStore, run: ExportRun, states: Collection[ImageState] = FINISHED
) -> list[SourceImage]:
    """Return the images in some states, by name; those that cannot be exported are noted.

    Reads every file once, to know its SHA-256. Stems do not depend on what else is exported.
    """
    records = sorted(store.images(), key=lambda record: (record.shown_name, record.identifier))
    stems = distinct_stems({record.identifier: record.shown_name for record in records})
    chosen = [record for record in records if record.state in states]
    if not chosen:
        raise AnnotatorError(
            f"No image of the project is {_listed(states)}; set the states of the images, or "
            "export other states too."
        )
    _note_other_states(run, [record for record in records if record.state not in states])
    found: list[SourceImage] = []
    for index, record in enumerate(chosen):
        run.progress(index / len(chosen), "Checking photographs")
        try:
            found.append(_checked(record, stems[record.identifier], run))
        except AnnotatorError as error:
            run.fail(f"{record.shown_name} is not in the export: {error.text}")
    return found


def load_content(store: ProjectStore, record: ImageRecord) -> ImageContent:
    """Return what is known of an image; raises AnnotatorError where a part of it is damaged."""
    if not record.n_cracks and not record.n_boxes:
        return ImageContent(state=record.state, subset=record.subset)
    content, damages = store.load(record.identifier)
    if damages:
        raise AnnotatorError(f"a part of its annotation cannot be read: {damages[0].text}")
    return content


def authors_of(store: ProjectStore, image: SourceImage) -> list[str]:
    """Return the names of all who worked on an image."""
    return sorted({line.author for line in store.journal(image.record.identifier)})


def _checked(record: ImageRecord, stem: str, run: ExportRun) -> SourceImage:
    if record.is_missing or not record.path.is_file():
        raise AnnotatorError(
            f"the photograph is not at {record.path}; put it back or locate it in the project."
        )
    size, digest = image_size(record.path), sha256_of(record.path)
    if record.size is not None and tuple(record.size) != size:
        was, now = (f"{width} x {height}" for width, height in (record.size, size))
        raise AnnotatorError(
            f"the photograph has {now} pixels now, but was annotated with {was}; put the "
            "annotated file back."
        )
    # Of a file with another size the record holds no SHA-256.
    if record.byte_size != record.path.stat().st_size or record.sha256 not in {"", digest}:
        run.listed.append(
            f"{record.shown_name} has other bytes than when it was annotated, with the same "
            "number of pixels; check that its cracks still fit."
        )
    return SourceImage(record, stem, size, digest)


def _note_other_states(run: ExportRun, records: list[ImageRecord]) -> None:
    drawn_on = [record.state for record in records if record.n_cracks or record.n_boxes]
    if drawn_on:
        counts = {state: drawn_on.count(state) for state in ALL_STATES if state in drawn_on}
        run.listed.append(
            "Images with cracks or boxes that are left out because of their state: "
            f"{', '.join(f'{n} {state}' for state, n in counts.items())}; set their states, or "
            "export those states too."
        )


def _listed(states: Collection[ImageState]) -> str:
    *others, last = [f'"{state}"' for state in ALL_STATES if state in states]
    return f"{', '.join(others)} or {last}" if others else last
