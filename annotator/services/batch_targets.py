"""Where the cracks of a batch go: masks and records in a folder, or a project."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from annotator.document.crack import Crack
from annotator.document.edits import with_progress_noted
from annotator.errors import AnnotatorError
from annotator.services.trace_files import Photograph, crack_record, write_trace
from annotator.storage.atomic import create_folder
from annotator.storage.batch_items import BatchItem, BatchList
from annotator.storage.names import is_same_file, normal_path
from annotator.storage.project_store import ImageRecord, ProjectStore


class BatchTarget(Protocol):
    """Something that takes the cracks of a batch, mask by mask."""

    def check(self, images: Path, cracks: BatchList) -> None:
        """Refuse before the work what would fail, or harm, after it."""
        ...

    def write(
        self, group: Sequence[BatchItem], photograph: Photograph, cracks: Sequence[Crack]
    ) -> None:
        """Keep the cracks that were traced of a group of items with one mask."""
        ...


class MaskFolder:
    """A folder that gets a mask and a record for each mask that the list names."""

    def __init__(self, folder: Path) -> None:
        self.n_masks = 0
        self._folder = folder
        self._sources: set[str] = set()

    def check(self, images: Path, cracks: BatchList) -> None:
        """Make the folder, which must not be that of the images."""
        if is_same_file(images, self._folder):
            raise AnnotatorError(
                f"{self._folder} is the folder of the images; choose another one, so that no "
                "mask can replace a photograph."
            )
        self._sources = {normal_path(images / item.image) for item in cracks.items}
        create_folder(self._folder)

    def write(
        self, group: Sequence[BatchItem], photograph: Photograph, cracks: Sequence[Crack]
    ) -> None:
        """Write the united mask, and the record beside it."""
        item = group[0]
        mask_path = self._folder / item.mask
        if normal_path(mask_path) in self._sources:
            raise AnnotatorError(
                f"mask {item.mask!r} is a photograph of this list and would be overwritten; "
                "choose another name or folder."
            )
        create_folder(mask_path.parent)
        records = [crack_record(crack, photograph, item.image) for crack in cracks]
        record = records[0] if len(group) == 1 else _united(records)
        write_trace(photograph, cracks, mask_path, record, mask_path.with_suffix(".json"))
        self.n_masks += 1


def _united(records: list[dict[str, Any]]) -> dict[str, Any]:
    first = records[0]
    return {"cracks": records, "image": first["image"], "version": first["version"]}


class ProjectTarget:
    """A project, whose images get the cracks; those that they have already are not added again."""

    def __init__(self, store: ProjectStore) -> None:
        self.n_added = 0
        self.n_there = 0
        """Cracks that were in the project before, with the same pixels."""
        self._store = store
        self._records: dict[str, ImageRecord] = {}

    def check(self, images: Path, cracks: BatchList) -> None:
        """Make sure that the project can be written, and learn what is in it."""
        del images, cracks
        if self._store.is_read_only:
            raise AnnotatorError(f"{self._store.folder} may not be written; check its permissions.")
        self._records = {normal_path(record.path): record for record in self._store.images()}

    def write(
        self, group: Sequence[BatchItem], photograph: Photograph, cracks: Sequence[Crack]
    ) -> None:
        """Add the cracks to their image, which comes into the project where it is not yet."""
        del group
        path = photograph.loaded.path
        record = self._records.get(normal_path(path)) or self._add_image(path)
        self._note_size(record, photograph)
        content, _ = self._store.load(record.identifier)
        there = [crack.pixels for crack in content.cracks]
        new = [crack for crack in cracks if not any(map(crack.pixels.equals, there))]
        self.n_there += len(cracks) - len(new)
        if new:
            changed = with_progress_noted(content, content.with_cracks(new))
            text = "Trace a crack" if len(new) == 1 else f"Trace {len(new)} cracks"
            self._store.save(record.identifier, changed, f"{text} of a list")
            self.n_added += len(new)

    def _add_image(self, path: Path) -> ImageRecord:
        (record,) = self._store.add_images([path])
        self._records[normal_path(path)] = record
        return record

    def _note_size(self, record: ImageRecord, photograph: Photograph) -> None:
        size = (photograph.loaded.width, photograph.loaded.height)
        if record.size is not None and record.size != size and record.n_cracks:
            raise AnnotatorError(
                f"{record.shown_name} has {size[0]} x {size[1]} pixels, but {record.size[0]} x "
                f"{record.size[1]} when it was drawn on; bring back the photograph of that size."
            )
        self._store.note_image(record.identifier, size=size)
