"""The trace tool: click one end of a crack, click the other, and it is traced."""

from math import hypot

from annotator.canvas.hit_testing import crack_at
from annotator.canvas.tool import Point, PointerEvent, Preview, Tool
from annotator.document.crack_path import CrackPath
from annotator.session import Session

SELECT_RADIUS = 5.0
SAME_PLACE = 3.0
"""Both in screen pixels."""

HINT_EMPTY = "Open a photograph or a folder to begin"
HINT_BROKEN = "This file cannot be opened · A and D lead to the other images"
HINT_START = "Click one end of a crack"
HINT_ON_CRACK = "Click selects this crack · Shift+click starts a new one here"
HINT_SELECTED = "Delete removes the selected crack · Click one end of the next one"
HINT_END = "Click the other end · Shift+click adds a point on the way · Esc cancels"
HINT_VIA = "Click the other end, or Enter ends here · Backspace takes the last point back"


class TraceTool(Tool):
    """Collects clicks and starts traces.

    A plain first click on a crack selects it, elsewhere it begins a trace; a plain second click
    ends it. Shift or Ctrl always places a point: to begin on a crack, or to add one on the way.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._points: list[Point] = []
        self._cursor: Point | None = None
        self._pointer: PointerEvent | None = None
        self._hovered: CrackPath | None = None
        session.traces_changed.connect(self.preview_changed)
        session.trace_failed.connect(self._on_trace_failed)
        session.image_shown.connect(self._on_image_shown)
        session.selection_changed.connect(self.hint_changed)
        session.document_changed.connect(self._look_under_pointer)

    @property
    def preview(self) -> Preview:
        """Clicks so far, the cursor, and the traces of this image that still run."""
        session = self._session
        under_way = tuple(r.waypoints for r in session.running if r.entry is session.current)
        return Preview(tuple(self._points), self._cursor, under_way)

    @property
    def hint(self) -> str:
        """Follow what the next click would do."""
        if self._session.image is None:
            return HINT_BROKEN if self._session.current else HINT_EMPTY
        if self._points:
            return HINT_END if len(self._points) == 1 else HINT_VIA
        if self._hovered is not None:
            return HINT_ON_CRACK
        return HINT_SELECTED if self._session.selected else HINT_START

    def press(self, event: PointerEvent) -> None:
        """Select, begin, add a point, or finish."""
        session = self._session
        if session.image is None or session.current is None:
            return
        point = (event.x, event.y)
        if not event.is_inside:
            session.problem.emit("That click lies outside the image; click on the crack.")
        elif self._points and self._is_same_place(event):
            session.problem.emit("Both clicks are on one spot; click the other end of the crack.")
        elif event.is_extending:
            self._set_points([*self._points, point])
        elif self._points:
            waypoints = [*self._points, point]
            self._set_points([])
            session.trace(waypoints)
        else:
            hit = self._crack_under(event)
            session.select(hit)
            if hit is None:
                self._set_points([point])

    def move(self, event: PointerEvent) -> None:
        """Lead the dashed line to the cursor, or note the crack under it."""
        self._cursor = (event.x, event.y)
        self._pointer = event
        self._look_under_pointer()
        if self._points:
            self.preview_changed.emit()

    def leave(self) -> None:
        """Draw no line to a cursor that is gone."""
        self._cursor = self._pointer = None
        self._look_under_pointer()
        self.preview_changed.emit()

    def drop_last(self) -> bool:
        """Take back the last click."""
        if not self._points:
            return False
        self._set_points(self._points[:-1])
        return True

    def cancel(self) -> bool:
        """Give up the clicks; with none there, the running traces; else the selection."""
        if self._points:
            self._set_points([])
        elif self._session.running:
            self._session.cancel_traces()
        elif self._session.selected:
            self._session.select(None)
        else:
            return False
        return True

    def accept(self) -> bool:
        """Trace through the clicks there are."""
        if len(self._points) < 2:
            return False
        waypoints = self._points
        self._set_points([])
        self._session.trace(waypoints)
        return True

    def _look_under_pointer(self) -> None:
        """Note the crack under the pointer: the pointer moved, or a crack came or went."""
        pointer = None if self._points else self._pointer
        hovered = self._crack_under(pointer) if pointer else None
        if hovered is not self._hovered:
            self._hovered = hovered
            self.hint_changed.emit()

    def _crack_under(self, event: PointerEvent) -> CrackPath | None:
        entry = self._session.current
        if entry is None or not event.is_inside:
            return None
        return crack_at(entry.cracks, event.x, event.y, radius=SELECT_RADIUS / event.zoom)

    def _is_same_place(self, event: PointerEvent) -> bool:
        x, y = self._points[-1]
        return hypot(event.x - x, event.y - y) * event.zoom < SAME_PLACE

    def _set_points(self, points: list[Point]) -> None:
        self._points = points
        if points:
            self._session.select(None)
            self._hovered = None
        self.preview_changed.emit()
        self.hint_changed.emit()

    def _on_trace_failed(self, waypoints: tuple[Point, ...]) -> None:
        """Give the clicks back but the last, so that a failed trace costs one click."""
        if not self._points:
            self._set_points(list(waypoints[:-1]))

    def _on_image_shown(self) -> None:
        self._hovered = self._cursor = self._pointer = None
        self._set_points([])
