"""What comes into a project, as it is read and, where there is much of it, saved at once."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from annotator.errors import JobCancelled
from annotator.workers.job_runner import JobContext
from annotator.workers.project_saver import ProjectSaver

if TYPE_CHECKING:
    from annotator.services.importing import ImportedImage, ImportOptions, NotImported
    from annotator.storage.project_store import ProjectStore

MOST_UNDOABLE = 50
"""Images whose import is an edit in memory, which Undo takes back; more of them would fill it."""


@dataclass(slots=True, eq=False)
class ImportOutcome:
    """What an import found: images to apply in the window, others that are saved already."""

    to_apply: list["ImportedImage"] = field(default_factory=list["ImportedImage"])
    saved: list[int] = field(default_factory=list[int])
    """Identifiers of images that were not in memory and are saved."""
    checkpoint: str = ""
    """Name of the checkpoint made before any was."""
    n_cracks: int = 0
    n_boxes: int = 0
    notes: list[str] = field(default_factory=list[str])
    left_out: list["NotImported"] = field(default_factory=list["NotImported"])
    is_cancelled: bool = False
    """It was stopped when some images were saved already."""

    @property
    def n_images(self) -> int:
        """Images that got something."""
        return len(self.to_apply) + len(self.saved)


def read_import(
    store: "ProjectStore",
    saver: ProjectSaver,
    paths: Sequence[Path],
    options: "ImportOptions",
    in_memory: Collection[int],
    context: JobContext,
) -> ImportOutcome:
    """Read files and folders; once there are too many to undo, save those not in memory."""
    saver.write_all()
    outcome = ImportOutcome()
    try:
        for number, path in enumerate(paths):
            span = (number / len(paths), (number + 1) / len(paths))
            _read(store, path, options, in_memory, outcome, partial(_report, context, span))
    except JobCancelled:
        if not outcome.saved:
            raise
        outcome.is_cancelled = True
        outcome.to_apply.clear()
    _note_sizes(store, outcome.to_apply)
    return outcome


def _read(
    store: "ProjectStore",
    path: Path,
    options: "ImportOptions",
    in_memory: Collection[int],
    outcome: ImportOutcome,
    report: Callable[[float, str], None],
) -> None:
    from annotator.services.importing import NotImported, import_annotations

    for found in import_annotations(store, path, options, report):
        if isinstance(found, NotImported):
            outcome.left_out.append(found)
            continue
        outcome.n_cracks += len(found.cracks)
        outcome.n_boxes += len(found.boxes)
        outcome.notes += found.notes
        outcome.to_apply.append(found)
        if outcome.saved or len(outcome.to_apply) > MOST_UNDOABLE:
            _save_large(store, outcome, in_memory, f"before importing {path.name}")


def _report(context: JobContext, span: tuple[float, float], fraction: float, text: str) -> None:
    """Report a part of the whole; raises JobCancelled when the import is to stop."""
    context.report(text, span[0] + (span[1] - span[0]) * fraction)


def _save_large(
    store: "ProjectStore", outcome: ImportOutcome, in_memory: Collection[int], name: str
) -> None:
    """Save what is not in memory, after a checkpoint that leads back."""
    from annotator.services.importing import save_imported

    if not outcome.checkpoint:
        store.checkpoint(name)
        outcome.checkpoint = name
    kept = [found for found in outcome.to_apply if found.record.identifier in in_memory]
    for found in outcome.to_apply:
        if found not in kept:
            save_imported(store, found)
            outcome.saved.append(found.record.identifier)
    outcome.to_apply = kept


def _note_sizes(store: "ProjectStore", found: Iterable["ImportedImage"]) -> None:
    for image in found:
        if image.record.size is None:
            store.note_image(image.record.identifier, size=image.size)
