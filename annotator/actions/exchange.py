"""Commands that bring masks and annotations in, and data sets out.

The dialogs are imported when they are opened: they know the exporters, which load numpy and OpenCV.
"""

from collections.abc import Callable
from pathlib import Path

from annotator.actions.context import Context
from annotator.dialogs import files
from annotator.document.crack import Crack
from annotator.document.image_entry import ImageEntry
from annotator.workers import exchange_work
from annotator.workers.job_runner import Job, JobContext


def export(name: str, context: Context) -> None:
    """Open the export dialog on a format."""
    from annotator.dialogs.export import ExportDialog

    ExportDialog(context.session, context.settings, name, context.window).open()


def import_files(context: Context) -> None:
    """Ask for files and open the import dialog on them."""
    title = "Import masks or annotations"
    name_filter = "Masks and annotations (*.png *.json *.tif *.tiff *.bmp *.jpg *.jpeg)"
    paths = files.ask_files(context.window, title, context.settings.open_folder, name_filter)
    if paths:
        _open_import(context, paths)


def import_folder(context: Context) -> None:
    """Ask for a folder and open the import dialog on it."""
    title = "Import a folder of masks or annotations"
    folder = files.ask_folder(context.window, title, context.settings.open_folder)
    if folder:
        _open_import(context, [folder])


def _open_import(context: Context, paths: list[Path]) -> None:
    from annotator.dialogs.importing import ImportDialog

    ImportDialog(context.session, paths, context.window).open()


def export_mask(context: Context) -> None:
    """Ask where to save the mask of the image and write it in the background."""
    entry, image = context.session.current, context.session.image
    if entry is None or image is None:
        return
    target = _ask_target(context, entry, "Export the mask", "_mask", "png")
    if target is not None:
        shape = (image.size[1], image.size[0])
        _write(
            context, entry, target,
            lambda cracks: exchange_work.write_mask(target, cracks, shape),
        )  # fmt: skip


def export_traces(context: Context) -> None:
    """Ask where to save the center lines of the image and write them in the background."""
    entry, image = context.session.current, context.session.image
    if entry is None or image is None:
        return
    target = _ask_target(context, entry, "Export the traces", "_traces", "json")
    if target is not None:
        _write(
            context, entry, target,
            lambda cracks: exchange_work.write_traces(target, cracks, image),
        )  # fmt: skip


def _ask_target(
    context: Context, entry: ImageEntry, title: str, ending: str, suffix: str
) -> Path | None:
    """Ask for a file; suggest one beside the last export, never among the photographs."""
    folder = context.settings.export_folder or Path.home()
    suggestion = folder / f"{entry.path.stem}{ending}.{suffix}"
    target = files.ask_save(context.window, title, suggestion, suffix)
    if target is None:
        return None
    photographs = {other.path for other in context.session.entries}
    if target in photographs:
        context.session.problem.emit(
            f"{target} is a photograph of the project; choose another name."
        )
        return None
    context.settings.export_folder = target.parent
    return target


def _write(
    context: Context,
    entry: ImageEntry,
    target: Path,
    write: Callable[[tuple[Crack, ...]], None],
) -> None:
    session, cracks = context.session, entry.cracks

    def work(_context: JobContext) -> None:
        write(cracks)

    session.runner.start(
        Job(
            key=("write file", target),
            work=work,
            title=f"Writing {target.name}",
            lane="exchange",
            on_done=lambda _result: session.notice.emit(f"Exported: {target}"),
            on_failed=lambda error: session.problem.emit(str(error)),
        )
    )
