"""A ring on the image where the pointer is in the strip of a crack."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import to_scene
from annotator.canvas.items import HALO_COLOR, SELECTED_COLOR, cosmetic

RADIUS = 9.0
"""Screen pixels."""
REACH = 40.0
"""Image pixels that the ring may cover where the image is shown small."""
Z_VALUE = 11.0


class StripMarker(QGraphicsItem):
    """Marks one point, or none."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(Z_VALUE)
        self.setVisible(False)

    def mark(self, point: tuple[float, float] | None) -> None:
        """Mark another point (x, y)."""
        self.setVisible(point is not None)
        if point is not None:
            self.setPos(to_scene(*point))

    def boundingRect(self) -> QRectF:
        """Cover the ring."""
        return QRectF(-REACH, -REACH, 2 * REACH, 2 * REACH)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the ring."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = min(RADIUS / painter.worldTransform().m11(), REACH - 4)
        for color, width in ((HALO_COLOR, 4.0), (SELECTED_COLOR, 1.75)):
            painter.setPen(cosmetic(color, width))
            painter.drawEllipse(QRectF(-radius, -radius, 2 * radius, 2 * radius))
