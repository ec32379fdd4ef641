"""The box tool: a rectangle with a class."""

from math import hypot

from annotator.canvas.tool import Point, PointerEvent, Preview, Tool
from annotator.document.block_raster import Box
from annotator.document.bounding_box import BoundingBox
from annotator.document.box_geometry import box_between
from annotator.session import Session
from annotator.session.session import READ_ONLY
from annotator.tools.targets import let_go

DRAG_START = 4.0
"""Screen pixels from which a press and a release are a drag, and no click."""

HINT_EMPTY = "Open a photograph or a folder to begin"
HINT_START = "Drag a box around something, or click two corners · Class: {}"
HINT_END = "Release or click at the other corner · Esc cancels"


class BoxTool(Tool):
    """Press, drag and release, or click two corners."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._start: Point | None = None
        self._pointer: PointerEvent | None = None
        session.image_shown.connect(self._forget)
        session.box_classes.changed.connect(self._on_changed)

    @property
    def preview(self) -> Preview:
        """The box as far as it is dragged, with its class and size."""
        box = self._box
        if box is None:
            return Preview()
        known = self._session.box_classes.current
        label = f"{known.name} · {box[2] - box[0]} × {box[3] - box[1]} px"
        return Preview(rectangle=box, label=label, color=known.color)

    @property
    def hint(self) -> str:
        """Follow what the next click would do."""
        if self._session.image is None:
            return HINT_EMPTY
        return (
            HINT_END if self._start else HINT_START.format(self._session.box_classes.current.name)
        )

    @property
    def is_busy(self) -> bool:
        """Whether a corner is placed."""
        return self._start is not None

    def activate(self) -> None:
        """Look which classes there are."""
        self._session.box_classes.refresh()

    def deactivate(self) -> None:
        """Give up the box."""
        self._forget()

    def press(self, event: PointerEvent) -> None:
        """Place a corner."""
        self._pointer = event
        if self._start is not None:
            self._finish()
        elif self._session.is_read_only:
            self._session.problem.emit(READ_ONLY)
        elif self._session.image is not None and self._session.current is not None:
            self._start = (event.x, event.y)
        self._on_changed()

    def move(self, event: PointerEvent) -> None:
        """Lead the other corner."""
        self._pointer = event
        if self._start is not None:
            self.preview_changed.emit()

    def release(self, event: PointerEvent) -> None:
        """Make the box, unless that was the first of two clicks."""
        self._pointer = event
        if self._start is not None and self._is_dragged(event):
            self._finish()
        self._on_changed()

    def cancel(self) -> bool:
        """Give up the box, else the running traces, else the selection."""
        if self._start is not None:
            self._forget()
            return True
        return let_go(self._session)

    @property
    def _box(self) -> Box | None:
        image, pointer = self._session.image, self._pointer
        if image is None or pointer is None or self._start is None:
            return None
        return box_between(self._start, (pointer.x, pointer.y), image.size)

    def _is_dragged(self, event: PointerEvent) -> bool:
        x, y = self._start or (event.x, event.y)
        return hypot(event.x - x, event.y - y) * event.zoom >= DRAG_START

    def _finish(self) -> None:
        box, self._start = self._box, None
        if box is None:
            return
        made = BoundingBox(box, self._session.box_classes.current.name)
        if self._session.apply("Draw box", lambda content: content.with_boxes([made])):
            self._session.selection.select([made.identifier])

    def _forget(self) -> None:
        self._start = None
        self._on_changed()

    def _on_changed(self) -> None:
        self.preview_changed.emit()
        self.hint_changed.emit()
