from itertools import pairwise

import numpy as np
import pytest

from geodesic.backtracking import backtrack
from geodesic.fast_marching import DistanceMap
from geodesic.metric import LeftInvariantMetric, PlanarMetric, TensorField


def curved_valley(size=96):
    """Cost that is low along a sine-shaped valley, the same at all orientations."""
    y, x = np.mgrid[:size, :size].astype(float)
    course = size / 2 + 18 * np.sin(2 * np.pi * x / size)
    return (1 / (1 + 20 * np.exp(-0.5 * ((y - course) / 2) ** 2))).astype(np.float32)


def metric_length(path, metric, cost):
    """Integral of the metric along (x, y, layer), 1/C interpolated linearly, theta periodic."""
    total = 0.0
    n = metric.n_theta
    for a, b in pairwise(path):
        step = b - a
        step[2] = (step[2] + n / 2) % n - n / 2
        x, y, layer = a + step / 2
        theta = layer * metric.step
        ahead = np.cos(theta) * step[0] + np.sin(theta) * step[1]
        aside = -np.sin(theta) * step[0] + np.cos(theta) * step[1]
        i, j = int(y), int(x)
        fy, fx = y - i, x - j
        corner = 1 / cost[i : i + 2, j : j + 2]
        inverse = (1 - fy) * ((1 - fx) * corner[0, 0] + fx * corner[0, 1]) + fy * (
            (1 - fx) * corner[1, 0] + fx * corner[1, 1]
        )
        turn = step[2] * metric.step
        total += (
            np.sqrt((metric.xi * ahead) ** 2 + (metric.xi / metric.zeta * aside) ** 2 + turn**2)
            / inverse
        )
    return total


@pytest.mark.parametrize("forward", [False, True])
def test_value_is_the_length_of_the_path(forward):
    cost = curved_valley()
    metric = LeftInvariantMetric(0.2, 0.1, 32 if forward else 16, forward)
    distances = DistanceMap(cost.shape, metric, np.repeat(cost[:, :, None], metric.n_theta, axis=2))
    seed, target = (49, 4), (49, 91)
    distances.seed(*seed)
    value = distances.run(target)
    layer = int(np.argmin(distances.values_at(*target)))
    found = backtrack(distances, (*target, layer), seed)
    assert found.reached
    assert tuple(found.path[0, :2]) == (91, 49)
    assert tuple(found.path[-1, :2]) == (4, 49)
    assert metric_length(found.path, metric, cost) == pytest.approx(value, rel=0.08)


def test_planar_geodesic_is_straight_at_constant_cost():
    distances = DistanceMap((60, 80), PlanarMetric(), np.ones((60, 80), np.float32))
    distances.seed(10, 10)
    distances.run((50, 70))
    path = backtrack(distances, (50, 70, 0), (10, 10)).path
    off = (path[:, 0] - 10) * 40 - (path[:, 1] - 10) * 60
    assert np.abs(off / np.hypot(40, 60)).max() < 1.0


def test_forward_geodesics_never_move_backwards():
    rng = np.random.default_rng(12)
    cost = rng.uniform(0.3, 1.0, (80, 80, 16)).astype(np.float32)
    metric = LeftInvariantMetric(0.2, 0.1, 32, True)
    distances = DistanceMap((80, 80), metric, cost)
    start = np.full(32, np.inf, np.float32)
    start[0] = 0  # heading right, while the target lies to the left
    distances.seed(40, 40, start)
    distances.run((30, 12))
    layer = int(np.argmin(distances.values_at(30, 12)))
    found = backtrack(distances, (30, 12, layer), (40, 40))
    assert found.reached
    path = found.path[::-1]
    step = np.diff(path[:, :2], axis=0)
    theta = path[:-1, 2] * metric.step
    ahead = np.cos(theta) * step[:, 0] + np.sin(theta) * step[:, 1]
    # The first and last samples are joined to the pixel's center; in between motion is forward.
    assert ahead[2:-2].min() >= 0
    assert ahead.sum() > 28
    assert 12 < path[-1, 2] < 22  # it arrives heading left: it turned round instead of reversing


def test_path_stays_inside_the_domain():
    cost = np.ones((30, 90), np.float32)
    cost[0] = 0.01  # a fast lane along the very border
    distances = DistanceMap(cost.shape, PlanarMetric(), cost)
    distances.seed(6, 2)
    distances.run((6, 87))
    path = backtrack(distances, (6, 87, 0), (6, 2)).path
    assert path[:, 1].min() >= -0.5
    assert path[:, 1].min() < 1.0


def test_unreached_targets_are_refused():
    distances = DistanceMap((30, 30), PlanarMetric(), np.ones((30, 30), np.float32))
    distances.seed(5, 5)
    distances.run((8, 8))
    with pytest.raises(ValueError, match="not reached"):
        backtrack(distances, (25, 25, 0), (5, 5))


def test_a_stalled_descent_walks_on_over_parents():
    # A cost with a wall whose gap is hidden by interpolation: the flow on both sides cancels.
    rng = np.random.default_rng(4)
    cost = np.ones((60, 60), np.float32)
    cost[::2] = 1e-3
    cost[rng.random(cost.shape) < 0.25] = 30.0
    metric = LeftInvariantMetric(1.0, 0.05, 16, False)
    found = []
    for target in ((55, 55), (5, 55), (30, 57), (57, 5)):
        distances = DistanceMap(cost.shape, metric, np.repeat(cost[:, :, None], 16, axis=2))
        distances.seed(3, 3)
        distances.run(target)
        layer = int(np.argmin(distances.values_at(*target)))
        found.append(backtrack(distances, (*target, layer), (3, 3)))
    assert all(f.reached for f in found)
    assert sum(f.discrete_steps for f in found) > 0
    assert all(len(f.path) < 64 + 16 * 2 * 70 for f in found)


def test_a_descent_that_leaves_what_the_front_reached_goes_on_from_its_last_point():
    # Stepping stones 3 px apart in a wall, and a metric whose stencil reaches from one to the next.
    cost = np.full((20, 44), np.inf, np.float32)
    cost[np.arange(12) + 2, 3 * np.arange(12) + 4] = 1.0
    along = np.array([3.0, 1.0]) / np.sqrt(10)
    tensor = 50.0 * np.eye(2) - 49.0 * np.outer(along, along)
    distances = DistanceMap(
        cost.shape, TensorField(np.broadcast_to(tensor, (*cost.shape, 2, 2))), cost
    )
    distances.seed(2, 4)
    assert np.isfinite(distances.run((13, 37)))
    found = backtrack(distances, (13, 37, 0), (2, 4))
    assert found.reached
    assert found.discrete_steps > 0
    off = np.cross(np.append(along, 0), found.path - (4, 2, 0))[:, 2]
    assert np.abs(off).max() < 1.5
