"""The divider between two predictions: a line over the canvas with a grip and a name each side."""

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from annotator.canvas.plate import PLATE_TEXT, paint_plate

WIDTH = 24
"""Screen pixels beside the line that take the mouse, all in all."""
GRIP_RADIUS = 11.0
LINE, SHADE = QColor("#ffffff"), QColor(0, 0, 0, 150)
KEY_STEP = 0.02
TOP = 10
GAP = 10
PADDING = 7
TIP = "Drag to compare; double-click for the middle"


class SwipeHandle(QWidget):
    """Lies over the canvas from top to bottom; only the line takes the mouse."""

    moved = Signal(float)
    """The divider was put to a share of the width."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._share = 0.5
        self._grabbed: float | None = None
        self.setObjectName("swipe_handle")
        self.setAccessibleName("Divider of the comparison")
        self.setToolTip(TIP)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._names = tuple(NamePlate(canvas, name) for name in ("swipe_left", "swipe_right"))
        self.hide()

    def follow(self, share: float, left: str, right: str) -> None:
        """Lie at a share of the width of the canvas, between these names."""
        self._share = share
        canvas = self._canvas
        x = round(share * canvas.width())
        self.setGeometry(x - WIDTH // 2, 0, WIDTH, canvas.height())
        for plate, name in zip(self._names, (left, right), strict=True):
            plate.set_text(name)
        self._names[0].move(x - GAP - self._names[0].width(), TOP)
        self._names[1].move(x + GAP, TOP)
        self.raise_()

    @property
    def names(self) -> tuple[str, ...]:
        """What stands left and right of the line."""
        return tuple(plate.text for plate in self._names)

    def set_shown(self, is_shown: bool) -> None:
        """Show or hide the line with the names."""
        for part in (self, *self._names):
            part.setVisible(is_shown)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line and the grip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x, y = WIDTH / 2 + 0.5, self.height() / 2
        for color, width in ((SHADE, 4.0), (LINE, 2.0)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setPen(QPen(SHADE, 1.5))
        painter.setBrush(LINE)
        painter.drawEllipse(QPointF(x, y), GRIP_RADIUS, GRIP_RADIUS)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#333333"))
        for sign in (-1, 1):
            tip = x + sign * 7.5
            painter.drawPolygon(
                QPolygonF([QPointF(tip, y), QPointF(tip - sign * 5, y - 4.5),
                           QPointF(tip - sign * 5, y + 4.5)])
            )  # fmt: skip
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self.palette().highlight().color(), 2.0))
            painter.drawEllipse(QRectF(x - 10, y - 10, 20, 20))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the line, where it was caught."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._grabbed = event.position().x() - WIDTH / 2

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the line along."""
        if self._grabbed is not None:
            place = self.mapToParent(event.position()).x() - self._grabbed
            self._move(place / max(self._canvas.width(), 1))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grabbed = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Go to the middle."""
        self._move(0.5)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by the arrow keys."""
        step = {Qt.Key.Key_Left: -KEY_STEP, Qt.Key.Key_Right: KEY_STEP}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._move(self._share + step)

    def _move(self, share: float) -> None:
        self.moved.emit(min(max(share, 0.0), 1.0))


class NamePlate(QWidget):
    """A name on a dark plate; the mouse does not notice it."""

    def __init__(self, canvas: QWidget, name: str) -> None:
        super().__init__(canvas)
        self._text = ""
        self.setObjectName(name)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def text(self) -> str:
        """The name."""
        return self._text

    def set_text(self, text: str) -> None:
        """Show another name, and be as wide as it needs."""
        self._text = text
        width = self.fontMetrics().horizontalAdvance(text) + 2 * PADDING
        self.resize(width, self.fontMetrics().height() + PADDING)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint plate and name."""
        painter = QPainter(self)
        paint_plate(painter, self.rect())
        painter.setPen(PLATE_TEXT)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
