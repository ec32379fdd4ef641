"""How long so many pixels of the image are on the screen."""

from math import floor, log10

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from annotator.canvas.plate import PLATE_TEXT, paint_plate
from annotator.canvas.view import CanvasView
from annotator.session import Session

MARGIN = 12
LONGEST = 140
"""Screen pixels of the bar, at most."""
TICK = 4


def round_length(longest: float) -> int:
    """Return the longest of 1, 2, 5, 10, 20... that is not longer; at least 1."""
    if longest < 1:
        return 1
    power = 10 ** floor(log10(longest))
    return int(next(step * power for step in (5, 2, 1) if step * power <= longest))


class ScaleBar(QWidget):
    """Lies in the bottom left corner of the canvas; the mouse does not notice it."""

    def __init__(self, session: Session, view: CanvasView) -> None:
        super().__init__(view)
        self._session = session
        self._view = view
        self._is_wanted = True
        self.setObjectName("scale_bar")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        view.installEventFilter(self)
        view.zoom_changed.connect(lambda _zoom: self._follow())
        session.image_shown.connect(self._follow)
        self.hide()

    @property
    def length(self) -> int:
        """Image pixels that the bar is long."""
        return round_length(LONGEST / self._scale)

    @property
    def is_wanted(self) -> bool:
        """Whether it is shown."""
        return self._is_wanted

    def set_wanted(self, is_wanted: bool) -> None:
        """Show or hide it."""
        self._is_wanted = is_wanted
        self._follow()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the canvas."""
        if event.type() == QEvent.Type.Resize:
            self._follow()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a bar with its length, white on a dark plate."""
        painter = QPainter(self)
        paint_plate(painter, self.rect())
        painter.setPen(QPen(PLATE_TEXT, 1.5))
        width = round(self.length * self._scale)
        left, bottom = (self.width() - width) // 2, self.height() - 7
        painter.drawLine(left, bottom, left + width, bottom)
        for x in (left, left + width):
            painter.drawLine(x, bottom - TICK, x, bottom)
        text = QRect(0, 3, self.width(), self.fontMetrics().height())
        painter.drawText(text, Qt.AlignmentFlag.AlignHCenter, f"{self.length:,} px")

    @property
    def _scale(self) -> float:
        """Widget pixels per image pixel."""
        return self._view.transform().m11()

    def _follow(self) -> None:
        is_useful = self._is_wanted and self._session.image is not None
        if is_useful:
            metrics: QFontMetrics = self.fontMetrics()
            text = metrics.horizontalAdvance(f"{self.length:,} px")
            width = max(round(self.length * self._scale), text) + 18
            place = QRect(0, 0, width, metrics.height() + 16)
            place.moveBottomLeft(self._view.rect().bottomLeft() + QPoint(MARGIN, -MARGIN))
            self.setGeometry(place)
            self.update()
        self.setVisible(is_useful)
