"""Short texts on the image, as large at any zoom."""

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

LABEL_REACH = 260.0
"""Screen pixels from its anchor that a label may cover; longer texts are cut."""

FONT_SIDE = 12
PADDING = 4.0
_DARK, _LIGHT = QColor("#16181A"), QColor("#FFFFFF")


def paint_label(painter: QPainter, at: QPointF, text: str, color: QColor) -> None:
    """Paint a text on a plate of that color, its bottom-left corner at a place of the scene."""
    ratio = painter.device().devicePixelRatio()
    plate = _plate(text, color.rgba(), painter.font().family(), ratio)
    scale = painter.worldTransform().m11()
    width, height = (side / ratio / scale for side in (plate.width(), plate.height()))
    painter.drawImage(QRectF(at.x(), at.y() - height, width, height), plate)


@lru_cache(maxsize=64)
def _plate(text: str, rgba: int, family: str, ratio: float) -> QImage:
    """Return a label as an image: Qt takes ten times as long for the text itself."""
    font = QFont(family)
    font.setPixelSize(FONT_SIDE)
    metrics = QFontMetricsF(font)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, LABEL_REACH - 4 * PADDING)
    width = metrics.horizontalAdvance(shown) + 2 * PADDING
    rect = QRectF(0, 0, round(width), round(metrics.height() + PADDING))
    image = QImage(
        round(ratio * rect.width()),
        round(ratio * rect.height()),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(Qt.GlobalColor.transparent)
    color = QColor.fromRgba(rgba)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(ratio, ratio)
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(rect, 2, 2)
    painter.setPen(_DARK if color.lightness() > 110 else _LIGHT)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)
    painter.end()
    return image
