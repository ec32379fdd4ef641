"""The session: the open project, the current image, and the only door to the document."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annotator.commands.history import History
from annotator.document.crack import Crack
from annotator.document.edits import Change, with_progress_noted
from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import FINISHED, ImageState
from annotator.errors import AnnotatorError
from annotator.session.box_classes import BoxClasses
from annotator.session.brush import Brush
from annotator.session.cost_preview import CostPreview
from annotator.session.efforts import Efforts
from annotator.session.image_steps import ImageSteps
from annotator.session.live_preview import LivePreview
from annotator.session.notes import Notes
from annotator.session.predictions import Predictions
from annotator.session.project_switch import ProjectSwitch, listed
from annotator.session.review import Review
from annotator.session.selection import Selection
from annotator.session.trace_settings import TraceSettings
from annotator.session.traces import RunningTrace, Traces
from annotator.session.training import Training
from annotator.session.usefulness import Usefulness
from annotator.workers.crack_drawings import CrackDrawings
from annotator.workers.image_loader import ImageLoader, OpenImage
from annotator.workers.job_runner import Job, JobRunner
from annotator.workers.project_saver import ProjectSaver
from annotator.workers.project_work import read_contents
from annotator.workers.trace_work import Point, TraceOptions, Tracer

if TYPE_CHECKING:
    from annotator.storage.project_store import ProjectStore

Transform = Callable[[ImageContent], ImageContent]

READ_ONLY = (
    "This project is open read-only; close the other window that works on it, then open it again."
)
LOCKED = "This crack is locked; unlock it first (L)."


class Session(QObject):
    """Project, images, current image, selection, running traces; all edits pass through `apply`."""

    project_changed = Signal()
    """Another project was opened: see ``store``."""
    images_changed = Signal()
    """The list of images is another one."""
    image_shown = Signal()
    """Another image is current, ready in ``image``; that is None where it cannot be opened."""
    document_changed = Signal(object, object)
    """An edit was applied or reverted: ImageEntry, Change."""
    history_changed = Signal()
    """What can be undone or redone may have changed."""
    trace_failed = Signal(object)
    """A trace of new clicks ended with a problem: its waypoints."""
    project_locked = Signal(object, object)
    """Another window works on the project: the paths to open it with, ProjectLockedError."""
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
        self.saver = ProjectSaver(runner, self)
        self.saver.failed.connect(self._on_problem)
        self.selection = Selection(self)
        self.traces = Traces(runner, drawings, tracer, self._on_traced, self)
        self.traces.failed.connect(self._on_trace_failed)
        self.author = ""
        """Name that goes with every edit."""
        self.project_home: Path | None = None
        """Where projects of folders that cannot be written to go, None for the usual place."""
        self.recent_projects: Callable[[], Sequence[Path]] = tuple
        """Projects opened lately: a folder of images that has one of them is opened with it."""
        self.store: ProjectStore | None = None
        self.entries: list[ImageEntry] = []
        self.current: ImageEntry | None = None
        self.image: OpenImage | None = None
        self.options = TraceOptions()
        """How the next cracks are traced."""
        self.trace_settings = TraceSettings(self)
        self.cost_preview = CostPreview(self)
        self.live_preview = LivePreview(self)
        self.brush = Brush(self)
        self.box_classes = BoxClasses(runner, self)
        self.listed_rows: Callable[[], Sequence[int]] | None = None
        """Ascending rows of the images to step through, as the list filters them; None: all."""
        self.damages: tuple[str, ...] = ()
        """Sentences on what of the project cannot be read, still to be told."""
        self.steps = ImageSteps(self, loader)
        self._switch = ProjectSwitch(self)
        self.efforts = Efforts(self)
        self.review = Review(self)
        self.notes = Notes(self)
        self.predictions = Predictions(self)
        self.training = Training(self)
        self.usefulness = Usefulness(self)

    # Project

    def open_paths(self, paths: Sequence[Path], *, read_only: bool = False) -> None:
        """Open a project, a folder of images or images, in the background.

        What is open stays open until the new project is there.
        """
        self._switch.open(paths, read_only=read_only)

    def leave_project(self) -> None:
        """Write what waits and close the project; nothing is shown until another one is open."""
        self._switch.leave()

    @property
    def is_leaving(self) -> bool:
        """Tell whether the project that was left is still being closed, in the background."""
        return self._switch.is_closing

    @property
    def is_read_only(self) -> bool:
        """Tell whether edits are refused."""
        return self.store is not None and self.store.is_read_only

    def set_author(self, author: str) -> None:
        """Let edits from now on go under another name."""
        self.author = author
        if self.store:
            self.store.author = author

    def refresh_images(self) -> None:
        """Read the list of images anew; contents that are in memory are kept."""
        if self.store:
            self.entries = listed(self.store.images(), self.entries)
            self.images_changed.emit()

    # Images

    @property
    def index(self) -> int:
        """Place of the current image in the list, -1 where none is shown."""
        return self.entries.index(self.current) if self.current in self.entries else -1

    def show_image(self, index: int) -> None:
        """Load an image of the list; the old one stays until the new one is ready."""
        self.steps.show(index)

    def step(self, by: int) -> None:
        """Show the next image (1) or the previous one (-1), if there is one.

        It counts from the image asked for last, so that two quick steps lead two images on.
        """
        self.steps.step(by)

    def can_step(self, by: int) -> bool:
        """Tell whether there is a next (1) or previous (-1) image."""
        return self.steps.can_step(by)

    def step_unfinished(self, by: int) -> None:
        """Show the next (1) or previous (-1) image that is not finished; go on at the other end."""
        self.steps.step_unfinished(by)

    # Edits

    def apply(self, text: str, transform: Transform, entry: ImageEntry | None = None) -> bool:
        """Change the content of an image, the current one by default; tell whether it changed.

        ``text`` names the edit in the undo menu. The content must have been read; for images that
        may not be in memory see `apply_to`.
        """
        target = entry or self.current
        if target is None or target.content is None:
            return False
        if self.is_read_only:
            self.problem.emit(READ_ONLY)
            return False
        before = target.content
        after = with_progress_noted(before, transform(before))
        if after is before:
            return False
        self.history.push(target, text, after)
        return True

    def apply_to(self, entries: Iterable[ImageEntry], text: str, transform: Transform) -> None:
        """Change the contents of any images; those not in memory are read first."""
        chosen = list(entries)

        def apply_to_all() -> None:
            for entry in chosen:
                self.apply(text, transform, entry)

        self.with_contents(chosen, apply_to_all)

    def with_contents(self, entries: Sequence[ImageEntry], then: Callable[[], None]) -> None:
        """Call ``then`` once the contents of these images are in memory: now, or soon."""
        missing = [entry for entry in entries if entry.content is None]
        if not missing or self.store is None:
            then()
            return
        identifiers = [entry.identifier for entry in missing]

        def receive(read: dict[int, tuple[ImageContent, tuple[str, ...]]]) -> None:
            for entry in missing:
                if entry.identifier in read and entry.content is None:
                    entry.content, entry.damages = read[entry.identifier]
            then()

        self.runner.start(
            Job(
                key=("read contents", *identifiers),
                work=partial(read_contents, self.store, identifiers),
                lane="loading",
                priority=30,
                on_done=receive,
                on_failed=self._on_problem,
            )
        )

    def tell_damages(self) -> None:
        """Tell all at once, and not before an image is shown: that takes messages away."""
        damages, self.damages = self.damages, ()
        here = self.current.damages if self.current else ()
        if damages or here:
            self.problem.emit("\n".join((*damages, *here)))

    def undo(self) -> None:
        """Take back the last edit of the current image; an object that comes back is selected."""
        self._select_what_came(self.history.undo())

    def redo(self) -> None:
        """Do the edit again that was taken back last."""
        self._select_what_came(self.history.redo())

    def set_state(self, entries: Iterable[ImageEntry], state: ImageState) -> None:
        """Say how far images are."""
        chosen = list(entries)
        if state in FINISHED and self.image is None and self.current in chosen:
            self.problem.emit(
                f"{self.current.name} cannot be opened, so nobody can have looked at it; mark it "
                "“needs work” or remove it from the project."
            )
            chosen.remove(self.current)
        if state is ImageState.NO_CRACK and any(entry.crack_count for entry in chosen):
            self.problem.emit("There are cracks on it; delete them before it is marked “no crack”.")
            chosen = [entry for entry in chosen if not entry.crack_count]
        self.apply_to(chosen, f"Mark as {state}", lambda content: content.with_state(state))

    # Objects

    def remove_selected(self) -> None:
        """Delete what is selected, except what is locked."""
        objects = self.selection.objects
        free = [item.identifier for item in objects if not item.is_locked]
        if len(free) < len(objects):
            self.problem.emit("What is locked was not deleted; unlock it first (L).")
        if free:
            text = "Delete crack" if len(free) == 1 else f"Delete {len(free)} objects"
            self.apply(text, lambda content: content.without(free))

    def set_locked(self, names: Iterable[str], is_locked: bool) -> None:
        """Lock objects against edits, or unlock them."""
        chosen = set(names)

        def transform(content: ImageContent) -> ImageContent:
            return replace(
                content,
                cracks=tuple(
                    replace(c, is_locked=is_locked) if c.identifier in chosen else c
                    for c in content.cracks
                ),
                boxes=tuple(
                    replace(b, is_locked=is_locked) if b.identifier in chosen else b
                    for b in content.boxes
                ),
            )

        if chosen:
            self.apply("Lock" if is_locked else "Unlock", transform)

    # Traces

    def trace(self, waypoints: Sequence[Point]) -> None:
        """Trace a crack through the waypoints in the background and add it."""
        if self.is_read_only:
            self.problem.emit(READ_ONLY)
        elif self.current and self.image:
            self.traces.start(self.current, self.image, waypoints, self.options)

    def retrace(
        self,
        crack: Crack,
        waypoints: Sequence[Point] | None = None,
        options: TraceOptions | None = None,
    ) -> None:
        """Trace a crack of the current image anew, in its place; corrections by hand stay.

        What is left out stays as it is, or as it is being traced already.
        """
        if not (self.current and self.image):
            return
        if self.is_read_only or crack.is_locked:
            self.problem.emit(READ_ONLY if self.is_read_only else LOCKED)
            return
        running = self.traces.replacing(crack.identifier)
        known = running.waypoints if running else [(x, y) for x, y in crack.course.waypoints]
        points = known if waypoints is None else waypoints
        chosen = options or (
            running.options if running else TraceOptions.of(crack.course.parameters)
        )
        self.traces.start(self.current, self.image, points, chosen, crack.identifier)

    def checkpoint(self) -> None:
        """Write what waits and keep a copy of the project as it is now."""
        store = self.store
        if store is None or self.is_read_only:
            return
        self.runner.start(
            Job(
                key="checkpoint",
                work=lambda _context: (self.saver.write_all(), store.checkpoint()),
                title="Making a checkpoint",
                lane="saving",
                on_done=lambda _result: self.notice.emit("Everything is saved; checkpoint made"),
                on_failed=self._on_problem,
            )
        )

    def close(self) -> None:
        """Stop all work, write what waits, close the project; not used after this."""
        self.training.close()
        self.predictions.close()
        self.runner.shutdown()
        self.saver.flush()
        self.efforts.flush()
        self._switch.close()

    # Outcomes of jobs

    def _on_traced(self, running: RunningTrace, crack: Crack) -> None:
        entry, content = running.entry, running.entry.content
        if entry not in self.entries or content is None:
            return
        if not running.replaces:
            self.apply("Trace crack", lambda content: content.with_cracks([crack]), entry)
            return
        old = content.find_crack(running.replaces)
        if old is not None and not old.is_locked:
            new = old.traced_anew(crack)
            self.apply(
                "Trace crack anew",
                lambda content: content.with_crack_replaced(old.identifier, [new]),
                entry,
            )

    def _on_trace_failed(self, running: RunningTrace, error: AnnotatorError) -> None:
        self._on_problem(error)
        if running.entry is self.current and not running.replaces:
            self.trace_failed.emit(running.waypoints)

    def _on_edit(self, entry: ImageEntry, change: Change, text: str) -> None:
        if entry.content is not None:
            self.saver.save(entry.identifier, entry.content, text)
        self.efforts.note(entry, change, text)
        if entry is self.current:
            self.selection.follow(entry.content)
        self.document_changed.emit(entry, change)

    def _select_what_came(self, change: Change | None) -> None:
        if change and change.added:
            self.selection.select(item.identifier for item in change.added)

    def _on_problem(self, error: AnnotatorError) -> None:
        self.problem.emit(str(error))
