import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QImage, QPainter

from annotator.canvas.plate import PLATE, paint_plate

pytestmark = pytest.mark.gui


def test_the_plate_is_dark_with_round_corners(qapp):
    image = QImage(40, 20, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    paint_plate(painter, QRect(0, 0, 40, 20))
    assert not painter.testRenderHint(QPainter.RenderHint.Antialiasing)
    painter.end()
    assert image.pixelColor(20, 10).alpha() == PLATE.alpha()
    assert image.pixelColor(0, 0).alpha() < PLATE.alpha()
