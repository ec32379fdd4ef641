"""What handles on the canvas have in common: they take the pointer before the tool does."""

from PySide6.QtCore import QObject, Qt, Signal

from annotator.canvas.tool import Point, PointerEvent, Preview

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
