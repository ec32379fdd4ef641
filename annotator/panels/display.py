"""Brightness, contrast and gamma of the photograph on the screen; its file never changes."""

from math import log2
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from annotator.canvas.adjustment import Adjustment, Display
from annotator.session import Session

if TYPE_CHECKING:
    from annotator.canvas.rendering import Pyramid

GAMMA_STEPS = 50
"""Steps of the slider per doubling of gamma; it reaches two doublings to each side."""


class DisplayPanel(QWidget):
    """Histogram, three sliders, auto-contrast and reset."""

    def __init__(self, session: Session, display: Display) -> None:
        super().__init__()
        self._display = display
        self._histogram = HistogramView(session, display)
        self._brightness = self._slider("brightness", 100, "Brighter or darker")
        self._contrast = self._slider("contrast", 100, "More or less contrast")
        self._gamma = self._slider("gamma", 2 * GAMMA_STEPS, "Lift or lower the middle tones")
        self._auto = QCheckBox("Auto-contrast")
        self._auto.setObjectName("auto_contrast_box")
        self._auto.setToolTip("Stretch the brightness of each image over the whole range (C)")
        self._auto.toggled.connect(lambda _is_on: self._on_moved())
        self._reset = QPushButton("Reset")
        self._reset.setObjectName("reset_display")
        self._reset.clicked.connect(display.reset)
        self._values = {slider: QLabel() for slider in self._sliders}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 10, 10)
        layout.setSpacing(8)
        layout.addWidget(self._histogram)
        layout.addLayout(self._form())
        footer = QHBoxLayout()
        footer.addWidget(self._auto, 1)
        footer.addWidget(self._reset)
        layout.addLayout(footer)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        display.changed.connect(self._follow)
        self._follow()

    @property
    def _sliders(self) -> tuple[QSlider, QSlider, QSlider]:
        return self._brightness, self._contrast, self._gamma

    def _slider(self, name: str, reach: int, tip: str) -> QSlider:
        slider = ResettingSlider(Qt.Orientation.Horizontal)
        slider.setObjectName(name)
        slider.setRange(-reach, reach)
        slider.setToolTip(f"{tip}; a double-click puts it back")
        slider.setAccessibleName(name.capitalize())
        slider.valueChanged.connect(lambda _value: self._on_moved())
        return slider

    def _form(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        for row, slider in enumerate(self._sliders):
            value = self._values[slider]
            value.setMinimumWidth(self.fontMetrics().horizontalAdvance("−100"))
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(QLabel(slider.accessibleName()), row, 0)
            grid.addWidget(slider, row, 1)
            grid.addWidget(value, row, 2)
        return grid

    def _on_moved(self) -> None:
        self._display.set_adjustment(
            Adjustment(
                self._brightness.value(),
                self._contrast.value(),
                2 ** (self._gamma.value() / GAMMA_STEPS),
                self._auto.isChecked(),
            )
        )

    def _follow(self) -> None:
        adjustment = self._display.adjustment
        gamma = round(GAMMA_STEPS * log2(adjustment.gamma))
        blockers = [QSignalBlocker(widget) for widget in (*self._sliders, self._auto)]
        self._brightness.setValue(adjustment.brightness)
        self._contrast.setValue(adjustment.contrast)
        self._gamma.setValue(gamma)
        self._auto.setChecked(adjustment.is_auto)
        for blocker in blockers:
            blocker.unblock()
        self._values[self._brightness].setText(_signed(adjustment.brightness))
        self._values[self._contrast].setText(_signed(adjustment.contrast))
        self._values[self._gamma].setText(f"{adjustment.gamma:.2f}")
        self._reset.setEnabled(not adjustment.is_neutral)


class ResettingSlider(QSlider):
    """A slider that a double-click puts back to zero."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Put it back."""
        self.setValue(0)


class HistogramView(QWidget):
    """How often each brightness occurs in the image, and the curve from it to the screen."""

    def __init__(self, session: Session, display: Display) -> None:
        super().__init__()
        self._session = session
        self._display = display
        self.setObjectName("histogram")
        self.setAccessibleName("Histogram of the photograph")
        self.setToolTip("Brightness of the photograph, and how it is shown (line)")
        self.setFixedHeight(84)
        session.image_shown.connect(self.update)
        display.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Ask for little."""
        return QSize(200, 84)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bars and curve."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self.rect().adjusted(0, 0, -1, -1).toRectF()
        painter.setPen(self.palette().mid().color())
        painter.setBrush(self.palette().base())
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, 0.5, 0.5), 4, 4)
        image = self._session.image
        if image is None:
            return
        rendered: Pyramid = image.rendered
        inner = area.adjusted(4, 4, -3, -3)

        def place(value: float, share: float) -> QPointF:
            return QPointF(
                inner.left() + value / 255 * inner.width(), inner.bottom() - share * inner.height()
            )

        # Roots, so that a bright sky does not flatten all the rest.
        counts = np.sqrt(rendered.histogram.astype(float))
        shares = (counts / max(counts[1:-1].max(), 1.0)).clip(0, 1)
        outline = [place(0, 0), *(place(v, s) for v, s in enumerate(shares)), place(255, 0)]
        ground = QColor(self.palette().text().color())
        ground.setAlphaF(0.35)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawPolygon(QPolygonF(outline))
        table = self._display.adjustment.table(rendered.histogram)
        painter.setPen(QPen(self.palette().highlight().color(), 1.6))
        painter.drawPolyline(QPolygonF([place(v, t / 255) for v, t in enumerate(table.tolist())]))


def _signed(value: int) -> str:
    return f"{value:+d}".replace("-", "−") if value else "0"
