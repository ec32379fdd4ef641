"""Decoded images with their masks, as many as fit in a number of bytes."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Pair = tuple[Pixels, Pixels]


class ImageCache:
    """Keeps what was used last. A copy that goes to another process by pickling is empty.

    Parameters
    ----------
    limit
        Largest number of bytes to keep; what is larger by itself is not kept at all.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.n_bytes = 0
        self._pairs: OrderedDict[str, Pair] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pairs)

    def __getstate__(self) -> dict[str, Any]:
        return {"limit": self.limit}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["limit"])

    def get(self, name: str, load: Callable[[], Pair]) -> Pair:
        """Return what was kept under a name, or load and keep it."""
        pair = self._pairs.get(name)
        if pair is not None:
            self._pairs.move_to_end(name)
            return pair
        pair = load()
        for values in pair:
            values.flags.writeable = False
        size = sum(values.nbytes for values in pair)
        if size <= self.limit:
            self._pairs[name] = pair
            self.n_bytes += size
            self._shrink()
        return pair

    def _shrink(self) -> None:
        while self.n_bytes > self.limit:
            _, pair = self._pairs.popitem(last=False)
            self.n_bytes -= sum(values.nbytes for values in pair)
