"""Causal stencils by lattice basis reduction (Selling's decomposition, computed by agd).

D = sum_i weight_i e_i e_i^T with integer offsets e_i and weights >= 0 turns the eikonal equation
into an upwind scheme that one pass solves.

References
----------
Mirebeau, "Anisotropic fast-marching on Cartesian grids using lattice basis reduction", SINUM 52
(2014).
Mirebeau, "Fast-marching methods for curvature penalized shortest paths", JMIV 60 (2018).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from agd import Selling
from numpy.typing import NDArray

from geodesic.metric import LeftInvariantMetric, Metric, PlanarMetric

NEGLIGIBLE = 1e-9
"""Weights below this part of the largest are rounding of the decomposition."""


TILT = 1e-11 * np.array([[3.0, 0.7, -0.4], [0.7, 2.0, 0.9], [-0.4, 0.9, 1.0]])
"""Change of the tensors, as a part of their trace, that decides between equally good stencils."""

MAX_ROUNDS = 50
"""Rounds of 100 steps of the reduction; tensors with axes of 1 to 1000 need two."""


@dataclass(frozen=True, slots=True)
class Stencils:
    """Offsets and weights of the scheme.

    Attributes
    ----------
    offsets : ndarray of int64, shape (n, m, 3)
        e_i as (column, row, layer) steps; unused entries have weight 0.
    weights : ndarray of float32, shape (n, m)
        Selling weights at unit cost, >= 0.
    one_sided : ndarray of bool, shape (n, m)
        True where only the neighbor at p - e_i may be used (forward gear).
    """

    offsets: NDArray[np.int64]
    weights: NDArray[np.float32]
    one_sided: NDArray[np.bool_]

    @property
    def reach(self) -> int:
        """Largest spatial offset in px."""
        return int(np.abs(self.offsets[:, :, :2]).max())


def stencils_of(metric: Metric) -> Stencils:
    """Return `build_stencils`, remembered for metrics that hold numbers only."""
    if isinstance(metric, LeftInvariantMetric | PlanarMetric):
        return _remembered(metric)
    return build_stencils(metric)


@lru_cache(maxsize=8)
def _remembered(metric: LeftInvariantMetric | PlanarMetric) -> Stencils:
    stencils = build_stencils(metric)
    for part in (stencils.offsets, stencils.weights, stencils.one_sided):
        part.setflags(write=False)
    return stencils


def build_stencils(metric: Metric) -> Stencils:
    """Decompose a metric's dual tensors.

    Parameters
    ----------
    metric : Metric
        Symmetric tensors; with headings, offsets are turned to point along them and made one-sided.
    """
    dual = metric.dual()
    count, size = dual.shape[:2]
    if size == 3 and not dual[:, :2, 2].any():
        weights, offsets = _decompose(dual[:, :2, :2])
        weights = np.concatenate([weights, dual[:, 2, 2][:, None]], axis=1)
        planar = np.concatenate([offsets, np.zeros((count, 3, 1), np.int64)], axis=2)
        turn = np.zeros((count, 1, 3), np.int64)
        turn[:, :, 2] = 1
        offsets = np.concatenate([planar, turn], axis=1)
    else:
        weights, offsets = _decompose(dual)
        if size == 2:
            offsets = np.concatenate([offsets, np.zeros((count, 3, 1), np.int64)], axis=2)
    largest = weights.max(axis=1, keepdims=True)
    unused = weights < NEGLIGIBLE * largest
    weights[unused] = 0.0
    offsets[unused] = 0
    one_sided = np.zeros(weights.shape, bool)
    headings = metric.headings()
    if headings is not None:
        headings = np.tile(headings, (count // len(headings), 1))
        ahead = (offsets[:, :, :2] * headings[:, None, :]).sum(axis=2)
        offsets = np.where((ahead < 0)[:, :, None], -offsets, offsets)
        one_sided = np.abs(ahead) > NEGLIGIBLE
    return Stencils(offsets, weights.astype(np.float32), one_sided)


def _decompose(dual: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Selling decomposition of (n, d, d) tensors: weights (n, m) and offsets (n, m, d)."""
    tensors = np.ascontiguousarray(np.moveaxis(dual, 0, -1))
    size = len(tensors)
    # Angles that are right up to rounding make the reduction go in circles: tilt them a little.
    tilt = TILT[:size, :size, None] * np.trace(tensors)
    superbase = Selling.CanonicalSuperbase(tensors)
    for _ in range(MAX_ROUNDS):
        try:
            Selling.ObtuseSuperbase(tensors + tilt, superbase)
            break
        except ValueError:
            continue  # agd gives up after 100 steps, but has brought the superbase forward
    weights, offsets = Selling.Decomposition(tensors, superbase)
    return (
        np.array(np.moveaxis(weights, -1, 0)),
        np.array(np.moveaxis(offsets, (0, 1, 2), (2, 1, 0)), np.int64),
    )
