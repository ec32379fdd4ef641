"""The table of commands is sound."""

from collections import Counter

from PySide6.QtGui import QKeySequence

from annotator.actions.catalog import ACTIONS, MENUS
from annotator.actions.menus import TOOLBAR

ROWS = [row for row in ACTIONS if row.identifier != "-"]


def test_identifiers_and_keys_are_unique():
    assert max(Counter(row.identifier for row in ROWS).values()) == 1
    keys = Counter(QKeySequence(key).toString() for row in ROWS for key in row.keys)
    assert [key for key, count in keys.items() if count > 1 or not key] == []


def test_held_keys_of_the_canvas_are_no_commands():
    keys = {QKeySequence(key).toString() for row in ROWS for key in row.keys}
    assert not keys & {"H", "Space"}


def test_every_command_has_a_menu_and_mnemonics_differ_within_it():
    for menu in {row.menu for row in ROWS}:
        assert menu.split("/")[0] in MENUS
        letters = Counter(
            row.text[row.text.index("&") + 1].lower()
            for row in ROWS
            if row.menu == menu and "&" in row.text
        )
        assert max(letters.values(), default=1) == 1, menu


def test_toolbar_names_commands_that_have_icons():
    rows = {row.identifier: row for row in ROWS}
    assert all(rows[name].icon for name in TOOLBAR if name != "-")
