"""Anisotropic fast marching: distance maps in the plane or on positions and orientations.

The scheme of `geodesic.march_kernel` is causal, so points can be accepted in the order of their
values. The front stops at targets and can go on later; cost is asked for tile by tile when the
front first touches it.

References
----------
Mirebeau (2014, 2018), as in `geodesic.stencils`; Duits et al. (2018), as in `geodesic.metric`.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np

from geodesic.bucket_queue import CURRENT, N_FREE, empty_queue, grown, push
from geodesic.march_kernel import (
    ACCEPTED,
    CHECKED,
    CORRECTED,
    INFINITY,
    MISSING,
    PATIENCE,
    Classes,
    Grid,
    Scheme,
    Stop,
    Values,
    enqueue_unfinished,
    march,
)
from geodesic.march_scheme import flat_scheme
from geodesic.metric import Metric
from geodesic.sparse_memory import sparse_zeros
from geodesic.stencils import stencils_of

Queue = Literal["exact", "approximate"]

TOLERANCE: dict[Queue, float] = {"exact": 1e-5, "approximate": 0.018}
"""How far the square of a value's scheme may exceed the squared cost: values are at most
sqrt(1 + tolerance) times the exact ones (5e-6 and 0.9 % too large), never smaller."""

BUCKET_SHARE = 0.25
"""Width of a bucket, in steps of a front that moves at one of the lower costs."""

LOW_COST = 0.1
"""The part of the cost, from the lowest, that sets the width of buckets."""

TOO_MANY_CORRECTIONS = 0.5
"""Corrections per accepted point beyond which buckets are narrowed."""

NARROWING = 4
"""The factor by which they are narrowed, a power of two, so that the ends of old buckets remain
ends; all points that are not final are queued again."""

MAX_BUCKET = 1 << 21
"""Buckets are not narrowed beyond what float32 tells apart."""

Block = tuple[int, int, Values, Classes | None]
"""Row and column of a box, its cost, and its classes where the metric has several."""


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
        ``fill(row, col)`` returns (row, col, cost, classes) as for `set_cost`, of a box that
        holds that pixel. The map keeps no reference back to its caller, so its memory is freed with
        it.
    queue : {"exact", "approximate"}
        "exact" agrees with the scheme's solution to float32 accuracy (relative 5e-6); "approximate"
        leaves out updates that matter little, so that values are up to 0.9 % too large, by the
        bound of `geodesic.march_kernel`; in the mean a few hundredths of a percent.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        metric: Metric,
        cost: Values | None = None,
        *,
        n_cost: int | None = None,
        fill: Callable[[int, int], Block] | None = None,
        queue: Queue = "exact",
    ) -> None:
        self.shape = shape
        self.n_theta = metric.n_theta
        stencils = stencils_of(metric)
        self._reach = max(1, stencils.reach)
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
        pixels = self._padded[0] * self._padded[1]
        points = pixels * self.n_theta
        # Where cost is lazy, memory follows the front.
        self._grid = Grid(
            sparse_zeros(points, np.float32),
            sparse_zeros(pixels * self._n_cost, np.float32),
            sparse_zeros(pixels * self._n_cost if metric.n_classes > 1 else 1, np.uint8),
            (self.n_theta, self._n_cost),
        )
        self._ready = sparse_zeros(pixels, np.bool_).reshape(self._padded)
        self._build_wall()
        self._scheme = flat_scheme(stencils, shape, self._reach, self.n_theta, self._n_cost)
        self._queue = empty_queue(np.int32 if points < 1 << 31 else np.int64)
        self._counters = np.array([0, 0, 0, PATIENCE], np.int64)
        self._judged = (0, 0)
        self._step = 1.0 / np.sqrt(float(np.median(stencils.weights.sum(axis=1))))
        self._scale = np.float32(0.0)
        self._tolerance = np.float32(TOLERANCE[queue])
        if cost is not None:
            self.set_cost(0, 0, cost)

    def _build_wall(self) -> None:
        """Make the border around the box impassable, so that the kernel needs no bounds checks."""
        grid = self._grid.cost.reshape(*self._padded, self._n_cost)
        reach = self._reach
        grid[:reach] = grid[-reach:] = INFINITY
        grid[:, :reach] = grid[:, -reach:] = INFINITY

    def set_cost(self, row: int, col: int, cost: Values, classes: Classes | None = None) -> None:
        """Supply the cost of a box.

        Parameters
        ----------
        row, col : int
            Its top-left pixel.
        cost : ndarray of float32, shape (h, w, n_cost)
            Positive.
        classes : ndarray of uint8, shape (h, w, n_cost), optional
            Class of the metric's tensor, where the metric has several; 0 when left out.
        """
        reach = self._reach
        top, left = row + reach, col + reach
        height, width = cost.shape[:2]
        box = (slice(top, top + height), slice(left, left + width))
        self._grid.cost.reshape(*self._padded, self._n_cost)[box] = cost
        if classes is not None and self._grid.classes.size > 1:
            self._grid.classes.reshape(*self._padded, self._n_cost)[box] = classes
        if self._scale == 0:
            self._choose_scale(cost)
        # Neighbors around the box are read before their own cost is known; the outer border is a
        # wall.
        self._open(top - reach, left - reach, top + height + reach, left + width + reach)

    def _choose_scale(self, cost: Values) -> None:
        """Set the width of buckets by a sample of the cost."""
        flat = cost.reshape(-1)
        sample = flat[np.linspace(0, flat.size - 1, min(flat.size, 4096)).astype(np.intp)]
        sample = sample[np.isfinite(sample)]
        if sample.size:
            typical = float(np.quantile(sample, LOW_COST))
            self._scale = np.float32(1.0 / (BUCKET_SHARE * self._step * typical))

    def _open(self, top: int, left: int, bottom: int, right: int) -> None:
        box = (slice(top, bottom), slice(left, right))
        fresh = ~self._ready[box]
        values = self._grid.u.reshape(*self._padded, self.n_theta)[box]
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
        if self._grid.cost[self._pixel(row, col) * self._n_cost] <= 0:
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
        if self.accepted:
            raise ValueError("The front has left already; seeds must be set before it marches.")
        if self._scale == 0:
            self._scale = np.float32(1.0 / (BUCKET_SHARE * self._step))
        start = np.zeros(self.n_theta, np.float32) if values is None else values
        while self._queue.state[N_FREE] <= self.n_theta:
            self._queue = grown(self._queue)
        for layer in np.flatnonzero(np.isfinite(start)).tolist():
            if start[layer] < self._grid.u[first + layer]:
                self._grid.u[first + layer] = start[layer]
                push(self._queue, int(start[layer] * self._scale), first + layer)

    @property
    def accepted(self) -> int:
        """Number of points accepted so far."""
        return int(self._counters[ACCEPTED])

    @property
    def nbytes(self) -> int:
        """Memory of the map in bytes, beside the cost and the tables of the stencils."""
        return self._grid.u.nbytes + self._ready.nbytes + self._queue.nbytes

    def _narrow(self) -> None:
        """Narrow the buckets if many points had to be taken twice."""
        accepted, corrected = self.accepted, int(self._counters[CORRECTED])
        before = self._judged
        self._judged = (accepted, corrected)
        self._counters[CHECKED] = corrected + PATIENCE
        many = corrected - before[1] > TOO_MANY_CORRECTIONS * (accepted - before[0])
        if not many or self._queue.state[CURRENT] > MAX_BUCKET:
            return
        current = NARROWING * int(self._queue.state[CURRENT])
        self._scale *= np.float32(NARROWING)
        self._queue = empty_queue(self._queue.items.dtype, self._queue.following.size)
        self._queue.state[CURRENT] = current
        pixel, ready = 0, self._ready.reshape(-1)
        while pixel < ready.size:
            self._queue = grown(self._queue)
            pixel = enqueue_unfinished(self._grid, ready, self._queue, self._scale, pixel)

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
            Called about every `pause_after` accepted points; it may raise to stop.

        Returns
        -------
        float
            The target's value, or infinity if it was not reached (or none was given).
        """
        target_pixel = -1 if target is None else self._pixel(*target)
        while True:
            outcome = march(
                self._grid,
                self._scheme,
                self._queue,
                self._counters,
                self._scale,
                self._tolerance,
                target_pixel,
                np.float32(limit),
                pause_after,
            )
            if outcome == Stop.TARGET:
                first = target_pixel * self.n_theta
                return float(self._grid.u[first : first + self.n_theta].min())
            if outcome == Stop.QUEUE_FULL:
                self._queue = grown(self._queue)
            elif outcome == Stop.TOO_COARSE:
                self._narrow()
            elif outcome == Stop.COST_NEEDED:
                row, col = divmod(int(self._counters[MISSING]), self._padded[1])
                self._ensure_cost(row - self._reach, col - self._reach)
            elif outcome in (Stop.EXHAUSTED, Stop.LIMIT):
                return float("inf")
            if on_pause is not None:
                on_pause()

    @property
    def grid(self) -> Grid:
        """Values and cost in the padded box, shared, not copied.

        A point is ((row + reach) * width + col + reach) * n_theta + layer.
        """
        return self._grid

    @property
    def scheme(self) -> Scheme:
        """The stencils in the padded box."""
        return self._scheme

    @property
    def layout(self) -> tuple[int, int, int]:
        """(height, width, n_theta) of the padded box."""
        return (*self._padded, self.n_theta)

    @property
    def reach(self) -> int:
        """Border around the box in px."""
        return self._reach

    def values_at(self, row: int, col: int) -> Values:
        """Copy of a pixel's values over orientation, shape (n_theta,); infinite if not reached."""
        first = self._point(row, col)
        if not self._ready[row + self._reach, col + self._reach]:
            return np.full(self.n_theta, INFINITY)
        return self._grid.u[first : first + self.n_theta].copy()

    @property
    def values(self) -> Values:
        """Copy of the map, shape (height, width, n_theta); infinite where not reached."""
        reach, (height, width) = self._reach, self.shape
        box = (slice(reach, reach + height), slice(reach, reach + width))
        inner = self._grid.u.reshape(*self._padded, self.n_theta)[box]
        return np.where(self._ready[box][:, :, None], inner, INFINITY)
