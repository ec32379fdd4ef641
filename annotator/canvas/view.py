"""The view: zoom, pan, and pointer events for the tool."""

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from annotator.canvas.coordinates import to_array
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import PointerEvent, Tool

ZOOM_PER_NOTCH = 1.25
MAX_ZOOM = 40.0
FIT_MARGIN = 12
"""Screen pixels left free around a fitted image."""

_EXTENDING = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
_INVERTING = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ControlModifier
_MODIFIER_KEYS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)


@dataclass(frozen=True, slots=True)
class Place:
    """A part of the scene as the view shows it."""

    center: QPointF
    scale: float
    """Pixels of the view per image pixel."""
    is_fitted: bool = False
    """The whole image is in view, and stays so when the window changes its size."""


class CanvasView(QGraphicsView):
    """Shows the scene; wheel zooms, middle drag or Space and drag pans, left is the tool's."""

    zoom_changed = Signal(float)
    zoom_chosen = Signal()
    """The user zoomed in or out; fitting the image is none of it."""
    pointer_moved = Signal(object)
    """Array coordinates (x, y) under the pointer, None outside the image."""
    menu_requested = Signal(QPoint, object)
    """Right click: global position, and the PointerEvent there."""
    part_changed = Signal()
    """Another part of the image is in view."""
    opacity_wheeled = Signal(float)
    """The wheel was turned with Alt: notches."""
    focused = Signal()
    """The canvas has the keyboard."""

    def __init__(self, scene: CanvasScene, tool: Tool, parent: QWidget | None = None) -> None:
        super().__init__(scene, parent)
        self._scene = scene
        self._tool = tool
        self._pan_from: QPoint | None = None
        self._pointer_place: tuple[QPointF, bool] | None = None
        self._is_space_held = False
        self._is_fitted = True
        self._shown_size = QSizeF()
        self.setObjectName("canvas")
        self.setAccessibleName("Photograph")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setBackgroundRole(QPalette.ColorRole.Dark)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Dark)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.AnchorViewCenter)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(False)  # the window takes drops, wherever they land
        tool.cursor_changed.connect(self._set_cursor)
        tool.pan_requested.connect(self._on_pan_requested)
        self.zoom_changed.connect(self.part_changed)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.valueChanged.connect(lambda _value: self.part_changed.emit())
        self._set_cursor()

    @property
    def zoom(self) -> float:
        """Screen pixels per image pixel; 1 is 100 %."""
        return self.transform().m11() * self.devicePixelRatioF()

    @property
    def image_rect(self) -> QRectF:
        """The image in scene coordinates, empty without one."""
        return self._scene.image_rect

    @property
    def part_in_view(self) -> QRectF:
        """What of the scene is in view."""
        inverse, _ = self.viewportTransform().inverted()
        return inverse.mapRect(QRectF(self.viewport().rect()))

    def look_at(self, point: QPointF) -> None:
        """Bring a point of the scene to the middle."""
        self.centerOn(point)
        self._is_fitted = False

    @property
    def place(self) -> Place:
        """What is in view, to come back to."""
        return Place(self.part_in_view.center(), self.transform().m11(), self._is_fitted)

    def set_place(self, place: Place) -> None:
        """Bring a part of the image into view; where all of it was in view, all of it."""
        if place.is_fitted:
            self.fit()
        elif not self._scene.image_rect.isEmpty():
            self._set_scale(min(max(place.scale, 1e-3), MAX_ZOOM))
            self.look_at(place.center)

    def show_image(self) -> None:
        """Adopt the scene's image: the same place where the size is the same, else all of it.

        An empty page, for a file that cannot be opened, lets the place stay for the next image.
        """
        size = self._scene.image_rect.size()
        if not size.isEmpty():
            if size != self._shown_size or self._is_fitted:
                self._shown_size = size
                self.fit()
            else:
                self._update_scene_rect()
        # What the old image covered is no longer part of the scene: no item repaints it.
        self.viewport().update()
        self._set_cursor()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Say so where a file cannot be shown."""
        notice = self._scene.notice
        if notice:
            painter.resetTransform()
            painter.setPen(self.palette().color(QPalette.ColorRole.BrightText))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, notice)

    def fit(self) -> None:
        """Show the whole image."""
        rect = self._scene.image_rect
        if rect.isEmpty():
            return
        room = self.viewport().size()
        scale = min(
            (room.width() - 2 * FIT_MARGIN) / rect.width(),
            (room.height() - 2 * FIT_MARGIN) / rect.height(),
        )
        self._set_scale(max(scale, 1e-3))
        self.centerOn(rect.center())
        self._is_fitted = True

    def zoom_to(self, zoom: float, anchor: QPointF | None = None) -> None:
        """Zoom so that what is under ``anchor`` (viewport; default the middle) stays there."""
        if self._scene.image_rect.isEmpty():
            return
        at = anchor or QPointF(self.viewport().rect().center())
        fixed = self._scene_point(at)
        lowest = min(0.5 * self._fit_scale(), 1.0)
        scale = min(max(zoom / self.devicePixelRatioF(), lowest), MAX_ZOOM)
        self._set_scale(scale)
        moved = self.transform().map(fixed) - at
        self.horizontalScrollBar().setValue(round(moved.x()))
        self.verticalScrollBar().setValue(round(moved.y()))
        self._is_fitted = False
        self.zoom_chosen.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor; with Shift resize the tip of the tool, with Alt fade the masks."""
        # With Alt, and on some systems with Shift, the wheel counts as a horizontal one.
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120.0
        modifiers = event.modifiers()
        event.accept()
        if not notches:
            return
        if modifiers & Qt.KeyboardModifier.AltModifier:
            self.opacity_wheeled.emit(notches)
        elif not (modifiers & Qt.KeyboardModifier.ShiftModifier and self._tool.resize(notches)):
            self.zoom_to(self.zoom * ZOOM_PER_NOTCH**notches, event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start to pan, or tell the tool."""
        is_left = event.button() == Qt.MouseButton.LeftButton
        if event.button() == Qt.MouseButton.MiddleButton or (is_left and self._is_space_held):
            self._pan_from = event.position().toPoint()
            self._set_cursor()
        elif is_left:
            self._tool.press(self._pointer_event(event))
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell the tool; a double-click with another button is two clicks."""
        if event.button() == Qt.MouseButton.LeftButton and not self._is_space_held:
            self._tool.double_click(self._pointer_event(event))
            event.accept()
        else:
            self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or tell the tool."""
        if self._pan_from is not None:
            here = event.position().toPoint()
            moved = here - self._pan_from
            self._pan_from = here
            self._scroll(-moved.x(), -moved.y())
        pointer = self._pointer_event(event)
        self.pointer_moved.emit((pointer.x, pointer.y) if pointer.is_inside else None)
        if self._pan_from is None:
            self._tool.move(pointer)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Stop to pan."""
        if self._pan_from is not None and event.button() != Qt.MouseButton.RightButton:
            self._pan_from = None
            self._set_cursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._tool.release(self._pointer_event(event))
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._pointer_place = None
        self.pointer_moved.emit(None)
        self._tool.leave()
        super().leaveEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what is under the pointer."""
        pointer = self._pointer_at(QPointF(event.pos()), Qt.KeyboardModifier.NoModifier, False)
        self.menu_requested.emit(event.globalPos(), pointer)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Pan while Space is held, hide the cracks while H is."""
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(True)
        elif event.key() == Qt.Key.Key_H and not event.modifiers():
            if not event.isAutoRepeat():
                self._scene.set_hidden(True)
        else:
            self._tell_modifiers(event.key(), event.modifiers())
            event.ignore()  # QGraphicsView would scroll; the window may want the key

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """End what a held key does."""
        if event.isAutoRepeat():
            return
        if event.key() == Qt.Key.Key_Space:
            self._hold_space(False)
        elif event.key() == Qt.Key.Key_H:
            self._scene.set_hidden(False)
        else:
            self._tell_modifiers(event.key(), event.modifiers())
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tell who listens."""
        super().focusInEvent(event)
        self.focused.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go of held keys: their release goes elsewhere."""
        self._hold_space(False)
        self._scene.set_hidden(False)
        self._tell_modifiers(Qt.Key.Key_Alt, Qt.KeyboardModifier.NoModifier)
        super().focusOutEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep a fitted image fitted."""
        super().resizeEvent(event)
        self._update_scene_rect()
        if self._is_fitted:
            self.fit()
        self.part_changed.emit()

    def _tell_modifiers(self, key: int, modifiers: Qt.KeyboardModifier) -> None:
        """Let the tool show at once what a held key changes, not only when the pointer moves."""
        if key in _MODIFIER_KEYS and self._pointer_place is not None:
            place, is_pressed = self._pointer_place
            self._tool.move(self._pointer_at(place, modifiers, is_pressed))

    def _pointer_event(self, event: QMouseEvent) -> PointerEvent:
        is_pressed = bool(event.buttons() & Qt.MouseButton.LeftButton)
        self._pointer_place = (event.position(), is_pressed)
        return self._pointer_at(event.position(), event.modifiers(), is_pressed)

    def _pointer_at(
        self, at: QPointF, modifiers: Qt.KeyboardModifier, is_pressed: bool
    ) -> PointerEvent:
        point = self._scene_point(at)
        x, y = to_array(point)
        rect = self._scene.image_rect
        return PointerEvent(
            x,
            y,
            zoom=self.transform().m11(),
            is_inside=rect.left() <= point.x() < rect.right()
            and rect.top() <= point.y() < rect.bottom(),
            is_extending=bool(modifiers & _EXTENDING),
            is_inverting=bool(modifiers & _INVERTING),
            is_pressed=is_pressed,
        )

    def _scene_point(self, at: QPointF) -> QPointF:
        """Map a viewport point without rounding it to whole pixels, as mapToScene would."""
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(at)

    def _fit_scale(self) -> float:
        rect = self._scene.image_rect
        room = self.viewport().size()
        return min(room.width() / rect.width(), room.height() / rect.height())

    def _set_scale(self, scale: float) -> None:
        transform = self.transform()
        transform.reset()
        transform.scale(scale, scale)
        self.setTransform(transform)
        self._update_scene_rect()
        self.zoom_changed.emit(self.zoom)

    def _update_scene_rect(self) -> None:
        """Leave room around the image, so that every corner of it can be brought to the middle."""
        scale = self.transform().m11()
        room = self.viewport().size() / scale
        margin_x, margin_y = 0.6 * room.width(), 0.6 * room.height()
        self.setSceneRect(self._scene.image_rect.adjusted(-margin_x, -margin_y, margin_x, margin_y))

    def _scroll(self, dx: int, dy: int) -> None:
        self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() + dx)
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + dy)
        self._is_fitted = False

    def _on_pan_requested(self, dx: float, dy: float) -> None:
        scale = self.transform().m11()
        self._scroll(-round(dx * scale), -round(dy * scale))

    def _hold_space(self, is_held: bool) -> None:
        self._is_space_held = is_held
        self._set_cursor()

    def _set_cursor(self) -> None:
        if self._pan_from is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._is_space_held:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._scene.image_rect.isEmpty():
            shape = Qt.CursorShape.ArrowCursor
        else:
            shape = self._tool.cursor
        self.viewport().setCursor(shape)
