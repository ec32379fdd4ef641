"""The cost of what is in view as a picture over the photograph, below the cracks."""

from functools import cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.scene import CanvasScene
from annotator.canvas.view import CanvasView
from annotator.services.cost_preview import CostTile
from annotator.session import Session

Z_VALUE = 0.5
"""Above the photograph, below the cracks."""


@cache
def cost_colors() -> NDArray[np.uint8]:
    """Return blue, green, red and nothing for each value: from dark blue to yellow on a crack.

    The map (cividis) is even to the eye and looks the same to color-blind ones.
    """
    import cv2  # loaded with the first image, long before

    ramp = np.arange(256, dtype=np.uint8)[:, None]
    colors = np.asarray(cv2.applyColorMap(ramp, cv2.COLORMAP_CIVIDIS), np.uint8)
    return np.concatenate((colors[:, 0], np.full((256, 1), 255, np.uint8)), axis=1)


class CostItem(QGraphicsItem):
    """Draws tiles; only those that are exposed."""

    def __init__(self) -> None:
        super().__init__()
        self._images: dict[CostTile, tuple[QImage, QRectF]] = {}
        self._rect = QRectF()
        self.setZValue(Z_VALUE)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_tiles(self, tiles: list[CostTile]) -> None:
        """Draw these, the later ones above."""
        known = self._images
        self._images = {tile: known.get(tile) or _painted(tile) for tile in tiles}
        rect = QRectF()
        for _, area in self._images.values():
            rect = rect.united(area)
        if rect != self._rect:
            self.prepareGeometryChange()
            self._rect = rect
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover the tiles."""
        return self._rect

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint what is exposed."""
        exposed: QRectF = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        # Tiles have soft inner edges no more than hard ones: smoothing would show the seams.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        for image, area in self._images.values():
            if area.intersects(exposed):
                painter.drawImage(area, image)


class CostOverlay(QObject):
    """Keeps the picture in step with the view."""

    def __init__(self, session: Session, scene: CanvasScene, view: CanvasView) -> None:
        super().__init__(view)
        self._scene = scene
        self._view = view
        self._preview = preview = session.cost_preview
        self._item = CostItem()
        scene.addItem(self._item)
        self._on_shown_changed()
        preview.changed.connect(self._on_changed)
        preview.shown_changed.connect(self._on_shown_changed)
        session.image_shown.connect(self._look, Qt.ConnectionType.QueuedConnection)
        view.zoom_changed.connect(self._look)
        view.horizontalScrollBar().valueChanged.connect(self._look)
        view.verticalScrollBar().valueChanged.connect(self._look)
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Look again where the canvas is larger or smaller."""
        if event.type() == QEvent.Type.Resize:
            self._look()
        return super().eventFilter(watched, event)

    def _look(self) -> None:
        """Tell which part of the image is on screen."""
        if not self._preview.is_shown:
            return
        shown = self._view.mapToScene(self._view.viewport().rect()).boundingRect()
        shown = shown.intersected(self._scene.image_rect)
        if not shown.isEmpty():
            edges = (
                floor(shown.left()),
                floor(shown.top()),
                ceil(shown.right()),
                ceil(shown.bottom()),
            )
            self._preview.look_at(edges, self._view.zoom)

    def _on_shown_changed(self) -> None:
        self._item.setOpacity(self._preview.opacity)
        self._item.setVisible(self._preview.is_shown)
        self._look()

    def _on_changed(self) -> None:
        self._item.set_tiles(self._preview.tiles)


def _painted(tile: CostTile) -> tuple[QImage, QRectF]:
    height, width = tile.values.shape
    pixels = cost_colors()[tile.values]
    borrowed = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    left, top, right, bottom = tile.area
    return borrowed.copy(), QRectF(left, top, right - left, bottom - top)
