"""A child process that works for the window, and what it says, in the order in which it came.

The child is a module that reads requests from its standard input and answers on its standard
output (see `annotator.services.child_pipe`). It ends when its input does, and so with the program,
however that ends.
"""

import contextlib
import subprocess
import sys
import threading
from collections import deque
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, Final, cast

from annotator.errors import AnnotatorError
from annotator.services.child_pipe import Content, Message, receive_message, send_message

_KEPT_LINES: Final = 60
"""Of what the child wrote for humans: the end of it goes into the details of an error."""
_END_S: Final = 2.0


class ChildDied(Exception):  # noqa: N818 - the name of what happened
    """The child is gone; the message says how, as a clause."""


class ChildProcess:
    """One run of a child. Threads may use it one after the other; `kill` is for any of them."""

    def __init__(self, module: str) -> None:
        self._messages = SimpleQueue[Message | None]()
        self._words = deque[str](maxlen=_KEPT_LINES)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            reason = error.strerror or str(error)
            raise AnnotatorError(
                f"The program could not start a process to work in ({reason}); close other "
                "programs and try again."
            ) from error
        self._input = cast("BinaryIO", self._process.stdin)
        for work in (self._listen, self._note_words):
            threading.Thread(target=work, name=f"{module} pipe", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its number in the system."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    @property
    def words(self) -> str:
        """The end of what it wrote for humans."""
        return "".join(self._words)

    def send(self, head: dict[str, Any], payload: Content = b"") -> None:
        """Send a request; raises ChildDied."""
        try:
            send_message(self._input, head, payload)
        except (OSError, ValueError) as error:
            raise ChildDied(self._death()) from error

    def receive(self, timeout_s: float) -> Message | None:
        """Return the next message, None where none came in time; raises ChildDied."""
        try:
            message = self._messages.get(timeout=timeout_s)
        except Empty:
            if not self.is_alive and self._messages.empty():
                # A process that it started may hold the pipe open.
                raise ChildDied(self._death()) from None
            return None
        if message is None:
            self._messages.put(None)  # for whoever asks again
            raise ChildDied(self._death())
        return message

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        with contextlib.suppress(OSError):
            self._input.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_S)

    def _listen(self) -> None:
        output = cast("BinaryIO", self._process.stdout)
        with output:
            while (message := receive_message(output)) is not None:
                self._messages.put(message)
        self._messages.put(None)

    def _note_words(self) -> None:
        errors = cast("BinaryIO", self._process.stderr)
        with errors:
            for line in errors:
                self._words.append(line.decode("utf-8", "replace"))

    def _death(self) -> str:
        try:
            status = self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return "it no longer answered"
        if status == -9:
            return "the system ended it, perhaps because the memory ran out"
        return f"it ended with signal {-status}" if status < 0 else f"it ended with {status}"
