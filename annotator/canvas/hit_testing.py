"""Which crack lies under the pointer."""

from collections.abc import Iterable

import numpy as np

from annotator.document.crack_path import CrackPath


def crack_at(cracks: Iterable[CrackPath], x: float, y: float, *, radius: float) -> CrackPath | None:
    """Return the crack whose mask is nearest to (x, y) within ``radius`` px, the later at a tie."""
    best: CrackPath | None = None
    best_distance = radius
    for crack in cracks:
        distance = mask_distance(crack, x, y, radius=radius)
        if distance <= best_distance:
            best, best_distance = crack, distance
    return best


def mask_distance(crack: CrackPath, x: float, y: float, *, radius: float) -> float:
    """Return the distance in px from (x, y) to the crack's mask, inf where that is far away."""
    patch = crack.mask
    height, width = patch.data.shape
    reach = int(np.ceil(radius)) + 1
    column, row = round(x) - patch.x, round(y) - patch.y
    x0, x1 = max(column - reach, 0), min(column + reach + 1, width)
    y0, y1 = max(row - reach, 0), min(row + reach + 1, height)
    if x0 >= x1 or y0 >= y1:
        return float("inf")
    rows, columns = np.nonzero(patch.data[y0:y1, x0:x1])
    if not len(rows):
        return float("inf")
    dx = np.maximum(np.abs(columns + x0 + patch.x - x) - 0.5, 0)
    dy = np.maximum(np.abs(rows + y0 + patch.y - y) - 0.5, 0)
    return float(np.hypot(dx, dy).min())
