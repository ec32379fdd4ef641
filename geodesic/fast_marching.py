"""Anisotropic fast marching: distance maps in the plane or on positions and orientations.

The scheme of `geodesic.march_kernel` is causal, so points can be accepted in the order of their
values. The front stops at targets and can go on later; cost is asked for tile by tile when the
front first touches it.

References
----------
Mirebeau (2014, 2018), as in `geodesic.stencils`; Duits et al. (2018), as in `geodesic.metric`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from geodesic.heap import push
from geodesic.march_kernel import INFINITY, Index, Stop, Values, march
from geodesic.metric import Metric
from geodesic.stencils import Stencils, build_stencils

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class MarchTables:
    """The flat arrays of a distance map, in its padded box, for kernels that read the scheme.

    Attributes
    ----------
    u : ndarray of float32, shape (points,)
        Values; a point is ((row + reach) * width + col + reach) * n_theta + layer.
    layout : tuple of int
        (height, width, n_theta) of the padded box.
    reach : int
        Border around the box in px.
    lower, upper : ndarray of int64, shape (n, m)
        Shift of the point to its neighbors p - e_i and p + e_i; 0 where that side is unused.
    weights : ndarray of float32, shape (n, m)
    offsets : ndarray of int64, shape (n, m, 3)
        e_i as (column, row, layer).
    """

    u: Values
    layout: tuple[int, int, int]
    reach: int
    lower: Index
    upper: Index
    weights: Values
    offsets: Index


class DistanceMap:
    """A front marching through a box of grid points.

    Parameters
    ----------
    shape : tuple of int
        (height, width) in px.
    metric : Metric
        What distances are measured in.
    cost : ndarray of float32, shape (height, width) or (height, width, n_cost), optional
        Positive; infinite where the front must not go. n_cost divides the metric's number of
        layers: a pi-periodic cost serves both directions of a forward metric. Left out, `fill` is
        called.
    n_cost : int, optional
        Layers of the cost when it is filled later.
    fill : callable, optional
        ``fill(row, col)`` returns (row, col, cost) as for `set_cost`, of a box that holds that
        pixel. The map keeps no reference back to its caller, so its memory is freed with it.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        metric: Metric,
        cost: Values | None = None,
        *,
        n_cost: int | None = None,
        fill: Callable[[int, int], tuple[int, int, Values]] | None = None,
    ) -> None:
        self.shape = shape
        self.n_theta = metric.n_theta
        self.stencils: Stencils = build_stencils(metric)
        self._reach = max(1, self.stencils.reach)
        self._padded = (shape[0] + 2 * self._reach, shape[1] + 2 * self._reach)
        if cost is not None:
            cost = cost.reshape(*shape, -1)
            n_cost = cost.shape[2]
        self._n_cost = n_cost or self.n_theta
        if self.n_theta % self._n_cost:
            raise ValueError(
                f"The cost has {self._n_cost} layers; it must divide the metric's {self.n_theta}."
            )
        self._fill = fill
        points = self._padded[0] * self._padded[1]
        # Untouched pages of `zeros` cost nothing, so memory follows the front where cost is lazy.
        self._u = np.zeros(points * self.n_theta, np.float32)
        self._cost = np.zeros(points * self._n_cost, np.float32)
        self._ready = np.zeros(self._padded, bool)
        self._build_wall()
        self._build_tables()
        self._keys = np.empty(1 << 14, np.float32)
        self._items = np.empty(1 << 14, np.int64)
        self._state = np.zeros(3, np.int64)
        if cost is not None:
            self.set_cost(0, 0, cost)

    def _build_wall(self) -> None:
        """Make the border around the box impassable, so that the kernel needs no bounds checks."""
        grid = self._cost.reshape(*self._padded, self._n_cost)
        reach = self._reach
        grid[:reach] = grid[-reach:] = INFINITY
        grid[:, :reach] = grid[:, -reach:] = INFINITY

    def _build_tables(self) -> None:
        """Flatten the stencils to shifts of the point index, and invert them."""
        offsets, weights = self.stencils.offsets, self.stencils.weights
        count, width, n_theta = weights.shape[0], self._padded[1], self.n_theta
        per_point = count != n_theta
        if per_point:
            offsets, weights = self._spread(offsets), self._spread(weights)
            one_sided = self._spread(self.stencils.one_sided)
        else:
            one_sided = self.stencils.one_sided
        layer = np.arange(weights.shape[0])[:, None] % n_theta
        pixel_shift = offsets[:, :, 1] * width + offsets[:, :, 0]
        used = weights > 0
        tables = []
        for sign in (-1, 1):
            turned = (layer + sign * offsets[:, :, 2]) % n_theta
            shift = sign * pixel_shift * n_theta + turned - layer
            active = used if sign < 0 else used & ~one_sided
            tables.append((np.where(active, shift, 0), active, turned))
        self._lower, self._upper = tables[0][0], tables[1][0]
        self._weights = np.ascontiguousarray(weights, np.float32)
        self._offsets = np.ascontiguousarray(offsets)
        # For each stencil, list who has it as a neighbor: q = p - shift.
        who, entries = [], []
        for sign, (shift, active, turned) in zip((-1, 1), tables, strict=True):
            owner, _ = np.nonzero(active)
            moved = shift[active]
            neighbor = owner + moved if per_point else turned[active]
            who.append(neighbor)
            entries.append(
                np.stack(
                    [
                        -moved,
                        -sign * pixel_shift[active],
                        owner % n_theta % self._n_cost,
                        owner,
                    ],
                    axis=1,
                )
            )
        owners, rows = np.concatenate(who), np.concatenate(entries)
        order = np.argsort(owners, kind="stable")
        self._reverse = np.ascontiguousarray(rows[order])
        self._reverse_start = np.searchsorted(
            owners[order], np.arange(weights.shape[0] + 1)
        ).astype(np.int64)

    def _spread(self, per_point: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """Put per-point data into the padded box, zero in the border."""
        reach, (height, width) = self._reach, self.shape
        tail = per_point.shape[1:]
        padded = np.zeros((*self._padded, self.n_theta, *tail), per_point.dtype)
        padded[reach : reach + height, reach : reach + width] = per_point.reshape(
            height, width, self.n_theta, *tail
        )
        return padded.reshape(-1, *tail)

    def set_cost(self, row: int, col: int, cost: Values) -> None:
        """Supply the cost of a box with its top-left pixel at (row, col), shape (h, w, n_cost)."""
        reach = self._reach
        top, left = row + reach, col + reach
        height, width = cost.shape[:2]
        grid = self._cost.reshape(*self._padded, self._n_cost)
        grid[top : top + height, left : left + width] = cost
        # Neighbors around the box are read before their own cost is known; the outer border is a
        # wall.
        self._open(top - reach, left - reach, top + height + reach, left + width + reach)

    def _open(self, top: int, left: int, bottom: int, right: int) -> None:
        box = (slice(top, bottom), slice(left, right))
        fresh = ~self._ready[box]
        values = self._u.reshape(*self._padded, self.n_theta)[box]
        values[fresh] = INFINITY
        self._ready[box] = True

    def _point(self, row: int, col: int, layer: int = 0) -> int:
        height, width = self.shape
        if not (0 <= row < height and 0 <= col < width):
            raise ValueError(
                f"The point (row {row}, col {col}) lies outside {height} x {width} px."
            )
        return self._pixel(row, col) * self.n_theta + layer

    def _pixel(self, row: int, col: int) -> int:
        return (row + self._reach) * self._padded[1] + col + self._reach

    def _ensure_cost(self, row: int, col: int) -> None:
        if self._cost[self._pixel(row, col) * self._n_cost] <= 0:
            if self._fill is None:
                raise ValueError(f"There is no cost at row {row}, col {col}.")
            self.set_cost(*self._fill(row, col))

    def seed(self, row: int, col: int, values: Values | None = None) -> None:
        """Start the front at a pixel.

        Parameters
        ----------
        row, col : int
            The pixel.
        values : ndarray of float32, shape (n_theta,), optional
            Start value of each orientation, infinite where it must not start; all 0 when left out.
        """
        first = self._point(row, col)
        self._ensure_cost(row, col)
        start = np.zeros(self.n_theta, np.float32) if values is None else values
        self._reserve(int(self._state[0]) + self.n_theta)
        for layer in np.flatnonzero(np.isfinite(start)).tolist():
            if start[layer] < self._u[first + layer]:
                self._u[first + layer] = start[layer]
                self._state[0] = push(
                    self._keys, self._items, self._state[0], start[layer], first + layer
                )

    def _reserve(self, needed: int) -> None:
        if needed >= self._keys.size:
            self._keys = np.resize(self._keys, 2 * max(needed, self._keys.size))
            self._items = np.resize(self._items, self._keys.size)

    @property
    def accepted(self) -> int:
        """Number of points accepted so far."""
        return int(self._state[2])

    def run(
        self,
        target: tuple[int, int] | None = None,
        limit: float = np.inf,
        on_pause: Callable[[], None] | None = None,
        pause_after: int = 200_000,
    ) -> float:
        """March on until the target is reached, values exceed the limit, or nothing is left.

        Parameters
        ----------
        target : tuple of int, optional
            (row, col); the march stops when its first orientation is accepted.
        limit : float
            Largest value to accept.
        on_pause : callable, optional
            Called every `pause_after` accepted points; it may raise to stop.

        Returns
        -------
        float
            The target's value, or infinity if it was not reached (or none was given).
        """
        target_pixel = -1 if target is None else self._pixel(*target)
        while True:
            outcome = march(
                self._u,
                self._cost,
                (self.n_theta, self._n_cost),
                self._lower,
                self._upper,
                self._weights,
                self._reverse_start,
                self._reverse,
                self._keys,
                self._items,
                self._state,
                target_pixel,
                np.float32(limit),
                pause_after,
            )
            if outcome == Stop.TARGET:
                return float(self._u[self._state[1]])
            if outcome == Stop.HEAP_FULL:
                self._reserve(self._keys.size)
            elif outcome == Stop.COST_NEEDED:
                row, col = divmod(int(self._state[1]), self._padded[1])
                self._ensure_cost(row - self._reach, col - self._reach)
            elif outcome in (Stop.EXHAUSTED, Stop.LIMIT):
                return float("inf")
            if on_pause is not None:
                on_pause()

    @property
    def tables(self) -> MarchTables:
        """The arrays behind the map, shared, not copied."""
        return MarchTables(
            self._u,
            (*self._padded, self.n_theta),
            self._reach,
            self._lower,
            self._upper,
            self._weights,
            self._offsets,
        )

    def values_at(self, row: int, col: int) -> Values:
        """Copy of a pixel's values over orientation, shape (n_theta,); infinite if not reached."""
        first = self._point(row, col)
        if not self._ready[row + self._reach, col + self._reach]:
            return np.full(self.n_theta, INFINITY)
        return self._u[first : first + self.n_theta].copy()

    @property
    def values(self) -> Values:
        """Copy of the map, shape (height, width, n_theta); infinite where not reached."""
        reach, (height, width) = self._reach, self.shape
        box = (slice(reach, reach + height), slice(reach, reach + width))
        inner = self._u.reshape(*self._padded, self.n_theta)[box]
        return np.where(self._ready[box][:, :, None], inner, INFINITY)
