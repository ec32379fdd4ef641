"""Icons: the application's own and those of the Phosphor set, in the colors of the palette."""

import os
from functools import lru_cache
from importlib.resources import files
from typing import Final

from PySide6.QtCore import QByteArray, QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

os.environ.setdefault("QT_API", "pyside6")  # qtawesome asks qtpy, which must not pick another one

import qtawesome


def icon(name: str, color: QColor | None = None) -> QIcon:
    """Return a Phosphor icon, tinted with the text color unless another is given.

    Ask again when the palette changes.
    """
    palette = QGuiApplication.palette()
    shown = color or palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.ButtonText)
    disabled = palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
    return _tinted(name, shown.name(), disabled.name())


@lru_cache(maxsize=512)
def _tinted(name: str, color: str, disabled: str) -> QIcon:
    return QIcon(KeptPixmaps(qtawesome.icon(f"ph.{name}", color=color, color_disabled=disabled)))


_CLONES: Final[list[QIconEngine]] = []
"""Qt asks for one where a copy of an icon is changed, and does not keep it alive itself."""


class KeptPixmaps(QIconEngine):
    """Draws each size of an icon once; qtawesome would set type anew for each row of a table."""

    def __init__(self, source: QIcon) -> None:
        super().__init__()
        self._source = source
        self._kept: dict[tuple[int, int, QIcon.Mode], QPixmap] = {}

    def clone(self) -> QIconEngine:
        """Return another one that draws the same."""
        clone = KeptPixmaps(self._source)
        _CLONES.append(clone)
        return clone

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the icon in device pixels."""
        key = size.width(), size.height(), mode
        if key not in self._kept:
            self._kept[key] = self._source.pixmap(size, 1.0, mode, state)
        return self._kept[key]

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paint the icon, sharp on any screen."""
        ratio = painter.device().devicePixelRatio()
        painter.drawPixmap(rect, self.pixmap(rect.size() * ratio, mode, state))


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
