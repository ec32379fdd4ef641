"""What the scene shows: the image, the cracks, and what the current tool is doing."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import box_to_scene, polyline_to_scene, to_scene
from annotator.canvas.outlines import CrackDrawing
from annotator.canvas.rendering import Pyramid
from annotator.canvas.tool import Preview
from annotator.document.crack_path import CrackPath

# Colors on the image are data: the same in every theme, safe for color-blind eyes (Okabe and Ito).
CRACK_COLOR = QColor("#E69F00")
SELECTED_COLOR = QColor("#FFFFFF")
HALO_COLOR = QColor(0, 0, 0, 150)

SHARP_PIXELS_FROM = 4.0
CENTERLINE_FROM = 2.0
"""Screen pixels per image pixel from which pixels are squares, and centerlines are shown."""

HALO_SHIFT = 1.2
"""Screen pixels between the outline of the selected crack and its white rim."""
SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))
CORNERS = ((-1, -1), (1, 1), (-1, 1), (1, -1))
SKETCH_POINTS = 200
MARKER_RADIUS = 5.0


class OverlayMode(StrEnum):
    """How cracks are drawn."""

    MASK = "mask"
    OUTLINE = "outline"
    OFF = "off"


def _cosmetic(color: QColor, width: float, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    pen = QPen(color, width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    pen.setCosmetic(True)
    return pen


def _screen_scale(painter: QPainter) -> float:
    """Return screen pixels per scene unit, device pixels of high-resolution screens counted."""
    transform = painter.deviceTransform()
    return float(np.hypot(transform.m11(), transform.m12()))


def _shifted(painter: QPainter, by: float, directions: Iterable[tuple[int, int]]) -> Iterator[None]:
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
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_pyramid(self, pyramid: Pyramid | None) -> None:
        """Show another image, or none."""
        self.prepareGeometryChange()
        self._pyramid = pyramid
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
        scale = _screen_scale(painter)
        cut = self._pyramid.cut(self._pyramid.level_for(scale), option.exposedRect)  # pyright: ignore[reportAttributeAccessIssue]
        if cut:
            image, covered = cut
            smooth = QPainter.RenderHint.SmoothPixmapTransform
            painter.setRenderHint(smooth, scale < SHARP_PIXELS_FROM)
            painter.drawImage(covered, image)


class CrackItem(QGraphicsItem):
    """A crack: its mask as fill and outline, its centerline when close.

    Until the drawing is there, which a worker thread makes, a coarse centerline stands for it.
    """

    def __init__(self, crack: CrackPath) -> None:
        super().__init__()
        self.crack = crack
        line = crack.centerline
        self._sketch = polyline_to_scene(line[:: max(1, len(line) // SKETCH_POINTS)])
        low, high = line.min(axis=0), line.max(axis=0)
        self._box = box_to_scene(crack.mask.box).united(QRectF(to_scene(*low), to_scene(*high)))
        self._drawing: CrackDrawing | None = None
        self._mode = OverlayMode.MASK
        self._opacity = 0.4
        self._is_selected = False

    @property
    def is_drawn(self) -> bool:
        """Tell whether the mask is painted, not only its sketch."""
        return self._drawing is not None

    def set_drawing(self, drawing: CrackDrawing) -> None:
        """Paint this from now on."""
        self._drawing = drawing
        self.update()

    def set_look(self, mode: OverlayMode, opacity: float, is_selected: bool) -> None:
        """Choose how to draw."""
        self._mode, self._opacity, self._is_selected = mode, opacity, is_selected
        self.setZValue(2 if is_selected else 1)
        self.setVisible(mode is not OverlayMode.OFF)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover mask and centerline, and the pens at any zoom that can be reached."""
        return self._box.adjusted(-64, -64, 64, 64)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint fill and outline; pens keep their width on the screen."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._drawing is None:
            painter.setPen(_cosmetic(CRACK_COLOR, 1.0))
            painter.drawPolyline(self._sketch)
            return
        scale = _screen_scale(painter)
        outline = self._drawing.outline_for(scale)
        fill = QColor(CRACK_COLOR)
        fill.setAlphaF(self._opacity if self._mode is OverlayMode.MASK else 0.0)
        if self._is_selected:
            self._paint_halo(painter, outline)
        painter.setBrush(QBrush(fill) if fill.alpha() else Qt.BrushStyle.NoBrush)
        # Not wider than a pixel: Qt draws such lines ten times faster than wider ones.
        painter.setPen(_cosmetic(CRACK_COLOR, 1.0))
        painter.drawPath(outline)
        if scale >= CENTERLINE_FROM:
            self._paint_centerline(painter, self._drawing.centerline)

    def _paint_halo(self, painter: QPainter, outline: QPainterPath) -> None:
        painter.setPen(_cosmetic(SELECTED_COLOR, 1.0))
        for _ in _shifted(painter, HALO_SHIFT, (*SIDES, *CORNERS)):
            painter.drawPath(outline)

    def _paint_centerline(self, painter: QPainter, centerline: QPolygonF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(_cosmetic(HALO_COLOR, 1.0))
        for _ in _shifted(painter, 1.0, SIDES):
            painter.drawPolyline(centerline)
        painter.setPen(_cosmetic(SELECTED_COLOR, 1.0))
        painter.drawPolyline(centerline)


class PreviewItem(QGraphicsItem):
    """The clicks of a trace, a dashed line to the cursor, and dashed lines where traces run."""

    def __init__(self) -> None:
        super().__init__()
        self._preview = Preview()
        self._rect = QRectF()
        self.setZValue(10)

    def set_preview(self, preview: Preview) -> None:
        """Draw another state."""
        self.prepareGeometryChange()
        self._preview = preview
        points = [to_scene(*point) for line in self._lines() for point in line]
        self._rect = QPolygonF(points).boundingRect()
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover the lines and, at any zoom, the markers."""
        if not any(self._lines()):
            return QRectF()
        return self._rect.adjusted(-300, -300, 300, 300)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint lines below markers."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = MARKER_RADIUS / painter.worldTransform().m11()
        for line in self._lines():
            polygon = polyline_to_scene(line)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(_cosmetic(HALO_COLOR, 3.0))
            painter.drawPolyline(polygon)
            painter.setPen(_cosmetic(SELECTED_COLOR, 1.25, Qt.PenStyle.DashLine))
            painter.drawPolyline(polygon)
        for line in (self._preview.points, *self._preview.under_way):
            for point in line:
                self._paint_marker(painter, to_scene(*point), radius)

    def _paint_marker(self, painter: QPainter, center: QPointF, radius: float) -> None:
        painter.setBrush(QBrush(CRACK_COLOR))
        painter.setPen(_cosmetic(HALO_COLOR, 3.5))
        painter.drawEllipse(center, radius, radius)
        painter.setPen(_cosmetic(SELECTED_COLOR, 1.5))
        painter.drawEllipse(center, radius, radius)

    def _lines(self) -> list[tuple[tuple[float, float], ...]]:
        preview = self._preview
        current = preview.points
        if current and preview.cursor:
            current = (*current, preview.cursor)
        return [current, *preview.under_way]
