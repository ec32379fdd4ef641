"""Cracks that a model proposes: the edges of their ribbons, dashed, until somebody decides."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import lines_to_path, polyline_to_scene
from annotator.canvas.course_edges import course_edges
from annotator.canvas.items import PREDICTION_COLOR, cosmetic, screen_scale, shifted
from annotator.canvas.outlines import border_lines
from annotator.document.candidate import Candidate
from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath

Z_VALUE = 0.8
"""Above the prediction, below the cracks."""
MARGIN = 4.0
"""Screen pixels around a candidate that its lines may cover."""
OUTWARD = 1.0
"""Image pixels between a ribbon and its drawn edges: a hairline must stay visible between them."""
RIM = QColor(0, 0, 0, 120)
RIM_WIDTH, LINE_WIDTH = 3.4, 1.8
WIDE_POINTS, RIM_POINTS = 3_000, 20_000
"""On a screen, lines of more points in all are drawn with hairlines, and then without a rim."""
DIAGONAL = ((-1, -1), (1, 1))
SKIPPED_ALPHA = 130
"""Candidates left for later are dimmer."""
STRIDE = 3
"""Samples of a course from one that is drawn to the next: dashes need no more."""


@dataclass(slots=True, eq=False)
class _Drawn:
    """A candidate as lines of the scene."""

    path: QPainterPath
    rect: QRectF
    is_skipped: bool


class CandidatesItem(QGraphicsItem):
    """Paints all candidates of an image but those that are decided on."""

    def __init__(self) -> None:
        super().__init__()
        self._drawn: dict[Candidate, _Drawn] = {}
        self._area = QRectF()
        self._divider: float | None = None
        self.setZValue(Z_VALUE)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_candidates(self, candidates: Iterable[Candidate], area: QRectF) -> None:
        """Draw these on an image that covers ``area``; what is drawn already is kept."""
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        known = self._drawn
        self._drawn = {each: known.get(each) or _drawn(each) for each in candidates}
        if self._drawn.keys() != known.keys():
            self.update()

    def set_divider(self, x: float | None) -> None:
        """Draw only what lies left of a place of the viewport, None for all."""
        if x != self._divider:
            self._divider = x
            self.update()

    @property
    def shown(self) -> list[Candidate]:
        """What is drawn."""
        return list(self._drawn)

    def boundingRect(self) -> QRectF:
        """Cover the image, and lines at its border."""
        return self._area.adjusted(-64, -64, 64, 64) if not self._area.isEmpty() else QRectF()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint what is exposed: dark rims first, then the dashes."""
        exposed: QRectF = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        if self._divider is not None:
            transform = painter.worldTransform()
            exposed.setRight((self._divider - transform.dx()) / transform.m11())
            painter.setClipRect(exposed)
        reach = MARGIN / screen_scale(painter)
        near = exposed.adjusted(-reach, -reach, reach, reach)
        drawn = [each for each in self._drawn.values() if each.rect.intersects(near)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        n_points = sum(each.path.elementCount() for each in drawn)
        if n_points <= RIM_POINTS:
            paths = [each.path for each in drawn if not each.is_skipped]
            _draw(painter, paths, RIM, RIM_WIDTH, Qt.PenStyle.SolidLine, n_points)
        for is_skipped in (True, False):
            color = QColor(PREDICTION_COLOR)
            color.setAlpha(SKIPPED_ALPHA if is_skipped else 255)
            paths = [each.path for each in drawn if each.is_skipped is is_skipped]
            _draw(painter, paths, color, LINE_WIDTH, Qt.PenStyle.DashLine, n_points)


def _draw(
    painter: QPainter,
    paths: list[QPainterPath],
    color: QColor,
    width: float,
    style: Qt.PenStyle,
    n_points: int,
) -> None:
    """Draw lines of a width; many of them as two hairlines each, which is ten times quicker."""
    is_wide = n_points <= WIDE_POINTS
    painter.setPen(cosmetic(color, width if is_wide else 1.0, style))
    if is_wide:
        for path in paths:
            painter.drawPath(path)
        return
    for _ in shifted(painter, (width - 1.0) / 2, DIAGONAL):
        for path in paths:
            painter.drawPath(path)


def _drawn(candidate: Candidate) -> _Drawn:
    crack = candidate.best
    path = _ribbon(crack.path) if crack.path else _border(crack)
    return _Drawn(path, path.boundingRect(), candidate.verdict == "skipped")


def _ribbon(course: CrackPath) -> QPainterPath:
    """Return both edges and the ends between them, a little outside of the ribbon."""
    left, right = course_edges(course, outward=OUTWARD, stride=STRIDE)
    path = QPainterPath()
    path.addPolygon(polyline_to_scene(np.concatenate((left, right[::-1], left[:1]))))
    return path


def _border(crack: Crack) -> QPainterPath:
    patch = crack.mask_patch()
    return lines_to_path(border_lines(np.pad(patch.data, 1)), (patch.x, patch.y), 1)
