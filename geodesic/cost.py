"""Crack response to cost: C = 1 / (1 + lambda V^p), low on cracks."""

import numpy as np
from numpy.typing import NDArray

from geodesic._jit import njit


@njit
def _fill_cost(
    response: NDArray[np.float32],
    cost_lambda: np.float32,
    power: np.float32,
    cost: NDArray[np.float32],
) -> None:
    n_orientations, height, width = response.shape
    one = np.float32(1.0)
    for row in range(height):
        for k in range(n_orientations):
            for col in range(width):
                value = response[k, row, col]
                if power == np.float32(1.5):
                    raised = value * np.sqrt(value)
                else:
                    raised = value**power
                cost[row, col, k] = one / (one + cost_lambda * raised)


def cost_from_response(
    response: NDArray[np.float32], cost_lambda: float, power: float
) -> NDArray[np.float32]:
    """Turn a response into the cost of a state.

    Parameters
    ----------
    response : ndarray of float32, shape (n_orientations, height, width)
        V in [0, 1].
    cost_lambda : float
        Weight of the response, > 0.
    power : float
        Exponent p, > 0.

    Returns
    -------
    ndarray of float32, shape (height, width, n_orientations)
        In (0, 1], orientation last, as the solver reads it.
    """
    n_orientations, height, width = response.shape
    cost = np.empty((height, width, n_orientations), np.float32)
    _fill_cost(response, np.float32(cost_lambda), np.float32(power), cost)
    return cost
