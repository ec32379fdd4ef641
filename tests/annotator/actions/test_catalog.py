"""The table of commands is sound."""

from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence

from annotator.actions.catalog import ACTIONS, MENUS, find_conflicts
from annotator.actions.menus import TOOLBAR, TOOLS_BAR
from annotator.actions.row import Row
from annotator.tools import TOOLS

ROWS = [row for row in ACTIONS if row.is_command]


def row(identifier, key, mode):
    return Row(identifier, identifier, "&File", lambda _context: None, (key,), mode=mode)


def test_identifiers_are_unique():
    assert max(Counter(row.identifier for row in ROWS).values()) == 1


def test_every_key_can_be_pressed_and_none_means_two_things_at_once():
    assert [key for row in ROWS for key in row.keys if not QKeySequence(key).toString()] == []
    spelled = {QKeySequence(key).toString() for row in ROWS for key in row.keys}
    assert len(spelled) == len({key for row in ROWS for key in row.keys})
    assert find_conflicts() == []


@pytest.mark.parametrize(
    ("modes", "is_conflict"),
    [
        (("any", "any"), True),
        (("any", "idle"), True),
        (("busy", "busy"), True),
        (("idle", "busy"), False),
    ],
)
def test_a_key_may_be_shared_by_modes_that_exclude_each_other(modes, is_conflict):
    rows = tuple(row(f"command {mode}", "X", mode) for mode in modes)
    assert bool(find_conflicts(rows)) is is_conflict


def test_held_keys_of_the_canvas_are_no_commands():
    keys = {QKeySequence(key).toString() for row in ROWS for key in row.keys}
    assert not keys & {"H", "Space"}


def test_mnemonics_differ_within_each_menu():
    for menu in {row.menu for row in ACTIONS if row.menu}:
        assert menu.split("/")[0] in MENUS
        submenus = {
            other.removeprefix(f"{menu}/").split("/")[0]
            for other in {row.menu for row in ACTIONS}
            if other.startswith(f"{menu}/")
        }
        texts = [row.text for row in ROWS if row.menu == menu] + sorted(submenus)
        letters = Counter(text[text.index("&") + 1].lower() for text in texts if "&" in text)
        doubled = {letter: n for letter, n in letters.items() if n > 1}
        assert doubled == {}, menu


def test_commands_without_a_menu_are_in_that_of_the_canvas():
    assert [row.identifier for row in ROWS if not row.menu and not row.on_canvas] == []


def test_toolbars_name_commands_that_have_icons():
    rows = {row.identifier: row for row in ROWS}
    assert all(rows[name].icon for name in (*TOOLBAR, *TOOLS_BAR) if name != "-")


def test_every_tool_has_a_command_with_a_key():
    rows = {row.identifier: row for row in ROWS}
    assert all(rows[f"tool_{name}"].keys for name in TOOLS)
