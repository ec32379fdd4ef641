"""Boxes of files, which may have corners between pixels or in any order."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from annotator.document.block_raster import Box


def box_of(corners: Any) -> Box | None:
    """Return the box of two or more corners (x, y) in whole pixels; None for what is no box."""
    try:
        points = np.array(corners, np.float64)
    except (TypeError, ValueError):
        return None
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        return None
    if not (np.isfinite(points).all() and np.abs(points).max() < 1e9):
        return None
    low, high = np.rint(points.min(axis=0)), np.rint(points.max(axis=0))
    x0, y0, x1, y1 = (int(value) for value in (*low, *np.maximum(high, low + 1)))
    return x0, y0, x1, y1


def box_of_extent(values: Sequence[Any]) -> Box | None:
    """Return the box of [x, y, width, height]."""
    try:
        x, y, width, height = (float(value) for value in values)
    except (TypeError, ValueError):
        return None
    return box_of([[x, y], [x + width, y + height]])
