"""The compiled inner loop of fast marching: upwind scheme and order of acceptance.

The scheme sum_i weight_i max(0, u(p) - u(p - e_i), u(p) - u(p + e_i))^2 = C(p)^2 (one-sided in
forward gear) is causal, so points can be accepted in the order of their values.

References
----------
Mirebeau (2014, 2018), as in `geodesic.stencils`.
"""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from geodesic._jit import njit
from geodesic.heap import drop_smallest, push

Values = NDArray[np.float32]
Index = NDArray[np.int64]

INFINITY = np.float32(np.inf)


class Stop(IntEnum):
    """Why the march paused."""

    EXHAUSTED = 0
    TARGET = 1
    LIMIT = 2
    BUDGET = 3
    HEAP_FULL = 4
    COST_NEEDED = 5


_EXHAUSTED, _TARGET, _LIMIT, _BUDGET, _HEAP_FULL, _COST_NEEDED = (int(s) for s in Stop)


@njit
def local_solution(
    u: Values,
    point: int,
    stencil: int,
    lower: Index,
    upper: Index,
    weights: Values,
    cost: np.float32,
    neighbor_values: Values,
    neighbor_weights: Values,
) -> np.float32:
    """Solve the scheme at one point from its neighbors' values; infinity where none is known."""
    count = 0
    for i in range(weights.shape[1]):
        weight = weights[stencil, i]
        if weight <= 0:
            continue
        value = min(u[point + lower[stencil, i]], u[point + upper[stencil, i]])
        if value == INFINITY:
            continue
        slot = count
        while slot > 0 and neighbor_values[slot - 1] > value:
            neighbor_values[slot] = neighbor_values[slot - 1]
            neighbor_weights[slot] = neighbor_weights[slot - 1]
            slot -= 1
        neighbor_values[slot] = value
        neighbor_weights[slot] = weight
        count += 1
    if count == 0:
        return INFINITY
    # Differences to the smallest value keep float32 accurate far from the seed.
    base = neighbor_values[0]
    a = neighbor_weights[0]
    b = np.float32(0.0)
    c = -cost * cost
    rise = cost / np.sqrt(a)
    for i in range(1, count):
        difference = neighbor_values[i] - base
        if difference >= rise:
            break
        weight = neighbor_weights[i]
        a += weight
        b += weight * difference
        c += weight * difference * difference
        rise = (b + np.sqrt(max(np.float32(0.0), b * b - a * c))) / a
    return base + rise


@njit
def march(
    u: Values,
    cost: Values,
    layers: tuple[int, int],
    lower: Index,
    upper: Index,
    weights: Values,
    reverse_start: Index,
    reverse: Index,
    keys: Values,
    items: Index,
    state: Index,
    target_pixel: int,
    limit: np.float32,
    budget: int,
) -> int:
    """Accept points until something stops the march; `state` holds heap size, last point, count.

    A point q is accepted exactly if u[q] <= the value being accepted now, so no flags are needed.
    Each row of `reverse` names a point that has the accepted one in its stencil: shift of the
    point, shift of its pixel, its cost layer, its stencil.
    """
    n_theta, n_cost = layers
    n_stencils = weights.shape[0]
    neighbor_values = np.empty(weights.shape[1], np.float32)
    neighbor_weights = np.empty(weights.shape[1], np.float32)
    size = state[0]
    accepted = 0
    outcome = _EXHAUSTED
    while size > 0:
        key = keys[0]
        point = items[0]
        if key > limit:
            outcome = _LIMIT
            break
        size = drop_smallest(keys, items, size)
        if key > u[point]:
            continue  # a shorter way was found after this entry was pushed
        stencil = point % n_stencils
        first, last = reverse_start[stencil], reverse_start[stencil + 1]
        if size + last - first + 2 > keys.size:
            size = push(keys, items, size, key, point)
            outcome = _HEAP_FULL
            break
        if accepted >= budget:
            size = push(keys, items, size, key, point)
            outcome = _BUDGET
            break
        pixel = point // n_theta
        if pixel == target_pixel:
            size = push(keys, items, size, key, point)
            state[1] = point
            outcome = _TARGET
            break
        missing = -1
        for j in range(first, last):
            other = point + reverse[j, 0]
            old = u[other]
            if old <= key:
                continue
            other_pixel = pixel + reverse[j, 1]
            local_cost = cost[other_pixel * n_cost + reverse[j, 2]]
            if local_cost <= 0:
                missing = other_pixel
                break
            if local_cost == INFINITY:
                continue
            value = local_solution(
                u,
                other,
                reverse[j, 3] if n_stencils == n_theta else other,
                lower,
                upper,
                weights,
                local_cost,
                neighbor_values,
                neighbor_weights,
            )
            if value < old:
                u[other] = value
                size = push(keys, items, size, value, other)
        if missing >= 0:
            # Updating again is harmless: put the point back and let the caller fill in the cost.
            size = push(keys, items, size, key, point)
            state[1] = missing
            outcome = _COST_NEEDED
            break
        accepted += 1
    state[0] = size
    state[2] += accepted
    return outcome
