"""What the colors of the center lines mean, in a corner of the canvas."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from annotator.canvas.confidence_overlay import RAMP, ConfidenceOverlay
from annotator.canvas.plate import PLATE_TEXT, paint_plate
from annotator.canvas.view import CanvasView

MARGIN = 12
ABOVE = 48
"""Pixels kept for the scale bar."""
BAR_WIDTH, BAR_HEIGHT = 150, 10
TITLE, LOW, HIGH = "Confidence", "look here", "sure"


class ConfidenceLegend(QWidget):
    """Lies above the scale bar in a corner of the canvas; the mouse does not notice it."""

    def __init__(self, overlay: ConfidenceOverlay, view: CanvasView) -> None:
        super().__init__(view)
        self._overlay = overlay
        self._view = view
        self.setObjectName("confidence_legend")
        self.setAccessibleName("Colors of the confidence, from 0 to 1")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        view.installEventFilter(self)
        overlay.shown_changed.connect(self._follow)
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the canvas."""
        if event.type() == QEvent.Type.Resize:
            self._follow()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the colors with the words at both ends."""
        painter = QPainter(self)
        paint_plate(painter, self.rect())
        height = self.fontMetrics().height()
        side = BAR_WIDTH / len(RAMP)
        for number, color in enumerate(RAMP):
            cell = QRectF(9 + number * side, 8 + height, side, BAR_HEIGHT)
            painter.fillRect(cell.toAlignedRect(), QColor(color))
        painter.setPen(PLATE_TEXT)
        painter.drawRect(QRect(8, 7 + height, BAR_WIDTH + 1, BAR_HEIGHT + 1))
        flag = Qt.AlignmentFlag
        painter.drawText(QRect(9, 4, BAR_WIDTH, height), flag.AlignHCenter, TITLE)
        below = QRect(9, 11 + height + BAR_HEIGHT, BAR_WIDTH, height)
        painter.drawText(below, flag.AlignLeft, f"0 {LOW}")
        painter.drawText(below, flag.AlignRight, f"{HIGH} 1")
        painter.end()

    def _follow(self) -> None:
        height = 2 * self.fontMetrics().height() + BAR_HEIGHT + 17
        place = QRect(0, 0, BAR_WIDTH + 18, height)
        place.moveBottomLeft(self._view.rect().bottomLeft() + QPoint(MARGIN, -MARGIN - ABOVE))
        self.setGeometry(place)
        self.setVisible(self._overlay.is_shown)
