"""A command as one row of a table; menus, toolbar, keys, palette and help are made from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from annotator.actions.context import Context

Condition = Callable[[Context], bool]

Situation = Literal["idle", "busy", "review"]
"""What the window is at: nothing yet, points that are clicked, or a review."""

Mode = Literal["any", "idle", "busy", "tools", "calm", "review"]

SITUATIONS: Final[dict[Mode, frozenset[Situation]]] = {
    "any": frozenset({"idle", "busy", "review"}),
    "idle": frozenset({"idle"}),
    "busy": frozenset({"busy"}),
    "tools": frozenset({"idle", "busy"}),
    "calm": frozenset({"idle", "review"}),
    "review": frozenset({"review"}),
}
"""When a command can be given. Two may share a key where their modes exclude each other."""

Target = Literal["crack", "box", "waypoint", "empty"]
"""What lies under the pointer when the canvas is asked for its menu."""

SEPARATOR, SUBMENU = "-", ">"
"""Identifiers of rows that are no commands."""

EVERYWHERE: tuple[Target, ...] = ("crack", "box", "waypoint", "empty")


def always(_context: Context) -> bool:
    """Enable a command at any time."""
    return True


def situation(context: Context) -> Situation:
    """Tell what the window is at."""
    if context.session.review.is_reviewing:
        return "review"
    return "busy" if context.is_drawing else "idle"


@dataclass(frozen=True, slots=True)
class Row:
    """A command. ``menu`` is a path, as in "&File/&Export".

    A row without a menu is in the context menu of the canvas only: it acts on the place there.
    """

    identifier: str
    text: str
    menu: str
    run: Callable[[Context], None]
    keys: tuple[str, ...] = ()
    icon: str = ""
    enabled_when: Condition = always
    checked_when: Condition | None = None
    tip: str = ""
    mode: Mode = "any"
    on_canvas: tuple[Target, ...] = ()

    @property
    def plain_text(self) -> str:
        """The text without the marks of mnemonics and dialogs."""
        return self.text.replace("&", "").rstrip("…")

    @property
    def is_command(self) -> bool:
        """Tell whether this is neither a line between commands nor a menu filled elsewhere."""
        return self.identifier not in (SEPARATOR, SUBMENU)

    def is_enabled(self, context: Context, now: Situation | None = None) -> bool:
        """Tell whether the command can be given, in a situation that is known or asked for."""
        return (now or situation(context)) in SITUATIONS[self.mode] and self.enabled_when(context)


def separator(menu: str) -> Row:
    """Return a line in a menu."""
    return Row(SEPARATOR, "", menu, lambda _context: None)


def submenu(menu: str) -> Row:
    """Return the place of a menu whose entries come from elsewhere."""
    return Row(SUBMENU, "", menu, lambda _context: None)
