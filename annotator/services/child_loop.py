"""The other end of a child process: requests in, answers out, cancelling in between."""

import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, BinaryIO, Final

from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.child_pipe import Content, Message, receive_message, send_message

NICENESS: Final = 5
"""Below the window, which must answer while this computes."""


class Desk:
    """What the handler of a request may use."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._sending = threading.Lock()
        self._cancelled: int = -1
        self.number = -1
        """Of the request being worked on; higher ones are newer."""

    def send(self, head: dict[str, Any], payload: Content = b"") -> None:
        """Answer the request being worked on."""
        with self._sending:
            try:
                send_message(self._output, head | {"number": self.number}, payload)
            except OSError:
                os._exit(0)  # nobody listens any more

    def cancel(self, number: int) -> None:
        """Stop that request and all before it; on any thread."""
        self._cancelled = max(self._cancelled, number)

    def is_cancelled(self) -> bool:
        """Tell whether the request being worked on is no longer wanted."""
        return self.number <= self._cancelled


Handler = Callable[[dict[str, Any], bytearray, Desk], None]


def run_child(handle: Handler, explain: Callable[[Exception], str | None]) -> None:
    """Work on requests one after the other until the input ends; then end at once.

    ``explain`` returns a sentence for the errors that are meant for users.
    """
    output = _own_output()
    with contextlib.suppress(AttributeError, OSError, ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the program: it decides
    with contextlib.suppress(AttributeError, OSError):
        os.nice(NICENESS)
    desk = Desk(output)
    requests = SimpleQueue[Message]()
    threading.Thread(target=_listen, args=(requests, desk), daemon=True).start()
    while True:
        head, payload = requests.get()
        desk.number = int(head["number"])
        _work(handle, explain, head, payload, desk)


def _work(
    handle: Handler,
    explain: Callable[[Exception], str | None],
    head: dict[str, Any],
    payload: bytearray,
    desk: Desk,
) -> None:
    try:
        if desk.is_cancelled():
            raise JobCancelled
        handle(head, payload, desk)
    except JobCancelled:
        desk.send({"kind": "cancelled"})
    except MemoryError:
        desk.send({"kind": "failed", "text": "there is not enough memory; close other programs."})
    except Exception as error:  # noqa: BLE001 - the program decides what comes of it
        text = str(error) if isinstance(error, AnnotatorError) else explain(error)
        detail = "" if text else traceback.format_exc()
        cause = type(error).__name__
        desk.send({"kind": "failed", "text": text or "", "detail": detail, "cause": cause})


def _own_output() -> BinaryIO:
    """Keep standard output for messages; what libraries print goes to standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return output


def _listen(requests: SimpleQueue[Message], desk: Desk) -> None:
    """Pass requests on; the end of the input is the end of the program that asked."""
    stream = sys.stdin.buffer
    while (message := receive_message(stream)) is not None:
        if message[0]["kind"] == "cancel":
            desk.cancel(int(message[0]["number"]))
        else:
            requests.put(message)
    os._exit(0)
