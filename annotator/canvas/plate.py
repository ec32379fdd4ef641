"""The dark plate under what is written over a photograph, legible on any."""

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter

PLATE: Final = QColor(0, 0, 0, 160)
PLATE_TEXT: Final = QColor("#ffffff")
_ROUNDING: Final = 4


def paint_plate(painter: QPainter, rect: QRect) -> None:
    """Paint the plate; the painter draws without a brush and hard edges afterwards."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(PLATE)
    painter.drawRoundedRect(rect, _ROUNDING, _ROUNDING)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
