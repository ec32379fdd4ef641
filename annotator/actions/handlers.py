"""What the commands do: one short function each."""

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from annotator import __version__
from annotator.actions.context import Context
from annotator.canvas.items import OverlayMode
from annotator.dialogs import files, unsaved
from annotator.dialogs.shortcuts import ShortcutsDialog
from annotator.document.image_entry import ImageEntry
from annotator.settings import Theme

ABOUT = (
    f"<h3>Crack Annotator {__version__}</h3><p>Traces cracks in photographs: two clicks become a "
    "center line, a width and a pixel mask.</p><p>Apache License 2.0</p>"
)
ZOOM_STEP = 1.25


def open_images(context: Context) -> None:
    """Ask for image files and open them."""
    paths = files.ask_images(context.window, context.settings.open_folder)
    if paths:
        open_paths(context, paths)


def open_folder(context: Context) -> None:
    """Ask for a folder and open its images."""
    folder = files.ask_folder(context.window, "Open folder", context.settings.open_folder)
    if folder:
        open_paths(context, [folder])


def open_paths(context: Context, paths: list[Path]) -> None:
    """Open files or folders, from a dialog, the command line or a drop."""
    first = paths[0]
    context.settings.open_folder = first if first.is_dir() else first.parent
    context.session.open_paths(paths)


def save_mask(context: Context) -> None:
    """Save the mask of the current image where it was saved before; ask the first time."""
    entry = context.session.current
    if entry and entry.mask_path:
        context.session.save_masks([(entry, entry.mask_path)], lambda _is_saved: None)
    else:
        save_mask_as(context)


def save_mask_as(context: Context) -> None:
    """Ask for a file and save the mask of the current image."""
    entry = context.session.current
    if entry is None:
        return
    suggestion = entry.mask_path or _folder(context, entry) / f"{entry.path.stem}_mask.png"
    path = files.ask_save(context.window, "Save mask", suggestion, "png")
    if path:
        context.settings.remember_save_folder(entry.path.parent, path.parent)
        context.session.save_masks([(entry, path)], lambda _is_saved: None)


def save_all(context: Context) -> None:
    """Save all masks that are not saved; ask for a folder for those that have no file yet."""
    _save_all(context, closes_window=False)


def save_traces(context: Context) -> None:
    """Ask for a file and save the cracks of the current image as JSON."""
    entry = context.session.current
    if entry is None:
        return
    suggestion = _folder(context, entry) / f"{entry.path.stem}_trace.json"
    path = files.ask_save(context.window, "Save traces", suggestion, "json")
    if path:
        context.settings.remember_save_folder(entry.path.parent, path.parent)
        context.session.save_traces(path)


def may_close(context: Context) -> bool:
    """Tell whether the window may close now; asks about unsaved masks and running traces."""
    names = [entry.name for entry in context.session.unsaved_entries()]
    is_tracing = bool(context.session.running)
    if context.is_discarding or not (names or is_tracing):
        return True
    choice = unsaved.ask_unsaved(context.window, names, is_tracing=is_tracing)
    if choice == "save":
        _save_all(context, closes_window=True)
    context.is_discarding = choice == "discard"
    return context.is_discarding


def close_window(context: Context) -> None:
    """Close the window; it asks about unsaved masks itself."""
    context.window.close()


def undo(context: Context) -> None:
    """Take back the last click of a trace under way, else the last edit."""
    if not context.tool.drop_last():
        context.session.undo()


def redo(context: Context) -> None:
    """Do the last edit again that was taken back."""
    context.session.history.redo()


def delete_crack(context: Context) -> None:
    """Delete the selected crack."""
    context.session.remove_selected()


def accept(context: Context) -> None:
    """Finish the trace at its last point."""
    context.tool.accept()


def drop_last(context: Context) -> None:
    """Take back the last point of the trace."""
    context.tool.drop_last()


def cancel(context: Context) -> None:
    """Cancel what is under way, else close the message."""
    if not context.tool.cancel():
        context.messages.dismiss()


def next_image(context: Context) -> None:
    """Show the next image."""
    context.session.step(1)


def previous_image(context: Context) -> None:
    """Show the previous image."""
    context.session.step(-1)


def fit(context: Context) -> None:
    """Show the whole image."""
    context.view.fit()


def actual_size(context: Context) -> None:
    """Show one image pixel per screen pixel."""
    context.view.zoom_to(1.0)


def zoom_in(context: Context) -> None:
    """Zoom in around the middle."""
    context.view.zoom_to(context.view.zoom * ZOOM_STEP)


def zoom_out(context: Context) -> None:
    """Zoom out around the middle."""
    context.view.zoom_to(context.view.zoom / ZOOM_STEP)


def cycle_overlay(context: Context) -> None:
    """Go from mask to outline to nothing."""
    modes = list(OverlayMode)
    context.show_overlay(modes[(modes.index(context.scene.overlay_mode) + 1) % len(modes)])


def show_mask(context: Context) -> None:
    """Draw cracks filled."""
    context.show_overlay(OverlayMode.MASK)


def show_outline(context: Context) -> None:
    """Draw the borders of cracks only."""
    context.show_overlay(OverlayMode.OUTLINE)


def hide_cracks(context: Context) -> None:
    """Do not draw cracks."""
    context.show_overlay(OverlayMode.OFF)


def use_system_theme(context: Context) -> None:
    """Follow the desktop."""
    set_theme(context, "system")


def use_light_theme(context: Context) -> None:
    """Light colors."""
    set_theme(context, "light")


def use_dark_theme(context: Context) -> None:
    """Dark colors."""
    set_theme(context, "dark")


def set_theme(context: Context, theme: Theme) -> None:
    """Apply and remember a color theme."""
    context.settings.theme = theme
    context.theme_switch.set_theme(theme)


def toggle_full_screen(context: Context) -> None:
    """Fill the screen, or go back."""
    context.window.setWindowState(context.window.windowState() ^ Qt.WindowState.WindowFullScreen)


def show_shortcuts(context: Context) -> None:
    """Show the sheet of keys."""
    ShortcutsDialog(context.shortcut_rows, context.window).show()


def show_about(context: Context) -> None:
    """Say what this is."""
    QMessageBox.about(context.window, "About Crack Annotator", ABOUT)


def _save_all(context: Context, *, closes_window: bool) -> None:
    entries = context.session.unsaved_entries()
    if not entries:
        return
    targets = [(entry, entry.mask_path) for entry in entries if entry.mask_path]
    new = [entry for entry in entries if not entry.mask_path]
    if new:
        folder = files.ask_folder(context.window, "Save all masks to", _folder(context, new[0]))
        if folder is None:
            return
        in_use = {entry.mask_path for entry in context.session.entries if entry.mask_path}
        paths = mask_paths(folder, new, in_use)
        taken = [path for path in paths if path.exists()]
        if taken and not files.ask_overwrite(context.window, taken):
            return
        for entry in new:
            context.settings.remember_save_folder(entry.path.parent, folder)
        targets += zip(new, paths, strict=True)

    def finish(is_saved: bool) -> None:
        if is_saved and closes_window:
            # Traces that still run were mentioned; a crack that came since is asked about.
            context.is_discarding = not context.session.unsaved_entries()
            context.window.close()

    context.session.save_masks(targets, finish)


def mask_paths(folder: Path, entries: list[ImageEntry], in_use: Iterable[Path] = ()) -> list[Path]:
    """Return a mask file per image; one whose name is another image's mask gets a number."""
    taken = {path.name.casefold() for path in in_use if path.parent == folder}
    paths: list[Path] = []
    for entry in entries:
        stem, number = entry.path.stem, 1
        name = f"{stem}_mask.png"
        while name.casefold() in taken:
            number += 1
            name = f"{stem}_{number}_mask.png"
        taken.add(name.casefold())
        paths.append(folder / name)
    return paths


def _folder(context: Context, entry: ImageEntry) -> Path:
    return context.settings.save_folder(entry.path.parent)
