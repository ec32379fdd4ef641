"""The prediction over the photograph, below the cracks: as color or as outline, with a divider."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QColor, QPainter, QRegion, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import box_to_scene
from annotator.canvas.prediction_painting import (
    RIM,
    color_table,
    device_transform,
    edged,
    exposed_pixels,
    outline_table,
    outlined,
    paint_color,
    sample,
)
from annotator.document.block_raster import Box
from annotator.services.probability_pyramid import ProbabilityPyramid
from annotator.session.prediction_display import PredictionLook

Z_VALUE = 0.6
"""Above the photograph and the cost, below the cracks."""
VEIL = QColor(0, 0, 0, 55)
"""Over what is not predicted yet."""
FAR = 1 << 24
"""Device pixels farther than any screen."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A prediction and the threshold that goes with its model."""

    pyramid: ProbabilityPyramid
    threshold: float
    boxes: Sequence[Box] | None = None
    """Where there are values, None for everywhere; more may come while it is shown."""


class PredictionItem(QGraphicsItem):
    """Paints one prediction; with a divider, that left of it and another one, or none, right."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: tuple[Layer | None, Layer | None] = (None, None)
        self._look = PredictionLook()
        self._divider = 0.0
        self._area = QRectF()
        self.setZValue(Z_VALUE)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def show(self, left: Layer | None, right: Layer | None, look: PredictionLook) -> None:
        """Show a prediction, and another one right of the divider where the look has one."""
        self._layers, self._look = (left, right), look
        sizes = [layer.pyramid.size for layer in (left, right) if layer]
        area = QRectF(0, 0, *sizes[0]) if sizes else QRectF()
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        self.update()

    def set_divider(self, x: float) -> None:
        """Move the divider to a place of the viewport."""
        self._divider = x
        if self._look.is_swiping:
            self.update()

    def boundingRect(self) -> QRectF:
        """Cover the image, and outlines at its border."""
        return self._area.adjusted(-64, -64, 64, 64) if not self._area.isEmpty() else QRectF()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint what is exposed."""
        if self._look.mode == "off":
            return
        exposed: QRectF = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        to_device, ratio = device_transform(painter)
        target = exposed_pixels(to_device, exposed, self._area, RIM)
        left, right = self._layers
        if not self._look.is_swiping:
            self._paint(painter, left, target, to_device, ratio)
            return
        edge = round(self._divider * ratio)
        self._paint(
            painter, left, target & QRect(-FAR, -FAR, FAR + edge, 2 * FAR), to_device, ratio
        )
        self._paint(painter, right, target & QRect(edge, -FAR, FAR, 2 * FAR), to_device, ratio)

    def _paint(
        self,
        painter: QPainter,
        layer: Layer | None,
        target: QRect,
        to_device: QTransform,
        ratio: float,
    ) -> None:
        if layer is None or target.isEmpty():
            return
        if layer.boxes is not None:
            self._veil(painter, layer.boxes, target, to_device, ratio)
        # Neighbors count: what is painted in two parts must look as if painted at once.
        values = sample(layer.pyramid, to_device, target.adjusted(-RIM, -RIM, RIM, RIM))
        if self._look.mode == "probability":
            codes = edged(values, layer.threshold)
            table = color_table(layer.threshold, self._look.opacity)
        else:
            codes, table = outlined(values, layer.threshold), outline_table()
        paint_color(painter, codes[RIM:-RIM, RIM:-RIM].copy(), target, ratio, table)

    def _veil(
        self,
        painter: QPainter,
        boxes: Sequence[Box],
        target: QRect,
        to_device: QTransform,
        ratio: float,
    ) -> None:
        """Darken what has no values yet."""
        image = to_device.mapRect(self._area).toRect()
        missing = QRegion(target & image)
        for box in tuple(boxes):
            missing -= QRegion(to_device.mapRect(box_to_scene(box)).toAlignedRect())
        painter.save()
        painter.setWorldTransform(QTransform.fromScale(1 / ratio, 1 / ratio))
        for rect in list(missing):  # pyright: ignore[reportArgumentType]
            painter.fillRect(rect, VEIL)
        painter.restore()
