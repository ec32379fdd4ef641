"""Geodesics by descent along the upwind flow that the marching scheme itself defines.

References
----------
Mirebeau, Portegies, "Hamiltonian fast marching: a numerical solver for anisotropic and
non-holonomic eikonal PDEs", Image Processing On Line 9 (2019), section on geodesic backtracking.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geodesic._jit import njit
from geodesic.fast_marching import DistanceMap
from geodesic.march_kernel import INFINITY, Grid, Scheme, stencil_of

STEP = 0.5
"""Length of a step in px."""

LAYER_LENGTH = 0.5
"""What a step of one orientation layer counts for in the step's length, in px."""

PATIENCE = 20
"""Steps without getting closer to the seed before the discrete walk takes over."""

DISCRETE_STEPS = 4
"""Parents followed before the descent resumes."""

Path = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Backtrack:
    """A geodesic from a target back to the seed.

    Attributes
    ----------
    path : ndarray, shape (n, 3)
        (x, y, layer) from the target to the seed; x and y in px. The last layer is the one that
        the front started from.
    discrete_steps : int
        How often the discrete parent walk had to help the descent on.
    reached : bool
        False if the bounded number of steps ran out before the seed.
    """

    path: Path
    discrete_steps: int
    reached: bool


@njit
def _flow(
    grid: Grid,
    scheme: Scheme,
    point: int,
    direction: NDArray[np.float64],
) -> int:
    """Unit-speed upwind direction at a point; returns the neighbor that contributes most, or -1."""
    u = grid.u
    lower, upper, weights, offsets = scheme.lower, scheme.upper, scheme.weights, scheme.offsets
    stencil = stencil_of(grid, scheme, point)
    direction[:] = 0.0
    total = 0.0
    strongest = 0.0
    parent = -1
    for i in range(weights.shape[1]):
        weight = weights[stencil, i]
        if weight <= 0:
            continue
        low = u[point + lower[stencil, i]]
        high = u[point + upper[stencil, i]]
        if low <= high:
            difference = u[point] - low
            sign = -1.0
            neighbor = point + lower[stencil, i]
        else:
            difference = u[point] - high
            sign = 1.0
            neighbor = point + upper[stencil, i]
        if difference <= 0:
            continue
        part = weight * difference
        total += part * difference
        for axis in range(3):
            direction[axis] += sign * part * offsets[stencil, i, axis]
        if part * difference > strongest:
            strongest = part * difference
            parent = neighbor
    if total > 0:
        direction /= np.sqrt(total)
    return parent


@njit
def _interpolated_flow(
    grid: Grid,
    scheme: Scheme,
    position: NDArray[np.float64],
    layout: tuple[int, int, int],
    direction: NDArray[np.float64],
    corner_direction: NDArray[np.float64],
) -> tuple[int, float]:
    """Mean flow of the surrounding points; returns the lowest of them and its value."""
    height, width, n_theta = layout
    direction[:] = 0.0
    left = int(np.floor(position[0]))
    top = int(np.floor(position[1]))
    layer = int(np.floor(position[2]))
    best = -1
    lowest = np.inf
    for corner in range(8 if n_theta > 1 else 4):
        dx, dy, dk = corner & 1, (corner >> 1) & 1, corner >> 2
        share = 1.0 - abs(position[0] - left - dx)
        share *= 1.0 - abs(position[1] - top - dy)
        if n_theta > 1:
            share *= 1.0 - abs(position[2] - layer - dk)
        if share <= 0.0:
            continue
        row, col = top + dy, left + dx
        if row < 0 or col < 0 or row >= height or col >= width:
            continue
        point = (row * width + col) * n_theta + (layer + dk) % n_theta
        value = grid.u[point]
        if value == INFINITY:
            continue
        if value < lowest:
            lowest = value
            best = point
        _flow(grid, scheme, point, corner_direction)
        for axis in range(3):
            direction[axis] += share * corner_direction[axis]
    return best, lowest


@njit
def _seeded_layer(
    grid: Grid,
    scheme: Scheme,
    pixel: int,
    layer: float,
    direction: NDArray[np.float64],
) -> int:
    """Find the orientation at which the front started that reached the seed's pixel at `layer`.

    The path may have turned in place there; following parents leads back to a state that has none.
    """
    n_theta = grid.layers[0]
    point = -1
    nearest = np.inf
    for k in range(n_theta):
        away = abs((k - layer + 0.5 * n_theta) % n_theta - 0.5 * n_theta)
        if grid.u[pixel * n_theta + k] != INFINITY and away < nearest:
            nearest = away
            point = pixel * n_theta + k
    for _ in range(4 * n_theta):
        parent = _flow(grid, scheme, point, direction)
        if parent < 0:
            break
        point = parent
    return point % n_theta


@njit
def _descend(
    grid: Grid,
    scheme: Scheme,
    start: NDArray[np.float64],
    seed: NDArray[np.float64],
    layout: tuple[int, int, int],
    path: Path,
) -> tuple[int, int, bool]:
    """Fill `path`; return its length, the number of discrete walks and whether it met the seed."""
    _, width, n_theta = layout
    position = start.copy()
    direction = np.zeros(3)
    corner_direction = np.zeros(3)
    lowest_seen = np.inf
    waited = 0
    walks = 0
    count = 0
    known = -1
    while count < path.shape[0] - 1:
        path[count] = position
        count += 1
        dx, dy = position[0] - seed[0], position[1] - seed[1]
        if dx * dx + dy * dy < 1.0:
            path[count, 0], path[count, 1] = seed[0], seed[1]
            pixel = int(seed[1]) * width + int(seed[0])
            path[count, 2] = _seeded_layer(grid, scheme, pixel, position[2], corner_direction)
            return count + 1, walks, True
        point, value = _interpolated_flow(
            grid, scheme, position, layout, direction, corner_direction
        )
        if point < 0 and known < 0:
            return count, walks, False
        waited = 0 if value < lowest_seen else waited + 1
        lowest_seen = min(lowest_seen, value)
        length = np.sqrt(direction[0] ** 2 + direction[1] ** 2 + (LAYER_LENGTH * direction[2]) ** 2)
        if point < 0:
            point = known  # the step led to where the front has not been
        elif waited <= PATIENCE and length > 0:
            known = point
            for axis in range(3):
                position[axis] += STEP * direction[axis] / length
            position[2] %= n_theta
            continue
        walks += 1
        waited = 0
        for _ in range(DISCRETE_STEPS):
            parent = _flow(grid, scheme, point, corner_direction)
            if parent < 0:
                break
            point = parent
            pixel = point // n_theta
            position[0], position[1] = pixel % width, pixel // width
            position[2] = point % n_theta
            path[count] = position
            count += 1
            if count >= path.shape[0] - 1:
                return count, walks, False
        lowest_seen = grid.u[point]
    return count, walks, False


def backtrack(
    distances: DistanceMap, target: tuple[int, int, int], seed: tuple[int, int]
) -> Backtrack:
    """Follow the geodesic from a target back to the seed.

    Parameters
    ----------
    distances : DistanceMap
        A map that has reached the target.
    target : tuple of int
        (row, col, layer).
    seed : tuple of int
        (row, col) of the seed pixel; the orientation there is free.

    Raises
    ------
    ValueError
        The front has not reached the target.
    """
    reach = distances.reach
    row, col, layer = target
    if not np.isfinite(distances.values_at(row, col)[layer]):
        raise ValueError(f"The front has not reached row {row}, col {col}, layer {layer}.")
    height, width, _ = distances.layout
    path = np.empty((64 + 16 * (height + width), 3))
    count, walks, reached = _descend(
        distances.grid,
        distances.scheme,
        np.array([col + reach, row + reach, layer], np.float64),
        np.array([seed[1] + reach, seed[0] + reach], np.float64),
        distances.layout,
        path,
    )
    path = path[:count].copy()
    path[:, :2] -= reach
    return Backtrack(path, walks, reached)
