"""The system asks the program to end: at the end of a login, by `kill`, or by Ctrl+C."""

import contextlib
import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier

_NAMES = ("SIGTERM", "SIGHUP", "SIGINT")
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))


class Termination(QObject):
    """Calls a function on the GUI thread when the system asks the program to end.

    Python runs its handlers of signals between two of its own instructions: there are none while
    Qt waits for events, and those of a method that paints are no place to end a window in, nor to
    raise a KeyboardInterrupt. So each signal writes a byte into a socket that Qt listens to, and
    the function is called from there.
    """

    def __init__(self, end: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._end = end
        self._is_asked = False
        self._read, self._write = socket.socketpair()
        for end_of_pair in (self._read, self._write):
            end_of_pair.setblocking(False)
        self._notifier = QSocketNotifier(self._read.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_byte)
        self._wakeup = signal.set_wakeup_fd(self._write.fileno(), warn_on_full_buffer=False)
        self._handlers = {number: signal.signal(number, self._on_signal) for number in _SIGNALS}

    def uninstall(self) -> None:
        """Put things back as they were."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._notifier.setEnabled(False)
        self._read.close()
        self._write.close()

    def _on_byte(self) -> None:
        with contextlib.suppress(OSError):
            self._read.recv(64)
        if self._is_asked:
            self._is_asked = False
            self._end()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True
