"""The menu "Annotate": the tools, what they do next, and what is done to cracks."""

from collections.abc import Callable
from functools import partial

from annotator.actions import view_menu
from annotator.actions.conditions import (
    all_of,
    has_image,
    has_selected_cracks,
    has_selected_paths,
    has_selection,
    has_something_to_cancel,
    has_unlocked_selection,
    is_not_read_only,
    may_edit,
)
from annotator.actions.context import Context
from annotator.actions.row import Condition, Row, Target, always, separator
from annotator.session import Session, crack_editing
from annotator.workers.trace_work import Point

MENU = "&Annotate"
CRACK = f"{MENU}/Crac&k"
TIP_STEP = 1.0


def choose_tool(name: str, context: Context) -> None:
    """Take a tool in hand."""
    context.tool.choose(name)


def is_tool(name: str) -> Callable[[Context], bool]:
    """Check a command while its tool is in hand."""
    return lambda context: context.tool.name == name


def resize_tip(steps: float, context: Context) -> None:
    """Make the tip of the brush larger or smaller."""
    context.tool.resize(steps)


def accept(context: Context) -> None:
    """Finish at the last point."""
    context.tool.accept()


def drop_last(context: Context) -> None:
    """Take back the last point."""
    context.tool.drop_last()


def cancel(context: Context) -> None:
    """Cancel what is under way, and close the message; a lasting one takes another press."""
    if context.tool.cancel():
        context.messages.pass_by()
    else:
        context.messages.dismiss()


def toggle_snapping(context: Context) -> None:
    """Let clicks of the trace tool go to the nearest crack, or leave them where they are."""
    live = context.session.live_preview
    live.set_snapping(not live.is_snapping)
    state = "on: the ring shows where a click lands" if live.is_snapping else "off"
    context.session.notice.emit(f"Snapping is {state}")


def is_snapping(context: Context) -> bool:
    """Check the command while clicks go to the nearest crack."""
    return context.session.live_preview.is_snapping


def is_tracing_tool(context: Context) -> bool:
    """Enable while the trace tool is in hand and there is an image."""
    return context.tool.name == "trace" and has_image(context)


def next_way(context: Context) -> None:
    """Lead the trace another way to the cursor; with tools that have none, hide the panels."""
    if context.tool.name != "trace":
        view_menu.toggle_docks(context)
    elif not context.tool.next_way():
        context.session.notice.emit("No other way to the cursor is nearly as good")


def is_drawing(context: Context) -> bool:
    """Enable while points are clicked."""
    return context.is_drawing


def are_locked(context: Context) -> bool:
    """Check the command while all that is selected is locked."""
    objects = context.session.selection.objects
    return bool(objects) and all(item.is_locked for item in objects)


def toggle_lock(context: Context) -> None:
    """Lock what is selected, or unlock it where all of it is locked."""
    session = context.session
    session.set_locked(session.selection.names, not are_locked(context))


def retrace(context: Context) -> None:
    """Trace the selected cracks anew with the options of the trace tool."""
    session = context.session
    for crack in session.selection.cracks:
        if crack.path:
            session.retrace(crack, options=session.options)


def on_crack(edit: Callable[[Session], object], context: Context) -> None:
    """Edit what is selected."""
    edit(context.session)


def at_place(edit: Callable[[Session, Point], object], context: Context) -> None:
    """Edit the selected crack at the place where the menu of the canvas was asked for."""
    if context.place is not None:
        edit(context.session, (context.place.x, context.place.y))


def has_course(context: Context) -> bool:
    """Enable while one traced crack is selected."""
    return crack_editing.has_course(context.session)


def has_region(context: Context) -> bool:
    """Enable while one crack is selected that was not traced."""
    return crack_editing.has_region(context.session)


def can_join(context: Context) -> bool:
    """Enable while two traced cracks are selected."""
    return crack_editing.can_join(context.session)


def can_merge(context: Context) -> bool:
    """Enable while several cracks are selected."""
    return crack_editing.can_merge(context.session)


def can_remove_waypoint(context: Context) -> bool:
    """Enable where the selected crack has a point that it can do without."""
    crack = context.session.selection.crack
    return bool(
        crack and crack.path and len(crack_editing.waypoints_of(context.session, crack)) > 2
    )


def _tool_row(name: str, text: str, key: str, icon: str, tip: str) -> Row:
    return Row(
        f"tool_{name}", text, MENU, partial(choose_tool, name), (key,), icon,
        enabled_when=always if name in ("select", "ruler") else is_not_read_only,
        checked_when=is_tool(name), tip=tip, mode="tools",
    )  # fmt: skip


def _crack_row(
    name: str,
    text: str,
    edit: Callable[[Session], object],
    icon: str,
    enabled_when: Condition,
    tip: str,
) -> Row:
    return Row(
        name, text, CRACK, partial(on_crack, edit), (), icon,
        all_of(may_edit, has_unlocked_selection, enabled_when),
        tip=tip, on_canvas=("crack",),
    )  # fmt: skip


def _here_row(
    name: str,
    text: str,
    edit: Callable[[Session, Point], object],
    icon: str,
    enabled_when: Condition,
    on_canvas: tuple[Target, ...],
) -> Row:
    """Return a row of the context menu: it needs the place that the menu was asked for at."""
    return Row(
        name, text, "", partial(at_place, edit), (), icon,
        all_of(may_edit, has_unlocked_selection, enabled_when),
        on_canvas=on_canvas,
    )  # fmt: skip


TOOLS: tuple[Row, ...] = (
    _tool_row("trace", "&Trace", "T", "path", "Click the two ends of a crack"),
    _tool_row("select", "&Select", "V", "cursor", "Select, move and delete cracks and boxes"),
    _tool_row("brush", "&Brush", "B", "paint-brush", "Paint crack pixels"),
    _tool_row("eraser", "&Eraser", "E", "eraser", "Erase crack pixels"),
    _tool_row("polygon", "&Polygon", "P", "polygon", "Click the corners of a region"),
    _tool_row("contour", "Contou&r", "Shift+P", "scribble-loop", "Draw around a region"),
    _tool_row("box", "Bo&x", "R", "bounding-box", "Draw a box with a class"),
    _tool_row("ruler", "R&uler", "M", "ruler", "Measure a distance; nothing is saved"),
)

ROWS: tuple[Row, ...] = (
    *TOOLS,
    separator(MENU),
    Row(
        "smaller_tip", "S&maller tip", MENU, partial(resize_tip, -TIP_STEP), ("[",), "minus-circle",
        has_image, tip="Make the tip of brush and eraser smaller",
    ),
    Row(
        "larger_tip", "Lar&ger tip", MENU, partial(resize_tip, TIP_STEP), ("]",), "plus-circle",
        has_image, tip="Make the tip of brush and eraser larger",
    ),
    separator(MENU),
    Row(
        "accept", "&Finish at the last point", MENU, accept, ("Return", "Enter", "Y"), "check",
        is_drawing, mode="busy", tip="Finish at the last point",
    ),
    Row(
        "drop_last", "Take back the last poi&nt", MENU, drop_last, ("Backspace",), "backspace",
        is_drawing, mode="busy",
    ),
    Row(
        "next_way", "Ot&her way to the cursor", MENU, next_way, ("Tab",), "path",
        is_drawing, mode="busy", tip="Trace: lead the crack another way that is nearly as good",
    ),
    Row(
        "snapping", "Snap t&o cracks", MENU, toggle_snapping, ("S",), "magnet",
        is_tracing_tool, is_snapping,
        tip="Clicks of the trace tool go to the nearest crack; a ring shows where",
    ),
    Row("cancel", "&Cancel", MENU, cancel, ("Esc",), "x", has_something_to_cancel),
    separator(MENU),
    Row(
        "lock", "&Lock", MENU, toggle_lock, ("L",), "lock-simple", all_of(may_edit, has_selection),
        are_locked, tip="Guard what is selected against edits", on_canvas=("crack", "box"),
    ),
    Row(
        "retrace", "Tr&ace anew", CRACK, retrace, (), "arrow-clockwise",
        all_of(may_edit, has_unlocked_selection, has_selected_paths),
        tip="Trace the selected cracks again with the present options", on_canvas=("crack",),
    ),
    _crack_row(
        "reverse", "&Reverse", crack_editing.reverse_selected, "arrows-left-right",
        has_selected_paths, "Turn the direction of the crack round",
    ),
    _crack_row(
        "join", "&Join", crack_editing.join_selected, "link", can_join,
        "Make one crack of two traced ones; the gap between their ends is traced",
    ),
    _crack_row(
        "trace_along", "Trace along the re&gion", crack_editing.trace_along_selected, "path",
        has_region, "Make traced cracks of the thin parts of a region",
    ),
    separator(CRACK),
    _crack_row(
        "merge", "&Merge", crack_editing.merge_selected, "git-merge", can_merge,
        "Make one crack of all that are selected",
    ),
    _crack_row(
        "fill_holes", "Fill &holes", crack_editing.fill_holes_of_selected, "paint-bucket",
        has_selected_cracks, "Fill the holes of the selected cracks",
    ),
    _here_row(
        "split", "&Split here", crack_editing.split_at, "scissors", has_course, ("crack",)
    ),
    _here_row(
        "insert_waypoint", "&Insert waypoint here", crack_editing.insert_waypoint, "plus",
        has_course, ("crack",),
    ),
    _here_row(
        "remove_waypoint", "&Remove waypoint", crack_editing.remove_waypoint_at, "minus",
        can_remove_waypoint, ("waypoint",),
    ),
)  # fmt: skip
