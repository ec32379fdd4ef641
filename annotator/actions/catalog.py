"""All commands, in the order of the menus."""

from annotator.actions import (
    annotate_menu,
    edit_menu,
    file_menu,
    help_menu,
    image_menu,
    model_menu,
    review_menu,
    view_menu,
)
from annotator.actions.row import SITUATIONS, Row

MENUS: tuple[str, ...] = tuple(
    module.MENU
    for module in (
        file_menu,
        edit_menu,
        view_menu,
        annotate_menu,
        image_menu,
        model_menu,
        review_menu,
        help_menu,
    )
)

ACTIONS: tuple[Row, ...] = (
    *file_menu.ROWS,
    *edit_menu.ROWS,
    *view_menu.ROWS,
    *annotate_menu.ROWS,
    *image_menu.ROWS,
    *model_menu.ROWS,
    *review_menu.ROWS,
    *help_menu.ROWS,
)


def find_row(identifier: str) -> Row:
    """Return the row of a command."""
    return next(row for row in ACTIONS if row.identifier == identifier)


def find_conflicts(rows: tuple[Row, ...] = ACTIONS) -> list[tuple[str, str, str]]:
    """Return keys that two commands share although both may be meant at the same time."""
    conflicts: list[tuple[str, str, str]] = []
    seen: dict[str, list[Row]] = {}
    for row in rows:
        for key in row.keys:
            others = seen.setdefault(key, [])
            conflicts += [
                (key, other.identifier, row.identifier)
                for other in others
                if SITUATIONS[row.mode] & SITUATIONS[other.mode]
            ]
            others.append(row)
    return conflicts
