"""The switch of the cost preview, how much shows through, and what its colors mean."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from annotator.canvas.cost_overlay import cost_colors
from annotator.session.cost_preview import CostPreview

BAR_HEIGHT = 10
TIP = (
    "Colors what is in view by what a trace pays there: it runs where the picture is yellow. "
    "It follows the parameters above."
)


class ColorBar(QWidget):
    """The colors from left to right."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Colors of the cost, from high to low")

    def sizeHint(self) -> QSize:
        """Be thin."""
        return QSize(80, BAR_HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the colors."""
        colors = cost_colors().copy()
        image = QImage(colors.data, 256, 1, 4 * 256, QImage.Format.Format_RGB32)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(self.rect()), image)
        painter.end()


class CostOptions(QWidget):
    """The switch “Show cost”, its opacity and its legend."""

    def __init__(self, preview: CostPreview) -> None:
        super().__init__()
        self._preview = preview
        self._switch = QCheckBox("Show cost")
        self._switch.setObjectName("show_cost")
        self._switch.setToolTip(TIP)
        self._switch.toggled.connect(preview.set_shown)
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(10, 100)
        self._opacity.setToolTip("Opacity of the cost")
        self._opacity.setAccessibleName("Opacity of the cost")
        self._opacity.valueChanged.connect(lambda percent: preview.set_opacity(percent / 100))
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._legend = QWidget()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        top = QHBoxLayout()
        top.addWidget(self._switch)
        top.addWidget(self._opacity, 1)
        layout.addLayout(top)
        layout.addWidget(self._build_legend())
        preview.shown_changed.connect(self._follow)
        preview.changed.connect(self._follow)
        self._follow()

    def _build_legend(self) -> QWidget:
        legend = QVBoxLayout(self._legend)
        legend.setContentsMargins(0, 0, 0, 0)
        legend.setSpacing(2)
        legend.addWidget(ColorBar())
        ends = QHBoxLayout()
        ends.addWidget(QLabel("High, no crack"))
        ends.addStretch(1)
        ends.addWidget(QLabel("Low, crack"))
        legend.addLayout(ends)
        legend.addWidget(self._note)
        return self._legend

    def _follow(self) -> None:
        preview = self._preview
        self._switch.setChecked(preview.is_shown)
        self._opacity.setVisible(preview.is_shown)
        self._opacity.setValue(round(100 * preview.opacity))
        self._legend.setVisible(preview.is_shown)
        self._note.setText(f"Reduced {preview.step} times; zoom in for what a trace reads")
        self._note.setVisible(preview.is_shown and preview.step > 1)
