"""All boxes of the image as one item of the scene."""

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import box_to_scene
from annotator.canvas.items import (
    HALO_COLOR,
    SELECTED_COLOR,
    screen_scale,
    view_scale,
)
from annotator.canvas.label import LABEL_REACH, paint_label
from annotator.canvas.padlock import paint_padlock
from annotator.document.bounding_box import BoundingBox

LABELED_FROM = 14.0
"""Screen pixels: smaller boxes have no label, which would hide their neighbors."""

LOCKED_ALPHA = 150


class BoxesItem(QGraphicsItem):
    """Paints borders in the color of the class, with its name."""

    def __init__(self, color_of: Callable[[str], QColor]) -> None:
        super().__init__()
        self._color_of = color_of
        self._area = QRectF()
        self._boxes: tuple[BoundingBox, ...] = ()
        self._selected: frozenset[str] = frozenset()
        self._hovered = ""
        self.setZValue(2)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_area(self, area: QRectF) -> None:
        """Stand for an image that covers ``area``."""
        self.prepareGeometryChange()
        side = max(area.width(), area.height())
        self._area = area.adjusted(-side, -side, side, side)

    def set_boxes(self, boxes: Sequence[BoundingBox]) -> None:
        """Show these boxes."""
        old, new = set(self._boxes), set(boxes)
        self._boxes = tuple(boxes)
        self._repaint(old ^ new)

    def set_marked(self, selected: Iterable[str], hovered: str) -> None:
        """Give these boxes a rim, and the one under the pointer a faint one."""
        marked = frozenset(selected)
        changed = (marked ^ self._selected) | ({hovered} ^ {self._hovered})
        self._selected, self._hovered = marked, hovered
        self._repaint(box for box in self._boxes if box.identifier in changed)

    def boundingRect(self) -> QRectF:
        """Cover the image and the labels at any zoom."""
        return self._area

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the boxes, those that are selected last."""
        scale = screen_scale(painter)
        reach = LABEL_REACH * painter.device().devicePixelRatio() / scale
        exposed: QRectF = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        near = exposed.adjusted(-reach, -reach, reach, reach)
        for box in sorted(self._boxes, key=lambda box: box.identifier in self._selected):
            if box_to_scene(box.box).intersects(near):
                self._paint_box(painter, box, scale)

    def _paint_box(self, painter: QPainter, box: BoundingBox, scale: float) -> None:
        rect = box_to_scene(box.box)
        color = QColor(self._color_of(box.class_name))
        if box.is_locked:
            color.setAlpha(LOCKED_ALPHA)
        rim = QColor(SELECTED_COLOR if box.identifier in self._selected else HALO_COLOR)
        if box.identifier == self._hovered and box.identifier not in self._selected:
            rim = QColor(SELECTED_COLOR)
            rim.setAlpha(140)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        for width, border_color in ((2.0, rim), (1.0, color)):
            painter.setBrush(border_color)
            painter.drawRects(_border(rect, width / painter.worldTransform().m11()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if scale * min(rect.width(), rect.height()) >= LABELED_FROM:
            paint_label(painter, rect.topLeft(), box.class_name, color)
            if box.is_locked:
                paint_padlock(painter, rect.topRight(), color)

    def _repaint(self, boxes: Iterable[BoundingBox]) -> None:
        reach = LABEL_REACH / view_scale(self)
        for box in boxes:
            self.update(box_to_scene(box.box).adjusted(-reach, -reach, reach, reach))


def _border(rect: QRectF, reach: float) -> list[QRectF]:
    """Return the four bars of a border: Qt fills them ten times faster than it strokes a line."""
    outer = rect.adjusted(-reach, -reach, reach, reach)
    thick = 2 * reach
    return [
        QRectF(outer.left(), outer.top(), outer.width(), thick),
        QRectF(outer.left(), outer.bottom() - thick, outer.width(), thick),
        QRectF(outer.left(), outer.top() + thick, thick, outer.height() - 2 * thick),
        QRectF(outer.right() - thick, outer.top() + thick, thick, outer.height() - 2 * thick),
    ]
