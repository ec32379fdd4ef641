"""Commands on notes: they are in the menu "Review", in its panel, and in the menu of the canvas."""

from collections.abc import Callable
from functools import partial

from annotator.actions.conditions import all_of, has_image, has_project, may_edit
from annotator.actions.context import Context
from annotator.actions.row import EVERYWHERE, Row
from annotator.canvas.coordinates import to_array
from annotator.dialogs.note import NoteDialog

MENU = "&Review/&Notes"


def add_note(context: Context) -> None:
    """Ask for a note on the item under review, on what is selected, else on what is in view."""
    review, selection = context.session.review, context.session.selection
    boxes = [review.current.box] if review.current else [item.box for item in selection.objects]
    if boxes:
        x0, y0, x1, y1 = boxes[0]
        _ask(context, ((x0 + x1) / 2, (y0 + y1) / 2))
    else:
        _ask(context, to_array(context.view.part_in_view.center()))


def add_note_here(context: Context) -> None:
    """Ask for a note on the place where the menu of the canvas was opened."""
    if context.place is not None:
        _ask(context, (context.place.x, context.place.y))


def edit_note(context: Context) -> None:
    """Write something else."""
    note = context.session.notes.chosen
    if note is not None:
        _open(context, note.text, partial(context.session.notes.set_text, note))


def resolve_note(context: Context) -> None:
    """Resolve the chosen note, or open it again."""
    note = context.session.notes.chosen
    if note is not None:
        context.session.notes.set_resolved(note, not note.is_resolved)


def delete_note(context: Context) -> None:
    """Delete the chosen note."""
    note = context.session.notes.chosen
    if note is not None:
        context.session.notes.remove(note)


def next_note(context: Context) -> None:
    """Go to the next note that is open, on whatever image."""
    context.session.notes.show_next()


def has_note(context: Context) -> bool:
    """Enable while a note is chosen."""
    return context.session.notes.chosen is not None


def is_resolved(context: Context) -> bool:
    """Check the command while the chosen note is resolved."""
    note = context.session.notes.chosen
    return note is not None and note.is_resolved


def _ask(context: Context, at: tuple[float, float]) -> None:
    """Let the user write; the place is on the image, whatever is in view."""
    image = context.session.image
    if image is None:
        return
    width, height = image.size
    x, y = min(max(at[0], 0.0), width - 1.0), min(max(at[1], 0.0), height - 1.0)
    _open(context, "", partial(context.session.notes.add, x, y))


def _open(context: Context, text: str, keep: Callable[[str], None]) -> None:
    """Let the user write, and give the keyboard back to the canvas."""
    dialog = NoteDialog(text, context.window)
    dialog.written.connect(keep)
    dialog.finished.connect(lambda _result: context.window.activateWindow())
    dialog.finished.connect(lambda _result: context.view.setFocus())
    dialog.open()


ROWS: tuple[Row, ...] = (
    Row(
        "add_note", "&Add note…", MENU, add_note, ("Shift+N",), "note-pencil",
        all_of(may_edit, has_image), mode="calm",
        tip="Pin a note to the item under review, to what is selected, or to the middle",
    ),
    Row(
        "edit_note", "&Edit note…", MENU, edit_note, (), "pencil-simple",
        all_of(may_edit, has_note), tip="Write something else into the chosen note",
    ),
    Row(
        "resolve_note", "&Resolved", MENU, resolve_note, ("Ctrl+Shift+R",), "check",
        all_of(may_edit, has_note), is_resolved, tip="Mark the chosen note as resolved, or as open",
    ),
    Row(
        "delete_note", "&Delete note", MENU, delete_note, (), "trash",
        all_of(may_edit, has_note), tip="Delete the chosen note",
    ),
    Row(
        "next_note", "&Next open note", MENU, next_note, ("Ctrl+Shift+N",), "arrow-right",
        has_project, tip="Go to the next note that is not resolved, on whatever image",
    ),
    Row(
        "note_here", "Add note here…", "", add_note_here, (), "note-pencil",
        all_of(may_edit, has_image), on_canvas=EVERYWHERE,
    ),
)  # fmt: skip
