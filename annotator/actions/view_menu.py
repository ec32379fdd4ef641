"""The menu "View": from image to image, zoom, overlay, colors, and the parts of the window."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget

from annotator.actions.conditions import has_image, has_project, has_unreviewed_images
from annotator.actions.context import Context
from annotator.actions.row import EVERYWHERE, Row, separator, submenu
from annotator.canvas.items import OverlayMode
from annotator.panels.image_filter import ImageFilter
from annotator.panels.overview import Overview
from annotator.panels.scale_bar import ScaleBar
from annotator.settings import Theme

MENU = "&View"
CRACKS = f"{MENU}/&Cracks"
THEME = f"{MENU}/&Theme"
PANELS = f"{MENU}/Panel&s"
IMAGES_DOCK = "images_dock"
ADJUSTMENT_DOCK = "adjustment_dock"
ZOOM_STEP = 1.25


def step(by: int, context: Context) -> None:
    """Show the next image (1) or the previous one (-1)."""
    context.session.step(by)


def can_step(by: int) -> Callable[[Context], bool]:
    """Enable while there is a next image (1) or a previous one (-1)."""
    return lambda context: context.session.can_step(by)


def step_unfinished(by: int, context: Context) -> None:
    """Show the next or previous image that somebody still has to look at."""
    context.session.step_unfinished(by)


def show_adjustments(context: Context) -> None:
    """Open the panel for brightness and contrast, or close it."""
    dock = context.window.findChild(QDockWidget, ADJUSTMENT_DOCK)
    if isinstance(dock, QDockWidget):
        dock.setVisible(dock.isHidden())


def are_adjustments_shown(context: Context) -> bool:
    """Check the command while the panel is open."""
    dock = context.window.findChild(QDockWidget, ADJUSTMENT_DOCK)
    return isinstance(dock, QDockWidget) and not dock.isHidden()


def toggle_auto_contrast(context: Context) -> None:
    """Stretch the brightness of the image over the whole range, or show it as it is."""
    context.display.toggle_auto()


def is_auto_contrast(context: Context) -> bool:
    """Check the command while contrast is automatic."""
    return context.display.adjustment.is_auto


def zoom(factor: float, context: Context) -> None:
    """Zoom around the middle."""
    context.view.zoom_to(context.view.zoom * factor)


def fit(context: Context) -> None:
    """Show the whole image."""
    context.view.fit()


def actual_size(context: Context) -> None:
    """Show one image pixel per screen pixel."""
    context.view.zoom_to(1.0)


def cycle_overlay(context: Context) -> None:
    """Go from mask to outline to nothing."""
    modes = list(OverlayMode)
    context.show_overlay(modes[(modes.index(context.scene.overlay_mode) + 1) % len(modes)])


def show_overlay(mode: OverlayMode, context: Context) -> None:
    """Draw the cracks in a mode."""
    context.show_overlay(mode)


def has_overlay(mode: OverlayMode) -> Callable[[Context], bool]:
    """Check a command while cracks are drawn in a mode."""
    return lambda context: context.scene.overlay_mode is mode


def toggle_confidence(context: Context) -> None:
    """Color the center lines of traced cracks by their confidence, or not."""
    context.confidence.set_shown(not context.confidence.is_shown)


def is_confidence_shown(context: Context) -> bool:
    """Check the command while center lines are colored."""
    return context.confidence.is_shown


def use_theme(theme: Theme, context: Context) -> None:
    """Apply and remember a color theme."""
    context.settings.theme = theme
    context.theme_switch.set_theme(theme)


def has_theme(theme: Theme) -> Callable[[Context], bool]:
    """Check a command while a theme is chosen."""
    return lambda context: context.settings.theme == theme


def toggle_full_screen(context: Context) -> None:
    """Fill the screen, or go back."""
    context.window.setWindowState(context.window.windowState() ^ Qt.WindowState.WindowFullScreen)


def is_full_screen(context: Context) -> bool:
    """Check the command while the window fills the screen."""
    return context.window.isFullScreen()


def toggle_docks(context: Context) -> None:
    """Hide the panels that are open, or open those again that were hidden together."""
    shown = [dock for dock in _docks(context) if not dock.isHidden()]
    if shown:
        context.hidden_docks = [dock.objectName() for dock in shown]
        for dock in shown:
            dock.hide()
        return
    for dock in _docks(context):
        if not context.hidden_docks or dock.objectName() in context.hidden_docks:
            dock.show()
    context.hidden_docks = []


def are_docks_hidden(context: Context) -> bool:
    """Check the command while no panel is open."""
    return all(dock.isHidden() for dock in _docks(context))


def reset_layout(context: Context) -> None:
    """Put panels and window back as they were at first."""
    context.reset_layout()


def toggle_inset(kind: type[Overview | ScaleBar], context: Context) -> None:
    """Show or hide something in a corner of the canvas."""
    inset = context.window.findChild(kind)
    if inset is not None:
        inset.set_wanted(not inset.is_wanted)


def has_inset(kind: type[Overview | ScaleBar]) -> Callable[[Context], bool]:
    """Check the command while something is shown in a corner of the canvas."""

    def is_wanted(context: Context) -> bool:
        inset = context.window.findChild(kind)
        return inset is not None and inset.is_wanted

    return is_wanted


def find_image(context: Context) -> None:
    """Let the user type a part of a name."""
    panel = context.window.findChild(ImageFilter)
    if panel is not None:
        dock = context.window.findChild(QDockWidget, IMAGES_DOCK)
        if isinstance(dock, QDockWidget):
            dock.show()
        panel.focus()


def _docks(context: Context) -> list[QDockWidget]:
    return context.window.findChildren(QDockWidget)


def _overlay_row(mode: OverlayMode, text: str) -> Row:
    return Row(
        f"overlay_{mode.name.lower()}", text, CRACKS, partial(show_overlay, mode),
        checked_when=has_overlay(mode),
    )  # fmt: skip


def _theme_row(theme: Theme, text: str) -> Row:
    return Row(
        f"theme_{theme}", text, THEME, partial(use_theme, theme), checked_when=has_theme(theme)
    )


ROWS: tuple[Row, ...] = (
    Row(
        "next_image", "&Next image", MENU, partial(step, 1), ("D", "PgDown"), "caret-right",
        can_step(1), tip="Show the next image",
    ),
    Row(
        "previous_image", "&Previous image", MENU, partial(step, -1), ("A", "PgUp"), "caret-left",
        can_step(-1), tip="Show the previous image",
    ),
    Row(
        "next_unreviewed", "Ne&xt image to do", MENU, partial(step_unfinished, 1),
        ("Ctrl+Shift+D",), "caret-double-right", has_unreviewed_images,
        tip="Show the next image that is neither reviewed nor approved nor without cracks",
    ),
    Row(
        "previous_unreviewed", "P&revious image to do", MENU, partial(step_unfinished, -1),
        ("Ctrl+Shift+A",), "caret-double-left", has_unreviewed_images,
        tip="Show the previous image that is neither reviewed nor approved nor without cracks",
    ),
    Row(
        "find_image", "Find ima&ge", MENU, find_image, ("Ctrl+F",), "funnel",
        has_project, tip="Type a part of the name of an image",
    ),
    separator(MENU),
    Row(
        "fit", "&Fit to window", MENU, fit, ("F", "Ctrl+0"), "frame-corners", has_image,
        tip="Show the whole image", on_canvas=("empty",),
    ),
    Row(
        "actual_size", "&100 %", MENU, actual_size, ("Ctrl+1",), "magnifying-glass", has_image,
        tip="One image pixel per screen pixel", on_canvas=("empty",),
    ),
    Row("zoom_in", "Zoom &in", MENU, partial(zoom, ZOOM_STEP), ("Ctrl++", "Ctrl+="), "", has_image),
    Row("zoom_out", "Zoom &out", MENU, partial(zoom, 1 / ZOOM_STEP), ("Ctrl+-",), "", has_image),
    separator(MENU),
    Row(
        "cycle_overlay", "Mask, outline, nothing", CRACKS, cycle_overlay, ("O",), "eye", has_image,
        tip="Show cracks as mask, as outline, or not; hold H to hide", on_canvas=EVERYWHERE,
    ),
    separator(CRACKS),
    _overlay_row(OverlayMode.MASK, "&Mask and outline"),
    _overlay_row(OverlayMode.OUTLINE, "&Outline"),
    _overlay_row(OverlayMode.OFF, "&Hidden"),
    separator(CRACKS),
    Row(
        "confidence", "&Color by confidence", CRACKS, toggle_confidence,
        enabled_when=has_image, checked_when=is_confidence_shown,
        tip="Color the center lines of traced cracks: yellow where the trace is sure, blue where "
        "it should be looked at",
    ),
    Row(
        "auto_contrast", "&Auto-contrast", MENU, toggle_auto_contrast, ("C",), "circle-half-tilt",
        has_image, is_auto_contrast,
        tip="Stretch the brightness of the image over the whole range; the file stays as it is",
        on_canvas=("empty",),
    ),
    Row(
        "adjustments", "&Brightness and contrast", MENU, show_adjustments, ("Shift+C",),
        "sun", checked_when=are_adjustments_shown,
        tip="Show or hide the panel for brightness, contrast and gamma",
    ),
    Row(
        "overview", "O&verview", MENU, partial(toggle_inset, Overview),
        checked_when=has_inset(Overview),
        tip="Show the whole image in a corner while only a part of it is in view",
    ),
    Row(
        "scale_bar", "Scal&e bar", MENU, partial(toggle_inset, ScaleBar),
        checked_when=has_inset(ScaleBar), tip="Show how long so many pixels are on the screen",
    ),
    separator(MENU),
    _theme_row("system", "Like the &system"),
    _theme_row("light", "&Light"),
    _theme_row("dark", "&Dark"),
    submenu(PANELS),
    separator(MENU),
    Row(
        "toggle_docks", "&Hide panels", MENU, toggle_docks, ("Tab",),
        checked_when=are_docks_hidden, mode="calm",
        tip="Hide all panels, or show them again",
    ),
    Row("reset_layout", "Reset &layout", MENU, reset_layout, tip="Put all panels back"),
    Row(
        "full_screen", "F&ull screen", MENU, toggle_full_screen, ("F11",),
        checked_when=is_full_screen,
    ),
)  # fmt: skip
