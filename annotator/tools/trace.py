"""The trace tool: click one end of a crack, click the other, and it is traced."""

from dataclasses import replace

from PySide6.QtCore import Qt

from annotator.canvas.tool import Point, PointerEvent, Preview, Tool
from annotator.document.crack import Crack
from annotator.session import Session
from annotator.tools.handles import distance
from annotator.tools.path_handles import PathHandles
from annotator.tools.picking import crack_under
from annotator.tools.targets import let_go

SAME_PLACE = 3.0
"""In screen pixels."""

HINT_EMPTY = "Open a photograph or a folder to begin"
HINT_BROKEN = "This file cannot be opened · A and D lead to the other images"
HINT_START = "Click one end of a crack"
HINT_ON_CRACK = "Click selects this crack · Shift+click starts a new one here"
HINT_SELECTED = "Delete removes the selected crack · Click one end of the next one"
HINT_END = "Click the other end · Shift+click adds a point on the way · Esc cancels"
HINT_VIA = "Click the other end, or Enter ends here · Backspace takes the last point back"
HINT_RUNNING = "Tracing · Esc cancels · Click one end of the next crack"


class TraceTool(Tool):
    """Collects clicks and starts traces.

    A plain first click on a crack selects it, elsewhere it begins a trace; a plain second click
    ends it. Shift or Ctrl always places a point: to begin on a crack, or to add one on the way.
    The selected crack has handles.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._handles = PathHandles(session)
        self._points: list[Point] = []
        self._cursor: Point | None = None
        self._pointer: PointerEvent | None = None
        self._hovered: Crack | None = None
        self._handles.changed.connect(self._on_changed)
        session.traces.changed.connect(self._on_changed)
        session.trace_failed.connect(self._on_trace_failed)
        session.image_shown.connect(self._on_image_shown)
        session.selection.changed.connect(self.hint_changed)
        session.document_changed.connect(self._look_under_pointer)

    @property
    def preview(self) -> Preview:
        """Clicks so far, the cursor, handles, and the traces of this image that still run."""
        session = self._session
        running = tuple(r.waypoints for r in session.traces.running if r.entry is session.current)
        shown = Preview() if self._points else self._handles.shown
        return replace(
            shown,
            points=tuple(self._points),
            cursor=self._cursor,
            under_way=(*running, *shown.under_way),
            hovered=self._hovered.identifier if self._hovered else "",
        )

    @property
    def hint(self) -> str:
        """Follow what the next click would do."""
        session = self._session
        if session.image is None:
            return HINT_BROKEN if session.current else HINT_EMPTY
        if self._points:
            return HINT_END if len(self._points) == 1 else HINT_VIA
        if self._handles.hint:
            return self._handles.hint
        if self._hovered is not None:
            return HINT_ON_CRACK
        if any(running.entry is session.current for running in session.traces.running):
            return HINT_RUNNING
        return HINT_SELECTED if session.selection.names else HINT_START

    @property
    def cursor(self) -> Qt.CursorShape:
        """Show handles that can be dragged."""
        shape = None if self._points else self._handles.cursor
        return shape or super().cursor

    @property
    def is_busy(self) -> bool:
        """Whether points are placed or a handle is dragged."""
        return bool(self._points) or self._handles.is_dragging

    def press(self, event: PointerEvent) -> None:
        """Take hold of a handle, select, begin, add a point, or finish."""
        session = self._session
        if session.image is None or session.current is None:
            return
        if not self._points and self._handles.press(event):
            return
        point = (event.x, event.y)
        if not event.is_inside:
            session.problem.emit("That click lies outside the image; click on the crack.")
        elif self._points and distance(event, self._points[-1]) < SAME_PLACE:
            session.problem.emit("Both clicks are on one spot; click the other end of the crack.")
        elif event.is_extending:
            self._set_points([*self._points, point])
        elif self._points:
            waypoints = [*self._points, point]
            self._set_points([])
            session.trace(waypoints)
        else:
            hit = crack_under(session, event)
            session.selection.select([hit.identifier] if hit else [])
            if hit is None:
                self._set_points([point])

    def move(self, event: PointerEvent) -> None:
        """Drag a handle, lead the dashed line to the cursor, or note the crack under it."""
        self._cursor = (event.x, event.y)
        self._pointer = event
        if not self._points and self._handles.move(event):
            return
        self._look_under_pointer()
        if self._points:
            self.preview_changed.emit()

    def release(self, event: PointerEvent) -> None:
        """Set down the handle that was dragged."""
        self._handles.release(event)

    def double_click(self, event: PointerEvent) -> None:
        """Add a point to the course of the selected crack, or to the trace that is begun.

        Else the first of the two clicks did all: it ended a trace or selected a crack.
        """
        if self._points:
            self.press(event)
        else:
            self._handles.double_click(event)

    def leave(self) -> None:
        """Draw no line to a cursor that is gone."""
        self._cursor = self._pointer = None
        self._handles.leave()
        self._look_under_pointer()
        self.preview_changed.emit()

    def drop_last(self) -> bool:
        """Give up a drag, else take back the last click."""
        if self._handles.cancel():
            return True
        if not self._points:
            return False
        self._set_points(self._points[:-1])
        return True

    def delete_hovered(self) -> bool:
        """Delete the waypoint under the pointer."""
        return not self._points and self._handles.delete_hovered()

    def deactivate(self) -> None:
        """Give up the clicks or the drag; the selection and what runs stay."""
        self._handles.cancel()
        self._handles.leave()
        self._set_points([])

    def cancel(self) -> bool:
        """Give up a drag or the clicks; with none there, the running traces; else the selection."""
        if self._handles.cancel():
            return True
        if not self._points:
            return let_go(self._session)
        self._set_points([])
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
        self._hover(crack_under(self._session, pointer) if pointer else None)

    def _hover(self, hovered: Crack | None) -> None:
        if hovered is not self._hovered:
            self._hovered = hovered
            self._on_changed()

    def _set_points(self, points: list[Point]) -> None:
        self._points = points
        if points:
            self._session.selection.select(())
            self._hovered = None
        self._on_changed()

    def _on_changed(self) -> None:
        self.preview_changed.emit()
        self.hint_changed.emit()
        self.cursor_changed.emit()

    def _on_trace_failed(self, waypoints: tuple[Point, ...]) -> None:
        """Give the clicks back but the last, so that a failed trace costs one click."""
        if not self._points:
            self._set_points(list(waypoints[:-1]))

    def _on_image_shown(self) -> None:
        self._hovered = self._cursor = self._pointer = None
        self._set_points([])
