"""Keys: single letters count on the canvas only, and wherever the keyboard has them.

Qt matches shortcuts by character. On a Cyrillic or Greek layout the key D gives another letter, so
a key that means nothing there is looked up by its place on the keyboard.
"""

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

Key, Modifier = Qt.Key, Qt.KeyboardModifier

_COMMANDING = Modifier.ControlModifier | Modifier.AltModifier | Modifier.MetaModifier

_ANYWHERE: Final = frozenset({Key.Key_Escape, *(Key(Key.Key_F1 + n) for n in range(24))})
"""Keys without Ctrl or Alt that no list or button wants for itself."""

_LETTER_ROWS: Final = ((0x02, "1234567890"), (0x10, "QWERTYUIOP[]"), (0x1E, "ASDFGHJKL"),
                       (0x2C, "ZXCVBNM"))  # fmt: skip
_BY_SCAN_CODE: Final = {
    first + place: Key(ord(letter))
    for first, letters in _LETTER_ROWS
    for place, letter in enumerate(letters)
}
"""Places of the keys on a keyboard, as its controller numbers them (set 1; evdev is the same)."""

_OF_WIDGET: Final = {"cracks_table": frozenset({Key.Key_Delete, *_BY_SCAN_CODE.values()})}
"""Keys of the canvas that count in another widget too, by its name."""

_FIRST_SPECIAL: Final = 0x01000000
"""Qt's first key that is no character."""

_X11_OFFSET: Final = 8
"""X11, and Wayland after it, counts places from here."""

_APPLE: dict[int, Qt.Key] = dict(
    zip(
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25, 26,
         28, 29, 30, 31, 32, 33, 34, 35, 37, 38, 40, 45, 46),
        (Key(ord(letter)) for letter in "ASDFHGZXCVBQWERYT1234659780]OU[IPLJKNM"),
        strict=True,
    )
)  # fmt: skip
"""Places of the keys as macOS numbers them."""


def key_of_place(event: QKeyEvent, platform: str) -> Qt.Key | None:
    """Return what the key is on a Latin keyboard, None where it is no letter, digit or bracket."""
    scan_code, virtual_key = event.nativeScanCode(), event.nativeVirtualKey()
    if platform == "cocoa":
        return _APPLE.get(virtual_key)
    if platform == "windows":
        is_latin = 0x30 <= virtual_key <= 0x39 or 0x41 <= virtual_key <= 0x5A
        return Key(virtual_key) if is_latin else _BY_SCAN_CODE.get(scan_code)
    return _BY_SCAN_CODE.get(scan_code - _X11_OFFSET)


def is_canvas_key(event: QKeyEvent) -> bool:
    """Tell whether a key counts only while the canvas has the focus."""
    return not (event.modifiers() & _COMMANDING or Key(event.key()) in _ANYWHERE)


def is_latin(key: int) -> bool:
    """Tell whether a key is a letter or digit of ASCII, or no character at all, as F1."""
    return key >= _FIRST_SPECIAL or (key < 0x80 and (chr(key).isalnum() or chr(key) == " "))


class KeyScope(QObject):
    """Keeps letters from commands where they are typed, and finds commands on any layout."""

    def __init__(self, window: QMainWindow, canvas: QWidget, actions: Iterable[QAction]) -> None:
        super().__init__(window)
        self._canvas = canvas
        self._actions = list(actions)
        window.installEventFilter(self)
        canvas.installEventFilter(self)

    def watch_docks(self, docks: Iterable[QDockWidget]) -> None:
        """Mind docks too: those that float are windows of their own."""
        for dock in docks:
            dock.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hold back the shortcuts of the canvas elsewhere; translate keys there."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and watched is not self._canvas:
            return self._is_way_back(event) or self._is_held_back(watched, event)
        if watched is self._canvas and kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            return self._is_translated(event)
        return super().eventFilter(watched, event)

    def _is_way_back(self, event: QEvent) -> bool:
        """Lead from a list or panel to the canvas with Esc, which there cancels."""
        focus = QApplication.focusWidget()
        is_escape = isinstance(event, QKeyEvent) and event.key() == Key.Key_Escape
        if not is_escape or focus in (None, self._canvas):
            return False
        self._canvas.activateWindow()  # the panel may float
        self._canvas.setFocus()
        event.accept()
        return True

    def _is_held_back(self, watched: QObject, event: QEvent) -> bool:
        """Tell whether a key of the canvas was pressed elsewhere; what a dock gets is elsewhere."""
        if not isinstance(event, QKeyEvent) or not is_canvas_key(event):
            return False
        focus = QApplication.focusWidget()
        if not isinstance(watched, QDockWidget) and focus in (None, self._canvas):
            return False
        if focus is not None and Key(event.key()) in _OF_WIDGET.get(focus.objectName(), ()):
            return False
        event.accept()  # now it is a key like any other, for whoever has the focus
        return True

    def _is_translated(self, event: QEvent) -> bool:
        """Tell whether a key without a meaning of its own had one by its place."""
        if not isinstance(event, QKeyEvent) or is_latin(event.key()):
            return False
        key = key_of_place(event, QGuiApplication.platformName())
        if key is None or key == event.key():
            return False
        if event.type() == QEvent.Type.KeyPress:
            action = self._find(key, event.modifiers())
            if action is not None:
                action.trigger()
                return True
        # Not a command: perhaps a key that is held, such as H.
        latin = QKeyEvent(event.type(), key, event.modifiers(), event.text(), event.isAutoRepeat())
        return QApplication.sendEvent(self._canvas, latin) and latin.isAccepted()

    def _find(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> QAction | None:
        pressed = modifiers & ~Modifier.KeypadModifier
        sequence = QKeySequence(QKeyCombination(pressed, key))
        for action in self._actions:
            if action.isEnabled() and sequence in action.shortcuts():
                return action
        return None
