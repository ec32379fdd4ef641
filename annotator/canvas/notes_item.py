"""Notes as pins on the image: as large at any zoom, their points at the place that is meant."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from annotator.canvas.coordinates import to_scene
from annotator.canvas.label import LABEL_REACH, paint_label
from annotator.canvas.scene import CanvasScene
from annotator.document.note import Note
from annotator.session import Session

OPEN_COLOR = QColor("#F0E442")  # yellow of Okabe and Ito: nothing else on the image has it
RESOLVED_COLOR = QColor("#C4C8CC")
RIM = QColor(20, 22, 24, 230)

RADIUS = 8.0
HEIGHT = 20.0
"""Screen pixels: of the head, and from the point to the middle of the head."""
CHOSEN_GROWTH = 1.35
Z_VALUE = 6.0


class NotesItem(QGraphicsItem):
    """Paints the pins of the image that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self._notes: Sequence[Note] = ()
        self._chosen = ""
        self._area = QRectF()
        self.setZValue(Z_VALUE)

    def set_notes(self, notes: Sequence[Note], chosen: str, area: QRectF) -> None:
        """Show these notes on an image that covers ``area``."""
        if area != self._area:
            self.prepareGeometryChange()
            self._area = area
        self._notes, self._chosen = notes, chosen
        self.update()

    def boundingRect(self) -> QRectF:
        """Cover the image and pins and labels at its border, at any zoom."""
        side = max(self._area.width(), self._area.height(), LABEL_REACH)
        return self._area.adjusted(-side, -side, side, side)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint what is resolved below what is open."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pixel = 1 / painter.worldTransform().m11()
        for note in reversed(self._notes):
            self._paint_pin(painter, note, pixel)

    def _paint_pin(self, painter: QPainter, note: Note, pixel: float) -> None:
        is_chosen = note.identifier == self._chosen
        size = pixel * (CHOSEN_GROWTH if is_chosen else 1.0)
        color = RESOLVED_COLOR if note.is_resolved else OPEN_COLOR
        at = to_scene(note.x, note.y)
        if is_chosen or not note.is_resolved:
            corner = at + QPointF(RADIUS + 5, -HEIGHT + 9) * size
            paint_label(painter, corner, note.text.splitlines()[0] if note.text else "", color)
        painter.save()
        painter.translate(at)
        painter.scale(size, size)
        painter.setPen(QPen(RIM, 1.4))
        painter.setBrush(color)
        painter.drawPath(_pin())
        _paint_sign(painter, note.is_resolved)
        painter.restore()


class NotesOverlay(QObject):
    """Keeps the pins in step with the notes."""

    def __init__(self, session: Session, scene: CanvasScene) -> None:
        super().__init__(scene)
        self._session = session
        self._scene = scene
        self._item = NotesItem()
        scene.addItem(self._item)
        session.notes.changed.connect(self._follow)
        session.image_shown.connect(self._follow)
        scene.overlay_changed.connect(self._follow)

    def _follow(self) -> None:
        chosen = self._session.notes.chosen
        name = chosen.identifier if chosen else ""
        self._item.set_notes(self._session.notes.here, name, self._scene.image_rect)
        self._item.setVisible(not self._scene.is_hidden)


def _pin() -> QPainterPath:
    """Return a drop with its point at the origin."""
    path = QPainterPath()
    path.moveTo(0, 0)
    path.cubicTo(-3, -6, -RADIUS, -9, -RADIUS, -HEIGHT + 4)
    path.arcTo(QRectF(-RADIUS, -HEIGHT + 4 - RADIUS, 2 * RADIUS, 2 * RADIUS), 180, -180)
    path.cubicTo(RADIUS, -9, 3, -6, 0, 0)
    path.closeSubpath()
    return path


def _paint_sign(painter: QPainter, is_resolved: bool) -> None:
    """Paint a check into the head of what is resolved, three lines of writing into the others."""
    middle = -HEIGHT + 4
    cap = Qt.PenCapStyle.RoundCap
    painter.setPen(QPen(RIM, 1.6, Qt.PenStyle.SolidLine, cap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if is_resolved:
        check = (QPointF(-3, middle), QPointF(-1, middle + 2.5), QPointF(3.2, middle - 2.8))
        painter.drawPolyline(check)
        return
    for row, reach in ((-2.6, 3.4), (0.2, 3.4), (3.0, 1.0)):
        painter.drawLine(QPointF(-3.4, middle + row), QPointF(reach, middle + row))
