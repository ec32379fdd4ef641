"""Waiting for work that cannot be interrupted, so that the one who waits can be."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import lru_cache
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")

POLL_S = 0.01
"""A wait looks this often whether it was cancelled."""


@lru_cache(maxsize=1)
def _background() -> ThreadPoolExecutor:
    """Threads for the work; what was begun ends there, whoever waits, and fills caches."""
    return ThreadPoolExecutor(2, "live")


class Patience:
    """Runs work in the background, and something useful in the meantime.

    Attributes
    ----------
    check : callable
        Called every few milliseconds while waiting; may raise to stop.
    meanwhile : callable
        A short piece of other work, called with `check`; returns False when there is none.
    """

    def __init__(self) -> None:
        self.check: Callable[[], None] = lambda: None
        self.meanwhile: Callable[[Callable[[], None]], bool] = lambda _check: False

    def pass_time(self) -> bool:
        """Do a piece of the other work; False if there is none."""
        return self.meanwhile(self.check)

    def run(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what the work returns; it must not wait for other work of this kind."""
        future = _background().submit(work, *args, **kwargs)
        while not future.done():
            self.check()
            if not self.pass_time():
                try:
                    return future.result(POLL_S)
                except NotYet:
                    continue
        return future.result()
