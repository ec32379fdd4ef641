"""The dialog "Retrain": on what, from what, how thoroughly, where, and how long it takes."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, cast

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from annotator.dialogs.forms import Form, bold_label, note_label, resize_on_screen
from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError
from annotator.services.retraining import (
    RECIPES,
    SCRATCH,
    THOROUGHNESS,
    Choice,
    How,
    Recipe,
    Survey,
    card_of,
    hint_of,
    n_steps,
    problem_of,
    survey,
)
from annotator.session import Session
from annotator.workers.job_runner import Job, JobContext

if TYPE_CHECKING:
    from annotator.services.models import ModelChoice

TITLE: Final = "Retrain"
LEADING: Final = (
    "A model learns from the images that you have approved, and from nothing else. The training "
    "goes on by itself, also when the window is closed; in the end you compare the new model with "
    "the old one and decide."
)
DEVICES: Final = (("auto", "Automatic"), ("cpu", "Processor"), ("cuda", "Graphics card"))
MEASURING: Final = "measuring this machine…"
SCRATCH_TITLE: Final = "Nothing: random weights (needs many images)"
SURVEY_JOB, TIME_JOB = "survey", "step time"


class RetrainDialog(QDialog):
    """Collects a `Choice`; nothing happens until "Start training"."""

    chosen = Signal(object)
    """The Choice."""

    def __init__(self, session: Session, choice: Choice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(TITLE)
        self.setObjectName("retrain")
        self._session = session
        self._choice = choice
        self._survey: Survey | None = None
        self._step_s: float | None = None
        self._reviewed = QCheckBox()
        self._reviewed.setObjectName("takes_reviewed")
        self._unfinished = QCheckBox()
        self._unfinished.setObjectName("takes_unfinished")
        self._recipe = _combo("recipe", RECIPES.items(), choice.recipe)
        self._start = QComboBox()
        self._start.setObjectName("start_model")
        self._device = _combo("device", DEVICES, choice.device)
        self._hows = QButtonGroup(self)
        self._images, self._split = QLabel(), note_label()
        self._time, self._terms = QLabel(), note_label()
        self._problem = QLabel()
        self._problem.setObjectName("retrain_problem")
        for label in (self._images, self._problem):
            label.setWordWrap(True)
        self._fill_models(session.predictions.models)
        self._arrange()
        self._connect()
        self._look()
        self._measure()

    @property
    def choice(self) -> Choice:
        """What is chosen."""
        checked = self._hows.checkedButton()
        return replace(
            self._choice,
            takes_reviewed=self._reviewed.isChecked(),
            takes_unfinished=self._unfinished.isChecked(),
            recipe=cast("Recipe", self._recipe.currentData()),
            start=str(self._start.currentData()),
            how=cast("How", checked.objectName()) if checked else "quick",
            device=str(self._device.currentData()),
        )

    @property
    def problem(self) -> str:
        """Why this cannot be started, empty where it can."""
        return self._problem.text() if not self._go.isEnabled() else ""

    # Building

    def _follow_models(self) -> None:
        """Offer the models that there are now; what was chosen stays chosen."""
        chosen = self._start.currentData()
        with QSignalBlocker(self._start):
            self._start.clear()
            self._fill_models(self._session.predictions.models)
            self._start.setCurrentIndex(max(self._start.findData(chosen), 0))
        self._refresh()

    def _fill_models(self, models: "list[ModelChoice]") -> None:
        """Offer the bundled model first; it is what the others should usually begin with."""
        usable = [model for model in models if not model.problem]
        order = {"bundled": 0, "project": 1, "user": 2}
        for model in sorted(usable, key=lambda model: order[model.kind]):
            start = model.name if model.kind == "bundled" else str(model.folder)
            kind = {"bundled": "comes with the program", "project": "of this project"}
            self._start.addItem(f"{model.title} ({kind.get(model.kind, 'your own')})", start)
        self._start.addItem(SCRATCH_TITLE, SCRATCH)
        self._start.setCurrentIndex(max(self._start.findData(self._choice.start), 0))

    def _arrange(self) -> None:
        leading = QLabel(LEADING)
        leading.setWordWrap(True)
        on = Form()
        on.add("Images", self._images)
        on.add("", self._reviewed)
        on.add("", self._unfinished)
        on.add("", self._split)
        on.add("Parts of images", self._recipe)
        how = Form()
        how.add("Begin with", self._start)
        how.add("", self._terms)
        how.add("How thoroughly", self._thoroughness())
        how.add("On", self._device)
        how.add("Takes about", self._time)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self._go = buttons.addButton("Start training", QDialogButtonBox.ButtonRole.AcceptRole)
        self._go.setObjectName("start_training")
        self._go.setDefault(True)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(12)
        layout.addWidget(leading)
        layout.addWidget(bold_label("What it learns from"))
        layout.addLayout(on)
        layout.addWidget(bold_label("How it learns"))
        layout.addLayout(how)
        layout.addStretch(1)
        layout.addWidget(self._problem)
        layout.addWidget(buttons)
        resize_on_screen(self, QSize(620, 560))

    def _thoroughness(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(3)
        for how, values in THOROUGHNESS.items():
            button = QRadioButton(f"{values.title}: {values.text}")
            button.setObjectName(how)
            button.setChecked(how == self._choice.how)
            self._hows.addButton(button)
            column.addWidget(button)
        return column

    def _connect(self) -> None:
        for box in (self._reviewed, self._unfinished):
            box.toggled.connect(self._look)
        for combo in (self._recipe, self._start, self._device):
            combo.currentIndexChanged.connect(self._refresh)
        self._device.currentIndexChanged.connect(self._measure)
        self._hows.buttonClicked.connect(self._refresh)
        self._session.predictions.models_changed.connect(self._follow_models)
        self.finished.connect(self._stop)

    # Following

    def _look(self) -> None:
        """Have the project counted for what is chosen."""
        store, choice = self._session.store, self.choice
        if store is None:
            return
        self._start_job(SURVEY_JOB, lambda _context: survey(store, choice), self._on_survey)

    def _on_survey(self, found: Survey) -> None:
        self._survey = found
        self._refresh()

    def _measure(self) -> None:
        """Have a step measured on the device that is chosen."""
        choice = self.choice

        def work(context: JobContext) -> float:
            from annotator.services.step_time import measured_step_time

            return measured_step_time(choice, context.is_cancelled)

        self._step_s = None
        self._start_job(TIME_JOB, work, self._on_measured)
        self._refresh()

    def _on_measured(self, seconds: float) -> None:
        self._step_s = seconds
        self._refresh()

    def _refresh(self) -> None:
        """Say in words what will be done, or why it cannot."""
        found, choice = self._survey, self.choice
        self._time.setText(self._time_text(choice))
        if found is None:
            self._go.setEnabled(False)
            self._images.setText("counting…")
            return
        counts = found.counts
        n_reviewed = counts.get(ImageState.REVIEWED, 0)
        n_open = counts.get(ImageState.IN_PROGRESS, 0) + counts.get(ImageState.NEEDS_WORK, 0)
        self._reviewed.setText(f"Reviewed images as well ({n_reviewed})")
        self._unfinished.setText(f"What was decided on in unfinished images ({n_open})")
        self._images.setText(_images_text(found))
        self._split.setText(_split_text(found))
        try:
            card = card_of(choice.start)
        except AnnotatorError as error:
            self._show_problem(error.text)
            return
        self._terms.setText(card.terms() if card is not None else "")
        self._show_problem(problem_of(choice, found, card) or "")

    def _show_problem(self, text: str) -> None:
        hint = hint_of(self._survey) if self._survey is not None and not text else ""
        self._problem.setText(text or hint)
        self._go.setEnabled(not text)

    def _time_text(self, choice: Choice) -> str:
        if self._survey is None or self._step_s is None:
            return MEASURING
        steps = n_steps(choice, self._survey)
        return f"{_duration(steps * self._step_s)} ({steps:,} steps, {self._step_s:.2g} s each)"

    def _on_accepted(self) -> None:
        choice = self.choice
        self.accept()
        self.chosen.emit(choice)

    def _start_job(
        self, name: str, work: Callable[[JobContext], Any], done: Callable[[Any], None]
    ) -> None:
        self._session.runner.start(
            Job(
                key=("retrain dialog", name),
                work=work,
                lane="loading",
                on_done=done,
                on_failed=lambda error: self._show_problem(error.text),
            )
        )

    def _stop(self) -> None:
        for name in (SURVEY_JOB, TIME_JOB):
            job = self._session.runner.find(("retrain dialog", name))
            if job is not None:
                self._session.runner.cancel(job)


def _combo(name: str, rows: Iterable[tuple[str, str]], chosen: str) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    for key, text in rows:
        box.addItem(text, key)
    box.setCurrentIndex(max(box.findData(chosen), 0))
    return box


def _images_text(found: Survey) -> str:
    n_all = len(found.taught) + len(found.held_out)
    n_clean = sum(not record.n_cracks for record in (*found.taught, *found.held_out))
    without = f", {n_clean} of them without a crack" if n_clean else ""
    missing = f"; {found.n_missing} more cannot be found" if found.n_missing else ""
    return f"{n_all} image{'s' * (n_all != 1)}{without}{missing}"


def _split_text(found: Survey) -> str:
    n_taught, n_held = len(found.taught), len(found.held_out)
    teach = f"{n_taught} teach{'es' * (n_taught == 1)}."
    if n_held == 1:
        return (
            f"{teach} 1 is held out to judge the model by, always the same one; it never teaches."
        )
    return (
        f"{teach} {n_held} are held out to judge the model by, always the same; they never teach."
    )


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1.5:
        return "a minute"
    return f"{minutes:.0f} minutes" if minutes < 100 else f"{minutes / 60:.1f} hours"
