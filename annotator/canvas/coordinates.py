"""The only conversion between array coordinates and the Qt scene.

Array coordinates (x, y) have pixel centers at integers; in the scene pixel (0, 0) covers the
square from (0, 0) to (1, 1), so its center is at (0.5, 0.5) and pixel corners are at integers.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QPointF, QRectF
from PySide6.QtGui import QPainterPath, QPolygonF

PIXEL_CENTER = 0.5


def to_array(point: QPointF) -> tuple[float, float]:
    """Return the array coordinates (x, y) of a scene point."""
    return point.x() - PIXEL_CENTER, point.y() - PIXEL_CENTER


def to_scene(x: float, y: float) -> QPointF:
    """Return the scene point of array coordinates (x, y)."""
    return QPointF(x + PIXEL_CENTER, y + PIXEL_CENTER)


def box_to_scene(box: tuple[int, int, int, int]) -> QRectF:
    """Return the scene rectangle that the pixels x0 <= x < x1, y0 <= y < y1 cover."""
    x0, y0, x1, y1 = box
    return QRectF(x0, y0, x1 - x0, y1 - y0)


def polyline_to_scene(points: NDArray[Any] | Sequence[tuple[float, float]]) -> QPolygonF:
    """Return array points (n, 2) as a scene polygon.

    As a stream of bytes: point by point, a long line would take longer than a frame.
    """
    moved = np.asarray(points, ">f8").reshape(-1, 2) + PIXEL_CENTER
    packed = struct.pack(">I", len(moved)) + moved.astype(">f8").tobytes()
    polygon = QPolygonF()
    QDataStream(QByteArray(packed)) >> polygon  # pyright: ignore[reportUnusedExpression]
    return polygon


def lines_to_path(
    lines: Iterable[Iterable[tuple[int, int]]], origin: tuple[int, int], step: int
) -> QPainterPath:
    """Return lines of pixel corners as one path.

    The corners count steps of ``step`` px from the top-left corner of the pixel ``origin`` (x, y).
    """
    path = QPainterPath()
    x0, y0 = origin
    for line in lines:
        path.addPolygon(QPolygonF([QPointF(x0 + step * x, y0 + step * y) for x, y in line]))
    return path
