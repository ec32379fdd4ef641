"""A coarse corridor for far clicks: where planar paths between them are nearly the shortest.

The planar ridge cost, pooled to a coarse grid, is marched from both ends (scikit-fmm). A point
whose two arrival times add up to little more than the shortest path's lies in the corridor; the
lifted march then runs at full resolution inside it, at a price that follows the crack, not its
bounding box.
"""

from collections.abc import Callable

import numpy as np
import skfmm
from numpy.typing import NDArray
from scipy.ndimage import binary_dilation

from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.ridge import RIDGE_APRON, ridge_response
from geodesic.types import Points

SMALL_WINDOW = 500_000
"""Windows up to this many pixels are searched whole."""

COARSE_CELLS = 120_000
"""The coarse grid has about this many cells."""

SLACK = 0.15
"""How much longer than the shortest path the paths in the corridor may be."""

WIDENING = 16
"""The corridor is widened by at least this many px."""

RIDGE_LAMBDA = 200.0
RIDGE_CONTRAST = 6.0

BLOCK = 512

Box = tuple[int, int, int, int]


def coarse_factor(box: Box) -> int:
    """Edge in px of a coarse cell for a box (top, left, bottom, right); 1 means no corridor."""
    area = (box[2] - box[0]) * (box[3] - box[1])
    if area <= SMALL_WINDOW:
        return 1
    return int(np.ceil(np.sqrt(area / COARSE_CELLS)))


def find_corridor(
    prepared: PreparedImage,
    box: Box,
    ends: Points,
    parameters: TraceParameters,
    factor: int,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.bool_]:
    """Cells of the coarse grid that the search may use.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    box : tuple of int
        Search window (top, left, bottom, right) in px.
    ends : ndarray, shape (2, 2)
        The two points (x, y) in px, inside the box.
    parameters : TraceParameters
        With channel and polarity resolved.
    factor : int
        Edge of a cell in px.
    check : callable, optional
        Called between blocks, also from worker threads; may raise to stop.

    Returns
    -------
    ndarray of bool, shape (ceil(height / factor), ceil(width / factor))
    """
    response = _pooled_response(prepared, box, parameters, factor, check)
    speed = 1.0 + RIDGE_LAMBDA * response.astype(np.float64) ** parameters.cost_power
    arrivals = []
    cells = ((ends - (box[1], box[0])) // factor).astype(int)
    for col, row in cells:
        check()
        phi = np.ones(speed.shape)
        phi[row, col] = -1.0
        arrivals.append(np.abs(np.asarray(skfmm.travel_time(phi, speed, order=1))))
    length = arrivals[0] + arrivals[1]
    shortest = max(arrivals[0][cells[1, 1], cells[1, 0]], arrivals[1][cells[0, 1], cells[0, 0]])
    inside = length <= (1.0 + SLACK) * shortest
    inside[cells[:, 1], cells[:, 0]] = True
    rounds = int(np.ceil(WIDENING / factor))
    return binary_dilation(inside, np.ones((3, 3), bool), iterations=rounds)


def _pooled_response(
    prepared: PreparedImage,
    box: Box,
    parameters: TraceParameters,
    factor: int,
    check: Callable[[], None],
) -> NDArray[np.float32]:
    """Largest ridge response in each coarse cell."""
    top, left, bottom, right = box
    levels = np.float32(RIDGE_CONTRAST) * prepared.ridge_levels(parameters.channel)
    rows, cols = -(-(bottom - top) // factor), -(-(right - left) // factor)
    pooled = np.empty((rows, cols), np.float32)
    edge = max(1, BLOCK // factor)
    a = RIDGE_APRON

    def one_block(corner: tuple[int, int]) -> None:
        check()
        row, col = corner
        height, width = min(edge, rows - row) * factor, min(edge, cols - col) * factor
        y, x = top + row * factor, left + col * factor
        block = prepared.block(y - a, x - a, y + height + a, x + width + a, parameters.channel)
        response = ridge_response(block, levels, dark=parameters.polarity != "bright")[a:-a, a:-a]
        cells = response.reshape(height // factor, factor, width // factor, factor)
        pooled[row : row + edge, col : col + edge] = cells.max(axis=(1, 3))

    corners = [(r, c) for r in range(0, rows, edge) for c in range(0, cols, edge)]
    for _ in prepared.executor.map(one_block, corners):
        pass
    return pooled
