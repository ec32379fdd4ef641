"""A distance map that grows in small steps on one thread and is read on another at any moment.

Marching settles values in order and never touches a settled one again, so a reader who keeps to
what was settled when the limit was published needs no lock: a geodesic leads from there to the seed
through settled values only.
"""

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from geodesic.backtracking import backtrack
from geodesic.fast_marching import DistanceMap

PAUSE_AFTER = 6_000
"""Points between two chances to cancel; a slow machine takes 20 ms for them."""

STEP_S = 0.02
"""About how long a step lasts, in seconds."""

BEYOND = 0.03
"""How much farther than its target an aimed map goes, as a part of the target's value."""

FIRST_STEP = 1e-3
LAST_LIMIT = 1e7
"""Of the values; with nothing left below the last one, all is reached."""


class GrowingMap:
    """A map with one seed, and up to which value it is settled.

    Parameters
    ----------
    distances : DistanceMap
        With no seed yet. Only `grow` and `reach_target` march it.
    seed : tuple of int
        (row, col).
    """

    def __init__(self, distances: DistanceMap, seed: tuple[int, int]) -> None:
        distances.seed(*seed)
        self._distances = distances
        self._seed = seed
        self._step = FIRST_STEP
        self.limit = -1.0
        """Values up to this one are settled."""
        self.is_done = False
        """Nothing is left to reach."""

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the map."""
        return self._distances.shape

    @property
    def accepted(self) -> int:
        """Number of points accepted."""
        return self._distances.accepted

    def grow(self, check: Callable[[], None]) -> None:
        """March a step on; `check` is called often and may raise, after which one can go on."""
        begin = time.perf_counter()
        before = self.accepted
        limit = max(self.limit, 0.0) + self._step
        self._distances.run(limit=limit, on_pause=check, pause_after=PAUSE_AFTER)
        self.limit = limit
        seconds = time.perf_counter() - begin
        if seconds < STEP_S / 2:
            self._step *= 2
        elif seconds > STEP_S * 2:
            self._step /= 2
        self.is_done = self.accepted == before and limit > LAST_LIMIT

    def reach_target(self, target: tuple[int, int], check: Callable[[], None]) -> bool:
        """March until a pixel is reached; False if it cannot be."""
        reached = self._distances.run(target, on_pause=check, pause_after=PAUSE_AFTER)
        self.is_done = True
        if not np.isfinite(reached):
            return False
        self.limit = reached
        # The cursor will tremble: a little more of the crack beyond the target.
        limit = (1.0 + BEYOND) * reached
        self._distances.run(limit=limit, on_pause=check, pause_after=PAUSE_AFTER)
        self.limit = limit
        return True

    def value(self, row: int, col: int) -> float:
        """Return the smallest value at a pixel, infinite where it is not settled yet."""
        limit = self.limit
        height, width = self.shape
        if limit < 0 or not (0 <= row < height and 0 <= col < width):
            return float("inf")
        lowest = float(self._distances.values_at(row, col).min())
        return lowest if lowest <= limit else float("inf")

    def path(self, row: int, col: int) -> NDArray[np.float64] | None:
        """Return the track (x, y) from the seed to a pixel, None where it is not settled yet."""
        if not np.isfinite(self.value(row, col)):
            return None
        if (row, col) == self._seed:
            return np.array([[col, row], [col, row]], np.float64)
        layer = int(np.argmin(self._distances.values_at(row, col)))
        try:
            found = backtrack(self._distances, (row, col, layer), self._seed)
        except ValueError:
            return None
        return found.path[::-1, :2] if found.reached else None
