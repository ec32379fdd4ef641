"""Paints items of the scene into arrays."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene

GREY = (90, 90, 90)


def paint_scene(scene, shown, scale=1.0):
    """Return the RGB pixels of a part (x0, y0, x1, y1) of a scene, on grey."""
    x0, y0, x1, y1 = shown
    width, height = round((x1 - x0) * scale), round((y1 - y0) * scale)
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(*GREY))
    painter = QPainter(image)
    scene.render(painter, QRectF(0, 0, width, height), QRectF(x0, y0, x1 - x0, y1 - y0))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, width, 4)
    return rows[..., 2::-1].astype(int)


def paint_item(item, shown, scale=1.0):
    """Return the RGB pixels of a part of an item."""
    scene = item.scene()
    if scene is None:
        scene = QGraphicsScene()
        scene.addItem(item)
        item.test_scene = scene  # Qt keeps no reference
    return paint_scene(scene, shown, scale)


def is_painted(pixels):
    """Tell where anything was painted."""
    return (pixels != GREY).any(axis=-1)
