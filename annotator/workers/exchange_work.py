"""What goes out of a project, as the exchange lane runs it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from annotator.document.crack import Crack
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import JobContext
from annotator.workers.project_saver import ProjectSaver

if TYPE_CHECKING:
    from annotator.exporters.frame import ExportReport
    from annotator.exporters.image_tiles import ImageTiles
    from annotator.exporters.patch_grid import SmallImages
    from annotator.storage.project_records import ImageRecord
    from annotator.storage.project_store import ProjectStore

EXPORT_KEY = "export"
"""Key of the job that exports."""

Exporter = Callable[..., "ExportReport"]


def load(_context: JobContext) -> None:
    """Load what the dialogs of export and import need, before somebody waits for them."""
    import annotator.exporters
    import annotator.services.importing  # noqa: F401


def export_project(
    exporter: Exporter,
    store: "ProjectStore",
    saver: ProjectSaver,
    target: Path,
    options: Any,
    context: JobContext,
) -> "ExportReport":
    """Export a project as it is on disk, once everything that waits is there too."""
    context.report("saving edits", 0.0)
    saver.write_all()

    def report(fraction: float, text: str) -> None:
        context.report(text[:1].lower() + text[1:], fraction)

    return exporter(store, target, options, report, context.is_cancelled)


def list_records(
    store: "ProjectStore", saver: ProjectSaver, _context: JobContext
) -> list["ImageRecord"]:
    """Return the images of a project as they are on disk, once everything that waits is there."""
    saver.write_all()
    return store.images()


def count_patches(
    store: "ProjectStore", saver: ProjectSaver, small_images: "SmallImages", context: JobContext
) -> list["ImageTiles"]:
    """Count the patches of all images of a project."""
    from annotator.exporters.image_tiles import project_tiles

    saver.write_all()
    return project_tiles(
        store,
        small_images,
        lambda fraction, _text: context.report("", fraction),
        context.is_cancelled,
    )


def write_mask(target: Path, cracks: Sequence[Crack], shape: tuple[int, int]) -> None:
    """Write the united mask of cracks as PNG, 0 and 255; ``shape`` is (height, width)."""
    from annotator.document.mask import union_mask
    from annotator.storage.mask_io import save_mask

    save_mask(target, union_mask(cracks, shape))


def write_traces(target: Path, cracks: Sequence[Crack], image: OpenImage) -> None:
    """Write the JSON that the command line writes: a record, or several under "cracks"."""
    from annotator.services.tracing import trace_record
    from annotator.storage.trace_io import save_record

    width, height = image.size
    described = {"image": {"file": image.path.name, "width": width, "height": height}}
    records = [trace_record(crack.path) | described for crack in cracks if crack.path]
    save_record(target, records[0] if len(records) == 1 else {"cracks": records})
