"""The look of what the scene shows, and the lowest item of it: the photograph."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.adjustment import Adjustment, Table
from annotator.canvas.rendering import Pyramid, paint_through

# Colors on the image are data: the same in every theme, safe for color-blind eyes (Okabe and Ito).
CRACK_COLOR = QColor("#E69F00")
PREDICTION_COLOR = QColor("#56B4E9")
REMOVED_COLOR = QColor("#CC79A7")
SELECTED_COLOR = QColor("#FFFFFF")
HALO_COLOR = QColor(0, 0, 0, 150)

SHARP_PIXELS_FROM = 4.0
"""Screen pixels per image pixel from which pixels are squares."""

SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
CORNERS = ((-1, -1), (1, 1), (-1, 1), (1, -1))


class OverlayMode(StrEnum):
    """How cracks are drawn."""

    MASK = "mask"
    OUTLINE = "outline"
    OFF = "off"


def cosmetic(color: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """Return a pen that is ``width`` screen pixels wide at any zoom."""
    pen = QPen(color, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    pen.setCosmetic(True)
    return pen


def view_scale(item: QGraphicsItem) -> float:
    """Return pixels of the view per scene unit, for what is as large at any zoom."""
    views = item.scene().views() if item.scene() else []
    return views[0].transform().m11() if views else 1.0


def screen_scale(painter: QPainter) -> float:
    """Return screen pixels per scene unit, device pixels of high-resolution screens counted."""
    transform = painter.deviceTransform()
    return float(np.hypot(transform.m11(), transform.m12()))


def shifted(painter: QPainter, by: float, directions: Iterable[tuple[int, int]]) -> Iterator[None]:
    """Move the painter by screen pixels, one direction after the other.

    What is painted so with hairlines gets a rim. Qt strokes wide pens ten times slower, all the
    way, on the screen or not.
    """
    shift = by / painter.worldTransform().m11()
    for dx, dy in directions:
        painter.translate(dx * shift, dy * shift)
        yield
        painter.translate(-dx * shift, -dy * shift)


class ImageItem(QGraphicsItem):
    """The photograph, painted from the pyramid level that fits the zoom."""

    def __init__(self) -> None:
        super().__init__()
        self._pyramid: Pyramid | None = None
        self._adjustment = Adjustment()
        self._table: Table | None = None
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_pyramid(self, pyramid: Pyramid | None) -> None:
        """Show another image, or none."""
        self.prepareGeometryChange()
        self._pyramid = pyramid
        self.set_adjustment(self._adjustment)

    def set_adjustment(self, adjustment: Adjustment) -> None:
        """Show this and later images brighter, darker, or as they are."""
        self._adjustment = adjustment
        self._table = None
        if self._pyramid and not adjustment.is_neutral:
            self._table = adjustment.table(self._pyramid.histogram)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover the image."""
        width, height = self._pyramid.size if self._pyramid else (0, 0)
        return QRectF(0, 0, width, height)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint what is exposed."""
        if self._pyramid is None:
            return
        scale = screen_scale(painter)
        cut = self._pyramid.cut(self._pyramid.level_for(scale), option.exposedRect)  # pyright: ignore[reportAttributeAccessIssue]
        if cut:
            image, covered = cut
            smooth = QPainter.RenderHint.SmoothPixmapTransform
            painter.setRenderHint(smooth, scale < SHARP_PIXELS_FROM)
            if self._table is None:
                painter.drawImage(covered, image)
            else:
                paint_through(painter, self._table, cut, option.exposedRect)  # pyright: ignore[reportAttributeAccessIssue]
