"""Ribbon of a crack as a pixel mask: the area between the two edges of a centerline.

The ribbon is filled quad by quad along the centerline (two triangles each) instead of as one
polygon, because the normals of a wiggly track cross and one polygon would then leave holes.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geodesic._jit import njit
from geodesic.polyline import as_points, left_normals, polyline_length, resample

__all__ = ["fill_ribbon", "polyline_length", "resample"]

# Pixel centers this close to an edge count as inside, so that two triangles which share an edge
# leave no gap between them through rounding.
_TOLERANCE = 1e-9


def fill_ribbon(
    centerline: ArrayLike, left: ArrayLike, right: ArrayLike, shape: tuple[int, int]
) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Fill the ribbon between the two edges of a centerline.

    A pixel belongs to the ribbon if its center lies in (or on the border of) one of the quads
    between consecutive normals, or on the one-pixel-wide 8-connected line of the centerline.
    The mask is therefore never empty or broken along the centerline inside the image.

    Parameters
    ----------
    centerline : array_like
        Points ``(x, y)``, shape ``(n, 2)``, n >= 1, px.
    left, right : array_like
        Half-widths, shape ``(n,)``, px, >= 0; left is along ``(sin theta, -cos theta)`` of the
        direction of travel theta (y down).
    shape : tuple[int, int]
        Height and width of the image, px, >= 1.

    Returns
    -------
    mask : NDArray[np.uint8]
        0 or 1, of the bounding box of the ribbon clipped to the image.
    origin : tuple[int, int]
        ``(x0, y0)`` of the top-left pixel of ``mask`` in the image.

    Raises
    ------
    ValueError
        If arrays do not match, a half-width is negative or not finite, the shape is empty, or
        the centerline lies wholly outside the image.
    """
    center = as_points(centerline, "centerline")
    widths = [np.asarray(width, dtype=np.float64) for width in (left, right)]
    for name, width in zip(("left", "right"), widths, strict=True):
        if width.shape != (len(center),):
            raise ValueError(f"{name} must have shape ({len(center)},), not {width.shape}")
        if not (np.isfinite(width).all() and (width >= 0).all()):
            raise ValueError(f"{name} must hold finite half-widths >= 0 px")
    rows, columns = int(shape[0]), int(shape[1])
    if rows < 1 or columns < 1:
        raise ValueError(f"shape must be at least (1, 1), not {shape}")
    normals = left_normals(center)
    left_edge = center + widths[0][:, None] * normals
    right_edge = center - widths[1][:, None] * normals
    box = _bounding_box((center, left_edge, right_edge), rows, columns)
    if box is None:
        raise ValueError("centerline must have a point inside the image")
    x0, y0, x1, y1 = box
    mask = np.zeros((y1 - y0 + 1, x1 - x0 + 1), np.uint8)
    origin = np.array([x0, y0], np.float64)
    _fill_quads(mask, left_edge - origin, right_edge - origin)
    _draw_line(mask, center - origin)
    return _crop(mask, x0, y0)


def _bounding_box(
    parts: tuple[NDArray[np.float64], ...], rows: int, columns: int
) -> tuple[int, int, int, int] | None:
    """Return x0, y0, x1, y1 (inclusive) of all parts in the image; None if nothing can be drawn."""
    x, y = np.floor(parts[0].T + 0.5)
    if not ((x >= 0) & (y >= 0) & (x < columns) & (y < rows)).any():
        return None
    points = np.concatenate(parts)
    low = np.maximum(np.floor(points.min(axis=0)), 0).astype(np.int64)
    high = np.minimum(np.ceil(points.max(axis=0)), [columns - 1, rows - 1]).astype(np.int64)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _crop(mask: NDArray[np.uint8], x0: int, y0: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Cut away empty rows and columns round the drawn pixels."""
    rows = np.flatnonzero(mask.any(axis=1))
    columns = np.flatnonzero(mask.any(axis=0))
    cut = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(cut), (x0 + int(columns[0]), y0 + int(rows[0]))


@njit
def _fill_quads(mask, left, right):  # noqa: ANN001, ANN202
    """Fill both triangles of each quad; the points are relative to the mask."""
    for i in range(left.shape[0] - 1):
        _fill_triangle(mask, left[i], right[i], right[i + 1])
        _fill_triangle(mask, left[i], right[i + 1], left[i + 1])
    if left.shape[0] == 1:
        _fill_triangle(mask, left[0], right[0], right[0])


@njit
def _fill_triangle(mask, a, b, c):  # noqa: ANN001, ANN202
    """Fill a triangle row by row, so that the time follows its area and not its box."""
    height, width = mask.shape
    low = np.ceil(min(a[1], b[1], c[1]) - _TOLERANCE)
    high = np.floor(max(a[1], b[1], c[1]) + _TOLERANCE)
    first = int(max(low, 0.0))
    last = int(min(high, height - 1.0))
    for row in range(first, last + 1):
        start = np.inf
        stop = -np.inf
        for side in range(3):
            p, q = (a, b) if side == 0 else ((b, c) if side == 1 else (c, a))
            y = min(max(float(row), min(p[1], q[1])), max(p[1], q[1]))
            if abs(y - row) > _TOLERANCE:
                continue
            if p[1] == q[1]:
                start = min(start, p[0], q[0])
                stop = max(stop, p[0], q[0])
            else:
                x = p[0] + (y - p[1]) / (q[1] - p[1]) * (q[0] - p[0])
                start = min(start, x)
                stop = max(stop, x)
        if start > stop:
            continue
        begin = int(max(np.ceil(start - _TOLERANCE), 0.0))
        end = int(min(np.floor(stop + _TOLERANCE), width - 1.0))
        for column in range(begin, end + 1):
            mask[row, column] = 1


@njit
def _draw_line(mask, points):  # noqa: ANN001, ANN202
    """Draw the 8-connected line through the nearest pixels of the points."""
    height, width = mask.shape
    for i in range(points.shape[0]):
        j = min(i + 1, points.shape[0] - 1)
        x0 = np.floor(points[i, 0] + 0.5)
        y0 = np.floor(points[i, 1] + 0.5)
        dx = np.floor(points[j, 0] + 0.5) - x0
        dy = np.floor(points[j, 1] + 0.5) - y0
        steps = int(max(abs(dx), abs(dy), 1.0))
        for k in range(steps + 1):
            column = int(np.floor(x0 + dx * k / steps + 0.5))
            row = int(np.floor(y0 + dy * k / steps + 0.5))
            if 0 <= row < height and 0 <= column < width:
                mask[row, column] = 1
