"""Handles of the selected box: its corners resize it, its inside moves it."""

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt

from annotator.canvas.tool import Handle, Point, PointerEvent, Preview
from annotator.document.block_raster import Box
from annotator.document.bounding_box import BoundingBox
from annotator.session import Session
from annotator.tools.handles import Drag, DraggedHandles, nearest
from annotator.tools.picking import object_under

HINT_CORNER = "Drag resizes the box"
HINT_INSIDE = "Drag moves the box · Delete removes it"
HINT_DRAGGING = "Release to set the box down · Esc leaves it as it was"
HINT_LOCKED = "This box is locked · L unlocks it"
LOCKED = "This box is locked; unlock it first (L)."

Size = tuple[int, int]


@dataclass(slots=True, kw_only=True)
class BoxDrag(Drag):
    """A box on its way: held at a corner, or at its inside (-1)."""

    old: BoundingBox
    corner: int
    box: Box


class BoxHandles(DraggedHandles[BoxDrag]):
    """Corners of the box that is selected alone."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._corner: int | None = None
        self._is_inside = False
        session.selection.changed.connect(self._follow)
        session.selection.visibility_changed.connect(self._follow)
        session.document_changed.connect(self._follow)
        session.image_shown.connect(self._follow)

    @property
    def box(self) -> BoundingBox | None:
        """The box whose handles are shown."""
        objects = self._session.selection.objects
        box = objects[0] if len(objects) == 1 else None
        if not isinstance(box, BoundingBox) or self._session.selection.is_hidden(box.identifier):
            return None
        return box

    @property
    def shown(self) -> Preview:
        """Corners; while dragging also where the box would go, and its size."""
        drag = self._drag if self.is_dragging else None
        box = drag.box if drag else self.box.box if self.box else None
        if box is None:
            return Preview()
        active = drag.corner if drag else self._corner
        handles = tuple(
            Handle(point, "corner", is_hovered=number == active)
            for number, point in enumerate(corners(box))
        )
        if drag is None:
            return Preview(handles=handles)
        label = f"{box[2] - box[0]} × {box[3] - box[1]} px"
        return Preview(handles=handles, rectangle=box, label=label)

    @property
    def hint(self) -> str:
        """Say what a drag would do here."""
        if self.is_dragging:
            return HINT_DRAGGING
        if self.box is None or (self._corner is None and not self._is_inside):
            return ""
        if self.box.is_locked:
            return HINT_LOCKED
        return HINT_INSIDE if self._corner is None else HINT_CORNER

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """Show in which directions a corner goes."""
        corner = self._drag.corner if self._drag else self._corner
        if corner is not None and corner >= 0:
            shapes = Qt.CursorShape
            return shapes.SizeBDiagCursor if corner % 2 else shapes.SizeFDiagCursor
        return Qt.CursorShape.SizeAllCursor if self._is_inside or self.is_dragging else None

    def press(self, event: PointerEvent) -> bool:
        """Take hold of a corner or of the inside."""
        self._look(event)
        box = self.box
        if box is None or event.is_extending or (self._corner is None and not self._is_inside):
            return False
        corner = -1 if self._corner is None else self._corner
        self._drag = BoxDrag(pressed=event, old=box, corner=corner, box=box.box)
        return True

    def leave(self) -> None:
        """Hover nothing."""
        self._set_hovered(None, False)

    def _obstacle(self, drag: BoxDrag) -> str:
        return LOCKED if drag.old.is_locked else ""

    def _drag_to(self, event: PointerEvent, drag: BoxDrag) -> None:
        if self._session.image:
            drag.box = self._dragged_to(event, drag, self._session.image.size)

    def _set_down(self, drag: BoxDrag) -> None:
        if drag.box == drag.old.box:
            return
        changed = replace(drag.old, box=drag.box)
        text = "Move box" if drag.corner < 0 else "Resize box"
        self._session.apply(text, lambda content: content.with_box_replaced(changed))

    def _dragged_to(self, event: PointerEvent, drag: BoxDrag, size: Size) -> Box:
        if drag.corner >= 0:
            return resized(drag.old.box, drag.corner, (event.x, event.y), size)
        shift = round(event.x - drag.pressed.x), round(event.y - drag.pressed.y)
        return moved(drag.old.box, shift, size)

    def _look(self, event: PointerEvent) -> None:
        box = self.box
        corner = nearest(event, corners(box.box)) if box else None
        is_inside = box is not None and corner is None and object_under(self._session, event) is box
        self._set_hovered(corner, is_inside)

    def _set_hovered(self, corner: int | None, is_inside: bool) -> None:
        if (corner, is_inside) != (self._corner, self._is_inside):
            self._corner, self._is_inside = corner, is_inside
            self.changed.emit()

    def _follow(self) -> None:
        if self._drag and self.box is not self._drag.old:
            self._drag = None
        if self.box is None:
            self._corner, self._is_inside = None, False
        self.changed.emit()


def corners(box: Box) -> list[Point]:
    """Return the corners clockwise from the top left; pixel centers are at integers."""
    left, top, right, bottom = (edge - 0.5 for edge in box)
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def moved(box: Box, shift: tuple[int, int], size: Size) -> Box:
    """Return a box somewhere else on the image, of the same size."""
    x0, y0, x1, y1 = box
    dx = min(max(shift[0], -x0), size[0] - x1)
    dy = min(max(shift[1], -y0), size[1] - y1)
    return x0 + dx, y0 + dy, x1 + dx, y1 + dy


def resized(box: Box, corner: int, point: Point, size: Size) -> Box:
    """Return the box between a point and the corner opposite to the one that is dragged."""
    fixed_x = box[0] if corner in (1, 2) else box[2]
    fixed_y = box[1] if corner in (2, 3) else box[3]
    x = min(max(round(point[0] + 0.5), 0), size[0])
    y = min(max(round(point[1] + 0.5), 0), size[1])
    x0, x1 = _apart(fixed_x, x, size[0])
    y0, y1 = _apart(fixed_y, y, size[1])
    return x0, y0, x1, y1


def _apart(fixed: int, other: int, limit: int) -> tuple[int, int]:
    """Return two edges in order with at least a pixel between them."""
    if fixed == other:
        other = fixed + 1 if fixed < limit else fixed - 1
    return min(fixed, other), max(fixed, other)
