"""The polygon: click the corners of a region."""

from math import hypot

from annotator.canvas.tool import PointerEvent
from annotator.tools.region import HINT_CLOSE, HINT_EMPTY, RegionTool

SAME_PLACE = 2.0
"""Screen pixels between two clicks that are one."""

HINT_START = "Click the first corner of a region"
HINT_NEXT = "Click the next corner · Backspace takes the last one back · Esc cancels"
TOO_FEW = "A polygon has at least three corners; click the next one, or press Esc to give it up."
HINT_ENOUGH = "Double-click or Enter closes · Alt or Ctrl cuts out · Backspace takes a corner back"


class PolygonTool(RegionTool):
    """A click is a corner; a double-click, Enter or a click on the first corner closes."""

    too_few = TOO_FEW

    @property
    def hint(self) -> str:
        """Follow what the next click would do."""
        if self._session.image is None:
            return HINT_EMPTY
        if self._pointer and self._pieces and self.closes(self._pointer):
            return HINT_CLOSE
        return (HINT_START, HINT_NEXT, HINT_NEXT, HINT_ENOUGH)[min(len(self._pieces), 3)]

    def press(self, event: PointerEvent) -> None:
        """Place a corner, or close."""
        self._pointer = event
        if not self.may_draw():
            return
        if self._pieces and self.closes(event):
            self.accept()
        elif not self._is_same_place(event):
            self._pieces.append([(event.x, event.y)])
            self.changed()

    def _is_same_place(self, event: PointerEvent) -> bool:
        if not self._pieces:
            return False
        x, y = self._pieces[-1][-1]
        return hypot(event.x - x, event.y - y) * event.zoom < SAME_PLACE
