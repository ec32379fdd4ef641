"""Icons: the application's own and those of the Phosphor set, in the colors of the palette."""

import os
from importlib.resources import files

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

os.environ.setdefault("QT_API", "pyside6")  # qtawesome asks qtpy, which must not pick another one

import qtawesome


def icon(name: str) -> QIcon:
    """Return a Phosphor icon tinted with the text color; ask again when the palette changes."""
    palette = QGuiApplication.palette()
    color = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText)
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
    return qtawesome.icon(f"ph.{name}", color=color, color_disabled=disabled)


def application_icon() -> QIcon:
    """Return the icon of the application in the sizes that desktops ask for."""
    data = files("resources").joinpath("icons", "crack-annotator.svg").read_bytes()
    renderer = QSvgRenderer(QByteArray(data))
    result = QIcon()
    for side in (16, 24, 32, 48, 64, 128, 256):
        pixmap = QPixmap(QSize(side, side))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        renderer.render(painter)
        painter.end()
        result.addPixmap(pixmap)
    return result
