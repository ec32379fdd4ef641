"""The session: the images, their cracks and their history; what panels and tools talk to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from annotator.commands.history import History
from annotator.document.crack_path import CrackPath
from annotator.document.edits import AddCrack, Change, Edit, RemoveCrack
from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.workers.crack_drawings import CrackDrawings
from annotator.workers.file_work import MaskToSave, find_images, write_masks
from annotator.workers.image_loader import ImageLoader, OpenImage
from annotator.workers.job_runner import Job, JobContext, JobRunner
from annotator.workers.trace_work import Point, TraceOptions, Tracer


@dataclass(frozen=True, slots=True, eq=False)
class RunningTrace:
    """A trace that waits or runs: where its result goes and through which clicks it passes."""

    entry: ImageEntry
    waypoints: tuple[Point, ...]
    job: Job


class Session(QObject):
    """Images, current image, selection, running traces; all edits pass through `apply`."""

    images_changed = Signal()
    """Another list of images was opened."""
    image_shown = Signal()
    """Another image is current, ready in ``image``; that is None where it cannot be opened."""
    document_changed = Signal(object, object)
    """An edit was applied or reverted: ImageEntry, Change."""
    selection_changed = Signal()
    history_changed = Signal()
    """What can be undone or redone, or which images are saved, may have changed."""
    traces_changed = Signal()
    """A trace started or ended."""
    trace_failed = Signal(object)
    """A trace ended with a problem: its waypoints."""
    problem = Signal(str)
    """A sentence for the message bar."""
    notice = Signal(str)
    """A sentence for the status bar."""

    def __init__(
        self,
        runner: JobRunner,
        loader: ImageLoader,
        drawings: CrackDrawings,
        tracer: Tracer,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.runner = runner
        self.drawings = drawings
        self.tracer = tracer
        self.history = History(self._on_edit, self)
        self.history.changed.connect(self.history_changed)
        self.entries: list[ImageEntry] = []
        self.current: ImageEntry | None = None
        self.image: OpenImage | None = None
        self.selected: CrackPath | None = None
        self.options = TraceOptions()
        self.running: list[RunningTrace] = []
        self._loader = loader
        self._trace_numbers = count(1)
        self._direction = 1
        self._requested = -1

    # Images

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open images or folders; a single file brings the other images of its folder along."""
        self.runner.start(
            Job(
                key="list images",
                work=lambda _context: find_images(paths),
                title="Looking for images",
                lane="loading",
                priority=20,
                on_done=lambda found: self._open(*found),
                on_failed=self._on_problem,
            )
        )

    @property
    def index(self) -> int:
        """Place of the current image in the list, -1 where none is shown."""
        return self.entries.index(self.current) if self.current in self.entries else -1

    def show_image(self, index: int) -> None:
        """Load an image of the list; the old one stays until the new one is ready."""
        if 0 <= index < len(self.entries):
            self._requested = index
            entry = self.entries[index]
            self._loader.load(
                entry.path, partial(self._on_loaded, entry), partial(self._on_not_loaded, entry)
            )

    def step(self, by: int) -> None:
        """Show the next image (1) or the previous one (-1), if there is one.

        It counts from the image asked for last, so that two quick steps lead two images on.
        """
        self._direction = by
        self.show_image(self._requested + by)

    # Cracks

    def apply(self, edit: Edit, entry: ImageEntry | None = None) -> None:
        """Apply an edit to an image, the current one by default: the only door to the document."""
        target = entry or self.current
        if target is not None:
            self.history.push(target, edit)

    def undo(self) -> None:
        """Take back the last edit of the current image; a crack that comes back is selected."""
        change = self.history.undo()
        if change and change.kind == "added":
            self.select(change.crack)

    def select(self, crack: CrackPath | None) -> None:
        """Select a crack of the current image, or none."""
        if crack is not self.selected:
            self.selected = crack
            self.selection_changed.emit()

    def remove_selected(self) -> None:
        """Delete the selected crack."""
        if self.current and self.selected:
            self.apply(RemoveCrack(self.selected, self.current.cracks.index(self.selected)))

    def unsaved_entries(self) -> list[ImageEntry]:
        """Return the images whose cracks differ from what was saved last."""
        return [entry for entry in self.entries if not self.history.is_saved(entry)]

    # Traces

    def trace(self, waypoints: Sequence[Point]) -> None:
        """Trace a crack through the waypoints in the background and add it."""
        if self.current is None or self.image is None:
            return
        image, options = self.image, self.options
        points = tuple((float(x), float(y)) for x, y in waypoints)

        def work(context: JobContext) -> CrackPath:
            crack = self.tracer.trace(image, points, options, context)
            self.drawings.add(crack)  # here, so that it can be painted as soon as it is there
            return crack

        job = Job(
            key=("trace", next(self._trace_numbers)),
            work=work,
            title=f"Tracing {self.current.name}",
        )
        running = RunningTrace(self.current, points, job)
        job.on_done = partial(self._on_traced, running)
        job.on_failed = partial(self._on_trace_failed, running)
        job.on_cancelled = partial(self._on_trace_ended, running)
        self.running.append(running)
        self.runner.start(job)
        self.traces_changed.emit()

    def cancel_traces(self) -> None:
        """Cancel all traces that wait or run."""
        for running in list(self.running):
            self.runner.cancel(running.job)

    def close(self) -> None:
        """Stop all work; the session is not used after this."""
        self.runner.shutdown()

    # Files

    def save_masks(
        self, targets: Sequence[tuple[ImageEntry, Path]], finished: Callable[[bool], None]
    ) -> None:
        """Write masks in the background; ``finished`` is told whether all are on disk."""
        sources = {entry.path.resolve() for entry in self.entries}
        taken = next((path for _, path in targets if path.resolve() in sources), None)
        if taken:
            self.problem.emit(f"{taken.name} is a photograph; choose another name for the mask.")
            finished(False)
            return
        snapshots = [MaskToSave(entry, path, tuple(entry.cracks)) for entry, path in targets]
        self.runner.start(
            Job(
                key=("save", *(path for _, path in targets)),
                work=partial(write_masks, snapshots),
                title="Saving",
                lane="saving",
                on_done=partial(self._on_saved, finished),
                on_cancelled=lambda: finished(False),
            )
        )

    def save_traces(self, path: Path) -> None:
        """Write the cracks of the current image as the JSON that the command line writes."""
        if self.current is None or self.image is None:
            return
        image, cracks = self.image, tuple(self.current.cracks)
        self.runner.start(
            Job(
                key=("save", path),
                work=lambda _context: self.tracer.write_records(path, image, cracks),
                title="Saving",
                lane="saving",
                on_done=lambda _result: self.notice.emit(f"Saved {path}"),
                on_failed=self._on_problem,
            )
        )

    # Outcomes of jobs

    def _open(self, paths: list[Path], start: int, is_exact: bool) -> None:
        """Replace the list once one of its images opened; until then everything stays as it is."""

        def show(image: OpenImage) -> None:
            known = {entry.path: entry for entry in self.entries}
            entries = [known.get(path) or ImageEntry(path) for path in paths]
            entries += [e for e in known.values() if self._is_worked_on(e) and e not in entries]
            self.entries = entries
            self.images_changed.emit()
            self._on_loaded(entries[start], image)

        def fail(error: AnnotatorError) -> None:
            self._on_problem(error)
            if not is_exact and start + 1 < len(paths):
                self._open(paths, start + 1, is_exact)

        self._loader.load(paths[start], show, fail)

    def _is_worked_on(self, entry: ImageEntry) -> bool:
        """Tell whether something would be lost if the image left the list."""
        is_traced = any(running.entry is entry for running in self.running)
        return bool(entry.cracks) or is_traced or not self.history.is_saved(entry)

    def _on_loaded(self, entry: ImageEntry, image: OpenImage) -> None:
        if entry not in self.entries:
            return
        entry.size = image.size
        self._show(entry, image)
        for note in image.notes:
            self.notice.emit(note)

    def _on_not_loaded(self, entry: ImageEntry, error: AnnotatorError) -> None:
        """Go to a file that cannot be opened all the same, so that the next step counts from it."""
        if entry in self.entries:
            self._show(entry, None)
        self._on_problem(error)

    def _show(self, entry: ImageEntry, image: OpenImage | None) -> None:
        self.current, self.image, self.selected = entry, image, None
        self._requested = self.index
        self.history.activate(entry)
        self.image_shown.emit()
        self.selection_changed.emit()
        neighbors = (self.index + self._direction, self.index - self._direction)
        self._loader.preload(
            [self.entries[i].path for i in neighbors if 0 <= i < len(self.entries)]
        )

    def _on_traced(self, running: RunningTrace, crack: CrackPath) -> None:
        self._on_trace_ended(running)
        if running.entry in self.entries:
            self.apply(AddCrack(crack), running.entry)

    def _on_trace_failed(self, running: RunningTrace, error: AnnotatorError) -> None:
        self._on_trace_ended(running)
        self._on_problem(error)
        if running.entry is self.current:
            self.trace_failed.emit(running.waypoints)

    def _on_trace_ended(self, running: RunningTrace) -> None:
        self.running.remove(running)
        self.traces_changed.emit()

    def _on_edit(self, entry: ImageEntry, change: Change) -> None:
        if change.kind == "removed" and change.crack is self.selected:
            self.select(None)
        self.document_changed.emit(entry, change)

    def _on_saved(
        self,
        finished: Callable[[bool], None],
        outcome: tuple[list[MaskToSave], AnnotatorError | None],
    ) -> None:
        saved, error = outcome
        for target in saved:
            target.entry.mask_path = target.path
            self.history.mark_saved(target.entry, target.cracks)
        if error:
            self._on_problem(error)
        elif len(saved) == 1:
            self.notice.emit(f"Saved {saved[0].path}")
        else:
            self.notice.emit(f"Saved {len(saved)} masks")
        finished(error is None)

    def _on_problem(self, error: AnnotatorError) -> None:
        self.problem.emit(str(error))
