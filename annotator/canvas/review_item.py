"""The candidate that is to be decided on: its raw pixels, the edges of its trace, a frame."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import box_to_scene, polyline_to_scene
from annotator.canvas.course_edges import course_edges
from annotator.canvas.items import (
    HALO_COLOR,
    PREDICTION_COLOR,
    SELECTED_COLOR,
    cosmetic,
    screen_scale,
)
from annotator.canvas.scene import CanvasScene
from annotator.document.candidate import Candidate
from annotator.services.resolution import halvings
from annotator.session import Session

Z_VALUE = 5.0
"""Above masks and predictions, below what a tool draws."""
FILL_ALPHA = 85
EDGE_WIDTH, EDGE_HALO = 1.75, 3.75
CORNER, MARGIN = 14.0, 10.0
"""Screen pixels: length of a corner of the frame, and between frame and candidate."""
MOST_HALVINGS = 20
STRIDE = 2
"""Samples of a course from one that is drawn to the next."""


class ReviewItem(QGraphicsItem):
    """Paints one candidate."""

    def __init__(self) -> None:
        super().__init__()
        self._candidate: Candidate | None = None
        self._masks: list[NDArray[np.uint8]] = []
        """The raw pixels in halving resolutions, as far as they were wanted."""
        self._fills: dict[int, QImage] = {}
        self._edges: tuple[QPolygonF, ...] = ()
        self._rect = QRectF()
        self._area = QRectF()
        self.setZValue(Z_VALUE)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_candidate(self, candidate: Candidate | None, area: QRectF) -> None:
        """Show another candidate, or none, on an image that covers ``area``."""
        if candidate is self._candidate and area == self._area:
            return
        self.prepareGeometryChange()
        self._candidate, self._area = candidate, area
        self._masks, self._fills, self._edges, self._rect = [], {}, (), QRectF()
        if candidate is not None:
            self._rect = box_to_scene(candidate.box)
            self._masks = [candidate.raw.mask_in(candidate.raw.box)]
            path = candidate.traced.path if candidate.traced else None
            edges = course_edges(path, stride=STRIDE) if path else ()
            self._edges = tuple(polyline_to_scene(edge) for edge in edges)
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover the candidate, and the frame at any zoom."""
        side = max(self._area.width(), self._area.height()) / 4
        return self._rect.adjusted(-side, -side, side, side) if self._candidate else QRectF()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the raw pixels, then the edges of the trace, then the corners of the frame."""
        if self._candidate is None:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        exposed: QRectF = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        self._paint_fill(painter, box_to_scene(self._candidate.raw.box), exposed)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width in ((HALO_COLOR, EDGE_HALO), (PREDICTION_COLOR, EDGE_WIDTH)):
            painter.setPen(cosmetic(color, width))
            for line in self._edges:
                painter.drawPolyline(line)
        _paint_frame(painter, self._rect, 1 / painter.worldTransform().m11())

    def _paint_fill(self, painter: QPainter, covered: QRectF, exposed: QRectF) -> None:
        """Paint what of the raw pixels is exposed, at the resolution of the screen."""
        target = covered & exposed
        if target.isEmpty():
            return
        image, step = self._fill_at(halvings(screen_scale(painter), MOST_HALVINGS))
        source = target.translated(-covered.topLeft())
        cut = QRectF(
            source.x() / step, source.y() / step, source.width() / step, source.height() / step
        )
        painter.drawImage(target, image, cut)

    def _fill_at(self, level: int) -> tuple[QImage, int]:
        """Return the raw pixels as an image, each of its pixels standing for so many."""
        while len(self._masks) <= level and min(self._masks[-1].shape) > 1:
            self._masks.append(_halved(self._masks[-1]))
        level = min(level, len(self._masks) - 1)
        if level not in self._fills:
            self._fills[level] = _fill_of(self._masks[level])
        return self._fills[level], 1 << level


class ReviewOverlay(QObject):
    """Keeps the item in step with the review."""

    def __init__(self, session: Session, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._session = session
        self._scene = scene
        self._item = ReviewItem()
        scene.addItem(self._item)
        session.review.changed.connect(self._follow)
        session.image_shown.connect(self._follow)
        scene.overlay_changed.connect(self._follow)

    def _follow(self) -> None:
        review = self._session.review
        candidate = review.current if review.stage == "candidate" else None
        self._item.set_candidate(candidate, self._scene.image_rect)
        self._item.setVisible(not self._scene.is_hidden)


def _halved(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a mask at half the resolution; a thin line stays one."""
    height, width = mask.shape
    even = np.pad(mask, ((0, height % 2), (0, width % 2)))
    rows = np.maximum(even[::2], even[1::2])
    return np.maximum(rows[:, ::2], rows[:, 1::2])


def _fill_of(mask: NDArray[np.uint8]) -> QImage:
    """Return the mask as an image, transparent elsewhere."""
    share = FILL_ALPHA / 255
    parts = (PREDICTION_COLOR.red(), PREDICTION_COLOR.green(), PREDICTION_COLOR.blue())
    red, green, blue = (round(share * part) for part in parts)
    value = FILL_ALPHA << 24 | red << 16 | green << 8 | blue
    shown = np.where(mask != 0, np.uint32(value), np.uint32(0))
    height, width = shown.shape
    kind = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(shown.data, width, height, 4 * width, kind).copy()


def _paint_frame(painter: QPainter, rect: QRectF, pixel: float) -> None:
    """Paint the four corners of a frame around the candidate."""
    frame = rect.adjusted(-MARGIN * pixel, -MARGIN * pixel, MARGIN * pixel, MARGIN * pixel)
    reach = min(CORNER * pixel, 0.35 * frame.width(), 0.35 * frame.height())
    corners = (
        (frame.topLeft(), 1, 1), (frame.topRight(), -1, 1),
        (frame.bottomLeft(), 1, -1), (frame.bottomRight(), -1, -1),
    )  # fmt: skip
    for color, width in ((HALO_COLOR, 4.0), (SELECTED_COLOR, 2.0)):
        painter.setPen(cosmetic(color, width))
        for at, right, down in corners:
            ends = (at + QPointF(right * reach, 0), at, at + QPointF(0, down * reach))
            painter.drawPolyline(QPolygonF(ends))
