"""How a command ends that was asked to stop."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event as Flag
from typing import Final

INTERRUPTED: Final = 130
"""Exit status after Ctrl+C, as shells know it."""
STOPPED: Final = 3
"""Exit status of a run that was stopped and can be gone on with."""


class StoppedError(Exception):
    """Ctrl+C has ended a command; the message says what is kept and how to go on."""


@contextmanager
def stop_flag(*, once: bool) -> Iterator[Flag]:
    """Turn Ctrl+C and a polite kill into a flag; the second one ends the program at once.

    Not so if ``once`` is false: torchrun passes on what each of its processes has got already.
    """
    flag = Flag()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, _frame: object) -> None:
        flag.set()
        if once:
            signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, stop)
    try:
        yield flag
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
