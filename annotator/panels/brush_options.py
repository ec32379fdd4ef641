"""The size of the brush as slider and number."""

from math import log

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QSlider, QSpinBox, QWidget

from annotator.session.brush import LARGEST_DIAMETER, Brush

STOPS = 200
"""Places of the slider, in equal ratios: a small brush needs finer steps than a large one."""


class BrushOptions(QWidget):
    """Follows the brush, and changes it."""

    def __init__(self, brush: Brush) -> None:
        super().__init__()
        self._brush = brush
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("brush_slider")
        self.slider.setRange(0, STOPS)
        self.slider.setAccessibleName("Size of the brush")
        self.slider.setToolTip("Diameter of the tip ([ and ], or Shift+wheel on the photograph)")
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.field = QSpinBox()
        self.field.setObjectName("brush_size")
        self.field.setRange(1, LARGEST_DIAMETER)
        self.field.setSuffix(" px")
        self.field.setAccessibleName("Size of the brush in pixels")
        self.field.setKeyboardTracking(False)
        row = QHBoxLayout()
        row.addWidget(self.slider, 1)
        row.addWidget(self.field)
        form = QFormLayout(self)
        form.setContentsMargins(10, 4, 10, 10)
        form.addRow("Size", row)
        self.slider.valueChanged.connect(self._on_slid)
        self.field.valueChanged.connect(self._on_typed)
        brush.changed.connect(self._follow)
        self._follow()

    def _on_slid(self, stop: int) -> None:
        self._brush.diameter = round(LARGEST_DIAMETER ** (stop / STOPS))

    def _on_typed(self, diameter: int) -> None:
        self._brush.diameter = diameter

    def _follow(self) -> None:
        diameter = self._brush.diameter
        blockers = QSignalBlocker(self.slider), QSignalBlocker(self.field)
        self.field.setValue(diameter)
        if round(LARGEST_DIAMETER ** (self.slider.value() / STOPS)) != diameter:
            self.slider.setValue(round(STOPS * log(diameter) / log(LARGEST_DIAMETER)))
        for blocker in blockers:
            blocker.unblock()
