"""Which of some pixels lies where, without an array of the size of the image."""

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]
"""Numbers of pixels in a list."""

Pixels = NDArray[np.intp]
"""(n, 2) columns and rows."""


class PixelLookup:
    """The numbers of pixels by their places; no coordinate may be negative, no pixel be twice."""

    def __init__(self, pixels: Pixels) -> None:
        self._stride = int(pixels[:, 0].max()) + 3  # so that no step sideways leaves its row
        self._keys = self._key(pixels)
        self._order = np.argsort(self._keys)
        self._sorted = self._keys[self._order]

    def beside(self, dx: int, dy: int) -> Indices:
        """Return for each pixel the number of the one at (dx, dy) from it, -1 for none."""
        return self._find(self._keys + dy * self._stride + dx)

    def at(self, places: Pixels) -> Indices:
        """Return the numbers of the pixels at some places inside the image, -1 for none."""
        is_near = places[:, 0] < self._stride
        return np.where(is_near, self._find(self._key(places)), -1)

    def _key(self, places: Pixels) -> NDArray[np.intp]:
        return places[:, 1] * self._stride + places[:, 0]

    def _find(self, keys: NDArray[np.intp]) -> Indices:
        place = np.minimum(np.searchsorted(self._sorted, keys), len(self._keys) - 1)
        return np.where(self._sorted[place] == keys, self._order[place], -1)
