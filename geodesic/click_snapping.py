"""Clicks snap to the crack: planar arrival times say which ridge a click is nearest to."""

import numpy as np
import skfmm

from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.ridge import RIDGE_APRON, ridge_response
from geodesic.types import Points

RIDGE_WEIGHT = 20.0
"""How much faster the front travels on a sure ridge."""

ON_RIDGE = 0.75
"""A click stays where it is if the evidence next to it is this part of the best in reach."""


def snap(
    prepared: PreparedImage, points: Points, parameters: TraceParameters, *, contrast: float = 6.0
) -> Points:
    """Move each click to the strongest ridge that is quickly reached from it.

    A front starts at the click, slow on plain ground and fast on ridges (scikit-fmm). Among the
    pixels within ``parameters.snap_radius`` the one with the largest evidence, discounted by its
    arrival time, wins; a click on a ridge stays where it is.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    points : ndarray, shape (n, 2)
        Clicks (x, y) in px inside the image.
    parameters : TraceParameters
        With channel and polarity resolved.
    contrast : float
        Strength of a sure ridge in noise deviations.

    Returns
    -------
    ndarray, shape (n, 2)
        At pixel centers.
    """
    radius = parameters.snap_radius
    snapped = np.round(points)
    if radius < 1:
        return snapped
    height, width = prepared.shape
    levels = np.float32(contrast) * prepared.ridge_levels(parameters.channel)
    reach = int(np.ceil(radius)) + 1
    grid = np.arange(-reach, reach + 1)
    distance = np.hypot(grid[:, None], grid[None, :])
    for i, (x, y) in enumerate(snapped.astype(int)):
        margin = reach + RIDGE_APRON
        block = prepared.block(
            y - margin, x - margin, y + margin + 1, x + margin + 1, parameters.channel
        )
        evidence = ridge_response(block, levels, dark=parameters.polarity != "bright")
        evidence = evidence[RIDGE_APRON:-RIDGE_APRON, RIDGE_APRON:-RIDGE_APRON]
        speed = 1.0 + RIDGE_WEIGHT * evidence.astype(np.float64)
        arrival = skfmm.travel_time(distance - 0.5, speed)
        inside = (
            (distance <= radius)
            & (grid[:, None] + y >= 0)
            & (grid[:, None] + y < height)
            & (grid[None, :] + x >= 0)
            & (grid[None, :] + x < width)
        )
        score = np.where(inside, evidence * np.exp(-np.abs(arrival) / radius), -1.0)
        here = evidence[reach - 1 : reach + 2, reach - 1 : reach + 2].max()
        if here >= ON_RIDGE * score.max():
            continue
        row, col = np.unravel_index(int(np.argmax(score)), score.shape)
        snapped[i] += (grid[col], grid[row])
    return snapped
