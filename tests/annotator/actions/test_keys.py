"""Keys by their place on the keyboard, on every system."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from annotator.actions.keys import is_canvas_key, is_latin, key_of_place

Key, Modifier = Qt.Key, Qt.KeyboardModifier
CYRILLIC_EF, GREEK_ALPHA = 0x424, 0x391


def press(key, *, scan_code=0, virtual_key=0, modifiers=Modifier.NoModifier):
    kind = QEvent.Type.KeyPress
    return QKeyEvent(kind, key, modifiers, scan_code, virtual_key, 0, "")


@pytest.mark.parametrize(
    ("platform", "scan_code", "virtual_key", "key"),
    [
        ("xcb", 38, 0x6C6, Key.Key_A),
        ("wayland", 40, 0x6D7, Key.Key_D),
        ("xcb", 34, 0x6C8, Key.Key_BracketLeft),
        ("xcb", 10, 0x26, Key.Key_1),
        ("windows", 0x1E, 0x41, Key.Key_A),
        ("windows", 0x1A, 0xDB, Key.Key_BracketLeft),
        ("windows", 0x10, 0x41, Key.Key_A),  # French: Q is where A is elsewhere
        ("cocoa", 0, 0, Key.Key_A),
        ("cocoa", 0, 46, Key.Key_M),
        ("xcb", 9, 0xFF1B, None),  # Esc has no place among the letters
    ],
)
def test_the_place_of_a_key_names_its_latin_letter(platform, scan_code, virtual_key, key):
    event = press(CYRILLIC_EF, scan_code=scan_code, virtual_key=virtual_key)
    assert key_of_place(event, platform) == key


@pytest.mark.parametrize(
    ("key", "is_known"),
    [
        (Key.Key_A, True),
        (Key.Key_7, True),
        (Key.Key_Space, True),
        (Key.Key_Escape, True),
        (Key.Key_Ampersand, False),
        (CYRILLIC_EF, False),
        (GREEK_ALPHA, False),
    ],
)
def test_what_qt_knows_by_its_character_is_left_to_it(key, is_known):
    assert is_latin(int(key)) is is_known


@pytest.mark.parametrize(
    ("key", "modifiers", "is_of_canvas"),
    [
        (Key.Key_D, Modifier.NoModifier, True),
        (Key.Key_C, Modifier.ShiftModifier, True),
        (Key.Key_1, Modifier.KeypadModifier, True),
        (Key.Key_Return, Modifier.NoModifier, True),
        (Key.Key_Tab, Modifier.NoModifier, True),
        (Key.Key_D, Modifier.ControlModifier, False),
        (Key.Key_F, Modifier.AltModifier, False),
        (Key.Key_F1, Modifier.NoModifier, False),
        (Key.Key_Escape, Modifier.NoModifier, False),
    ],
)
def test_keys_without_ctrl_belong_to_the_canvas(key, modifiers, is_of_canvas):
    assert is_canvas_key(press(key, modifiers=modifiers)) is is_of_canvas
