"""What a canvas tool is: pointer events in, a preview while it works, at most one edit out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal, SignalInstance

from annotator.document.block_raster import Box
from annotator.document.crack import Crack
from annotator.services.live_trace import LivePath

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """A pointer position in array coordinates with what is needed to judge it."""

    x: float
    y: float
    zoom: float = 1.0
    """Screen pixels per image pixel: tolerances are meant on the screen."""
    is_inside: bool = True
    """Whether it lies on the image."""
    is_extending: bool = False
    """Shift or Ctrl is held: place a point without finishing, add to the selection."""
    is_inverting: bool = False
    """Alt or Ctrl is held: erase instead of painting, and the other way round."""
    is_pressed: bool = False
    """The left button is held."""


@dataclass(frozen=True, slots=True)
class Handle:
    """Something to drag on the canvas."""

    point: Point
    kind: Literal["end", "waypoint", "corner"] = "end"
    is_hovered: bool = False


@dataclass(frozen=True, slots=True)
class BrushTip:
    """The circle under the pointer."""

    center: Point
    radius: float
    """In image pixels."""
    is_erasing: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Preview:
    """What the canvas draws for a tool while it works."""

    points: tuple[Point, ...] = ()
    """Clicks of a trace so far."""
    cursor: Point | None = None
    """Where a line from the last click leads."""
    ribbons: tuple[LivePath | None, ...] = ()
    """Courses from click to click and to the cursor; a dashed line stands for one not known."""
    held: tuple[LivePath, ...] = ()
    """Ribbons of traces that run."""
    landing: Point | None = None
    """Where a click here would land, if not at the cursor."""
    under_way: tuple[tuple[Point, ...], ...] = ()
    """Clicks of traces that run."""
    outline: tuple[Point, ...] = ()
    """A contour or polygon as far as it is drawn."""
    is_closing: bool = False
    """The next click closes the outline."""
    rectangle: Box | None = None
    color: str = ""
    """Of the rectangle, "#rrggbb"."""
    handles: tuple[Handle, ...] = ()
    brush: BrushTip | None = None
    pending: tuple[Crack, ...] = ()
    """Cracks as they would be if the stroke ended here: shown instead of those they replace."""
    ruler: tuple[Point, Point] | None = None
    label: str = ""
    """Written beside the ruler or the rectangle."""
    hovered: str = ""
    """Identifier of the crack or box that a click would select."""


class Tool(QObject):
    """Base of the tools; the methods do nothing, a tool overrides what it needs."""

    preview_changed = Signal()
    hint_changed = Signal()
    cursor_changed = Signal()
    pan_requested = Signal(float, float)
    """Move what is under the pointer by so much: image pixels to the right and down."""

    @property
    def preview(self) -> Preview:
        """What to draw."""
        return Preview()

    @property
    def hint(self) -> str:
        """What the next click or key does, for the status bar."""
        return ""

    @property
    def reading(self) -> str:
        """What is measured at the pointer, for the status bar; told by ``preview_changed``."""
        return ""

    @property
    def cursor(self) -> Qt.CursorShape:
        """Shape of the mouse cursor over the image."""
        return Qt.CursorShape.CrossCursor

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that Esc would give up."""
        return False

    def activate(self) -> None:
        """Become the current tool."""

    def deactivate(self) -> None:
        """Another tool is chosen: give up what is under way."""
        self.cancel()

    def press(self, event: PointerEvent) -> None:
        """Take a press of the left button."""

    def move(self, event: PointerEvent) -> None:
        """Follow the pointer."""

    def release(self, event: PointerEvent) -> None:
        """Take the release of the left button."""

    def double_click(self, event: PointerEvent) -> None:
        """Take the second press of a double-click; it counts as one more press by default."""
        self.press(event)

    def leave(self) -> None:
        """Forget the pointer, which left the canvas."""

    def resize(self, steps: float) -> bool:
        """Make the tip of the tool larger or smaller; tell whether it has one."""
        return False

    def drop_last(self) -> bool:
        """Take back the last point; tell whether there was one."""
        return False

    def delete_hovered(self) -> bool:
        """Delete the point under the pointer; tell whether there was one."""
        return False

    def next_way(self) -> bool:
        """Choose another way to the pointer; tell whether there is one."""
        return False

    def cancel(self) -> bool:
        """Give up what is under way; tell whether anything was."""
        return False

    def accept(self) -> bool:
        """Finish with the points there are; tell whether it could."""
        return False


class ToolSwitch(Tool):
    """Stands for the current one of several tools, so that nobody else needs to know which."""

    tool_changed = Signal()

    def __init__(self, tools: Mapping[str, Tool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tools = dict(tools)
        self._name = next(iter(self._tools))
        self._pointer: PointerEvent | None = None
        for tool in self._tools.values():
            tool.setParent(self)
            tool.preview_changed.connect(partial(self._pass_on, tool, self.preview_changed))
            tool.hint_changed.connect(partial(self._pass_on, tool, self.hint_changed))
            tool.cursor_changed.connect(partial(self._pass_on, tool, self.cursor_changed))
            tool.pan_requested.connect(self.pan_requested)

    def _pass_on(self, tool: Tool, signal: SignalInstance) -> None:
        """Tell what changed of the current tool; the others follow the session too, unseen."""
        if tool is self.current:
            signal.emit()

    @property
    def name(self) -> str:
        """Name of the current tool."""
        return self._name

    @property
    def current(self) -> Tool:
        """The current tool."""
        return self._tools[self._name]

    def tool(self, name: str) -> Tool:
        """Return a tool by name."""
        return self._tools[name]

    def choose(self, name: str) -> None:
        """Make another tool the current one."""
        if name == self._name:
            return
        self.current.deactivate()
        self._name = name
        self.current.activate()
        if self._pointer is not None:  # the new tool shows at once what it would do there
            self.current.move(replace(self._pointer, is_pressed=False))
        self.tool_changed.emit()
        self.preview_changed.emit()
        self.hint_changed.emit()
        self.cursor_changed.emit()

    @property
    def preview(self) -> Preview:
        """What the current tool draws."""
        return self.current.preview

    @property
    def hint(self) -> str:
        """The hint of the current tool."""
        return self.current.hint

    @property
    def reading(self) -> str:
        """What the current tool measures."""
        return self.current.reading

    @property
    def cursor(self) -> Qt.CursorShape:
        """The cursor of the current tool."""
        return self.current.cursor

    @property
    def is_busy(self) -> bool:
        """Whether the current tool is at something."""
        return self.current.is_busy

    def press(self, event: PointerEvent) -> None:
        """Pass on."""
        self.current.press(event)

    def move(self, event: PointerEvent) -> None:
        """Pass on."""
        self._pointer = event
        self.current.move(event)

    def release(self, event: PointerEvent) -> None:
        """Pass on."""
        self.current.release(event)

    def double_click(self, event: PointerEvent) -> None:
        """Pass on."""
        self.current.double_click(event)

    def leave(self) -> None:
        """Pass on."""
        self._pointer = None
        self.current.leave()

    def resize(self, steps: float) -> bool:
        """Pass on."""
        return self.current.resize(steps)

    def drop_last(self) -> bool:
        """Pass on."""
        return self.current.drop_last()

    def delete_hovered(self) -> bool:
        """Pass on."""
        return self.current.delete_hovered()

    def next_way(self) -> bool:
        """Pass on."""
        return self.current.next_way()

    def cancel(self) -> bool:
        """Pass on."""
        return self.current.cancel()

    def accept(self) -> bool:
        """Pass on."""
        return self.current.accept()
