"""What handles on the canvas have in common: they take the pointer before the tool does."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from annotator.canvas.tool import Point, PointerEvent, Preview
from annotator.session import Session

HANDLE_RADIUS = 8.0
DRAG_START = 4.0
"""Both in screen pixels: how near is on a handle, and how far is a drag and no click."""


class Handles(QObject):
    """Base of the handles of what is selected. Methods that take the pointer tell whether they did.

    A tool asks them first, and draws what they show.
    """

    changed = Signal()
    """They are shown, hovered or dragged in another way."""

    @property
    def is_dragging(self) -> bool:
        """Whether something is being dragged."""
        return False

    @property
    def shown(self) -> Preview:
        """Handles, and what is being dragged."""
        return Preview()

    @property
    def hint(self) -> str:
        """What press or drag would do here; empty where nothing of theirs is."""
        return ""

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """Shape of the mouse cursor over them."""
        return None

    def press(self, event: PointerEvent) -> bool:
        """Take hold of what is under the pointer."""
        return False

    def move(self, event: PointerEvent) -> bool:
        """Drag, or note what is under the pointer."""
        return False

    def release(self, event: PointerEvent) -> bool:
        """End a drag."""
        return False

    def double_click(self, event: PointerEvent) -> bool:
        """Take a double-click."""
        return False

    def leave(self) -> None:
        """Forget the pointer."""

    def cancel(self) -> bool:
        """Give a drag up."""
        return False

    def delete_hovered(self) -> bool:
        """Delete the point under the pointer."""
        return False


@dataclass(slots=True, kw_only=True)
class Drag:
    """Something that is held, and moves once the pointer has gone `DRAG_START` far."""

    pressed: PointerEvent
    is_moving: bool = False


_Drag = TypeVar("_Drag", bound=Drag)


class DraggedHandles(Handles, Generic[_Drag]):
    """Handles that are dragged one at a time; a drag that is given up leaves no trace."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._drag: _Drag | None = None

    @property
    def is_dragging(self) -> bool:
        """Whether what is held moves."""
        return self._drag is not None and self._drag.is_moving

    def move(self, event: PointerEvent) -> bool:
        """Move what is held."""
        drag = self._drag
        if drag is None:
            self._look(event)
            return False
        if not event.is_pressed:  # the release went elsewhere
            return self.cancel()
        if not drag.is_moving and distance(event, (drag.pressed.x, drag.pressed.y)) >= DRAG_START:
            obstacle = self._obstacle(drag)
            if obstacle:
                self._drag = None
                self._session.problem.emit(obstacle)
                return True
            drag.is_moving = True
        if drag.is_moving:
            self._drag_to(event, drag)
            self.changed.emit()
        return True

    def release(self, event: PointerEvent) -> bool:
        """Leave what was held where it is now."""
        drag, self._drag = self._drag, None
        if drag is None:
            return False
        if drag.is_moving:
            self._set_down(drag)
        self._look(event)
        self.changed.emit()
        return True

    def cancel(self) -> bool:
        """Put it back."""
        if self._drag is None:
            return False
        was_moving, self._drag = self._drag.is_moving, None
        self.changed.emit()
        return was_moving

    def _look(self, event: PointerEvent) -> None:
        """Note what is under the pointer."""

    def _obstacle(self, drag: _Drag) -> str:
        """Return why it may not be moved; empty where it may."""
        return ""

    def _drag_to(self, event: PointerEvent, drag: _Drag) -> None:
        """Have what is held follow the pointer."""

    def _set_down(self, drag: _Drag) -> None:
        """Make the edit."""


def is_near(event: PointerEvent, point: Point, radius: float) -> bool:
    """Tell whether the pointer is within so many screen pixels of a point."""
    return distance(event, point) <= radius


def distance(event: PointerEvent, point: Point) -> float:
    """Return the distance from the pointer to a point in screen pixels."""
    dx, dy = event.x - point[0], event.y - point[1]
    return (dx * dx + dy * dy) ** 0.5 * event.zoom


def nearest(event: PointerEvent, points: list[Point]) -> int | None:
    """Return the number of the handle under the pointer, the nearest where several are."""
    near = [(distance(event, point), number) for number, point in enumerate(points)]
    best = min(near, default=(float("inf"), 0))
    return best[1] if best[0] <= HANDLE_RADIUS else None
