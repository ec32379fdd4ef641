"""What the current tool is doing: clicks, lines, handles, the tip of the brush, the ruler."""

from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import box_to_scene, polyline_to_scene, to_scene
from annotator.canvas.items import (
    CRACK_COLOR,
    HALO_COLOR,
    REMOVED_COLOR,
    SELECTED_COLOR,
    cosmetic,
    view_scale,
)
from annotator.canvas.label import LABEL_REACH, paint_label
from annotator.canvas.ribbon import changed_rects, paint_ribbon
from annotator.canvas.tool import BrushTip, Handle, Point, Preview

MARKER_RADIUS = 5.0
HANDLE_RADII = {"end": 6.0, "waypoint": 4.5, "corner": 4.0}
HOVERED_GROWTH = 2.0
CLOSING_RADIUS = 8.0
LANDING_RADIUS = 6.0
SMALLEST_TIP = 1.5
"""Screen pixels, as those above."""

REACH = 16.0
"""Screen pixels around points that their markers and lines may cover."""


class PreviewItem(QGraphicsItem):
    """Lies above everything and repaints only where something is or was."""

    def __init__(self) -> None:
        super().__init__()
        self._preview = Preview()
        self._area = QRectF()
        self.setZValue(10)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_area(self, area: QRectF) -> None:
        """Allow for previews on and around an image that covers ``area``."""
        self.prepareGeometryChange()
        side = max(area.width(), area.height())
        self._area = area.adjusted(-side, -side, side, side)

    def set_preview(self, preview: Preview) -> None:
        """Draw another state."""
        scale = view_scale(self)
        old, self._preview = self._preview, preview
        for shown in (old, preview):
            for rect in _extents(shown, scale):
                self.update(rect)
        for ribbons in ((old.ribbons, preview.ribbons), (old.held, preview.held)):
            for before, after in zip_longest(*ribbons):
                for rect in changed_rects(before, after, REACH / scale):
                    self.update(rect)

    def boundingRect(self) -> QRectF:
        """Cover whatever may come: what is repainted is said when it comes."""
        return self._area

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint lines below markers, and the tip on top."""
        preview = self._preview
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pixel = 1 / painter.worldTransform().m11()
        exposed: QRectF = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        _paint_courses(painter, preview, exposed)
        if preview.outline:
            _paint_outline(painter, preview, pixel)
        if preview.rectangle:
            _paint_rectangle(painter, preview)
        if preview.ruler:
            _paint_ruler(painter, preview.ruler, preview.label, pixel)
        for point in (*preview.points, *(point for line in preview.under_way for point in line)):
            _paint_disc(painter, to_scene(*point), MARKER_RADIUS * pixel, CRACK_COLOR)
        for handle in preview.handles:
            _paint_handle(painter, handle, pixel)
        if preview.landing:
            _paint_landing(painter, preview.landing, pixel)
        if preview.brush:
            _paint_tip(painter, preview.brush, pixel)


def _lines(preview: Preview) -> list[tuple[Point, ...]]:
    """Return the straight lines: where no ribbon is known yet."""
    current = preview.points
    if current and preview.cursor:
        current = (*current, preview.cursor)
    steps = zip_longest(pairwise(current), preview.ribbons)
    gaps = [ends for ends, ribbon in steps if ends is not None and ribbon is None]
    return [*gaps, *preview.under_way]


def _extents(preview: Preview, scale: float) -> Iterator[QRectF]:
    """Yield the rectangles of the scene that a preview may cover."""
    reach = REACH / scale
    for points in (*_lines(preview), _drawn_outline(preview)):
        if points:
            rect = polyline_to_scene(points).boundingRect()
            yield rect.adjusted(-reach, -reach, reach, reach)
    spots = [(point, 0.0) for point in preview.points]
    spots += [(handle.point, 0.0) for handle in preview.handles]
    if preview.landing:
        spots.append((preview.landing, 0.0))
    if preview.brush:
        spots.append((preview.brush.center, preview.brush.radius))
    for (x, y), radius in spots:
        center, around = to_scene(x, y), radius + reach
        yield QRectF(center.x() - around, center.y() - around, 2 * around, 2 * around)
    rects: list[QRectF] = []
    if preview.rectangle:
        rects.append(box_to_scene(preview.rectangle))
    if preview.ruler:
        rects.append(polyline_to_scene(preview.ruler).boundingRect())
    wide = LABEL_REACH / scale if preview.label else reach
    for rect in rects:
        yield rect.adjusted(-wide, -wide, wide, wide)


def _drawn_outline(preview: Preview) -> tuple[Point, ...]:
    """Return the outline with the cursor, to which its last line leads."""
    if preview.outline and preview.cursor and not preview.is_closing:
        return (*preview.outline, preview.cursor)
    return preview.outline


def _paint_courses(painter: QPainter, preview: Preview, exposed: QRectF) -> None:
    """Paint the ribbons, and dashed lines in place of those that are not known."""
    for ribbon in (*preview.held, *preview.ribbons):
        if ribbon is not None:
            paint_ribbon(painter, ribbon, exposed)
    for line in _lines(preview):
        _paint_line(painter, line, Qt.PenStyle.DashLine)


def _paint_line(painter: QPainter, line: Sequence[Point], style: Qt.PenStyle) -> None:
    polygon = polyline_to_scene(line)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(cosmetic(HALO_COLOR, 3.0))
    painter.drawPolyline(polygon)
    painter.setPen(cosmetic(SELECTED_COLOR, 1.25, style))
    painter.drawPolyline(polygon)


def _paint_outline(painter: QPainter, preview: Preview, pixel: float) -> None:
    """Paint a contour under way; the line that would close it is a dotted one."""
    line = _drawn_outline(preview)
    polygon = polyline_to_scene(line)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(cosmetic(HALO_COLOR, 1.0))
    for dx, dy in ((-pixel, 0.0), (pixel, 0.0), (0.0, -pixel), (0.0, pixel)):
        painter.drawPolyline(polygon.translated(dx, dy))
    painter.setPen(cosmetic(CRACK_COLOR, 1.0))
    painter.drawPolyline(polygon)
    painter.setPen(cosmetic(SELECTED_COLOR, 1.0, Qt.PenStyle.DotLine))
    painter.drawLine(polygon.last(), polygon.first())
    radius = CLOSING_RADIUS if preview.is_closing else MARKER_RADIUS
    fill = SELECTED_COLOR if preview.is_closing else CRACK_COLOR
    _paint_disc(painter, polygon.first(), radius * pixel, fill)


def _paint_rectangle(painter: QPainter, preview: Preview) -> None:
    rect = box_to_scene(preview.rectangle or (0, 0, 0, 0))
    color = QColor(preview.color) if preview.color else SELECTED_COLOR
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(cosmetic(HALO_COLOR, 3.0))
    painter.drawRect(rect)
    painter.setPen(cosmetic(color, 1.25, Qt.PenStyle.DashLine))
    painter.drawRect(rect)
    if preview.label:
        paint_label(painter, rect.topLeft(), preview.label, color)


def _paint_ruler(painter: QPainter, ends: tuple[Point, Point], label: str, pixel: float) -> None:
    _paint_line(painter, ends, Qt.PenStyle.SolidLine)
    for end in ends:
        _paint_disc(painter, to_scene(*end), 3 * pixel, SELECTED_COLOR)
    if label:
        # Beside the end, on the side away from the line, so that it covers nothing measured.
        at = to_scene(*ends[1]) + QPointF(12 * pixel, -6 * pixel)
        paint_label(painter, at, label, SELECTED_COLOR)


def _paint_disc(painter: QPainter, center: QPointF, radius: float, color: QColor) -> None:
    painter.setBrush(QBrush(color))
    painter.setPen(cosmetic(HALO_COLOR, 3.5))
    painter.drawEllipse(center, radius, radius)
    painter.setPen(cosmetic(SELECTED_COLOR, 1.5))
    painter.drawEllipse(center, radius, radius)


def _paint_landing(painter: QPainter, point: Point, pixel: float) -> None:
    """Paint a ring around the place where a click would land."""
    radius = LANDING_RADIUS * pixel
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(cosmetic(HALO_COLOR, 3.5))
    painter.drawEllipse(to_scene(*point), radius, radius)
    painter.setPen(cosmetic(CRACK_COLOR, 1.75))
    painter.drawEllipse(to_scene(*point), radius, radius)


def _paint_handle(painter: QPainter, handle: Handle, pixel: float) -> None:
    center = to_scene(*handle.point)
    radius = (HANDLE_RADII[handle.kind] + HOVERED_GROWTH * handle.is_hovered) * pixel
    color = SELECTED_COLOR if handle.is_hovered else CRACK_COLOR
    if handle.kind != "corner":
        _paint_disc(painter, center, radius, color)
        return
    painter.setBrush(QBrush(color))
    painter.setPen(cosmetic(HALO_COLOR, 3.0))
    square = QRectF(center.x() - radius, center.y() - radius, 2 * radius, 2 * radius)
    painter.drawRect(square)
    painter.setPen(cosmetic(SELECTED_COLOR, 1.5))
    painter.drawRect(square)


def _paint_tip(painter: QPainter, tip: BrushTip, pixel: float) -> None:
    """Paint the circle that is covered; a dashed one erases."""
    center = to_scene(*tip.center)
    radius = max(tip.radius, SMALLEST_TIP * pixel)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(cosmetic(HALO_COLOR, 3.0))
    painter.drawEllipse(center, radius, radius)
    style = Qt.PenStyle.DashLine if tip.is_erasing else Qt.PenStyle.SolidLine
    color = REMOVED_COLOR if tip.is_erasing else SELECTED_COLOR
    painter.setPen(cosmetic(color, 1.25, style))
    painter.drawEllipse(center, radius, radius)
