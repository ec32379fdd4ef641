"""Which crack lies under the pointer."""

from collections.abc import Iterable

import numpy as np

from annotator.document.block_raster import Box, block_keys
from annotator.document.crack import Crack


def crack_at(cracks: Iterable[Crack], x: float, y: float, *, radius: float) -> Crack | None:
    """Return the crack whose mask is nearest to (x, y) within ``radius`` px, the later at a tie."""
    best: Crack | None = None
    best_distance = radius
    keys = block_keys(_around(x, y, radius))
    for crack in cracks:
        # Most cracks are far away, and this is asked of each of them whenever the pointer moves.
        if crack.pixels.has_any(keys):
            distance = mask_distance(crack, x, y, radius=radius)
            if distance <= best_distance:
                best, best_distance = crack, distance
    return best


def mask_distance(crack: Crack, x: float, y: float, *, radius: float) -> float:
    """Return the distance in px from (x, y) to the crack's mask, inf where that is far away."""
    box = _around(x, y, radius)
    rows, columns = np.nonzero(crack.mask_in(box))
    if not len(rows):
        return float("inf")
    dx = np.maximum(np.abs(columns + box[0] - x) - 0.5, 0)
    dy = np.maximum(np.abs(rows + box[1] - y) - 0.5, 0)
    return float(np.hypot(dx, dy).min())


def _around(x: float, y: float, radius: float) -> Box:
    reach = int(np.ceil(radius)) + 1
    x0, y0 = round(x) - reach, round(y) - reach
    return x0, y0, x0 + 2 * reach + 1, y0 + 2 * reach + 1
