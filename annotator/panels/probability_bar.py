"""The colors of probabilities from 0 to 1, faint below the threshold: the legend of the layer."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from annotator.canvas.prediction_painting import color_table

HEIGHT = 14
GROUND = QColor("#808080")
"""Below the colors, as the photograph would be."""
INSET = 6
"""Pixels that a slider keeps free for half of its handle, so that both line up."""


class ProbabilityBar(QWidget):
    """A stripe of colors with a mark at the threshold."""

    def __init__(self) -> None:
        super().__init__()
        self._threshold, self._opacity = 0.5, 1.0
        self.setObjectName("probability_bar")
        self.setAccessibleName("Colors of probabilities from 0 to 1")
        self.setToolTip("Colors from improbable (left) to sure (right); faint below the threshold")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Be thin."""
        return QSize(80, HEIGHT)

    def follow(self, threshold: float, opacity: float) -> None:
        """Show another threshold or opacity."""
        if (threshold, opacity) != (self._threshold, self._opacity):
            self._threshold, self._opacity = threshold, opacity
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the colors, and the mark."""
        area = QRectF(self.rect()).adjusted(INSET, 0, -INSET, -4)
        ramp = np.arange(256, dtype=np.uint8)
        ramp[:8] = 0  # nothing is drawn for these
        image = QImage(ramp.data, 256, 1, 256, QImage.Format.Format_Indexed8)
        image.setColorTable(color_table(self._threshold, self._opacity))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(area, GROUND)
        painter.drawImage(area, image)
        x = area.left() + self._threshold * area.width()
        painter.setPen(self.palette().text().color())
        painter.setBrush(self.palette().text())
        bottom = float(self.height())
        painter.drawPolygon(
            QPolygonF([QPointF(x, bottom - 6), QPointF(x - 4, bottom), QPointF(x + 4, bottom)])
        )
        painter.drawLine(QPointF(x, 0), QPointF(x, bottom - 5))
        painter.end()
