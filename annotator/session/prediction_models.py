"""Which models there are, which one predicts, where, and from which probability on."""

from typing import TYPE_CHECKING, Any, Final, cast

from PySide6.QtCore import QObject, QTimer, Signal

from annotator.workers.job_runner import Job, JobContext

if TYPE_CHECKING:  # the session holds this
    from annotator.services.models import ModelChoice
    from annotator.session.session import Session

SETTING: Final = "predictions"
"""Of the project: the model and the thresholds."""
DEVICES: Final = (("auto", "Automatic"), ("cpu", "Processor"), ("cuda", "Graphics card"))
"""Where models run: names for the backend and for people."""
WRITE_MS: Final = 600
LOWEST, HIGHEST = 0.01, 0.99
"""Of thresholds."""


class PredictionModels(QObject):
    """Follows the project: each one remembers its model and the thresholds."""

    changed = Signal()
    """There are other models."""
    chosen = Signal()
    """Another model predicts from now on."""
    threshold_changed = Signal()
    """Of the chosen model."""

    def __init__(self, session: "Session", parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._models: list[ModelChoice] = []
        self._wanted = ""
        """Key of the model that the user chose, which may not be there."""
        self._thresholds: dict[str, float] = {}
        self._write = QTimer(self, singleShot=True, interval=WRITE_MS)
        self._write.timeout.connect(self._write_settings)

    @property
    def all(self) -> "list[ModelChoice]":
        """All models, those that cannot be used as well."""
        return list(self._models)

    @property
    def current(self) -> "ModelChoice | None":
        """The model that was chosen for the project, else the first bundled one."""
        usable = [model for model in self._models if not model.problem]
        wanted = [model for model in usable if model.key == self._wanted]
        bundled = [model for model in usable if model.kind == "bundled"]
        return next(iter((*wanted, *bundled, *usable)), None)

    def find(self, key: str) -> "ModelChoice | None":
        """Return the model with that key."""
        return next((model for model in self._models if key and model.key == key), None)

    def choose(self, key: str) -> None:
        """Let a model predict from now on, in this project."""
        if key != self._wanted:
            before = self.current
            self._wanted = key
            self._write.start()
            if self.current != before:
                self.chosen.emit()

    def threshold_of(self, key: str) -> float:
        """Return the threshold for a model: that chosen in this project, or that of its card."""
        model = self.find(key)
        return self._thresholds.get(key, model.threshold if model else 0.5)

    def set_threshold(self, threshold: float | None) -> None:
        """Choose the threshold for the chosen model; None for that of its card."""
        model = self.current
        if model is None:
            return
        before = self.threshold_of(model.key)
        if threshold is None:
            self._thresholds.pop(model.key, None)
        else:
            self._thresholds[model.key] = min(max(threshold, LOWEST), HIGHEST)
        if self.threshold_of(model.key) != before:
            self._write.start()
            self.threshold_changed.emit()

    def refresh(self) -> None:
        """Look again which models there are; unseen, in the background."""
        store = self._session.store
        folder = store.folder if store else None

        def work(_context: JobContext) -> "list[ModelChoice]":
            from annotator.services.models import model_choices

            return model_choices(folder)

        self._session.runner.start(
            Job(key="list models", work=work, lane="loading", on_done=self._on_models)
        )

    def follow_project(self) -> None:
        """Take over what the project that is open now says."""
        self._write.stop()
        self._wanted, self._thresholds = "", {}
        store = self._session.store
        if store is not None:
            self.refresh()
            self._session.runner.start(
                Job(
                    key="read prediction settings",
                    work=lambda _context: store.get(SETTING, {}),
                    lane="loading",
                    on_done=self._adopt,
                )
            )

    def close(self) -> None:
        """Write nothing any more."""
        self._write.stop()

    def _on_models(self, models: "list[ModelChoice]") -> None:
        if models == self._models:
            return
        before = self.current
        self._models = models
        self.changed.emit()
        if self.current != before:
            self.chosen.emit()

    def _adopt(self, settings: Any) -> None:
        """Take over settings, which may be of another version, or damaged."""
        if not isinstance(settings, dict):
            return
        known = cast("dict[str, Any]", settings)
        self._wanted = str(known.get("model", ""))
        thresholds = known.get("thresholds")
        if isinstance(thresholds, dict):
            self._thresholds = {
                str(key): value
                for key, value in cast("dict[str, Any]", thresholds).items()
                if isinstance(value, float) and LOWEST <= value <= HIGHEST
            }
        self.chosen.emit()

    def _write_settings(self) -> None:
        store = self._session.store
        if store is None or store.is_read_only:
            return
        settings = {"model": self._wanted, "thresholds": dict(self._thresholds)}
        self._session.runner.start(
            Job(
                key="write prediction settings",
                work=lambda _context: store.set(SETTING, settings),
                lane="saving",
                on_failed=lambda error: self._session.problem.emit(str(error)),
            )
        )
