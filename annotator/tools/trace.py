"""The trace tool: click one end of a crack, click the other, and it is traced."""

import time
from collections.abc import Sequence
from dataclasses import replace
from math import hypot

from PySide6.QtCore import Qt, QTimer

from annotator.canvas.tool import Point, PointerEvent, Preview, Tool
from annotator.document.crack import Crack
from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.services.live_trace import LivePath
from annotator.session import Session
from annotator.tools.handles import distance
from annotator.tools.held_ribbons import HeldRibbons
from annotator.tools.landing import landing_of
from annotator.tools.live_reading import reading_of
from annotator.tools.path_handles import PathHandles
from annotator.tools.picking import crack_under
from annotator.tools.targets import let_go

SAME_PLACE = 3.0
"""In screen pixels."""
FRAME_MS = 12
"""Between two frames of the ribbon: moves of the mouse that come quicker are drawn together."""

AGAIN_MS = 50
"""A front grows for as long as somebody asks."""

HINT_EMPTY = "Open a photograph or a folder to begin"
HINT_BROKEN = "This file cannot be opened · A and D lead to the other images"
HINT_START = "Click one end of a crack"
HINT_ON_CRACK = "Click selects this crack · Shift+click starts a new one here"
HINT_SELECTED = "Delete removes the selected crack · Click one end of the next one"
HINT_END = "Click the other end · Shift+click adds a point on the way · Esc cancels"
HINT_VIA = "Click the other end, or Enter ends here · Backspace takes the last point back"
HINT_GO_ON = " · Shift+click goes on from the last end"
HINT_SNAPPING = {True: " · S turns snapping off", False: " · S turns snapping on"}
HINT_RUNNING = "Tracing · Esc cancels · Click one end of the next crack"


class TraceTool(Tool):
    """Collects clicks and starts traces.

    A plain first click on a crack selects it, elsewhere it begins a trace; a plain second click
    ends it. Shift or Ctrl always places a point: to begin on a crack, to go on from the end of the
    crack traced last, or to add one on the way. The selected crack has handles.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._live = session.live_preview
        self._handles = PathHandles(session)
        self._held = HeldRibbons(session)
        self._points: list[Point] = []
        self._cursor: Point | None = None
        self._pointer: PointerEvent | None = None
        self._hovered: Crack | None = None
        self._landing: Point | None = None
        self._ribbon: LivePath | None = None
        self._last_traced = ""
        self._frame = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._on_frame)
        self._framed_at = 0.0
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._ask_for_frame)
        self._connect()

    def _connect(self) -> None:
        session = self._session
        self._handles.changed.connect(self._on_changed)
        self._live.changed.connect(self._ask_for_frame)
        self._live.changed.connect(self.hint_changed)
        self._live.snapping_changed.connect(self._ask_for_frame)
        self._live.snapping_changed.connect(self.hint_changed)
        session.traces.changed.connect(self._held.forget_ended)
        session.traces.changed.connect(self._on_changed)
        session.trace_failed.connect(self._on_trace_failed)
        session.image_shown.connect(self._on_image_shown)
        session.selection.changed.connect(self.hint_changed)
        session.document_changed.connect(self._on_document_changed)

    @property
    def preview(self) -> Preview:
        """Clicks so far, the cursor, handles, and the traces of this image that still run."""
        shown = Preview() if self._points else self._handles.shown
        return replace(
            shown,
            points=tuple(self._points),
            cursor=self._cursor,
            ribbons=(*self._live.segments, self._ribbon) if self._points else (),
            held=self._held.ribbons,
            landing=self._landing,
            under_way=(*self._held.lines, *shown.under_way),
            hovered=self._hovered.identifier if self._hovered else "",
        )

    @property
    def hint(self) -> str:
        """Follow what the next click would do."""
        session = self._session
        if session.image is None:
            return HINT_BROKEN if session.current else HINT_EMPTY
        if self._points:
            number, count = self._live.ways
            other = f"Tab: other way ({number + 1} of {count}) · " if count > 1 else ""
            return other + (HINT_END if len(self._points) == 1 else HINT_VIA)
        if self._handles.hint or self._hovered:
            return self._handles.hint or HINT_ON_CRACK
        return self._hint_of_start()

    def _hint_of_start(self) -> str:
        session = self._session
        if any(running.entry is session.current for running in session.traces.running):
            return HINT_RUNNING
        if session.selection.names:
            return HINT_SELECTED
        go_on = HINT_GO_ON if self._last_end() else ""
        return HINT_START + go_on + HINT_SNAPPING[self._live.is_snapping]

    @property
    def reading(self) -> str:
        """Length, width and confidence from the first click to the cursor."""
        return reading_of((*self._live.segments, self._ribbon)) if self._points else ""

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
        if not event.is_inside:
            session.problem.emit("That click lies outside the image; click on the crack.")
        elif self._points:
            self._place(event)
        elif event.is_extending:
            self._go_on(event)
        else:
            hit = crack_under(session, event)
            session.selection.select([hit.identifier] if hit else [])
            if hit is None:
                self._set_points([landing_of(session, event)])

    def _place(self, event: PointerEvent) -> None:
        """Add a point, and the course to it, or finish there."""
        landing, last = landing_of(self._session, event), self._points[-1]
        is_here = hypot(landing[0] - last[0], landing[1] - last[1]) < 1.0
        if is_here or distance(event, last) < SAME_PLACE:
            self._session.problem.emit(
                "Both clicks are on one spot; click the other end of the crack."
            )
            return
        passed, ribbons = self._way_to(landing)
        points = [*self._points, *passed, landing]
        if event.is_extending:
            self._set_points(points, ribbons)
        else:
            self._finish(points, (*self._live.segments, *ribbons))

    def _way_to(self, landing: Point) -> tuple[list[Point], list[LivePath | None]]:
        """Return points on the way that was chosen, and the ribbons between them."""
        way = self._live.way
        if way is None:
            return [], [self._live.path_to(landing)]
        from annotator.services.detours import cut  # loaded when the way was found

        return way.points, [*cut(way.path, way.samples)]

    def _go_on(self, event: PointerEvent) -> None:
        """Begin on the crack under the pointer, else at the last end, else anew."""
        session = self._session
        landing = landing_of(session, event)
        last = self._last_end()
        if crack_under(session, event) or last is None or distance(event, last) < SAME_PLACE:
            self._set_points([landing])
        else:
            self._set_points([last, landing])

    def _last_end(self) -> Point | None:
        """Return where the crack traced last ends, or the one being traced."""
        session = self._session
        here = [r for r in session.traces.running if r.entry is session.current and not r.replaces]
        if here:
            return here[-1].waypoints[-1]
        content = session.current.content if session.current else None
        crack = content.find_crack(self._last_traced) if content else None
        if crack is None or crack.path is None or not len(crack.path.centerline):
            return None
        x, y = crack.path.centerline[-1]
        return float(x), float(y)

    def _finish(self, points: list[Point], ribbons: tuple[LivePath | None, ...]) -> None:
        """Trace; what is on the screen stays until the crack is."""
        self._set_points([])
        self._held.start(points, ribbons)

    def move(self, event: PointerEvent) -> None:
        """Drag a handle, lead the line to the cursor, or note the crack under it."""
        self._cursor = (event.x, event.y)
        self._pointer = event
        if not self._points and self._handles.move(event):
            return
        self._look_under_pointer()
        self._ask_for_frame()

    def _ask_for_frame(self) -> None:
        """Draw soon, and once for all that happens until then."""
        if not self._frame.isActive():
            passed = round(1000 * (time.monotonic() - self._framed_at))
            self._frame.start(max(FRAME_MS - passed, 0))

    def _on_frame(self) -> None:
        """Lead the ribbon to where a click would land."""
        self._framed_at = time.monotonic()
        before = self._landing, self._ribbon
        self._landing = self._ribbon = None
        event = self._pointer
        is_tracing = bool(self._points) and event is not None
        if event is not None and event.is_inside and (is_tracing or self._begins_at(event)):
            landing = landing_of(self._session, event)
            self._landing = landing if landing != self._cursor else None
            self._ribbon = self._live.path_to(landing) if is_tracing else None
            self._live.look_at(landing if is_tracing else None, event.zoom)
            if is_tracing and self._live.is_awaited:
                self._again.start()
        if is_tracing or before != (self._landing, self._ribbon):
            self.preview_changed.emit()

    def _begins_at(self, event: PointerEvent) -> bool:
        """Tell whether a click would begin a trace."""
        return (self._hovered is None or event.is_extending) and not self._handles.hint

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
        self._cursor = self._pointer = self._landing = self._ribbon = None
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
        self._pointer = None
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
        self._finish(self._points, self._live.segments)
        return True

    def next_way(self) -> bool:
        """Lead the ribbon to the cursor another way."""
        return bool(self._points) and self._live.next_way()

    def _look_under_pointer(self) -> None:
        """Note the crack under the pointer: the pointer moved, or a crack came or went."""
        pointer = None if self._points else self._pointer
        self._hover(crack_under(self._session, pointer) if pointer else None)

    def _hover(self, hovered: Crack | None) -> None:
        if hovered is not self._hovered:
            self._hovered = hovered
            self._on_changed()
            self._ask_for_frame()  # a click here means something else now

    def _set_points(self, points: list[Point], ribbons: Sequence[LivePath | None] = ()) -> None:
        self._points = points
        self._live.set_points(points, ribbons)
        self._landing = self._ribbon = None
        self._ask_for_frame()
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

    def _on_document_changed(self, entry: ImageEntry, change: Change) -> None:
        traced = [item for item in change.added if isinstance(item, Crack) and item.path]
        if len(traced) == 1 and entry is self._session.current:
            self._last_traced = traced[0].identifier
            self.hint_changed.emit()
        self._look_under_pointer()

    def _on_image_shown(self) -> None:
        self._last_traced = ""
        self._hovered = self._cursor = self._pointer = None
        self._held.forget_ended()
        self._set_points([])
