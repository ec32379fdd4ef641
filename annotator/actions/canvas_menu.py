"""The context menu of the canvas: what it is about, and the place that "here" means."""

from math import hypot

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from annotator.actions.context import Context
from annotator.actions.menus import Commands
from annotator.actions.row import Target
from annotator.canvas.tool import PointerEvent
from annotator.document.crack import Crack
from annotator.tools.picking import object_under

HANDLE_RADIUS = 8.0
"""Screen pixels from a waypoint at which it is meant."""


def aim(context: Context, pointer: PointerEvent) -> Target:
    """Select what is under the pointer, remember the place, and return what it is.

    What is selected already stays selected, so that a command on several objects can be chosen.
    """
    context.place = pointer
    if _is_at_waypoint(context, pointer):
        return "waypoint"
    selection = context.session.selection
    found = object_under(context.session, pointer)
    if found is None:
        selection.select(())
        return "empty"
    if found.identifier not in selection.names:
        selection.select([found.identifier])
    return "crack" if isinstance(found, Crack) else "box"


def pop_up(context: Context, commands: Commands, position: QPoint, pointer: PointerEvent) -> QMenu:
    """Show the menu of what is under the pointer."""
    menu = commands.canvas_menu(aim(context, pointer))
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(position)
    return menu


def _is_at_waypoint(context: Context, pointer: PointerEvent) -> bool:
    crack = context.session.selection.crack
    if crack is None or crack.path is None:
        return False
    return any(
        handle.kind in ("end", "waypoint")
        and hypot(handle.point[0] - pointer.x, handle.point[1] - pointer.y) * pointer.zoom
        <= HANDLE_RADIUS
        for handle in context.tool.preview.handles
    )
