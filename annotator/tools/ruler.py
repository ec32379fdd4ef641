"""The ruler: measures a distance; nothing of it is kept."""

from math import atan2, cos, degrees, hypot, pi, sin

from annotator.canvas.tool import Point, PointerEvent, Preview, Tool
from annotator.session import Session
from annotator.tools.handles import DRAG_START, distance
from annotator.tools.targets import let_go

ANGLE_STEP = pi / 12

HINT_EMPTY = "Open a photograph or a folder to begin"
HINT_START = "Drag from one end of a distance to the other, or click both"
HINT_DRAGGING = "Release or click at the other end · Shift keeps to steps of 15° · Esc cancels"
HINT_SHOWN = "Drag or click measures another distance · Esc removes the ruler"


class RulerTool(Tool):
    """Press, drag and release, or click both ends.

    The distance stays until the next one, Esc or another tool.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._ends: tuple[Point, Point] | None = None
        self._is_leading = False
        session.image_shown.connect(self._forget)

    @property
    def preview(self) -> Preview:
        """The distance with its length and angle."""
        if self._ends is None or self._ends[0] == self._ends[1]:
            return Preview()
        return Preview(ruler=self._ends, label=measured(*self._ends))

    @property
    def hint(self) -> str:
        """Follow what a drag would do."""
        if self._session.image is None:
            return HINT_EMPTY
        if self._is_leading:
            return HINT_DRAGGING
        return HINT_SHOWN if self._ends else HINT_START

    @property
    def is_busy(self) -> bool:
        """Whether a distance is shown."""
        return self._ends is not None

    def press(self, event: PointerEvent) -> None:
        """Set one end, or the other after a click."""
        if self._is_leading:
            self._set_down(event)
        elif self._session.image is not None:
            self._ends = ((event.x, event.y), (event.x, event.y))
            self._is_leading = True
            self._on_changed()

    def move(self, event: PointerEvent) -> None:
        """Lead the other end."""
        if self._ends and self._is_leading:
            self._ends = (self._ends[0], _end(self._ends[0], event))
            self._on_changed()

    def release(self, event: PointerEvent) -> None:
        """Leave the distance where it is, unless that was the first of two clicks."""
        if self._ends and self._is_leading and distance(event, self._ends[0]) >= DRAG_START:
            self._set_down(event)

    def cancel(self) -> bool:
        """Remove the ruler, else give up the running traces, else the selection."""
        if self._ends is None:
            return let_go(self._session)
        self._forget()
        return True

    def deactivate(self) -> None:
        """Remove the ruler."""
        self._forget()

    def _set_down(self, event: PointerEvent) -> None:
        """Leave the other end here; two clicks on one spot measure nothing."""
        self.move(event)
        self._is_leading = False
        if self._ends and distance(event, self._ends[0]) < DRAG_START:
            self._ends = None
        self._on_changed()

    def _forget(self) -> None:
        self._ends = None
        self._is_leading = False
        self._on_changed()

    def _on_changed(self) -> None:
        self.preview_changed.emit()
        self.hint_changed.emit()


def measured(start: Point, end: Point) -> str:
    """Return length and angle in words; the angle from the horizontal, upward to the right."""
    dx, dy = end[0] - start[0], start[1] - end[1]
    angle = round(degrees(atan2(dy, dx)), 1) % 180
    return f"{hypot(dx, dy):.1f} px · {angle:.1f}° from horizontal"


def _end(start: Point, event: PointerEvent) -> Point:
    dx, dy = event.x - start[0], event.y - start[1]
    if not event.is_extending:
        return event.x, event.y
    angle = round(atan2(dy, dx) / ANGLE_STEP) * ANGLE_STEP
    length = dx * cos(angle) + dy * sin(angle)
    return start[0] + length * cos(angle), start[1] + length * sin(angle)
