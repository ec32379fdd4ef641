"""The whole image small in a corner of the canvas, with a frame around what is in view."""

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from annotator.canvas.adjustment import Display
from annotator.canvas.rendering import small_picture
from annotator.canvas.view import CanvasView
from annotator.session import Session

MARGIN = 12
LONGEST_SIDE = 170
FRAME_COLOR = QColor("#ffffff")
SHADE = QColor(0, 0, 0, 110)
BORDER = 1
SLACK = 0.5
"""Image pixels by which the image may reach out of view and still count as seen completely."""


class Overview(QWidget):
    """Goes where everything is in view; a click or a drag in it moves the view."""

    def __init__(self, session: Session, view: CanvasView, display: Display) -> None:
        super().__init__(view)
        self._session = session
        self._view = view
        self._display = display
        self._picture: QImage | None = None
        self._is_wanted = True
        self.setObjectName("overview")
        self.setAccessibleName("Overview of the photograph")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setToolTip("Click or drag to move the view")
        view.installEventFilter(self)
        view.part_changed.connect(self._follow)
        session.image_shown.connect(self._take_picture)
        display.changed.connect(self._take_picture)
        self.hide()

    @property
    def is_wanted(self) -> bool:
        """Whether it is shown when the view is zoomed in."""
        return self._is_wanted

    def set_wanted(self, is_wanted: bool) -> None:
        """Show or hide it."""
        if is_wanted != self._is_wanted:
            self._is_wanted = is_wanted
            self._follow()

    @property
    def frame(self) -> QRectF:
        """What is in view, in pixels of this widget."""
        inner, image = self._inner(), self._view.image_rect
        scale = inner.width() / max(image.width(), 1.0)
        part = self._view.part_in_view & image
        return QRectF(
            inner.left() + part.left() * scale,
            inner.top() + part.top() * scale,
            part.width() * scale,
            part.height() * scale,
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the canvas."""
        if event.type() == QEvent.Type.Resize:
            self._follow()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the image, shaded where it is out of view."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(0, 0, 0, 190))
        if self._picture is None:
            return
        inner, frame = self._inner(), self.frame
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(inner, self._picture)
        painter.fillRect(inner, SHADE)
        scale = self._picture.width() / inner.width()
        source = frame.translated(-inner.topLeft())
        source = QRectF(source.topLeft() * scale, source.size() * scale)
        painter.drawImage(frame, self._picture, source)
        painter.setPen(QPen(QColor(0, 0, 0, 160), 3))
        painter.drawRect(frame)
        painter.setPen(QPen(FRAME_COLOR, 1.5))
        painter.drawRect(frame)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Look at what was clicked."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._look_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the view along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._look_at(event.position())

    def _look_at(self, position: QPointF) -> None:
        inner, image = self._inner(), self._view.image_rect
        scale = max(image.width(), 1.0) / inner.width()
        x = min(max(position.x() - inner.left(), 0.0), inner.width()) * scale
        y = min(max(position.y() - inner.top(), 0.0), inner.height()) * scale
        self._view.look_at(QPointF(x, y))

    def _inner(self) -> QRectF:
        return QRectF(self.rect()).adjusted(BORDER, BORDER, -BORDER, -BORDER)

    def _take_picture(self) -> None:
        image = self._session.image
        self._picture = None
        if image:
            side = round(LONGEST_SIDE * self.devicePixelRatioF())
            self._picture = small_picture(image.rendered, side, self._display.adjustment)
        self._follow()

    def _follow(self) -> None:
        image = self._view.image_rect
        part = self._view.part_in_view.adjusted(-SLACK, -SLACK, SLACK, SLACK)
        is_useful = self._is_wanted and self._picture is not None and not part.contains(image)
        if is_useful:
            scale = LONGEST_SIDE / max(image.width(), image.height(), 1.0)
            size = QSize(round(image.width() * scale), round(image.height() * scale))
            size = size.expandedTo(QSize(24, 24)) + QSize(2 * BORDER, 2 * BORDER)
            place = QRect(0, 0, size.width(), size.height())
            place.moveBottomRight(self._view.rect().bottomRight() - QPoint(MARGIN, MARGIN))
            if place != self.geometry():
                self.setGeometry(place)
            self.update()
        self.setVisible(is_useful)
