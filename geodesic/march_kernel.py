"""The compiled inner loop of fast marching: upwind scheme and order of acceptance.

The scheme

    F(u)(p) = sum_i weight_i max(0, u(p) - u(p - e_i), u(p) - u(p + e_i))^2 = C(p)^2

(one-sided in forward gear) is causal: a value depends on smaller ones only. Points are taken from
buckets of small width in order of value; within a bucket the order is free, and a point that
improves after it was taken is taken again. So the order costs nothing in accuracy, whatever the
width of the buckets: when a bucket is done, all values up to its end are final.

A value is left as it is while F(u)(p) <= (1 + tolerance) C(p)^2. Values only ever come down to
solutions of the scheme from upper bounds, and u / sqrt(1 + tolerance) is a subsolution of it, so by
comparison

    u_exact <= u <= sqrt(1 + tolerance) u_exact    everywhere.

References
----------
Mirebeau (2014, 2018), as in `geodesic.stencils`; Meyer, Sanders, "Delta-stepping: a parallelizable
shortest path algorithm", J. Algorithms 49 (2003), for corrections within a bucket.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geodesic._jit import njit
from geodesic.bucket_queue import CURRENT, N_FREE, SIZE, BucketQueue, advance, push, put_back, take

Values = NDArray[np.float32]
Index = NDArray[np.int64]
Classes = NDArray[np.uint8]

INFINITY = np.float32(np.inf)

FAR = 1 << 40
"""Bucket of points without a value."""


class Stop(IntEnum):
    """Why the march paused."""

    EXHAUSTED = 0
    TARGET = 1
    LIMIT = 2
    BUDGET = 3
    QUEUE_FULL = 4
    COST_NEEDED = 5
    TOO_COARSE = 6


_EXHAUSTED, _TARGET, _LIMIT, _BUDGET, _QUEUE_FULL, _COST_NEEDED, _TOO_COARSE = (
    int(s) for s in Stop
)

ACCEPTED, CORRECTED, MISSING, CHECKED = range(4)
"""Entries of the counters: points accepted, points taken again, the pixel whose cost is needed, and
the number of corrections at which the width of the buckets is judged next."""

PATIENCE = 4096
"""Corrections between two judgments of the width of the buckets."""


class Grid(NamedTuple):
    """What is stored per point or per pixel.

    Attributes
    ----------
    u : ndarray of float32, shape (points,)
        Values, infinite where none is known yet.
    cost : ndarray of float32, shape (pixels * n_cost,)
        0 where not known yet, infinite in walls.
    classes : ndarray of uint8, shape (pixels * n_cost,) or (1,)
        Class of the metric's tensor; one entry where there is one class.
    layers : tuple of int
        (n_theta, n_cost).
    """

    u: Values
    cost: Values
    classes: Classes
    layers: tuple[int, int]


class Scheme(NamedTuple):
    """Stencils and who uses whom.

    A stencil's number is its layer, plus n_theta times its class; or, where every point has a
    tensor of its own, the point.

    Attributes
    ----------
    lower, upper : ndarray of int64, shape (stencils, m)
        Shift of the point to its neighbors p - e_i and p + e_i; 0 where that side is unused.
    weights : ndarray of float32, shape (stencils, m)
    reverse_start : ndarray of int64
        Where the rows of each layer (or point) begin in `reverse`.
    reverse : ndarray of int64, shape (rows, 4)
        Points that may have this one in their stencil: shift of the point, shift of its pixel, its
        layer of the cost, its stencil for class 0.
    member : ndarray of bool, shape (rows, classes)
        Whether the stencil of a point of that class has this one in it.
    offsets : ndarray of int64, shape (stencils, m, 3)
        e_i as (column, row, layer).
    """

    lower: Index
    upper: Index
    weights: Values
    reverse_start: Index
    reverse: Index
    member: NDArray[np.bool_]
    offsets: Index


@njit
def stencil_of(grid: Grid, scheme: Scheme, point: int) -> int:
    """Return the number of a point's stencil."""
    n_theta, n_cost = grid.layers
    layer = point % n_theta
    if scheme.weights.shape[0] == n_theta:
        return layer
    if grid.classes.size == 1:
        return point
    cell = point // n_theta * n_cost + layer % n_cost
    return layer + n_theta * int(grid.classes[cell])


@njit(inline="always")
def local_solution(
    u: Values,
    point: int,
    stencil: int,
    scheme: Scheme,
    old: np.float32,
    squared_cost: np.float32,
    bound: np.float32,
    neighbor_values: Values,
    neighbor_weights: Values,
) -> np.float32:
    """Solve the scheme at a point, or return its `old` value where F does not exceed `bound`."""
    lower, upper, weights = scheme.lower, scheme.upper, scheme.weights
    total = np.float32(0.0)
    for i in range(weights.shape[1]):
        # Unsigned indices spare the kernel Python's rule for negative ones.
        low = u[np.uint64(point + lower[stencil, i])]
        value = min(low, u[np.uint64(point + upper[stencil, i])])
        neighbor_values[i] = value
        rise = max(np.float32(0.0), old - value)
        total += weights[stencil, i] * rise * rise
    if total <= bound:
        return old
    count = 0
    for i in range(weights.shape[1]):
        value = neighbor_values[i]
        weight = weights[stencil, i]
        if value >= old or weight <= 0:
            continue
        slot = count
        while slot > 0 and neighbor_values[slot - 1] > value:
            neighbor_values[slot] = neighbor_values[slot - 1]
            neighbor_weights[slot] = neighbor_weights[slot - 1]
            slot -= 1
        neighbor_values[slot] = value
        neighbor_weights[slot] = weight
        count += 1
    # Differences to the smallest value keep float32 accurate far from the seed.
    base = neighbor_values[0]
    a = neighbor_weights[0]
    b = np.float32(0.0)
    c = -squared_cost
    for i in range(1, count):
        difference = neighbor_values[i] - base
        if (a * difference - b - b) * difference + c >= 0:
            break  # the solution lies below this neighbor
        weight = neighbor_weights[i]
        a += weight
        b += weight * difference
        c += weight * difference * difference
    return base + (b + np.sqrt(max(np.float32(0.0), b * b - a * c))) / a


@njit
def _has_arrived(grid: Grid, pixel: int, scale: np.float32, current: int) -> bool:
    """Whether the value of any orientation of a pixel is final once the current bucket is done."""
    u = grid.u
    n_theta, n_cost = grid.layers
    if pixel < 0 or grid.cost[pixel * n_cost] <= 0:
        return False
    lowest = u[pixel * n_theta]
    for layer in range(1, n_theta):
        lowest = min(lowest, u[pixel * n_theta + layer])
    if lowest == INFINITY:
        return False
    return int(lowest * scale) <= current


@njit
def march(
    grid: Grid,
    scheme: Scheme,
    queue: BucketQueue,
    counters: Index,
    scale: np.float32,
    tolerance: np.float32,
    target_pixel: int,
    limit: np.float32,
    budget: int,
) -> int:
    """Accept points until something stops the march; a bucket is 1 / `scale` wide."""
    u, cost, classes, (n_theta, n_cost) = grid
    reverse_start, reverse, member = scheme.reverse_start, scheme.reverse, scheme.member
    per_point = reverse_start.size > n_theta + 1
    n_classes = member.shape[1]
    neighbor_values = np.empty(scheme.weights.shape[1], np.float32)
    neighbor_weights = np.empty(scheme.weights.shape[1], np.float32)
    allowed = np.float32(1.0) + tolerance
    state = queue.state
    taken = 0
    corrected = 0
    outcome = _EXHAUSTED
    while True:
        current = state[CURRENT]
        point = take(queue)
        if point < 0:  # the bucket is done
            if _has_arrived(grid, target_pixel, scale, current):
                outcome = _TARGET
                break
            if state[SIZE] == 0:
                break
            if np.float32(current + 1) > limit * scale:
                outcome = _LIMIT
                break
            advance(queue)
            continue
        key = u[point]
        bucket = int(key * scale)
        if bucket < current:
            continue  # taken before, with this smaller value
        pixel = point // n_theta
        start = point if per_point else point - pixel * n_theta
        first, last = reverse_start[start], reverse_start[start + 1]
        if state[N_FREE] < last - first + 2:
            outcome = _QUEUE_FULL
        elif counters[CORRECTED] + corrected >= counters[CHECKED]:
            outcome = _TOO_COARSE
        elif taken >= budget:
            outcome = _BUDGET
        if outcome != _EXHAUSTED:
            put_back(queue, point)
            break
        if bucket > current:
            push(queue, bucket, point)
            continue
        missing = -1
        for j in range(first, last):
            other = point + reverse[j, 0]
            old = u[np.uint64(other)]
            if old <= key:
                continue
            cell = np.uint64((pixel + reverse[j, 1]) * n_cost + reverse[j, 2])
            local_cost = cost[cell]
            if local_cost <= 0:
                missing = pixel + reverse[j, 1]
                break
            if local_cost == INFINITY:
                continue
            stencil = reverse[j, 3]
            if n_classes > 1:
                own_class = int(classes[cell])
                if not member[j, own_class]:
                    continue
                stencil += own_class * n_theta
            squared = local_cost * local_cost
            value = local_solution(
                u,
                other,
                stencil,
                scheme,
                old,
                squared,
                squared * allowed,
                neighbor_values,
                neighbor_weights,
            )
            if value < old:
                u[np.uint64(other)] = value
                new_bucket = int(value * scale)
                old_bucket = int(old * scale) if old < INFINITY else FAR
                if old_bucket <= current:
                    corrected += 1
                    push(queue, current, other)
                elif new_bucket != old_bucket:
                    push(queue, max(new_bucket, current), other)
        if missing >= 0:
            # Updating again is harmless: put the point back and let the caller fill in the cost.
            put_back(queue, point)
            counters[MISSING] = missing
            outcome = _COST_NEEDED
            break
        taken += 1
    counters[CORRECTED] += corrected
    counters[ACCEPTED] += taken - corrected
    return outcome


@njit
def enqueue_unfinished(
    grid: Grid,
    ready: NDArray[np.bool_],
    queue: BucketQueue,
    scale: np.float32,
    begin: int,
) -> int:
    """Queue all points from pixel `begin` on whose bucket is the current one or a later one.

    Returns the pixel to go on from once the queue has grown, or the number of pixels at the end.
    """
    n_theta = grid.layers[0]
    for pixel in range(begin, ready.size):
        if not ready[pixel]:
            continue
        if queue.state[N_FREE] < n_theta:
            return pixel
        for point in range(pixel * n_theta, (pixel + 1) * n_theta):
            value = grid.u[point]
            if value < INFINITY and int(value * scale) >= queue.state[CURRENT]:
                push(queue, int(value * scale), point)
    return ready.size
