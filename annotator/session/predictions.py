"""What models say of the images: asked for, shown, kept, and turned into candidates."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal

from annotator.document.block_raster import Box
from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.services.prediction_process import PredictionProcess
from annotator.session.crack_finding import CrackFinding
from annotator.session.prediction_batch import (
    KEPT,
    NO_MODEL,
    BatchMode,
    count_images,
    images_meant,
    sentence,
)
from annotator.session.prediction_display import PHOTOGRAPH, PredictionDisplay
from annotator.session.prediction_models import PredictionModels
from annotator.storage.predictions import PredictionStore
from annotator.workers.job_runner import Job
from annotator.workers.prediction_work import (
    Codes,
    Order,
    Orders,
    PredictionRun,
    Receive,
    ShownPrediction,
    read_stored,
)

if TYPE_CHECKING:  # the session holds this
    from annotator.services.models import ModelChoice
    from annotator.session.session import Session

JOB: Final = "predict"
TITLE: Final = "Predicting"


class Predictions(QObject):
    """Asks the process that predicts, one image at a time, and shows what comes."""

    changed = Signal()
    """Another prediction is shown, another model is chosen, or work began or ended."""
    threshold_changed = Signal()
    """Another threshold is chosen, or another model with its own."""
    tiles_arrived = Signal(object)
    """The shown prediction has values in a box."""
    models_changed = Signal()
    """There are other models."""

    def __init__(self, session: "Session", process: PredictionProcess | None = None) -> None:
        super().__init__(session)
        self._session = session
        self._process = process or PredictionProcess()
        self.display = PredictionDisplay(self)
        self.finding = CrackFinding(session, self)
        self._models = PredictionModels(session, self)
        self._device = "auto"
        self._store: PredictionStore | None = None
        self._run: PredictionRun | None = None
        self._growing: ShownPrediction | None = None
        self._shown: ShownPrediction | None = None
        self._other: ShownPrediction | None = None
        self._compared = ""
        """What the look had to compare with when it was looked at last."""
        self._view: Box | None = None
        self._failures = 0
        session.project_changed.connect(self._on_project_changed)
        session.image_shown.connect(self._on_image_shown)
        self.display.changed.connect(self._on_look_changed)
        self._models.changed.connect(self.models_changed)
        self._models.chosen.connect(self._on_model_chosen)
        self._models.threshold_changed.connect(self.threshold_changed)

    # Models

    @property
    def models(self) -> "list[ModelChoice]":
        """All models, those that cannot be used as well."""
        return self._models.all

    @property
    def chosen_model(self) -> "ModelChoice | None":
        """The model that predicts: that of the project's choice, else the first bundled one."""
        return self._models.current

    @property
    def device(self) -> str:
        """Where it predicts: "auto", "cpu" or "cuda"."""
        return self._device

    def set_device(self, device: str) -> None:
        """Predict elsewhere from now on."""
        if device != self._device:
            self._device = device
            self.changed.emit()

    def set_model(self, key: str) -> None:
        """Choose the model that predicts, for this project."""
        self._models.choose(key)

    def find_model(self, key: str) -> "ModelChoice | None":
        """Return the model with that key."""
        return self._models.find(key)

    def refresh_models(self) -> None:
        """Look again which models there are, in the background."""
        self._models.refresh()

    def _on_model_chosen(self) -> None:
        model = self.chosen_model
        if model is not None and self.display.look.compared == model.key:
            self.display.change(compared=PHOTOGRAPH)  # a model says the same as itself
        self._show_stored()
        self.changed.emit()
        self.threshold_changed.emit()

    # What is shown

    @property
    def shown(self) -> ShownPrediction | None:
        """The chosen model's prediction of the shown image, None where there is none."""
        return self._shown

    @property
    def other(self) -> ShownPrediction | None:
        """The prediction of the model that is compared with."""
        return self._other

    @property
    def codes(self) -> Codes | None:
        """Probabilities of the shown image, 65535 for 1; zero where tiles have not come yet."""
        return self._shown.codes if self._shown else None

    @property
    def threshold(self) -> float:
        """Probability from which a pixel is crack, for the chosen model."""
        model = self.chosen_model
        return self._models.threshold_of(model.key) if model else 0.5

    def threshold_of(self, key: str) -> float:
        """Return the threshold for any model."""
        return self._models.threshold_of(key)

    def set_threshold(self, threshold: float | None) -> None:
        """Choose from which probability on a pixel is crack; None for what the model's card says.

        Cracks that were proposed stay as they are until they are looked for again.
        """
        self._models.set_threshold(threshold)

    def look_at(self, box: Box) -> None:
        """Follow the view: tiles in this box of the shown image come first."""
        self._view = box

    # Predicting

    @property
    def is_predicting(self) -> bool:
        """Whether images are being predicted."""
        return self._run is not None

    def is_under_way(self, entry: ImageEntry) -> bool:
        """Tell whether the chosen model is about to predict an image."""
        model = self.chosen_model
        return bool(model and self._run and self._run.orders.holds(entry, model.key))

    def predict_current(self, model: "ModelChoice | None" = None) -> None:
        """Predict the shown image next, with the chosen model or another one."""
        entry, image = self._session.current, self._session.image
        chosen = model or self.chosen_model
        if entry is None or image is None:
            return
        if chosen is None:
            self._session.problem.emit(NO_MODEL)
            return
        self._start([self._order(entry, chosen, is_anew=True)], is_urgent=True)

    def predict_many(self, entries: Sequence[ImageEntry], mode: BatchMode) -> None:
        """Predict images, the shown one first; those that are decided are left alone, and told.

        Where the chosen model has predicted an image before, that is used.
        """
        model = self.chosen_model
        if model is None:
            self._session.problem.emit(NO_MODEL)
            return
        chosen = images_meant(entries, mode)
        chosen.sort(key=lambda entry: entry is not self._session.current)
        self._session.notice.emit(sentence(entries, chosen))
        if chosen:
            self._start([self._order(entry, model) for entry in chosen], is_urgent=False)

    @property
    def can_find_again(self) -> bool:
        """Whether there is a stored prediction of the shown image to find cracks in."""
        entry, shown = self._session.current, self._shown
        is_open = entry is not None and entry.state not in KEPT and not self._session.is_read_only
        is_idle = not self.finding.is_searching
        return is_open and is_idle and shown is not None and shown.is_complete

    def find_again(self) -> None:
        """Propose cracks on the shown image at the present threshold; decisions stay."""
        entry, shown = self._session.current, self._shown
        if self.can_find_again and entry and shown and self._store:
            self.finding.find(entry, shown.model_key, self.threshold, self._store)

    def cancel(self) -> None:
        """Stop predicting; what is done stays."""
        job = self._session.runner.find(JOB)
        if job:
            self._session.runner.cancel(job)

    def close(self) -> None:
        """End the process; not used after this."""
        self._models.close()
        self._process.close()
        self.finding.close()

    def _order(self, entry: ImageEntry, model: "ModelChoice", *, is_anew: bool = False) -> Order:
        threshold = self._models.threshold_of(model.key)
        return Order(entry, entry.path, model, self._device, threshold, is_anew)

    def _start(self, orders: list[Order], *, is_urgent: bool) -> None:
        if self._run is not None:
            if is_urgent:
                self._run.orders.put_first(orders[0])
            else:
                self._run.orders.put_last(orders)
            job = self._session.runner.find(JOB)
            if job:
                job.title = TITLE
            self.changed.emit()
            return
        store = None if self._session.is_read_only else self._store
        run = PredictionRun(Orders(orders), self._process, store, self._view_of)
        run.begun.connect(self._on_begun)
        run.tile_arrived.connect(self._on_tile)
        run.done.connect(self._on_predicted)
        run.known.connect(self._on_known)
        run.failed.connect(self._on_failed)
        run.told.connect(self._session.notice)
        self._run, self._failures = run, 0
        title = f"{TITLE} {orders[0].entry.name}" if len(orders) == 1 else TITLE
        self._session.runner.start(
            Job(
                key=JOB,
                work=run.work,
                title=title,
                lane="prediction",
                on_done=lambda _none: self._on_end(run),
                on_cancelled=lambda: self._on_end(run, "Prediction cancelled; what is done stays"),
                on_failed=lambda error: self._on_run_failed(run, error),
            )
        )
        self.changed.emit()

    def _view_of(self, entry: ImageEntry) -> Box | None:
        return self._view if entry is self._session.current else None

    # What comes

    def _on_begun(self, run: PredictionRun, growing: ShownPrediction) -> None:
        if run is self._run:
            self._growing = growing
            self._show_if_current(growing)

    def _on_tile(self, growing: ShownPrediction, box: Box) -> None:
        if growing is self._shown:
            self.tiles_arrived.emit(box)

    def _on_predicted(self, order: Order, done: ShownPrediction) -> None:
        if self._growing is not None and self._growing.entry is done.entry:
            self._growing = None
        self._show_if_current(done)
        self._propose(order)

    def _propose(self, order: Order) -> None:
        """Have cracks looked for in a prediction that is stored now."""
        model, store = self.chosen_model, self._store
        is_compared = model is not None and order.model.key != model.key
        if store is not None and not is_compared and not self._session.is_read_only:
            self.finding.propose(order, store)

    def _on_known(self, order: Order) -> None:
        if not self.finding.was_done(order):
            self._propose(order)

    def _on_failed(self, order: Order, error: AnnotatorError) -> None:
        self._failures += 1
        if self._failures == 1 or order.entry is self._session.current:
            self._session.problem.emit(str(error))

    def _on_run_failed(self, run: PredictionRun, error: AnnotatorError) -> None:
        self._on_end(run, "")
        self._session.problem.emit(str(error))

    def _on_end(self, run: PredictionRun, text: str | None = None) -> None:
        if run is not self._run:
            return
        number, count = run.orders.count
        self._run = None
        if self._growing is not None:
            is_shown = self._growing is self._shown
            self._growing = None
            if is_shown:
                self._show_stored()
        if text is None and count > 1:
            text = f"{count_images(number - self._failures)} predicted"
            text += f"; {self._failures} could not be" if self._failures else ""
        if text:
            self._session.notice.emit(text)
        self.changed.emit()

    def _show_if_current(self, prediction: ShownPrediction) -> None:
        if prediction.entry is not self._session.current:
            return
        model = self.chosen_model
        if model is not None and prediction.model_key == model.key:
            self._show(prediction)
        elif prediction.model_key == self.display.look.compared:
            self._other = prediction
            self.changed.emit()

    # Stored predictions

    def _on_image_shown(self) -> None:
        self._view = None
        if self._run and self._session.current:
            self._run.orders.prefer(self._session.current)
        self._show_stored()

    def _show_stored(self) -> None:
        """Show what the chosen model said of the image before, or what it says just now."""
        entry, growing = self._session.current, self._growing
        model = self.chosen_model
        key = model.key if model else ""
        if entry is not None and growing is not None and growing.is_of(entry, key):
            self._show(growing)
        else:
            if not (entry and self._shown and self._shown.is_of(entry, key)):
                self._show(None)
            self._load("stored prediction", key, self._show)
        self._load_other()

    def _show(self, prediction: ShownPrediction | None) -> None:
        if prediction is not self._shown:
            self._shown = prediction
            self.changed.emit()

    def _on_look_changed(self) -> None:
        if self.display.look.compared != self._compared:
            self._compared = self.display.look.compared
            self._load_other()

    def _load_other(self) -> None:
        key = self.display.look.compared
        entry = self._session.current
        if self._other and (self._other.model_key != key or self._other.entry is not entry):
            self._other = None
            self.changed.emit()
        if key and key != PHOTOGRAPH and self._other is None:
            self._load("compared prediction", key, self._show_other)

    def _show_other(self, prediction: ShownPrediction | None) -> None:
        if prediction is None or prediction.model_key == self.display.look.compared:
            self._other = prediction
            self.changed.emit()

    def _load(self, job: str, model_key: str, receive: Receive) -> None:
        """Read a stored prediction of the shown image and hand it over while that is shown."""
        entry, store, image = self._session.current, self._store, self._session.image
        if entry is None or store is None or image is None or not model_key:
            return

        def on_done(prediction: ShownPrediction | None) -> None:
            growing = self._growing
            is_growing = growing is not None and growing.is_of(entry, model_key)
            is_fitting = prediction is None or prediction.pyramid.size == image.size
            if entry is self._session.current and is_fitting and not is_growing:
                receive(prediction)

        read_stored(self._session.runner, job, store, entry, model_key, on_done)

    # Project

    def _on_project_changed(self) -> None:
        self.cancel()
        self.finding.forget()
        store = self._session.store
        self._store = None
        if store is not None:
            self._store = PredictionStore(store.folder, is_read_only=store.is_read_only)
        self._shown = self._other = None
        self._models.follow_project()
        self.changed.emit()
