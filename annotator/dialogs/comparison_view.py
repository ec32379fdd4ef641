"""Two pictures of one size side by side that are moved and magnified together."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

Box = tuple[int, int, int, int]

MOST_ZOOM: Final = 16.0
MARGIN: Final = 40
"""Pixels of the image around a place that is shown."""
LEAST_SHOWN: Final = 120
"""So many pixels of the image are shown across at least."""
STEP: Final = 1.25


@dataclass(slots=True)
class Sight:
    """What both pictures show: the middle in pixels of the image, and how large a pixel is."""

    center: QPointF = field(default_factory=QPointF)
    zoom: float = 1.0
    marked: Box | None = None


class ComparisonView(QWidget):
    """The old one at the left, the new one at the right, each under its name."""

    def __init__(self, old_title: str, new_title: str) -> None:
        super().__init__()
        self._sight = Sight()
        self._size = QSize()
        self._panes = [PicturePane(self._sight, self._refresh) for _ in range(2)]
        for pane, name in zip(self._panes, ("old_picture", "new_picture"), strict=True):
            pane.setObjectName(name)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        for title, pane in zip((old_title, new_title), self._panes, strict=True):
            column = QVBoxLayout()
            label = QLabel(title)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
            column.addWidget(pane, 1)
            layout.addLayout(column, 1)

    @property
    def sight(self) -> Sight:
        """What is shown."""
        return self._sight

    def set_pictures(self, old: NDArray[np.uint8], new: NDArray[np.uint8]) -> None:
        """Show an image with what each model makes of it."""
        for pane, pixels in zip(self._panes, (old, new), strict=True):
            pane.set_pixels(pixels)
        self._size = QSize(old.shape[1], old.shape[0])

    def clear(self) -> None:
        """Show nothing."""
        for pane in self._panes:
            pane.set_pixels(None)

    def fit(self) -> None:
        """Show the whole image."""
        self._sight.marked = None
        self._show_rect(QRectF(0, 0, self._size.width(), self._size.height()))

    def show_place(self, box: Box) -> None:
        """Fly to a place and mark it."""
        x0, y0, x1, y1 = box
        self._sight.marked = box
        rect = QRectF(x0, y0, x1 - x0, y1 - y0)
        rect = rect.adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        grow = max(LEAST_SHOWN - rect.width(), 0.0) / 2
        self._show_rect(rect.adjusted(-grow, -grow, grow, grow))

    def _show_rect(self, rect: QRectF) -> None:
        pane = self._panes[0]
        if rect.isEmpty():
            return
        zoom = min(pane.width() / rect.width(), pane.height() / rect.height())
        self._sight.zoom = min(max(zoom, 0.01), MOST_ZOOM)
        self._sight.center = rect.center()
        self._refresh()

    def _refresh(self) -> None:
        for pane in self._panes:
            pane.update()


class PicturePane(QWidget):
    """One of the two: drag moves, the wheel magnifies, a double click is left to the list."""

    def __init__(self, sight: Sight, refresh: Callable[[], None]) -> None:
        super().__init__()
        self._sight = sight
        self._refresh = refresh
        self._image: QImage | None = None
        self._pixels: Any = None
        self._grabbed: QPointF | None = None
        self.setMinimumSize(180, 160)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def set_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show an image, ``(H, W, 3)``."""
        self._pixels = None if pixels is None else np.ascontiguousarray(pixels)
        self._image = None
        if self._pixels is not None:
            height, width, _ = self._pixels.shape
            self._image = QImage(
                self._pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888
            )
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the part that is seen."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().dark())
        if self._image is None:
            return
        sight = self._sight
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, sight.zoom < 1.0)
        shown = self._shown()
        painter.drawImage(QRectF(self.rect()), self._image, shown)
        if sight.marked is not None:
            x0, y0, x1, y1 = sight.marked
            place = QRectF(x0, y0, x1 - x0, y1 - y0).adjusted(-4, -4, 4, 4)
            place.translate(-shown.topLeft())
            marked = QRectF(
                place.x() * sight.zoom,
                place.y() * sight.zoom,
                place.width() * sight.zoom,
                place.height() * sight.zoom,
            )
            for color, width in ((QColor(0, 0, 0, 160), 4), (QColor(255, 255, 255), 2)):
                painter.setPen(QPen(color, width))
                painter.drawRect(marked)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the image."""
        self._grabbed = event.position()
        self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the image."""
        if self._grabbed is None:
            return
        moved = event.position() - self._grabbed
        self._grabbed = event.position()
        self._sight.center -= moved / self._sight.zoom
        self._refresh()

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go."""
        self._grabbed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Magnify at the pointer."""
        if not event.angleDelta().y():
            return
        sight = self._sight
        before = self._shown().topLeft() + event.position() / sight.zoom
        factor = STEP if event.angleDelta().y() > 0 else 1.0 / STEP
        sight.zoom = min(max(sight.zoom * factor, 0.02), MOST_ZOOM)
        after = self._shown().topLeft() + event.position() / sight.zoom
        sight.center += before - after
        self._refresh()
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the middle."""
        super().resizeEvent(event)
        self.update()

    def _shown(self) -> QRectF:
        """Return the part of the image that is seen, in its pixels."""
        sight = self._sight
        width, height = self.width() / sight.zoom, self.height() / sight.zoom
        return QRectF(sight.center.x() - width / 2, sight.center.y() - height / 2, width, height)
