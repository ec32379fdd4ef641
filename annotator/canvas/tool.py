"""What a canvas tool is: pointer events in, a preview while it works, at most one edit out."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

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
    """Shift or Ctrl is held: place a point without finishing."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What the canvas draws for a tool: clicks so far, the cursor they lead to, running traces."""

    points: tuple[Point, ...] = ()
    cursor: Point | None = None
    under_way: tuple[tuple[Point, ...], ...] = ()


class Tool(QObject):
    """Base of the tools; the methods do nothing, a tool overrides what it needs."""

    preview_changed = Signal()
    hint_changed = Signal()

    @property
    def preview(self) -> Preview:
        """What to draw."""
        return Preview()

    @property
    def hint(self) -> str:
        """What the next click or key does, for the status bar."""
        return ""

    def press(self, event: PointerEvent) -> None:
        """Take a press of the left button."""

    def move(self, event: PointerEvent) -> None:
        """Follow the pointer."""

    def leave(self) -> None:
        """Forget the pointer, which left the canvas."""

    def drop_last(self) -> bool:
        """Take back the last point; tell whether there was one."""
        return False

    def cancel(self) -> bool:
        """Give up what is under way; tell whether anything was."""
        return False

    def accept(self) -> bool:
        """Finish with the points there are; tell whether it could."""
        return False
