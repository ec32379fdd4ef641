"""The select tool: click cracks and boxes, drag what is selected, drag the image elsewhere."""

from dataclasses import replace

from PySide6.QtCore import Qt

from annotator.canvas.tool import Point, PointerEvent, Preview, Tool
from annotator.document.crack import Crack
from annotator.document.image_content import ImageObject
from annotator.session import Session
from annotator.tools.box_handles import BoxHandles
from annotator.tools.handles import DRAG_START, Handles, distance
from annotator.tools.path_handles import PathHandles
from annotator.tools.picking import object_under
from annotator.tools.targets import let_go
from annotator.tools.trace import HINT_EMPTY

HINT_NOTHING = "Click selects a crack or a box · Drag moves the image"
HINT_SELECTED = "Delete removes what is selected · L locks it · Shift+click adds more"
HINT_OBJECT = "Click selects this {} · Shift+click adds it to the selection"
HINT_TAKE_AWAY = "Shift+click takes this {} out of the selection"


class SelectTool(Tool):
    """A plain click selects what is under it and nothing else; with Shift or Ctrl it adds.

    What is selected alone has handles. A drag that begins on none of them moves the image.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._handles: tuple[Handles, ...] = (PathHandles(session), BoxHandles(session))
        self._hovered: ImageObject | None = None
        self._pan_from: Point | None = None
        self._is_panning = False
        self._clears = False
        for handles in self._handles:
            handles.changed.connect(self._on_changed)
        session.traces.changed.connect(self.preview_changed)
        session.image_shown.connect(self._forget)
        session.document_changed.connect(self._on_document_changed)

    @property
    def preview(self) -> Preview:
        """Handles, what is dragged, the object under the pointer, traces of this image that run."""
        session = self._session
        running = tuple(r.waypoints for r in session.traces.running if r.entry is session.current)
        shown = [handles.shown for handles in self._handles]
        box = shown[1]
        return replace(
            box,
            under_way=(*running, *shown[0].under_way),
            handles=(*shown[0].handles, *box.handles),
            hovered=self._hovered.identifier if self._hovered else "",
        )

    @property
    def hint(self) -> str:
        """Follow what the next click would do."""
        session = self._session
        if session.image is None:
            return HINT_EMPTY
        hints = [handles.hint for handles in self._handles if handles.hint]
        if hints:
            return hints[0]
        if self._hovered is not None:
            is_selected = self._hovered.identifier in session.selection.names
            what = "crack" if isinstance(self._hovered, Crack) else "box"
            return (HINT_TAKE_AWAY if is_selected else HINT_OBJECT).format(what)
        return HINT_SELECTED if session.selection.names else HINT_NOTHING

    @property
    def cursor(self) -> Qt.CursorShape:
        """Show what can be taken hold of."""
        if self._is_panning:
            return Qt.CursorShape.ClosedHandCursor
        shapes = [handles.cursor for handles in self._handles if handles.cursor is not None]
        if shapes:
            return shapes[0]
        over = self._hovered is not None
        return Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor

    @property
    def is_busy(self) -> bool:
        """Whether something is being dragged."""
        return any(handles.is_dragging for handles in self._handles)

    def press(self, event: PointerEvent) -> None:
        """Take hold of a handle, or select; what follows may move the image."""
        if any(handles.press(event) for handles in self._handles):
            return
        selection = self._session.selection
        hit = object_under(self._session, event)
        self._pan_from, self._is_panning = (event.x, event.y), False
        self._clears = hit is None and not event.is_extending
        if hit is None:
            return
        if not event.is_extending:
            selection.select([hit.identifier])
        elif hit.identifier in selection.names:
            selection.select(name for name in selection.names if name != hit.identifier)
        else:
            selection.select([*selection.names, hit.identifier])

    def move(self, event: PointerEvent) -> None:
        """Drag a handle or the image, or note what is under the pointer."""
        if self._pan_from is not None and event.is_pressed:
            self._pan(event, self._pan_from)
            return
        self._end_pan()
        is_taken = False
        for handles in self._handles:
            is_taken |= handles.move(event)
        if not is_taken:
            self._hover(object_under(self._session, event))

    def release(self, event: PointerEvent) -> None:
        """Set down what was dragged; a click on nothing selects nothing."""
        if self._pan_from is not None:
            if self._clears and not self._is_panning:
                self._session.selection.select(())
            self._end_pan()
        else:
            for handles in self._handles:
                handles.release(event)
        self.move(event)  # what was selected just now has handles

    def double_click(self, event: PointerEvent) -> None:
        """Add a point to the course of the selected crack."""
        if not any(handles.double_click(event) for handles in self._handles):
            self.press(event)

    def leave(self) -> None:
        """Hover nothing."""
        for handles in self._handles:
            handles.leave()
        self._hover(None)

    def drop_last(self) -> bool:
        """Give up the drag: its edit is not made yet."""
        given_up = [handles.cancel() for handles in self._handles]
        return any(given_up)

    def delete_hovered(self) -> bool:
        """Delete the waypoint under the pointer."""
        return any(handles.delete_hovered() for handles in self._handles)

    def cancel(self) -> bool:
        """Give up the drag, else the running traces, else the selection."""
        self._end_pan()
        return any(handles.cancel() for handles in self._handles) or let_go(self._session)

    def deactivate(self) -> None:
        """Put back what is being dragged; the selection stays for the next tool."""
        self._end_pan()
        for handles in self._handles:
            handles.cancel()
            handles.leave()
        self._hover(None)

    def _pan(self, event: PointerEvent, start: Point) -> None:
        if not self._is_panning and distance(event, start) < DRAG_START:
            return
        if not self._is_panning:
            self._is_panning = True
            self.cursor_changed.emit()
        self.pan_requested.emit(event.x - start[0], event.y - start[1])

    def _end_pan(self) -> None:
        self._pan_from = None
        if self._is_panning:
            self._is_panning = False
            self.cursor_changed.emit()

    def _hover(self, hovered: ImageObject | None) -> None:
        if hovered is not self._hovered:
            self._hovered = hovered
            self._on_changed()

    def _on_document_changed(self) -> None:
        """Let go of an object that is another version now; the next move finds it."""
        self._hover(None)

    def _forget(self) -> None:
        self._end_pan()
        self._hovered = None
        self._on_changed()

    def _on_changed(self) -> None:
        self.preview_changed.emit()
        self.hint_changed.emit()
        self.cursor_changed.emit()
