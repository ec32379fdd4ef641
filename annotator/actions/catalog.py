"""The commands as a table: menus, toolbar, keys and the sheet of keys are made from it."""

from collections.abc import Callable
from dataclasses import dataclass

from annotator.actions import handlers
from annotator.actions.context import Context
from annotator.canvas.items import OverlayMode

Condition = Callable[[Context], bool]


def always(_context: Context) -> bool:
    """Enable a command at any time."""
    return True


def has_image(context: Context) -> bool:
    """Enable a command while an image is shown."""
    return context.session.image is not None


def has_cracks(context: Context) -> bool:
    """Enable a command while the image has cracks."""
    return bool(context.session.current and context.session.current.cracks)


def has_something_to_cancel(context: Context) -> bool:
    """Enable Cancel while there are clicks, traces, a selection or a message to be rid of."""
    session = context.session
    return bool(
        context.tool.preview.points
        or session.running
        or session.selected
        or context.messages.is_open
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A command. ``menu`` is a path; "-" as ``identifier`` is a separator."""

    identifier: str
    text: str
    menu: str
    run: Callable[[Context], None]
    keys: tuple[str, ...] = ()
    icon: str = ""
    enabled_when: Condition = always
    checked_when: Condition | None = None
    tip: str = ""
    in_canvas_menu: bool = False


def _separator(menu: str) -> Row:
    return Row("-", "", menu, lambda _context: None)


MENUS = ("&File", "&Edit", "&View", "&Annotate", "&Help")

ACTIONS: tuple[Row, ...] = (
    Row(
        "open_images", "Open &images…", "&File", handlers.open_images, ("Ctrl+O",), "image",
        tip="Open photographs",
    ),
    Row(
        "open_folder", "Open &folder…", "&File", handlers.open_folder,
        ("Ctrl+Shift+O", "Ctrl+U"), "folder-open", tip="Open all photographs of a folder",

    ),
    _separator("&File"),
    Row(
        "save_mask", "&Save mask", "&File", handlers.save_mask, ("Ctrl+S",), "floppy-disk",
        has_image, tip="Save the mask of this image",
    ),
    Row(
        "save_mask_as", "Save mask &as…", "&File", handlers.save_mask_as, ("Ctrl+Shift+S",), "",
        has_image, tip="Save the mask of this image in another file",
    ),
    Row(
        "save_all", "Save a&ll masks…", "&File", handlers.save_all, ("Ctrl+Alt+S",), "",
        lambda context: bool(context.session.unsaved_entries()),
        tip="Save the masks of all images that are not saved",
    ),
    Row(
        "save_traces", "Save &traces as JSON…", "&File", handlers.save_traces,
        (), "", has_cracks, tip="Save centerlines and widths of this image",
    ),
    _separator("&File"),
    Row("quit", "&Quit", "&File", handlers.close_window, ("Ctrl+Q",)),
    Row(
        "undo", "&Undo", "&Edit", handlers.undo, ("Ctrl+Z",), "arrow-u-up-left",
        lambda context: bool(context.session.history.undo_text or context.tool.preview.points),
        tip="Take back the last edit",
    ),
    Row(
        "redo", "&Redo", "&Edit", handlers.redo, ("Ctrl+Shift+Z", "Ctrl+Y"),
        "arrow-u-up-right", lambda context: bool(context.session.history.redo_text),
        tip="Do it again",
    ),
    _separator("&Edit"),
    Row(
        "delete_crack", "&Delete crack", "&Edit", handlers.delete_crack, ("Del",), "trash",
        lambda context: context.session.selected is not None, tip="Delete the selected crack",
        in_canvas_menu=True,
    ),
    Row(
        "next_image", "&Next image", "&View", handlers.next_image, ("D", "PgDown"),
        "caret-right", lambda c: c.session.index < len(c.session.entries) - 1,
        tip="Show the next image",
    ),
    Row(
        "previous_image", "&Previous image", "&View", handlers.previous_image, ("A", "PgUp"),
        "caret-left", lambda context: context.session.index > 0,
        tip="Show the previous image",
    ),
    _separator("&View"),
    Row(
        "fit", "&Fit to window", "&View", handlers.fit, ("F", "Ctrl+0"), "frame-corners",
        has_image, tip="Show the whole image", in_canvas_menu=True,
    ),
    Row(
        "actual_size", "&100 %", "&View", handlers.actual_size, ("Ctrl+1",),
        "magnifying-glass", has_image, tip="One image pixel per screen pixel",
        in_canvas_menu=True,
    ),
    Row("zoom_in", "Zoom &in", "&View", handlers.zoom_in, ("Ctrl++", "Ctrl+="), "", has_image),
    Row("zoom_out", "Zoom &out", "&View", handlers.zoom_out, ("Ctrl+-",), "", has_image),
    _separator("&View"),
    Row(
        "cycle_overlay", "Mask, outline, nothing", "&View/&Cracks", handlers.cycle_overlay,
        ("O",), "eye", has_image, tip="Show cracks as mask, as outline, or not; hold H to hide",
        in_canvas_menu=True,
    ),
    _separator("&View/&Cracks"),
    Row(
        "show_mask", "&Mask and outline", "&View/&Cracks", handlers.show_mask,
        checked_when=lambda context: context.scene.overlay_mode is OverlayMode.MASK,
    ),
    Row(
        "show_outline", "&Outline", "&View/&Cracks", handlers.show_outline,
        checked_when=lambda context: context.scene.overlay_mode is OverlayMode.OUTLINE,
    ),
    Row(
        "hide_cracks", "&Hidden", "&View/&Cracks", handlers.hide_cracks,
        checked_when=lambda context: context.scene.overlay_mode is OverlayMode.OFF,
    ),
    Row(
        "theme_system", "Like the &system", "&View/&Theme", handlers.use_system_theme,
        checked_when=lambda context: context.settings.theme == "system",
    ),
    Row(
        "theme_light", "&Light", "&View/&Theme", handlers.use_light_theme,
        checked_when=lambda context: context.settings.theme == "light",
    ),
    Row(
        "theme_dark", "&Dark", "&View/&Theme", handlers.use_dark_theme,
        checked_when=lambda context: context.settings.theme == "dark",
    ),
    Row("full_screen", "F&ull screen", "&View", handlers.toggle_full_screen, ("F11",)),
    Row(
        "accept", "&Finish at the last point", "&Annotate", handlers.accept,
        ("Return", "Enter", "Y"), "", lambda context: len(context.tool.preview.points) > 1,
    ),
    Row(
        "drop_last", "Take back the last &point", "&Annotate", handlers.drop_last,
        ("Backspace",), "", lambda context: bool(context.tool.preview.points),
    ),
    Row("cancel", "&Cancel", "&Annotate", handlers.cancel, ("Esc",), "", has_something_to_cancel),
    Row("shortcuts", "&Keys and mouse", "&Help", handlers.show_shortcuts, ("F1", "?")),
    Row("about", "&About", "&Help", handlers.show_about),
)  # fmt: skip
"""All commands, in the order of the menus."""
