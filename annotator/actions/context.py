"""What commands act on."""

from dataclasses import dataclass, field

from PySide6.QtWidgets import QMainWindow

from annotator.canvas.items import OverlayMode
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import Tool
from annotator.canvas.view import CanvasView
from annotator.panels.message_bar import MessageBar
from annotator.session import Session
from annotator.settings import Settings
from annotator.theme import ThemeSwitch


@dataclass(slots=True, eq=False)
class Context:
    """The parts of the window that handlers may use."""

    window: QMainWindow
    session: Session
    settings: Settings
    scene: CanvasScene
    view: CanvasView
    tool: Tool
    messages: MessageBar
    theme_switch: ThemeSwitch
    opacity: float = 0.4
    is_discarding: bool = False
    """The user agreed to lose what is not saved."""
    shortcut_rows: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def show_overlay(self, mode: OverlayMode) -> None:
        """Draw the cracks in that mode, at the chosen opacity."""
        self.scene.set_overlay(mode, self.opacity)
