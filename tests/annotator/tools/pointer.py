"""Pointer events for tools without a window."""

from annotator.canvas.tool import PointerEvent
from tests.session_factory import SIZE


def at(x, y, **changes):
    """Return the pointer over a place of the image."""
    width, height = SIZE
    return PointerEvent(x, y, is_inside=0 <= x < width and 0 <= y < height, **changes)


def press(tool, x, y, **changes):
    """Move there and press."""
    tool.move(at(x, y, **changes))
    tool.press(at(x, y, is_pressed=True, **changes))


def drag_on(tool, *places, **changes):
    """Move on with the button held."""
    for x, y in places:
        tool.move(at(x, y, is_pressed=True, **changes))


def release(tool, x, y, **changes):
    """Let the button go."""
    tool.release(at(x, y, **changes))


def draw(tool, *places, **changes):
    """Press at the first place, drag through the others, release at the last."""
    press(tool, *places[0], **changes)
    drag_on(tool, *places[1:], **changes)
    release(tool, *places[-1], **changes)


def click(tool, x, y, **changes):
    """Press and release at a place."""
    draw(tool, (x, y), **changes)


def double_click(tool, x, y, **changes):
    """Click twice as Qt tells it: press, release, double click, release."""
    click(tool, x, y, **changes)
    tool.double_click(at(x, y, is_pressed=True, **changes))
    release(tool, x, y, **changes)
