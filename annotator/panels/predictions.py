"""The dock "Prediction": which model, how its prediction is shown, and what is proposed of it."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction, QPalette, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annotator.panels.elided_label import ElidedLabel
from annotator.panels.mode_buttons import ModeButtons
from annotator.panels.probability_bar import ProbabilityBar
from annotator.services.models import ModelChoice
from annotator.session import Session
from annotator.session.prediction_display import NOTHING, PHOTOGRAPH

STEPS: Final = 100
"""Of the sliders."""
LOOKS: Final = (
    ("probability", "Color", "Color the probability of a crack: yellow is sure"),
    ("outline", "Outline", "Draw a line around all that reaches the threshold"),
    ("off", "Off", "Show the photograph without the prediction"),
)
AGAIN: Final = "Propose cracks anew at this threshold; what you accepted or rejected stays"
COMMERCE: Final = "For non-commercial use only"


class PredictionsPanel(QWidget):
    """Everything about the prediction of the shown image, from the model to the candidates."""

    def __init__(self, session: Session, action: Callable[[str], QAction]) -> None:
        super().__init__()
        self._session = session
        self._predictions = predictions = session.predictions
        self._display = predictions.display
        self._model = _combo("prediction_model", "Model that predicts")
        self._manage = _tool_button(action("manage_models"))
        self._terms = ElidedLabel()
        self._terms.setObjectName("prediction_terms")
        self._predict = _button("predict_button", "", "Let the model look for cracks (F5)")
        self._state = QLabel()
        self._state.setWordWrap(True)
        self._state.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._state.setObjectName("prediction_state")
        self._looks = ModeButtons("prediction_look", LOOKS)
        self._bar = ProbabilityBar()
        self._threshold = _slider("prediction_threshold", "Threshold")
        self._threshold.setRange(1, STEPS - 1)
        self._number = _number_box()
        self._reset = _flat_button("reset_threshold", "↺")
        self._opacity = _slider("prediction_opacity", "Opacity of the color")
        self._compared = _combo("prediction_compared", "What is right of the divider")
        self._missing = _button("predict_compared", "Predict with it too", "")
        self._proposed = QCheckBox()
        self._proposed.setObjectName("show_candidates")
        self._proposed.setToolTip("Draw the cracks that are proposed, dashed, until you decide")
        self._again = _button("find_cracks_again", "Find cracks again", AGAIN)
        self._lay_out()
        self._connect_widgets()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        predictions.models_changed.connect(self._list_models)
        for signal in (predictions.changed, predictions.finding.changed, self._display.changed):
            signal.connect(self._follow)
        predictions.threshold_changed.connect(self._follow_threshold)
        session.image_shown.connect(self._follow)
        session.document_changed.connect(self._on_document_changed)
        self._list_models()

    def _connect_widgets(self) -> None:
        predictions, display = self._predictions, self._display
        self._model.activated.connect(self._on_model)
        self._predict.clicked.connect(self._on_predict)
        self._looks.chosen.connect(lambda mode: display.change(mode=mode))
        self._threshold.valueChanged.connect(lambda value: predictions.set_threshold(value / STEPS))
        self._number.valueChanged.connect(lambda value: predictions.set_threshold(round(value, 3)))
        self._reset.clicked.connect(lambda: predictions.set_threshold(None))
        self._opacity.valueChanged.connect(lambda value: display.change(opacity=value / STEPS))
        self._compared.activated.connect(self._on_compared)
        self._missing.clicked.connect(self._on_missing)
        self._proposed.toggled.connect(lambda is_on: display.change(are_candidates_shown=is_on))
        self._again.clicked.connect(predictions.find_again)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 10)
        layout.setSpacing(8)
        first = QHBoxLayout()
        first.addWidget(self._model, 1)
        first.addWidget(self._manage)
        layout.addLayout(first)
        layout.addWidget(self._terms)
        layout.addWidget(self._predict)
        layout.addWidget(self._state)
        layout.addLayout(self._show_grid())
        last = QHBoxLayout()
        last.addWidget(self._proposed, 1)
        last.addWidget(self._again)
        layout.addLayout(last)

    def _show_grid(self) -> QGridLayout:
        number = QHBoxLayout()
        number.setSpacing(2)
        number.addStretch(1)
        number.addWidget(self._reset)
        number.addWidget(self._number)
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        grid.addWidget(QLabel("Show"), 0, 0)
        grid.addWidget(self._looks, 0, 1)
        grid.addWidget(QLabel("Opacity"), 1, 0)
        grid.addWidget(self._opacity, 1, 1)
        grid.addWidget(QLabel("Threshold"), 2, 0)
        grid.addLayout(number, 2, 1)
        grid.addWidget(self._bar, 3, 0, 1, 2)
        grid.addWidget(self._threshold, 4, 0, 1, 2)
        grid.addWidget(QLabel("Compare"), 5, 0)
        grid.addWidget(self._compared, 5, 1)
        grid.addWidget(self._missing, 6, 1)
        grid.setColumnStretch(1, 1)
        return grid

    # Lists

    def _list_models(self) -> None:
        blockers = [QSignalBlocker(combo) for combo in (self._model, self._compared)]
        self._model.clear()
        self._compared.clear()
        self._compared.addItem("with nothing", NOTHING)
        self._compared.addItem("with the photograph", PHOTOGRAPH)
        for model in self._predictions.models:
            self._model.addItem(_named(model), model.key)
            row = self._model.count() - 1
            self._model.setItemData(row, model.problem or model.title, Qt.ItemDataRole.ToolTipRole)
            if model.problem:
                _enable(self._model, row, is_enabled=False)
            else:
                self._compared.addItem(f"with {model.name}", model.key)
        for blocker in blockers:
            blocker.unblock()
        self._follow()

    # What the user does

    def _on_model(self, _row: int) -> None:
        self._predictions.set_model(str(self._model.currentData()))

    def _on_compared(self, _row: int) -> None:
        self._display.change(compared=str(self._compared.currentData()))

    def _on_predict(self) -> None:
        if self._is_under_way:
            self._predictions.cancel()
        else:
            self._predictions.predict_current()

    def _on_missing(self) -> None:
        self._predictions.predict_current(self._predictions.find_model(self._display.look.compared))

    # What happened

    @property
    def _is_under_way(self) -> bool:
        entry = self._session.current
        return entry is not None and self._predictions.is_under_way(entry)

    def _on_document_changed(self, entry: object) -> None:
        if entry is self._session.current:
            self._follow_candidates()

    def _follow(self) -> None:
        predictions, look = self._predictions, self._display.look
        model = predictions.chosen_model
        widgets = (self._model, self._opacity, self._compared, self._proposed)
        blockers = [QSignalBlocker(widget) for widget in widgets]
        self._model.setCurrentIndex(self._model.findData(model.key) if model else -1)
        self._opacity.setValue(round(STEPS * look.opacity))
        self._compared.setCurrentIndex(max(self._compared.findData(look.compared), 0))
        self._proposed.setChecked(look.are_candidates_shown)
        for blocker in blockers:
            blocker.unblock()
        for row in range(self._compared.count()):
            is_other = model is None or self._compared.itemData(row) != model.key
            _enable(self._compared, row, is_enabled=is_other)
        self._looks.follow(look.mode)
        self._terms.setText(COMMERCE if model and model.is_non_commercial else "")
        self._terms.setVisible(bool(self._terms.text()))
        self._terms.setToolTip(model.terms if model else "")
        self._predict.setEnabled(self._session.image is not None and model is not None)
        self._predict.setText("Cancel" if self._is_under_way else "Predict this image")
        self._state.setText(self._told())
        self._follow_threshold()
        self._follow_comparison()
        self._follow_candidates()

    def _follow_threshold(self) -> None:
        threshold, model = self._predictions.threshold, self._predictions.chosen_model
        blockers = [QSignalBlocker(widget) for widget in (self._threshold, self._number)]
        self._threshold.setValue(round(STEPS * threshold))
        self._number.setValue(threshold)
        for blocker in blockers:
            blocker.unblock()
        self._bar.follow(threshold, self._display.look.opacity)
        usual = model.threshold if model else 0.5
        self._reset.setEnabled(abs(usual - threshold) > 1e-6)
        self._reset.setToolTip(f"Back to {usual:.2f}, which the model's card names")

    def _follow_comparison(self) -> None:
        key = self._display.look.compared
        model = self._predictions.find_model(key)
        is_missing = model is not None and self._predictions.other is None
        self._missing.setVisible(is_missing and self._session.image is not None)
        self._missing.setEnabled(not self._predictions.is_predicting)

    def _follow_candidates(self) -> None:
        entry, predictions = self._session.current, self._predictions
        count = entry.candidate_count if entry else 0
        self._proposed.setText(f"{count} proposed" if count else "Proposals")
        self._again.setEnabled(predictions.can_find_again)
        self._again.setText("Finding…" if predictions.finding.is_searching else "Find cracks again")

    def _told(self) -> str:
        """Return what there is of the shown image, in a sentence."""
        if self._session.image is None:
            return "Open an image to predict it."
        if self._predictions.chosen_model is None:
            return "There is no model to predict with."
        shown = self._predictions.shown
        if shown is not None and shown.record is not None:
            record = shown.record
            return f"Predicted in {record.seconds:.1f} s ({record.engine})."
        if self._is_under_way:
            return "Under way; the part in view comes first."
        return "Not predicted yet."


def _named(model: ModelChoice) -> str:
    words = {"project": "this project", "user": "yours", "bundled": ""}[model.kind]
    return f"{model.name} ({words})" if words else model.name


def _combo(name: str, tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.setToolTip(tip)
    combo.setAccessibleName(tip)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(12)
    return combo


def _enable(combo: QComboBox, row: int, *, is_enabled: bool) -> None:
    items = combo.model()
    if isinstance(items, QStandardItemModel):
        items.item(row).setEnabled(is_enabled)


def _slider(name: str, tip: str) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setObjectName(name)
    slider.setRange(0, STEPS)
    slider.setPageStep(5)
    slider.setToolTip(tip)
    slider.setAccessibleName(tip)
    return slider


def _number_box() -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setObjectName("prediction_threshold_number")
    box.setRange(0.01, 0.99)
    box.setSingleStep(0.01)
    box.setDecimals(2)
    box.setKeyboardTracking(False)
    box.setAccessibleName("Threshold")
    return box


def _button(name: str, text: str, tip: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    return button


def _flat_button(name: str, text: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setAutoRaise(True)
    return button


def _tool_button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setAutoRaise(True)
    return button
