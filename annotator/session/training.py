"""The training of a project: begun, followed, paused, gone on with, and what comes of it."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from annotator.errors import AnnotatorError
from annotator.services.retraining import Choice
from annotator.services.training_folder import prepare_run
from annotator.services.training_process import TrainingRun, TrainingView, find_runs
from annotator.storage.model_versions import BUNDLED, ModelVersions, VersionList
from annotator.workers.job_runner import Job, JobContext

if TYPE_CHECKING:  # the session holds this
    from annotator.services.model_comparison import ModelComparison
    from annotator.session.session import Session

POLL_MS: Final = 700
JOB: Final = "training"
MOST_RESTARTS: Final = 2
"""So often a training that broke off without getting any further is started again by itself."""

READY: Final = "A new model is ready: compare it with the old one (Model > Compare new model)."
INTERRUPTED: Final = (
    "A training of this project was interrupted; go on with it in the panel Training, or cancel it."
)
RESTARTED: Final = "The training broke off and goes on from where it was."
BROKEN: Final = "The training broke off {} times in a row, and is left as it is. {}"


class Training(QObject):
    """Follows the one training of the open project; the process itself outlives the window."""

    changed = Signal()
    """The training is further, or there is another one, or none."""
    made = Signal()
    """A model has come out of it, to be compared with the old one."""
    models_changed = Signal(str)
    """The project has other models; the key of the one now in use, empty if that did not change."""

    def __init__(self, session: "Session") -> None:
        super().__init__(session)
        self._session = session
        self._run: TrainingRun | None = None
        self._view: TrainingView | None = None
        self._restarts = 0
        self._steps_at_start = -1
        self._was_told = False
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        session.project_changed.connect(self._on_project_changed)
        self.models_changed.connect(self._use_model)

    @property
    def view(self) -> TrainingView | None:
        """What is known of the training; None where there is none."""
        return self._view

    @property
    def is_live(self) -> bool:
        """Whether a process trains now."""
        return self._view is not None and self._view.is_live

    @property
    def is_made(self) -> bool:
        """Whether a model waits to be used or not."""
        return self._view is not None and self._view.progress.phase == "made"

    # Beginning and ending

    def start(self, choice: Choice) -> None:
        """Begin a training of the open project, in the background."""
        session, store = self._session, self._session.store
        if store is None or session.is_read_only:
            session.problem.emit("This project is open read-only; nothing can be trained in it.")
            return
        if self._run is not None:
            session.problem.emit("There is a training of this project already; end that one first.")
            return

        def work(context: JobContext) -> TrainingRun:
            context.report("saving", 0.0)
            session.saver.write_all()
            run = TrainingRun(prepare_run(store, choice, context.report, context.is_cancelled))
            run.start()
            return run

        self._begin(work, "Preparing the training", self._adopt)

    def pause(self) -> None:
        """End the process after the step in progress; `go_on` takes it up again."""
        self._act(lambda run: run.stop())

    def go_on(self) -> None:
        """Start a process that goes on where the last one ended."""
        self._restarts = 0
        self._was_told = False
        self._act(lambda run: run.start())

    def cancel(self) -> None:
        """End the training for good; what it has learned is lost."""
        run = self._run
        if run is None:
            return
        self._leave()
        self._begin(lambda _context: run.discard(), "", lambda _result: None)

    def close(self) -> None:
        """Follow it no longer; the process goes on."""
        self._timer.stop()
        self._run = None

    # What becomes of the model

    def with_comparison(self, then: "Callable[[ModelComparison], None]") -> None:
        """Read the comparison of the new model with the old one, then call ``then`` with it."""
        from annotator.services.model_comparison import load_comparison

        run, store = self._run, self._session.store
        if run is None or store is None or not self.is_made:
            return
        versions = ModelVersions(store.folder)

        def work(_context: JobContext) -> "ModelComparison":
            known = versions.read()
            current = known.find(known.current)
            return load_comparison(run.folder, current.held_out if current else ())

        self._begin(work, "", then)

    def conclude(self, *, is_used: bool) -> None:
        """Take the new model into the project, in use or only kept, and end the training."""
        from annotator.services.trained_model import take_in

        run, store = self._run, self._session.store
        if run is None or store is None or not self.is_made:
            return
        author = self._session.author

        def work(_context: JobContext) -> str:
            key = take_in(store, run, author, is_used=is_used)
            run.discard()
            return key

        def done(key: str) -> None:
            if self._run is run:
                self._leave()
            self.models_changed.emit(key if is_used else "")
            words = "is in use now" if is_used else "is kept, and the old one stays in use"
            self._session.notice.emit(f"The new model {words}")

        self._begin(work, "Keeping the new model", done)

    def note_use(self, key: str) -> None:
        """Note that a model was chosen otherwise, so that going back leads to the one before it."""
        store = self._session.store
        if store is None or self._session.is_read_only:
            return
        versions = ModelVersions(store.folder)

        def work(_context: JobContext) -> None:
            known = versions.read()
            chosen = next((each.name for each in known.versions if each.key == key), BUNDLED)
            if known.versions:
                versions.use(chosen)

        self._begin(work, "", lambda _result: None)

    def go_back(self) -> None:
        """Put to use again the model that was in use before."""
        from annotator.services.trained_model import key_in_use

        store = self._session.store
        if store is None or self._session.is_read_only:
            return

        def work(_context: JobContext) -> tuple[str, str]:
            name = ModelVersions(store.folder).go_back()
            return name, key_in_use(store.folder)

        def done(result: tuple[str, str]) -> None:
            name, key = result
            self.models_changed.emit(key)
            which = f"model {name}" if name != BUNDLED else "the model of the program"
            self._session.notice.emit(f"Back to {which}")

        self._begin(work, "", done)

    def versions(self) -> VersionList:
        """Return the models of the project; reads a small file."""
        store = self._session.store
        return ModelVersions(store.folder).read() if store else VersionList()

    # Following

    def _on_project_changed(self) -> None:
        """Look for a training of the project that was opened."""
        self._leave()
        store = self._session.store
        if store is None:
            return
        folder = store.folder

        def work(_context: JobContext) -> TrainingRun | None:
            runs = find_runs(folder)
            return runs[0] if runs else None

        def done(run: TrainingRun | None) -> None:
            if run is not None and self._session.store is store and self._run is None:
                self._adopt(run)

        self._begin(work, "", done)

    def _adopt(self, run: TrainingRun) -> None:
        """Follow a training."""
        store = self._session.store
        if store is None or not run.folder.is_relative_to(store.folder):
            return  # another project was opened meanwhile; it is found again there
        self._run = run
        self._restarts, self._steps_at_start, self._was_told = 0, -1, False
        self._timer.start()
        self._poll()

    def _leave(self) -> None:
        self._timer.stop()
        self._run = None
        if self._view is not None:
            self._view = None
            self.changed.emit()

    def _poll(self) -> None:
        """Have a worker look how far it is."""
        run = self._run
        if run is None or self._session.runner.find((JOB, "follow")):
            return
        self._session.runner.start(
            Job(
                key=(JOB, "follow"),
                work=lambda _context: run.view(),
                lane="thumbnails",
                priority=10,
                on_done=partial(self._on_view, run),
                on_failed=self._on_problem,
            )
        )

    def _on_view(self, run: TrainingRun, view: TrainingView) -> None:
        if run is not self._run:
            return
        before, self._view = self._view, view
        phase = view.progress.phase
        if before is None or before != view:
            self.changed.emit()
        if view.is_live:
            self._was_told = False
            return
        was_live = before is not None and before.is_live
        if phase == "interrupted" and was_live and not self._session.is_read_only:
            self._restart(view)
        elif not self._was_told:
            self._was_told = True
            self._tell(view)

    def _restart(self, view: TrainingView) -> None:
        """Go on with a training that broke off while it was being followed."""
        self._restarts = 0 if view.n_steps > self._steps_at_start else self._restarts + 1
        self._steps_at_start = view.n_steps
        if self._restarts > MOST_RESTARTS:
            self._was_told = True
            words = view.progress.text.strip().splitlines()[-1:] or [""]
            self._session.problem.emit(BROKEN.format(self._restarts, words[0]))
            return
        self._session.notice.emit(RESTARTED)
        self._act(lambda run: run.start())

    def _tell(self, view: TrainingView) -> None:
        phase = view.progress.phase
        if phase == "made":
            self._session.notice.emit(READY)
            self.made.emit()
        elif phase == "failed":
            self._session.problem.emit(f"The training ended: {view.progress.text}")
        elif phase == "interrupted":
            self._session.problem.emit(INTERRUPTED)

    # Work

    def _use_model(self, key: str) -> None:
        """Have the model predict from now on that is in use now."""
        predictions = self._session.predictions
        predictions.refresh_models()
        if key:
            predictions.set_model(key)

    def _act(self, action: Callable[[TrainingRun], None]) -> None:
        run = self._run
        if run is None:
            return
        self._begin(lambda _context: action(run), "", lambda _result: self._poll())

    def _begin(
        self, work: Callable[[JobContext], Any], title: str, done: Callable[[Any], None]
    ) -> None:
        self._session.runner.start(
            Job(
                key=(JOB, object()),
                work=work,
                title=title,
                lane="exchange" if title else "loading",
                on_done=done,
                on_failed=self._on_problem,
            )
        )

    def _on_problem(self, error: AnnotatorError) -> None:
        self._session.problem.emit(str(error))


def default_choice(session: "Session") -> Choice:
    """Return what the dialog begins with: the bundled model, all approved images, quickly."""
    model = session.predictions.chosen_model
    device = session.predictions.device
    in_use = str(model.folder) if model is not None else "default"
    return Choice(start="default", compare_with=in_use, device=device)
