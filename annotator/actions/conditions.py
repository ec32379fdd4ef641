"""When commands are enabled."""

from annotator.actions.context import Context
from annotator.actions.row import Condition
from annotator.document.image_state import FINISHED


def all_of(*conditions: Condition) -> Condition:
    """Enable where every one of the conditions holds."""
    return lambda context: all(condition(context) for condition in conditions)


def has_project(context: Context) -> bool:
    """Enable while a project is open."""
    return context.session.store is not None


def may_edit(context: Context) -> bool:
    """Enable while a project is open that may be changed."""
    return has_project(context) and not context.session.is_read_only


def is_not_read_only(context: Context) -> bool:
    """Enable unless a project is open that may not be changed."""
    return not context.session.is_read_only


def has_image(context: Context) -> bool:
    """Enable while an image is shown."""
    return context.session.image is not None


def has_current(context: Context) -> bool:
    """Enable while an image is chosen, though perhaps it cannot be shown."""
    return context.session.current is not None


def has_objects(context: Context) -> bool:
    """Enable while the image has cracks or boxes."""
    current = context.session.current
    return current is not None and bool(current.cracks or current.boxes)


def has_cracks(context: Context) -> bool:
    """Enable while the image has cracks."""
    return context.session.current is not None and bool(context.session.current.cracks)


def has_traced_cracks(context: Context) -> bool:
    """Enable while the image has cracks with a course."""
    current = context.session.current
    return current is not None and any(crack.path for crack in current.cracks)


def has_selection(context: Context) -> bool:
    """Enable while something is selected."""
    return bool(context.session.selection.names)


def has_unlocked_selection(context: Context) -> bool:
    """Enable while something is selected that is not locked."""
    return any(not item.is_locked for item in context.session.selection.objects)


def has_selected_cracks(context: Context) -> bool:
    """Enable while a crack is selected."""
    return bool(context.session.selection.cracks)


def has_selected_boxes(context: Context) -> bool:
    """Enable while a box is selected."""
    return bool(context.session.selection.boxes)


def has_selected_paths(context: Context) -> bool:
    """Enable while a crack is selected that was traced."""
    return any(crack.path for crack in context.session.selection.cracks)


def has_missing_images(context: Context) -> bool:
    """Enable while files are not where the project expects them."""
    return any(entry.is_missing for entry in context.session.entries)


def has_unreviewed_images(context: Context) -> bool:
    """Enable while somebody still has to look at an image."""
    return any(entry.state not in FINISHED for entry in context.session.entries)


def has_something_to_cancel(context: Context) -> bool:
    """Enable Cancel while there are clicks, traces, a selection or a message to be rid of."""
    return bool(
        context.is_drawing
        or context.tool.is_busy
        or context.session.traces.running
        or context.session.selection.names
        or context.messages.is_open
        or context.session.review.is_reviewing
    )
