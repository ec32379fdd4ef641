"""The marks that stand for the states of images: told apart by shape, and by color besides."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QApplication

from annotator.document.image_state import ImageState

MARK_SIZE = 12
"""Pixels of a mark in a list."""

# On light and on dark ground, after Okabe and Ito. One color says "finished", one "look here".
_PALE, _BEGUN, _DONE, _ALARM, _GUESSED = (
    ("#868c94", "#8b9098"),
    ("#0072b2", "#4aa8e0"),
    ("#00775a", "#12b285"),
    ("#b84a00", "#f0813a"),
    ("#0072b2", "#56b4e9"),
)

MEANINGS: Final[dict[ImageState, str]] = {
    ImageState.NEW: "nobody worked on it yet",
    ImageState.PREDICTED: "a model proposed cracks, nobody looked at them yet",
    ImageState.IN_PROGRESS: "somebody is at it",
    ImageState.REVIEWED: "finished",
    ImageState.APPROVED: "finished and checked again",
    ImageState.NEEDS_WORK: "something is wrong, to be looked at again",
    ImageState.NO_CRACK: "finished, there is no crack on it",
}


def paint_mark(painter: QPainter, rect: QRectF, state: ImageState, *, is_dark: bool) -> None:
    """Paint the mark of a state into a square; ``is_dark`` is the ground below."""
    color, draw = _MARKS[state]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / MARK_SIZE, rect.height() / MARK_SIZE)
    draw(painter, QColor(color[is_dark]), QColor("#1e2023" if is_dark else "#ffffff"))
    painter.restore()


def state_color(state: ImageState, *, is_dark: bool) -> QColor:
    """Return the color of a state; several share one, so it never stands alone."""
    return QColor(_MARKS[state][0][is_dark])


def state_icon(state: ImageState, size: int = 16) -> QIcon:
    """Return the mark of a state for menus."""
    ratio = QApplication.primaryScreen().devicePixelRatio() if QApplication.primaryScreen() else 1.0
    pixmap = QPixmap(QSize(size, size) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    rest = (size - MARK_SIZE) / 2
    paint_mark(
        painter,
        QRectF(rest, rest, MARK_SIZE, MARK_SIZE),
        state,
        is_dark=is_dark_palette(QApplication.palette()),
    )
    painter.end()
    return QIcon(pixmap)


def legend() -> str:
    """Return what the marks mean, as rich text for a tooltip."""
    rows = (
        f"<tr><td><img src='data:image/png;base64,{_encoded(state)}'></td>"
        f"<td style='padding-left:6px'><b>{state}</b>: {meaning}</td></tr>"
        for state, meaning in MEANINGS.items()
    )
    return f"<table>{''.join(rows)}</table>"


def is_dark_palette(palette: QPalette) -> bool:
    """Tell whether lists have a dark ground."""
    return palette.color(QPalette.ColorRole.Base).lightness() < 128


def _encoded(state: ImageState) -> str:
    content = QByteArray()
    buffer = QBuffer(content)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    state_icon(state).pixmap(16, 16).save(buffer, "PNG")
    return bytes(content.toBase64().data()).decode()


def _ring(painter: QPainter, color: QColor, _ground: QColor) -> None:
    painter.setPen(QPen(color, 1.5))
    painter.drawEllipse(QPointF(6, 6), 4.5, 4.5)


def _diamond(painter: QPainter, color: QColor, _ground: QColor) -> None:
    painter.setPen(_round_pen(color, 1.6))
    painter.drawPolygon(QPolygonF([QPointF(6, 1), QPointF(11, 6), QPointF(6, 11), QPointF(1, 6)]))


def _half_disk(painter: QPainter, color: QColor, ground: QColor) -> None:
    _ring(painter, color, ground)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawPie(QRectF(1.5, 1.5, 9, 9), 90 * 16, 180 * 16)


def _checked_ring(painter: QPainter, color: QColor, ground: QColor) -> None:
    _ring(painter, color, ground)
    _check(painter, color)


def _checked_disk(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawEllipse(QPointF(6, 6), 6, 6)
    _check(painter, ground)


def _triangle(painter: QPainter, color: QColor, ground: QColor) -> None:
    painter.setPen(_round_pen(color, 1.5))
    painter.setBrush(color)
    painter.drawPolygon(QPolygonF([QPointF(6, 1.2), QPointF(11, 10.4), QPointF(1, 10.4)]))
    painter.setPen(_round_pen(ground, 1.5))
    painter.drawLine(QPointF(6, 4.2), QPointF(6, 6.8))
    painter.drawPoint(QPointF(6, 9.2))


def _slashed_ring(painter: QPainter, color: QColor, ground: QColor) -> None:
    _ring(painter, color, ground)
    painter.drawLine(QPointF(3, 9), QPointF(9, 3))


def _check(painter: QPainter, color: QColor) -> None:
    painter.setPen(_round_pen(color, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([QPointF(3.6, 6.2), QPointF(5.3, 7.9), QPointF(8.5, 4.4)]))


def _round_pen(color: QColor, width: float) -> QPen:
    solid, cap, join = Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
    return QPen(color, width, solid, cap, join)


_Draw = Callable[[QPainter, QColor, QColor], None]
_MARKS: Final[dict[ImageState, tuple[tuple[str, str], _Draw]]] = {
    ImageState.NEW: (_PALE, _ring),
    ImageState.PREDICTED: (_GUESSED, _diamond),
    ImageState.IN_PROGRESS: (_BEGUN, _half_disk),
    ImageState.REVIEWED: (_DONE, _checked_ring),
    ImageState.APPROVED: (_DONE, _checked_disk),
    ImageState.NEEDS_WORK: (_ALARM, _triangle),
    ImageState.NO_CRACK: (_DONE, _slashed_ring),
}
