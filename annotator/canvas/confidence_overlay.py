"""Center lines of traced cracks, colored by how sure the trace is of them."""

from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import polyline_to_scene
from annotator.canvas.items import cosmetic, screen_scale
from annotator.canvas.scene import CanvasScene
from annotator.document.crack_path import CrackPath
from annotator.session import Session

RAMP = (
    "#00224E", "#123570", "#3B496C", "#575D6D", "#707173",
    "#8A8678", "#A59C74", "#C3B369", "#E1CC55", "#FEE838",
)  # fmt: skip
"""From 0 to 1, even in lightness from dark blue to yellow (cividis): the same to every eye."""

Z_VALUE = 2.0
"""Above the masks."""
LINE_WIDTH = 2.5
RIM_WIDTH = 5.0
RIM = QColor(255, 255, 255, 190)
DARK_RIM = QColor(0, 0, 0, 200)
SMOOTHED = 5
"""Samples over which the confidence is averaged, lest the line is confetti."""
MARGIN = 8.0
"""Screen pixels around a line that it may cover."""

Runs = list[tuple[int, QPolygonF]]


@cache
def confidence_color(level: int) -> QColor:
    """Return the color of a tenth of the range."""
    return QColor(RAMP[level])


class ConfidenceItem(QGraphicsItem):
    """Draws the lines of the cracks that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self._paths: dict[CrackPath, tuple[Runs, QRectF]] = {}
        self._area = QRectF()
        self.setZValue(Z_VALUE)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)

    def set_paths(self, paths: list[CrackPath], area: QRectF) -> None:
        """Draw these on an image that covers ``area``."""
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        known = self._paths
        self._paths = {path: known.get(path) or _prepared(path) for path in paths}
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover the image, and the pens at its border."""
        return self._area.adjusted(-64, -64, 64, 64)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint what is exposed: first all rims, then the colors."""
        exposed: QRectF = option.exposedRect  # pyright: ignore[reportAttributeAccessIssue]
        reach = MARGIN / screen_scale(painter)
        near = exposed.adjusted(-reach, -reach, reach, reach)
        runs = [
            (level, line)
            for prepared, rect in self._paths.values()
            if rect.intersects(near)
            for level, line in prepared
            if line.boundingRect().adjusted(-1, -1, 1, 1).intersects(near)
        ]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for level, line in runs:
            painter.setPen(cosmetic(RIM if level < len(RAMP) // 2 else DARK_RIM, RIM_WIDTH))
            painter.drawPolyline(line)
        for level, line in runs:
            painter.setPen(cosmetic(confidence_color(level), LINE_WIDTH))
            painter.drawPolyline(line)


class ConfidenceOverlay(QObject):
    """Keeps the colored lines in step with the document while they are shown."""

    shown_changed = Signal()
    """They were turned on or off."""

    def __init__(self, session: Session, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._session = session
        self._scene = scene
        self._item = ConfidenceItem()
        self._is_shown = False
        scene.addItem(self._item)
        self._item.setVisible(False)
        session.image_shown.connect(self._follow)
        session.document_changed.connect(self._follow)
        session.selection.visibility_changed.connect(self._follow)
        scene.overlay_changed.connect(self._follow)

    @property
    def is_shown(self) -> bool:
        """Whether center lines are colored."""
        return self._is_shown

    def set_shown(self, is_shown: bool) -> None:
        """Color the center lines, or not."""
        if is_shown != self._is_shown:
            self._is_shown = is_shown
            self._follow()
            self.shown_changed.emit()

    def _follow(self) -> None:
        session = self._session
        self._item.setVisible(self._is_shown and self._scene.shows_cracks)
        cracks = session.current.cracks if session.current and self._is_shown else ()
        paths = [
            crack.path
            for crack in cracks
            if crack.path and not session.selection.is_hidden(crack.identifier)
        ]
        self._item.set_paths(paths, self._scene.image_rect)


def _prepared(path: CrackPath) -> tuple[Runs, QRectF]:
    """Return the line in pieces of one color each, and the rectangle that they cover."""
    runs = list(_runs(path))
    rect = QRectF()
    for _, line in runs:
        rect = rect.united(line.boundingRect().adjusted(-0.5, -0.5, 0.5, 0.5))
    return runs, rect


def _runs(path: CrackPath) -> Iterator[tuple[int, QPolygonF]]:
    count = min(len(path.centerline), len(path.confidence))
    if count < 2:
        return
    padded = np.pad(path.confidence[:count], SMOOTHED // 2, mode="edge")
    smooth = np.convolve(padded, np.full(SMOOTHED, 1 / SMOOTHED), "valid")
    levels = np.clip((smooth * len(RAMP)).astype(int), 0, len(RAMP) - 1)
    edges = [0, *(np.flatnonzero(np.diff(levels)) + 1).tolist(), count]
    for start, stop in pairwise(edges):
        yield int(levels[start]), polyline_to_scene(path.centerline[start : min(stop + 1, count)])
