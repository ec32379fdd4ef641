"""The menu "Edit": undo, selection, and the preferences."""

from functools import partial
from pathlib import Path

from annotator.actions.conditions import (
    all_of,
    has_image,
    has_objects,
    has_selected_boxes,
    has_selection,
    may_edit,
)
from annotator.actions.context import Context
from annotator.actions.row import Row, separator
from annotator.actions.view_menu import use_theme
from annotator.dialogs.preferences import PreferencesDialog
from annotator.panels.tracing import PRESETS
from annotator.session import crack_editing

MENU = "&Edit"


def undo(context: Context) -> None:
    """Take back the last point under way, else the last edit: in a review that of any image."""
    if not context.tool.drop_last() and not context.session.review.undo():
        context.session.undo()


def redo(context: Context) -> None:
    """Do the last edit again that was taken back."""
    context.session.redo()


def can_undo(context: Context) -> bool:
    """Enable while there is a point or an edit to take back."""
    session = context.session
    return context.is_drawing or bool(session.history.undo_text or session.review.undo_text)


def can_redo(context: Context) -> bool:
    """Enable while an edit was taken back."""
    return bool(context.session.history.redo_text)


def select_all(context: Context) -> None:
    """Select every crack and box of the image."""
    crack_editing.select_all(context.session)


def duplicate(context: Context) -> None:
    """Lay copies of the selected boxes beside them."""
    crack_editing.duplicate_selected(context.session)


def delete(context: Context) -> None:
    """Delete the waypoint under the pointer, else what is selected."""
    if not context.tool.delete_hovered():
        context.session.remove_selected()


def show_preferences(context: Context) -> None:
    """Open the preferences."""
    presets = {name: label for name, (label, _tip) in PRESETS.items()}
    dialog = PreferencesDialog(context.session, context.settings, presets, context.window)
    dialog.author_chosen.connect(partial(_set_author, context))
    dialog.theme_chosen.connect(lambda theme: use_theme(theme, context))
    dialog.opacity_chosen.connect(context.set_opacity)
    dialog.preset_chosen.connect(partial(_set_preset, context))
    dialog.home_chosen.connect(partial(_set_project_home, context))
    dialog.open()


def _set_project_home(context: Context, folder: Path | None) -> None:
    if folder is None or folder.is_dir():
        context.settings.project_home = context.session.project_home = folder


def _set_author(context: Context, name: str) -> None:
    context.settings.author = name
    context.session.set_author(context.settings.author)


def _set_preset(context: Context, preset: str) -> None:
    context.settings.preset = preset
    context.session.trace_settings.set_next_preset(preset)


ROWS: tuple[Row, ...] = (
    Row(
        "undo", "&Undo", MENU, undo, ("Ctrl+Z",), "arrow-u-up-left", can_undo,
        tip="Take back the last edit",
    ),
    Row(
        "redo", "&Redo", MENU, redo, ("Ctrl+Shift+Z", "Ctrl+Y"), "arrow-u-up-right", can_redo,
        tip="Do it again",
    ),
    separator(MENU),
    Row(
        "select_all", "Select &all", MENU, select_all, ("Ctrl+A",), "selection-all",
        all_of(has_image, has_objects), tip="Select every crack and box of the image",
        on_canvas=("empty",),
    ),
    Row(
        "duplicate", "Dup&licate box", MENU, duplicate, ("Ctrl+D",), "copy",
        all_of(may_edit, has_selected_boxes), tip="Lay a copy of the selected box beside it",
        on_canvas=("box",),
    ),
    Row(
        "delete", "&Delete", MENU, delete, ("Delete", "Backspace"), "trash",
        all_of(may_edit, has_selection), mode="idle", tip="Delete what is selected",
        on_canvas=("crack", "box"),
    ),
    separator(MENU),
    Row("preferences", "&Preferences…", MENU, show_preferences, ("Ctrl+,",), "gear-six"),
)  # fmt: skip
