"""The panel of a training: how far it is, its curves, what the network sees, and its buttons."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from annotator.session import Session

if TYPE_CHECKING:
    from annotator.panels.training_curves import TrainingCurves
    from annotator.services.training_process import Progress, TrainingView

NO_TRAINING: Final = (
    "Nothing is being trained. A model that learns from your corrections finds more of the cracks "
    "in photographs like these."
)
PHASES: Final = {
    "starting": "Starting",
    "running": "Training",
    "pausing": "Pausing",
    "paused": "Paused",
    "interrupted": "Interrupted",
    "failed": "Failed",
    "made": "A new model is ready",
}
STEPS_TEXT: Final = "training"
"""What the log calls the steps themselves; all else it does is shown in its own words."""
SAMPLE_NOTE: Final = "Above as annotated, below as predicted; {} of {}"
BUTTONS: Final = ("retrain", "pause_training", "cancel_training", "compare_models")


class TrainingPanel(QWidget):
    """Follows `Session.training`; the buttons are commands of the menu."""

    def __init__(self, session: Session, action: Callable[[str], QAction]) -> None:
        super().__init__()
        self.setObjectName("training_panel")
        self._training = session.training
        self._curves: TrainingCurves | None = None
        self._title = QLabel()
        self._title.setObjectName("training_title")
        self._text = QLabel(NO_TRAINING)
        self._text.setObjectName("training_text")
        self._text.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(12)
        self._samples = SampleView()
        self._warnings = QLabel()
        self._warnings.setObjectName("training_warnings")
        self._warnings.setWordWrap(True)
        self._place = QVBoxLayout()
        self._arrange([_button(action(name)) for name in BUTTONS])
        self._training.changed.connect(self.follow)
        self.follow()

    def follow(self) -> None:
        """Show the training as it is."""
        view = self._training.view
        for widget in (self._title, self._bar, self._samples, self._warnings):
            widget.setVisible(view is not None)
        if self._curves is not None:
            self._curves.setVisible(view is not None)
        if view is None:
            self._text.setText(NO_TRAINING)
            return
        progress = view.progress
        self._title.setText(PHASES[progress.phase])
        self._text.setText(_words(view))
        self._bar.setVisible(progress.share >= 0.0 and progress.phase != "made")
        self._bar.setValue(round(1000 * max(progress.share, 0.0)))
        self._samples.show_samples(view.samples)
        self._warnings.setText("\n".join(dict.fromkeys(view.warnings[-3:])))
        self._warnings.setVisible(bool(view.warnings))
        if view.losses or view.epochs:
            self._shown_curves().show_view(view)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() == QEvent.Type.PaletteChange and self._curves is not None:
            self._curves.follow_palette()
        super().changeEvent(event)

    def _shown_curves(self) -> "TrainingCurves":
        """Return the curves; what draws them is loaded with the first of them."""
        if self._curves is None:
            from annotator.panels.training_curves import TrainingCurves

            self._curves = TrainingCurves()
            self._place.addWidget(self._curves)
        self._curves.show()
        return self._curves

    def _arrange(self, buttons: list[QToolButton]) -> None:
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(10, 8, 10, 10)
        layout.setSpacing(6)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        layout.addWidget(self._title)
        layout.addWidget(self._bar)
        layout.addWidget(self._text)
        for pair in (buttons[:2], buttons[2:]):
            row = QHBoxLayout()
            for button in pair:
                row.addWidget(button, 1)
            layout.addLayout(row)
        layout.addLayout(self._place)
        layout.addWidget(self._samples)
        layout.addWidget(self._warnings)
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)


class SampleView(QWidget):
    """The pictures of the epochs, the newest one unless the slider says another."""

    def __init__(self) -> None:
        super().__init__()
        self._samples: tuple[Path, ...] = ()
        self._pixmap = QPixmap()
        self._picture = QLabel()
        self._picture.setObjectName("sample_picture")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setObjectName("sample_slider")
        self._slider.setAccessibleName("Epoch that is shown")
        self._slider.setRange(0, 0)
        self._slider.valueChanged.connect(self._show)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for widget in (self._picture, self._slider, self._note):
            layout.addWidget(widget)

    def show_samples(self, samples: tuple[Path, ...]) -> None:
        """Follow the pictures that there are; stay at an older one that was chosen."""
        if samples == self._samples:
            return
        is_at_end = self._slider.value() == self._slider.maximum()
        self._samples = samples
        self.setVisible(bool(samples))
        self._slider.setRange(0, max(len(samples) - 1, 0))
        if is_at_end or len(samples) <= 1:
            self._slider.setValue(self._slider.maximum())
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scale the picture to the width."""
        super().resizeEvent(event)
        self._scale()

    def _show(self) -> None:
        if not self._samples:
            return
        index = min(self._slider.value(), len(self._samples) - 1)
        self._pixmap = QPixmap(str(self._samples[index]))
        self._note.setText(SAMPLE_NOTE.format(index + 1, len(self._samples)))
        self._scale()

    def _scale(self) -> None:
        if self._pixmap.isNull():
            return
        ratio = self.devicePixelRatioF()
        height = round(self._pixmap.height() * self.width() / max(self._pixmap.width(), 1))
        size = QSize(round(self.width() * ratio), round(height * ratio))
        scaled = self._pixmap.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        scaled.setDevicePixelRatio(ratio)
        self._picture.setPixmap(scaled)
        self._picture.setFixedHeight(height)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setObjectName(f"{action.objectName() or action.text()}_button")
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _words(view: "TrainingView") -> str:
    """Say what is being done and how long it takes."""
    progress = view.progress
    if progress.phase == "made":
        return "Compare it with the old one, then use it or keep the old one."
    if progress.phase == "failed":
        return progress.text
    if progress.phase in ("paused", "interrupted"):
        return f"{_steps(view)} Go on when you like; what was learned is kept."
    if not view.n_planned or progress.text != STEPS_TEXT:
        return f"{progress.text[:1].upper()}{progress.text[1:]}…" if progress.text else "Loading…"
    if view.n_steps >= view.n_planned:
        return "Finishing…"
    return f"{_steps(view)} {_time_left(progress)}".strip()


def _steps(view: "TrainingView") -> str:
    return f"Step {view.n_steps:,} of {view.n_planned:,}." if view.n_planned else ""


def _time_left(progress: "Progress") -> str:
    if progress.eta_s < 0:
        return ""
    return f"About {duration(progress.eta_s)} left."


def duration(seconds: float) -> str:
    """Say a time as people do: to the minute from two minutes on."""
    if seconds < 90:
        return f"{max(round(seconds / 5) * 5, 5)} seconds"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} minutes"
    return f"{minutes / 60:.1f} hours"
