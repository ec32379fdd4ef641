"""What commands act on."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtWidgets import QMainWindow

from annotator.canvas.adjustment import Display
from annotator.canvas.confidence_overlay import ConfidenceOverlay
from annotator.canvas.items import OverlayMode
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import PointerEvent, ToolSwitch
from annotator.canvas.view import CanvasView
from annotator.document.image_entry import ImageEntry
from annotator.panels.message_bar import MessageBar
from annotator.session import Session
from annotator.settings import DEFAULT_OPACITY, Settings
from annotator.theme import ThemeSwitch


def _nothing() -> None:
    """Do nothing: what a part of the window does until it is there."""


def _nothing_with(_value: object) -> None:
    """Do nothing with a value."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Context:
    """The parts of the window that commands may use."""

    window: QMainWindow
    session: Session
    settings: Settings
    scene: CanvasScene
    view: CanvasView
    tool: ToolSwitch
    messages: MessageBar
    theme_switch: ThemeSwitch
    confidence: ConfidenceOverlay
    opacity: float = DEFAULT_OPACITY
    is_discarding: bool = False
    """The user agreed to lose what is not saved."""
    is_leaving: bool = False
    """The window closes as soon as the traces under way are done."""
    place: PointerEvent | None = None
    """Where on the canvas its menu was asked for; what is under it is what "here" means."""
    reset_layout: Callable[[], None] = _nothing
    chosen_images: Callable[[], list[ImageEntry]] = list[ImageEntry]
    """Images selected in the list."""
    opacity_changed: Callable[[float], object] = _nothing_with
    """Told about another opacity: the slider of the window follows."""
    open_palette: Callable[[], None] = _nothing
    display: Display = field(default_factory=Display)
    hidden_docks: list[str] = field(default_factory=list[str])
    """Names of the panels that were hidden together."""
    shortcut_rows: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    """Menu, command and keys, for the sheet of keys."""

    @property
    def is_drawing(self) -> bool:
        """Whether points are clicked that Backspace would take back."""
        preview = self.tool.preview
        return bool(preview.points or preview.outline)

    @property
    def images(self) -> list[ImageEntry]:
        """Images that a command on images means: those selected in the list, else the current."""
        current = self.session.current
        return self.chosen_images() or ([current] if current else [])

    def set_opacity(self, opacity: float) -> None:
        """Choose and remember the opacity of the masks."""
        self.opacity = self.settings.opacity = opacity
        self.show_overlay(self.scene.overlay_mode)
        self.opacity_changed(opacity)

    def show_overlay(self, mode: OverlayMode) -> None:
        """Draw the cracks in that mode, at the chosen opacity."""
        self.scene.set_overlay(mode, self.opacity)
