"""The freehand contour: draw around a region."""

from math import hypot

from annotator.canvas.tool import PointerEvent
from annotator.tools.region import CLOSING_RADIUS, HINT_CLOSE, HINT_EMPTY, RegionTool

POINT_SPACING = 1.0
"""Screen pixels between the points of a piece."""

HINT_START = "Hold the button and draw around a region"
HINT_DRAWING = "Release pauses · back at the start, it closes"
TOO_FEW = (
    "Clicks alone draw no contour: hold the button and draw around the region, "
    "or press Esc to give it up."
)
HINT_PAUSED = "Draw on · Double-click or Enter closes · Backspace takes the last piece back"


class ContourTool(RegionTool):
    """Holding the button draws a piece; pieces are joined by straight lines."""

    too_few = TOO_FEW

    @property
    def hint(self) -> str:
        """Follow what the pointer does."""
        if self._session.image is None:
            return HINT_EMPTY
        if not self._pieces:
            return HINT_START
        if self._pointer and self._pointer.is_pressed:
            return HINT_DRAWING
        return HINT_CLOSE if self._pointer and self.closes(self._pointer) else HINT_PAUSED

    def closes(self, event: PointerEvent) -> bool:
        """Tell whether the outline is back at its start, having been away from it."""
        if not super().closes(event):
            return False
        x, y = self._pieces[0][0]
        farthest = max(hypot(px - x, py - y) for px, py in self.points)
        return farthest * event.zoom > 2 * CLOSING_RADIUS

    def press(self, event: PointerEvent) -> None:
        """Begin a piece, or close."""
        self._pointer = event
        if not self.may_draw():
            return
        if self._pieces and self.closes(event):
            self.accept()
        else:
            self._pieces.append([(event.x, event.y)])
            self.changed()

    def move(self, event: PointerEvent) -> None:
        """Draw on while the button is held."""
        if self._pieces and event.is_pressed and self._is_apart(event):
            self._pieces[-1].append((event.x, event.y))
        super().move(event)

    def release(self, event: PointerEvent) -> None:
        """Pause; back at the start, close."""
        self._pointer = event
        if not self._pieces:
            return
        if len(self._pieces[-1]) > 1 and self.closes(event):
            self.accept()
        else:
            self.changed()

    def _is_apart(self, event: PointerEvent) -> bool:
        x, y = self._pieces[-1][-1]
        return hypot(event.x - x, event.y - y) * event.zoom >= POINT_SPACING
