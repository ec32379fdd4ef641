"""Commands on projects: open, make, extend, keep, bring back, close."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QInputDialog, QMessageBox

from annotator.actions.context import Context
from annotator.dialogs import files, unsaved
from annotator.dialogs.checkpoints import CheckpointsDialog, shown_time
from annotator.dialogs.locate_images import LocateImagesDialog
from annotator.dialogs.new_project import NewProjectDialog
from annotator.dialogs.project_settings import ProjectSettingsDialog
from annotator.dialogs.questions import ask, make_question
from annotator.document.image_entry import ImageEntry
from annotator.storage.project_store import Checkpoint, ProjectLockedError
from annotator.workers.exchange_work import EXPORT_KEY
from annotator.workers.job_runner import Job, JobContext, Lane


def open_project(context: Context) -> None:
    """Ask for a project and open it."""
    _ask_and_open(context, "Open a project (a folder that ends in .crackproj)")


def open_folder(context: Context) -> None:
    """Ask for a folder of photographs and open its project."""
    _ask_and_open(context, "Open a folder of photographs")


def _ask_and_open(context: Context, title: str) -> None:
    folder = files.ask_folder(context.window, title, context.settings.open_folder)
    if folder:
        open_paths(context, [folder])


def open_images(context: Context) -> None:
    """Ask for image files and open the project of their folder."""
    paths = files.ask_images(context.window, "Open images", context.settings.open_folder)
    if paths:
        open_paths(context, paths)


def open_paths(context: Context, paths: list[Path]) -> None:
    """Open files or folders, from a dialog, the command line or a drop."""
    first = paths[0]
    context.settings.open_folder = first if first.is_dir() else first.parent
    context.session.open_paths(paths)


def new_project(context: Context) -> None:
    """Ask for photographs and a place, make the project and open it."""
    dialog = NewProjectDialog(context.settings.open_folder, context.window)
    dialog.chosen.connect(partial(_make_project, context))
    dialog.open()


def _make_project(context: Context, images: Path, folder: Path) -> None:
    author = context.settings.author

    def work(_context: JobContext) -> Path:
        from annotator.services.projects import new_project as make

        store, _count = make(folder, images, author)
        store.close()
        return store.folder

    context.settings.open_folder = images
    _start(
        context, "new project", "Making the project", "loading", work,
        lambda made: context.session.open_paths([made]),
    )  # fmt: skip


def add_images(context: Context) -> None:
    """Ask for photographs and add them to the project."""
    store = context.session.store
    title = "Add images to the project"
    paths = files.ask_images(context.window, title, context.settings.open_folder)
    if not paths or store is None:
        return

    def done(added: list[Any]) -> None:
        context.session.refresh_images()
        n = len(added)
        is_are = "image was" if n == 1 else "images were"
        others = len(paths) - n
        rest = f"; {others} had been in it before" if others else ""
        context.session.notice.emit(f"{n} {is_are} added to the project{rest}")
        if context.session.current is None:
            context.session.show_image(0)

    _start(
        context, "add images", "Adding images", "saving", lambda _c: store.add_images(paths), done
    )


def remove_images(context: Context, entries: list[ImageEntry]) -> None:
    """Take images out of the project."""
    session = context.session
    store, saver, place = session.store, session.saver, session.index
    identifiers = [entry.identifier for entry in entries]
    if store is None:
        return

    def work(_context: JobContext) -> None:
        saver.write_all()
        store.remove_images(identifiers)

    def done(_result: None) -> None:
        session.refresh_images()
        if session.current not in session.entries:
            session.show_image(min(place, len(session.entries) - 1))

    _start(context, "remove images", "Removing from the project", "saving", work, done)


def locate_images(context: Context) -> None:
    """Open the list of missing images."""
    LocateImagesDialog(context.session, context.settings.open_folder, context.window).open()


def checkpoint(context: Context) -> None:
    """Write what waits and keep a copy of the project as it is now."""
    context.session.checkpoint()


def named_checkpoint(context: Context) -> None:
    """Ask for a name and keep a copy of the project under it."""
    store, saver = context.session.store, context.session.saver
    name, is_accepted = QInputDialog.getText(
        context.window, "Checkpoint with a name", "Name of the checkpoint, as in “before review”:"
    )
    if store is None or not (is_accepted and name.strip()):
        return
    _start(
        context, "checkpoint", "Making a checkpoint", "saving",
        lambda _c: (saver.write_all(), store.checkpoint(name.strip())),
        lambda _r: context.session.notice.emit(f"Checkpoint “{name.strip()}” made"),
    )  # fmt: skip


def restore_checkpoint(context: Context) -> None:
    """Let the user choose a checkpoint and bring the project back to it."""
    store = context.session.store
    if store is None:
        return
    dialog = CheckpointsDialog(store.checkpoints(), context.window)
    dialog.chosen.connect(partial(_restore, context))
    dialog.open()


def _restore(context: Context, chosen: Checkpoint) -> None:
    session = context.session
    error = session.saver.flush()
    if session.store is None or error is not None:
        session.problem.emit(error.text if error else "No project is open.")
        return
    folder, author = session.store.folder, session.author

    def work(_context: JobContext) -> None:
        from annotator.storage.project_store import restore_checkpoint as bring_back

        bring_back(folder, chosen, author=author)

    session.leave_project()
    if session.store is not None:
        return  # it says why

    def reopen(_result: Any = None) -> None:
        session.open_paths([folder])

    def failed(error: Exception) -> None:
        reopen()
        session.problem.emit(str(error))

    session.runner.start(
        Job(
            key="restore checkpoint",
            work=work,
            title="Restoring the checkpoint",
            lane="saving",
            is_cancellable=False,
            on_done=reopen,
            on_failed=failed,
        )
    )


def show_settings(context: Context) -> None:
    """Open the settings of the project."""
    if context.session.store is not None:
        ProjectSettingsDialog(context.session, context.session.store, context.window).open()


def show_folder(context: Context) -> None:
    """Show the project in the file manager."""
    if context.session.store is not None:
        files.show_in_file_manager(context.session.store.folder)


def may_close(context: Context) -> bool:
    """Tell whether the window may close now; asks where edits cannot be written."""
    if context.is_discarding:
        return True
    if not _may_stop_export(context) or _waits_for_traces(context):
        return False
    error = context.session.saver.flush()
    if error is None:
        return True
    choice = unsaved.ask_unsaved(context.window, error.text)
    if choice == "retry":
        return may_close(context)
    context.is_discarding = choice == "discard"
    return context.is_discarding


def _waits_for_traces(context: Context) -> bool:
    """Close a moment later where cracks are being traced; a second try does not wait."""
    traces = context.session.traces
    if context.is_leaving or not traces.running:
        return False
    context.is_leaving = True

    def close_when_done() -> None:
        if not traces.running and context.window.isVisible():
            traces.changed.disconnect(close_when_done)
            QTimer.singleShot(0, context.window, context.window.close)

    traces.changed.connect(close_when_done)
    context.session.notice.emit(
        "The window closes when the crack is traced; close it again to give the crack up"
    )
    return True


def _may_stop_export(context: Context) -> bool:
    """Ask where an export is under way, which would be lost."""
    if context.session.runner.find(EXPORT_KEY) is None:
        return True
    return ask(
        context.window,
        "Export under way",
        "An export is under way.",
        "It is stopped when the window closes, and nothing of it is left.",
        verb="Stop and close",
    )


def close_window(context: Context) -> None:
    """Close the window."""
    context.window.close()


class ProjectWatch(QObject):
    """Does what follows when a project is opened, or cannot be: remembers it, or asks."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.window)
        self._context = context
        self._tool_before = ""
        """The tool that was in hand before a project came that may not be changed."""
        context.session.project_changed.connect(self._on_changed)
        context.session.project_locked.connect(self._on_locked)

    def _on_changed(self) -> None:
        store = self._context.session.store
        if store is None:
            return
        self._context.settings.remember_project(store.folder)
        tool = self._context.tool
        if store.is_read_only:
            self._tool_before = self._tool_before or tool.name
            tool.choose("select")
        elif self._tool_before:
            tool.choose(self._tool_before)
            self._tool_before = ""

    def _on_locked(self, paths: list[Path], error: ProjectLockedError) -> None:
        known = f"{error.owner} has had it open since {shown_time(error.since)}. "
        box = make_question(
            self._context.window,
            "Project in use",
            f"Another window works on {paths[0].name}.",
            f"{known if error.owner else ''}Close it there to edit it here. Or open it read-only: "
            "you can look at everything and export.",
            verb="Open read-only",
        )
        box.setIcon(QMessageBox.Icon.Information)
        box.accepted.connect(lambda: self._context.session.open_paths(paths, read_only=True))
        box.open()


def _start(
    context: Context,
    key: str,
    title: str,
    lane: Lane,
    work: Callable[[JobContext], Any],
    on_done: Callable[[Any], None],
) -> None:
    session = context.session
    session.runner.start(
        Job(
            key=key,
            work=work,
            title=title,
            lane=lane,
            on_done=on_done,
            on_failed=lambda error: session.problem.emit(str(error)),
        )
    )
