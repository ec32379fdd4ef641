"""The ribbon of a crack that is not traced yet: its center line and both edges.

All of it is cut to what is exposed and thinned to the screen first: Qt strokes what is far outside
of the screen too, and wide pens slowly.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from annotator.canvas.coordinates import PIXEL_CENTER, polyline_to_scene
from annotator.canvas.items import CRACK_COLOR, SELECTED_COLOR, cosmetic
from annotator.services.live_trace import LivePath

HALO, COARSE_HALO = QColor(0, 0, 0, 190), QColor(0, 0, 0, 110)
HALO_WIDTH = 2.0
HALO_SHIFT, EDGE_SHIFT = 1.6, 0.4
"""Screen pixels outward: a ribbon of a few pixels must not hide the crack that it shows."""
EDGE_WIDTH = 1.25
FILL_ALPHA, COARSE_ALPHA = 60, 25
SPACING = 1.5
"""Screen pixels between the samples that are drawn."""
CENTER_FROM = 9.0
"""Screen pixels of width from which the center line shows between the edges."""
CHUNK = 48
"""Samples for which one rectangle is repainted."""
MORE = 8
"""Samples beyond what is exposed, at least."""

Samples = NDArray[Any]


def changed_rects(old: LivePath | None, new: LivePath | None, reach: float) -> Iterator[QRectF]:
    """Yield the rectangles of the scene in which two ribbons differ."""
    if old is new:
        return
    first = 0
    if old is not None and new is not None and old.is_coarse == new.is_coarse:
        first = max(_first_difference(old, new) - 2, 0)
    for path in (old, new):
        if path is not None and first < len(path.points):
            yield from _chunk_rects(path, first, reach)


def _chunk_rects(path: LivePath, first: int, around: float) -> Iterator[QRectF]:
    """Yield the rectangles that stretches of a ribbon cover, one sample of overlap between them."""
    lines = (path.left[first:], path.right[first:], path.points[first:])
    starts = np.arange(0, len(lines[0]), CHUNK)
    low = np.minimum.reduceat(np.minimum.reduce(lines), starts)
    high = np.maximum.reduceat(np.maximum.reduce(lines), starts)
    low[1:] = np.minimum(low[1:], np.minimum.reduce([line[starts[1:] - 1] for line in lines]))
    high[1:] = np.maximum(high[1:], np.maximum.reduce([line[starts[1:] - 1] for line in lines]))
    low = low + PIXEL_CENTER - around
    size = high + PIXEL_CENTER + around - low
    for (x, y), (width, height) in zip(low.tolist(), size.tolist(), strict=True):
        yield QRectF(x, y, width, height)


def paint_ribbon(painter: QPainter, path: LivePath, exposed: QRectF) -> None:
    """Paint what of a ribbon is exposed: dark around it, orange edges, a light fill."""
    scale = painter.worldTransform().m11()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    style = Qt.PenStyle.DashLine if path.is_coarse else Qt.PenStyle.SolidLine
    halo = COARSE_HALO if path.is_coarse else HALO
    for kept in _exposed_runs(path, exposed, scale):
        left, right = path.left[kept], path.right[kept]
        _fill(painter, left, right, path.is_coarse)
        _stroke(painter, _widened(left, right, HALO_SHIFT / scale), cosmetic(halo, HALO_WIDTH))
        edges = _widened(left, right, EDGE_SHIFT / scale)
        _stroke(painter, edges, cosmetic(CRACK_COLOR, EDGE_WIDTH, style))
        if path.median_width * scale >= CENTER_FROM:
            center = polyline_to_scene(path.points[kept])
            _stroke(painter, (center,), cosmetic(HALO, 2.5))
            _stroke(painter, (center,), cosmetic(SELECTED_COLOR, 1.0, style))


def _widened(left: Samples, right: Samples, by: float) -> tuple[QPolygonF, QPolygonF]:
    """Return both edges, moved outward."""
    across = left - right
    outward = by * across / np.maximum(np.hypot(*across.T), 1e-3)[:, None]
    return polyline_to_scene(left + outward), polyline_to_scene(right - outward)


def _stroke(painter: QPainter, lines: Sequence[QPolygonF], pen: QPen) -> None:
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for line in lines:
        painter.drawPolyline(line)


def _fill(painter: QPainter, left: Samples, right: Samples, is_coarse: bool) -> None:
    color = QColor(CRACK_COLOR)
    color.setAlpha(COARSE_ALPHA if is_coarse else FILL_ALPHA)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    around = polyline_to_scene(np.concatenate((left, right[::-1])))
    painter.drawPolygon(around, Qt.FillRule.WindingFill)


def _first_difference(old: LivePath, new: LivePath) -> int:
    """Return the number of samples that two ribbons share at their beginning."""
    count = min(len(old.points), len(new.points))
    shared = np.ones(count, bool)
    for name in ("points", "left", "right"):
        shared &= (getattr(old, name)[:count] == getattr(new, name)[:count]).all(axis=1)
    return count if shared.all() else int(np.argmin(shared))


def _exposed_runs(path: LivePath, exposed: QRectF, scale: float) -> Iterator[NDArray[np.intp]]:
    """Yield the samples to draw of each stretch that is exposed, and of a little beyond it."""
    points = path.points
    if len(points) < 2:
        return
    reach = max(HALO_WIDTH / scale, 1.0) + float(np.abs(path.left - points).max())
    low = (exposed.left() - reach, exposed.top() - reach)
    high = (exposed.right() + reach, exposed.bottom() + reach)
    is_near = np.all((points >= low) & (points <= high), axis=1)
    stride = _stride(points, scale)
    for start, stop in _stretches(is_near, 2 * max(stride, MORE)):
        # Counted from the first sample of all, so that a partial repaint draws the same ones.
        samples = np.arange(-(-start // stride) * stride, stop, stride)
        last = [len(points) - 1] if stop == len(points) else []
        kept = np.union1d(samples, last).astype(np.intp)
        if len(kept) > 1:
            yield kept


def _stretches(is_near: NDArray[Any], more: int) -> Iterator[tuple[int, int]]:
    """Yield start and stop of each stretch that is near, with some samples more on each side.

    What lies between two samples that are out of view may cross it.
    """
    near = np.flatnonzero(is_near)
    if not len(near):
        return
    breaks = np.flatnonzero(np.diff(near) > 2 * more)
    starts = near[np.concatenate(([0], breaks + 1))]
    stops = near[np.concatenate((breaks, [len(near) - 1]))]
    for start, stop in zip(starts, stops, strict=True):
        yield max(int(start) - more, 0), min(int(stop) + more + 1, len(is_near))


def _stride(points: Samples, scale: float) -> int:
    """Return each how manieth sample is far enough from the last one to be seen apart."""
    length = float(np.hypot(*(points[-1] - points[0])))
    steps = np.hypot(*np.diff(points[:: max(len(points) // 64, 1)], axis=0).T).sum()
    spacing = max(float(steps), length) / max(len(points) - 1, 1) * scale
    return max(int(SPACING / max(spacing, 1e-3)), 1)
