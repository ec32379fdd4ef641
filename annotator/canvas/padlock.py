"""The sign of what is locked."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

SIGN_COLOR = QColor(25, 25, 25)
SIDE = 13.0
"""Screen pixels."""


def _make_sign() -> QPainterPath:
    """Return the shackle of a padlock around the origin."""
    path = QPainterPath()
    path.moveTo(-2.2, -0.5)
    path.lineTo(-2.2, -2.0)
    path.arcTo(QRectF(-2.2, -4.2, 4.4, 4.4), 180, -180)
    path.lineTo(2.2, -0.5)
    return path


_SHACKLE = _make_sign()
_BODY = QRectF(-3.5, -0.5, 7.0, 5.0)


def paint_padlock(painter: QPainter, at: QPointF, color: QColor) -> None:
    """Paint a small padlock, as large at any zoom, on a disc of the color of its owner."""
    painter.save()
    painter.translate(at)
    scale = painter.worldTransform().m11()
    painter.scale(1 / scale, 1 / scale)
    disc = QColor(color)
    disc.setAlpha(255)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(disc)
    painter.drawEllipse(QPointF(), SIDE / 2 + 1, SIDE / 2 + 1)
    painter.setBrush(SIGN_COLOR)
    painter.drawRoundedRect(_BODY, 1.2, 1.2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(SIGN_COLOR, 1.4))
    painter.drawPath(_SHACKLE)
    painter.restore()
