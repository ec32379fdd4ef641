"""Icons: tinted, sharp, drawn once."""

import gc

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap

from annotator.icons import application_icon, icon

pytestmark = pytest.mark.gui
RED = QColor("#ff0000")


@pytest.fixture(autouse=True)
def application(qapp):
    return qapp


def inked(image):
    """Return the colors of the opaque pixels."""
    colors = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return {color.name() for color in colors if color.alpha() > 250}


def test_an_icon_has_the_color_asked_for():
    assert inked(icon("trash", RED).pixmap(48, 48).toImage()) == {"#ff0000"}


def test_a_disabled_icon_looks_different():
    plain = icon("trash", RED).pixmap(QSize(48, 48), QIcon.Mode.Normal).toImage()
    disabled = icon("trash", RED).pixmap(QSize(48, 48), QIcon.Mode.Disabled).toImage()
    assert inked(plain).isdisjoint(inked(disabled))


def test_it_is_painted_in_the_pixels_of_the_screen():
    canvas = QImage(64, 64, QImage.Format.Format_ARGB32_Premultiplied)
    canvas.fill(0)
    canvas.setDevicePixelRatio(2.0)
    painter = QPainter(canvas)
    icon("square", RED).paint(painter, 0, 0, 32, 32)
    painter.end()
    expected = icon("square", RED).pixmap(64, 64).toImage()
    same = sum(
        canvas.pixelColor(x, y) == expected.pixelColor(x, y) for x in range(64) for y in range(64)
    )
    assert same > 0.99 * 64 * 64


def test_a_copy_outlives_its_original():
    copies = []
    for _ in range(20):
        copy = QIcon(icon("x"))
        copy.addPixmap(QPixmap(4, 4))  # makes it draw by an engine of its own
        copies.append(copy)
    gc.collect()
    assert all(not copy.pixmap(16, 16).isNull() for copy in copies)


def test_the_application_has_an_icon_in_many_sizes():
    assert {16, 32, 256} <= {size.width() for size in application_icon().availableSizes()}
