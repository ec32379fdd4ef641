"""The slider in the toolbar for the opacity of the masks."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

SLIDER_WIDTH = 100
PER_NOTCH = 0.05


class OpacityControl(QWidget):
    """From 0, outline only, to 1, where the mask hides the photograph."""

    changed = Signal(float)

    def __init__(self, opacity: float) -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("opacity")
        self.slider.setRange(0, 100)
        self.slider.setFixedWidth(SLIDER_WIDTH)
        self.slider.setToolTip("Opacity of the masks (Alt+wheel on the photograph)")
        self.slider.setAccessibleName("Opacity of the masks")
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.valueChanged.connect(lambda percent: self.changed.emit(percent / 100))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 6, 0)
        layout.addWidget(QLabel("Opacity"))
        layout.addWidget(self.slider)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.follow(opacity)

    def follow(self, opacity: float) -> None:
        """Show an opacity that was chosen elsewhere."""
        blocker = QSignalBlocker(self.slider)
        self.slider.setValue(round(100 * opacity))
        blocker.unblock()

    def turn(self, notches: float) -> None:
        """Go up or down by notches of the wheel."""
        self.slider.setValue(self.slider.value() + round(100 * PER_NOTCH * notches))
