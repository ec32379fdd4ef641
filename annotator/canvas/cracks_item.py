"""All cracks of the image as one item of the scene."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import box_to_scene, polyline_to_scene
from annotator.canvas.crack_drawing import CrackDrawing
from annotator.canvas.items import (
    CORNERS,
    CRACK_COLOR,
    HALO_COLOR,
    SELECTED_COLOR,
    SIDES,
    OverlayMode,
    cosmetic,
    screen_scale,
    shifted,
    view_scale,
)
from annotator.canvas.mask_fill import FillPart, MaskFill, level_for
from annotator.canvas.mask_pyramid import MaskPyramid
from annotator.canvas.outline_layer import OutlineLayer, OutlineStyle
from annotator.canvas.padlock import paint_padlock
from annotator.document.block_raster import BLOCK_SIDE, BlockKey, BlockRaster
from annotator.document.crack import Crack, CrackSource

CENTERLINE_FROM = 2.0
"""Screen pixels per image pixel from which centerlines are shown."""

STYLED_FROM = 0.75
"""Screen pixels per image pixel from which outlines tell by dashes where a crack comes from."""

SMOOTH_BELOW = 0.95
"""Screen pixels per cell of the fill below which it is smoothed, lest thin cracks lose parts."""

HALO_SHIFT = 1.2
"""Screen pixels between the outline of a selected crack and its white rim."""

RIM_POINTS = 6000
"""On a screen, selected outlines of more points get no rim, which is painted eight times."""

SHADE_POINTS = 8000
"""On a screen, regions of more points in all get no dark rim, which is painted three times."""

MARGIN = 6.0
"""Screen pixels around a mask that its lines may cover."""

SKETCH_POINTS = 200
LOCKED_ALPHA = 120
SMALLEST_WITH_PADLOCK = 40.0

# A second cue beside the list: one can tell traced from painted without knowing any color.
LINE_STYLES: dict[CrackSource, Qt.PenStyle] = {
    "traced": Qt.PenStyle.SolidLine,
    "painted": Qt.PenStyle.DashLine,
    "imported": Qt.PenStyle.DotLine,
    "predicted": Qt.PenStyle.DashDotLine,
}


@cache
def _color(is_locked: bool) -> QColor:
    color = QColor(CRACK_COLOR)
    if is_locked:  # dimmer: there is nothing to do about it
        color.setAlpha(LOCKED_ALPHA)
    return color


@cache
def _pen(source: CrackSource, is_locked: bool, is_plain: bool = False) -> QPen:
    """Return a pen not wider than a pixel: Qt draws wider ones ten times slower."""
    style = Qt.PenStyle.SolidLine if is_plain else LINE_STYLES[source]
    return cosmetic(_color(is_locked), 1.0, style)


AROUND = ((0, -1), (1, 1), (-1, 1))
"""The fewest directions of which one leads out of each edge."""

SHADED: frozenset[CrackSource] = frozenset({"painted", "imported"})
"""Sources of regions, whose outlines on rust are hard to see without a dark rim."""

NO_DRAWING = CrackDrawing(MaskPyramid.of(BlockRaster()), None, {})


@dataclass(slots=True, eq=False)
class ShownCrack:
    """A crack as it is painted.

    Until its drawing is there, which a worker makes where it is large, a coarse centerline or the
    drawing of the version before stands for it.
    """

    crack: Crack
    drawing: CrackDrawing | None = None
    is_hidden: bool = False
    is_selected: bool = False
    is_hovered: bool = False
    sketch: QPolygonF = field(default_factory=QPolygonF)
    rect: QRectF = field(default_factory=QRectF)

    @property
    def is_drawn(self) -> bool:
        """Tell whether the mask is painted, not only a sketch of it."""
        return self.drawing is not None

    @property
    def is_marked(self) -> bool:
        """Tell whether it has a white rim, and an outline above those of the others."""
        return self.is_selected or self.is_hovered

    @property
    def style(self) -> OutlineStyle:
        """What decides on the pen of the outline."""
        return OutlineStyle(self.crack.source, self.crack.is_locked)

    @property
    def color(self) -> QColor:
        """Color of fill and outline."""
        return _color(self.crack.is_locked)

    def count_changes(self) -> int:
        """Count the blocks that are painted in another version."""
        return (self.drawing or NO_DRAWING).count_changes(self.crack)

    def adopt(self, crack: Crack) -> None:
        """Stand for another version; the drawing stays until the new one comes."""
        self.crack = crack
        self.sketch = QPolygonF()
        if crack.path and self.drawing is None:
            line = crack.path.centerline
            self.sketch = polyline_to_scene(line[:: max(1, len(line) // SKETCH_POINTS)])
        self.measure()

    def measure(self) -> None:
        """Note the rectangle that it covers."""
        rect = self.sketch.boundingRect()
        if self.drawing:
            rect = rect.united(box_to_scene(self.drawing.box))
            rect = rect.united(self.drawing.centerline.boundingRect())
        self.rect = rect


class CracksItem(QGraphicsItem):
    """Paints the masks as one layer, above it outline by outline, and the centerlines when close.

    One item, since Qt asks each item of a scene in turn, and an image may have hundreds of cracks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.shown: dict[str, ShownCrack] = {}
        """Cracks in the order of the document, by identifier."""
        self._area = QRectF()
        self._mode = OverlayMode.MASK
        self._opacity = 0.4
        self._fill = MaskFill(self._fill_parts)
        self._fill.opacity = self._opacity
        self._lines = OutlineLayer(self._line_parts)
        self.setZValue(1)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def reset(self, area: QRectF) -> None:
        """Show no crack, on an image that covers ``area``."""
        self.prepareGeometryChange()
        self.shown.clear()
        self._fill.clear()
        self._lines.clear()
        self._area = area

    def put(self, crack: Crack) -> ShownCrack:
        """Stand for a crack, or another version of one; drawn as soon as there is a drawing."""
        shown = self.shown.get(crack.identifier)
        if shown is None:
            shown = self.shown[crack.identifier] = ShownCrack(crack)
            shown.adopt(crack)
            self._repaint(shown.rect)
        elif shown.crack is not crack:
            style = shown.style
            shown.adopt(crack)
            if shown.style != style:
                self._forget(shown)
                self._repaint(shown.rect)
        return shown

    def draw(self, shown: ShownCrack, drawing: CrackDrawing) -> None:
        """Paint this from now on."""
        self._forget(shown)
        self._repaint(shown.rect)
        shown.drawing, shown.sketch = drawing, QPolygonF()
        shown.measure()
        self._forget(shown)
        self._repaint(shown.rect)

    def draw_changed(self, shown: ShownCrack) -> CrackDrawing:
        """Bring the drawing up to date where the crack is another than before, now."""
        before = shown.drawing or NO_DRAWING
        drawing, changed = before.updated(shown.crack)
        self._fill.forget(changed)
        self._lines.forget(changed)
        for key in changed[0]:
            self._repaint(_changed_rect(before, drawing, key))
        if before.path is not shown.crack.path:
            self._repaint(shown.rect)
        shown.drawing, shown.sketch = drawing, QPolygonF()
        shown.measure()
        return drawing

    def remove(self, identifier: str) -> None:
        """Show a crack no longer."""
        shown = self.shown.pop(identifier)
        self._forget(shown)
        self._repaint(shown.rect)

    def set_mode(self, mode: OverlayMode, opacity: float) -> None:
        """Choose how to draw."""
        if (mode, opacity) != (self._mode, self._opacity):
            self._mode, self._opacity = mode, opacity
            self._fill.opacity = opacity
            self.update()

    def set_hidden(self, identifiers: Iterable[str]) -> None:
        """Leave out these cracks."""
        hidden = set(identifiers)
        for name, shown in self.shown.items():
            if shown.is_hidden != (name in hidden):
                shown.is_hidden = not shown.is_hidden
                self._forget(shown)
                self._repaint(shown.rect)

    def set_marked(self, selected: Iterable[str], hovered: str) -> None:
        """Give these cracks a rim, and the one under the pointer a faint one."""
        chosen = set(selected)
        for name, shown in self.shown.items():
            marks = (name in chosen, name == hovered)
            if marks != (shown.is_selected, shown.is_hovered):
                shown.is_selected, shown.is_hovered = marks
                self._forget_lines(shown)
                self._repaint(shown.rect)

    def boundingRect(self) -> QRectF:
        """Cover the image, and the pens at any zoom that can be reached."""
        return self._area.adjusted(-64, -64, 64, 64)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint fill and outlines; pens keep their width on the screen."""
        scale = screen_scale(painter)
        level = level_for(scale)
        exposed: QRectF = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        reach = MARGIN / scale + (1 << level)
        near = exposed.adjusted(-reach, -reach, reach, reach)
        seen = [s for s in self.shown.values() if not s.is_hidden and s.rect.intersects(near)]
        if not seen:
            return
        if self._mode is OverlayMode.MASK:
            is_smooth = scale * (1 << level) < SMOOTH_BELOW
            self._paint_fill(painter, level, exposed, is_smooth=is_smooth)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        lines = self._lines.outlines(level, near)
        _paint_shade(painter, [lines[style] for style in lines if style.source in SHADED])
        for style, outlines in sorted(lines.items()):
            painter.setPen(_pen(*style, is_plain=scale < STYLED_FROM))
            _draw_all(painter, outlines)
        _paint_each(painter, seen, scale, level, near)

    def _paint_fill(
        self, painter: QPainter, level: int, exposed: QRectF, *, is_smooth: bool
    ) -> None:
        cut = self._fill.cut(level, exposed) if self._opacity > 0 else None
        if cut is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(cut[1], cut[0])

    def _fill_parts(self) -> Iterable[FillPart]:
        return (shown for shown in self.shown.values() if not shown.is_hidden)

    def _line_parts(self) -> Iterable[ShownCrack]:
        return (s for s in self.shown.values() if not (s.is_hidden or s.is_marked))

    def _forget(self, shown: ShownCrack) -> None:
        if shown.drawing:
            self._fill.forget(shown.drawing.pyramid.levels)
            self._forget_lines(shown)

    def _forget_lines(self, shown: ShownCrack) -> None:
        if shown.drawing:
            self._lines.forget(shown.drawing.pyramid.levels)

    def _repaint(self, rect: QRectF) -> None:
        if not rect.isNull():
            scale = view_scale(self)
            reach = 2 * MARGIN / scale + (2 << level_for(scale))
            self.update(rect.adjusted(-reach, -reach, reach, reach))


def _outlines(drawing: CrackDrawing, level: int, near: QRectF) -> Iterator[QPainterPath]:
    """Yield the outlines of the blocks that are on the screen."""
    blocks = drawing.pyramid.levels[level]
    side = BLOCK_SIDE << level
    x0, x1 = int(near.left() // side), int(near.right() // side)
    y0, y1 = int(near.top() // side), int(near.bottom() // side)
    if (x1 - x0 + 1) * (y1 - y0 + 1) < len(blocks):
        keys: Iterable[BlockKey] = (
            (x, y) for y in range(y0, y1 + 1) for x in range(x0, x1 + 1) if (x, y) in blocks
        )
    else:
        keys = [key for key in blocks if x0 <= key[0] <= x1 and y0 <= key[1] <= y1]
    for key in keys:
        outline = drawing.outline(level, key)
        if not outline.isEmpty():
            yield outline


def _paint_each(
    painter: QPainter, seen: list[ShownCrack], scale: float, level: int, near: QRectF
) -> None:
    """Paint what each crack has for itself, what is marked above the others."""
    for shown in sorted(seen, key=lambda shown: (shown.is_selected, shown.is_hovered)):
        pen = _pen(*shown.style, is_plain=scale < STYLED_FROM)
        if shown.drawing is None:
            painter.setPen(pen)
            painter.drawPolyline(shown.sketch)
            continue
        if shown.is_marked:
            _paint_marked(painter, shown, pen, list(_outlines(shown.drawing, level, near)))
        if scale >= CENTERLINE_FROM:
            _paint_centerline(painter, shown.drawing.centerline)
    for shown in seen:
        extent = scale * max(shown.rect.width(), shown.rect.height())
        if shown.crack.is_locked and shown.drawing and extent > SMALLEST_WITH_PADLOCK:
            paint_padlock(painter, shown.drawing.mark, shown.color)


def _paint_marked(
    painter: QPainter, shown: ShownCrack, pen: QPen, outlines: list[QPainterPath]
) -> None:
    rim = QColor(SELECTED_COLOR)
    if _count_points(outlines) > RIM_POINTS:
        pen = QPen(pen)
        pen.setColor(rim)
    else:
        rim.setAlpha(255 if shown.is_selected else 110)
        painter.setPen(cosmetic(rim, 1.0))
        for _ in shifted(painter, HALO_SHIFT, (*SIDES, *CORNERS)):
            _draw_all(painter, outlines)
    painter.setPen(pen)
    _draw_all(painter, outlines)


def _paint_shade(painter: QPainter, regions: list[list[QPainterPath]]) -> None:
    """Darken what lies around regions."""
    if sum(map(_count_points, regions)) <= SHADE_POINTS:
        painter.setPen(cosmetic(HALO_COLOR, 1.0))
        for _ in shifted(painter, 1.0, AROUND):
            for outlines in regions:
                _draw_all(painter, outlines)


def _count_points(outlines: list[QPainterPath]) -> int:
    return sum(outline.elementCount() for outline in outlines)


def _draw_all(painter: QPainter, outlines: list[QPainterPath]) -> None:
    for outline in outlines:
        painter.drawPath(outline)


def _paint_centerline(painter: QPainter, centerline: QPolygonF) -> None:
    painter.setPen(cosmetic(HALO_COLOR, 1.0))
    for _ in shifted(painter, 1.0, SIDES):
        painter.drawPolyline(centerline)
    painter.setPen(cosmetic(SELECTED_COLOR, 1.0))
    painter.drawPolyline(centerline)


def _changed_rect(before: CrackDrawing, after: CrackDrawing, key: BlockKey) -> QRectF:
    """Return where two versions of a block differ."""
    old, new = (drawing.pyramid.levels[0].get(key) for drawing in (before, after))
    if old is None or new is None:
        block = old if new is None else new
        differs = np.zeros((1, 1), bool) if block is None else block != 0
    else:
        differs = old != new
    rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not len(rows):
        return QRectF()
    corner = QPointF(BLOCK_SIDE * key[0] + columns[0], BLOCK_SIDE * key[1] + rows[0])
    return QRectF(corner.x(), corner.y(), columns[-1] - columns[0] + 1.0, rows[-1] - rows[0] + 1.0)
