"""Exact rasterization of cracks: ribbons around a polyline, with area coverage of pixels.

A ribbon is the set of points whose distance to the centerline is at most the half-width at
their foot on it, with square ends. Points are ``(x, y)`` with pixel centers at integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import KDTree

from segmentation.data.synthetic_fields import Floats

_CHUNK = 512  # centerline samples handled together; bounds the size of a dense work array
_REACH = 3.0  # pixels outside the edge that are listed too: anti-aliasing and rim


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticCrack:
    """A crack of known geometry.

    Attributes
    ----------
    centerline
        ``(n, 2)`` float64, ``x, y`` in pixels, spacing at most 1.
    half_width
        ``(n,)`` float64, pixels, the same to both sides, roughness of the edge included.
    visibility
        ``(n,)`` float64 in [0, 1]: how dark the crack is there, 0 where it is bridged.
    parent
        Index of the crack that this one branches from, or ``None``.
    """

    centerline: NDArray[np.float64]
    half_width: NDArray[np.float64]
    visibility: NDArray[np.float64]
    parent: int | None = None

    @property
    def length(self) -> float:
        """Length of the centerline in pixels."""
        return float(np.hypot(*np.diff(self.centerline, axis=0).T).sum())


@dataclass(frozen=True, slots=True, eq=False)
class Ribbon:
    """The pixels in and around one ribbon, sorted by row, each listed once.

    Attributes
    ----------
    rows, columns
        ``(m,)`` int32 pixel indices.
    offset
        ``(m,)`` signed distance to the centerline in pixels; positive on the left of the
        direction of travel as seen on the screen (y down).
    half_width, visibility
        ``(m,)`` at the foot of the pixel.
    normal
        ``(m, 2)`` unit vector across the ribbon.
    overrun
        ``(m,)`` distance past the nearer end along the centerline; negative inside.
    """

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    offset: Floats
    half_width: Floats
    visibility: Floats
    normal: Floats
    overrun: Floats

    def inside(self) -> NDArray[np.bool_]:
        """Return which pixel centers lie in the ribbon."""
        return (np.abs(self.offset) <= self.half_width) & (self.overrun <= 0)

    def coverage(self) -> Floats:
        """Return the covered fraction of each pixel's area, exact where the edge is straight."""
        nx, ny = np.abs(self.normal).T
        distance = np.abs(self.offset)
        across = _half_plane(self.half_width - distance, nx, ny)
        across -= _half_plane(-self.half_width - distance, nx, ny)
        return np.maximum(across, 0.0) * _half_plane(-self.overrun, ny, nx)


def resample(
    points: NDArray[np.float64], spacing: float = 0.75
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return points equally spaced along a polyline, and their position as old point index.

    Parameters
    ----------
    points
        ``(n, 2)``, at least two different ones.
    spacing
        Largest distance of new points along the polyline, pixels.

    Raises
    ------
    ValueError
        If all points coincide.
    """
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    if not arc[-1] > 0:
        raise ValueError("centerline: all points coincide; give at least two different points.")
    new = np.linspace(0.0, arc[-1], int(np.ceil(arc[-1] / spacing)) + 1)
    kept = np.concatenate([[True], np.diff(arc) > 0])
    index = np.interp(new, arc[kept], np.flatnonzero(kept).astype(float))
    x, y = (np.interp(new, arc[kept], points[kept, axis]) for axis in (0, 1))
    return np.column_stack([x, y]), index


def make_crack(
    points: NDArray[np.float64],
    width: float | NDArray[np.float64],
    *,
    visibility: float | NDArray[np.float64] = 1.0,
    parent: int | None = None,
) -> SyntheticCrack:
    """Make a crack of given geometry, for tests and demonstrations.

    Parameters
    ----------
    points
        ``(n, 2)`` x, y in pixels, at least two different points; resampled to at most 0.75 px.
    width
        Full width in pixels, constant or ``(n,)`` at the points, positive.
    visibility
        In [0, 1], constant or ``(n,)``.
    parent
        Index of the crack that this one branches from.

    Raises
    ------
    ValueError
        If the points or widths cannot be used.
    """
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or points.shape[1:] != (2,) or len(points) < 2:
        raise ValueError(
            f"points: expected an array of shape (n, 2) with n >= 2, got {points.shape}."
        )
    widths = np.broadcast_to(np.asarray(width, np.float64), len(points))
    visible = np.broadcast_to(np.asarray(visibility, np.float64), len(points))
    if not (np.isfinite(points).all() and np.isfinite(widths).all() and np.all(widths > 0)):
        raise ValueError("points and width: all values must be finite, widths positive.")
    if not np.all((visible >= 0) & (visible <= 1)):
        raise ValueError("visibility: all values must be in [0, 1].")
    centerline, index = resample(points)
    knots = np.arange(len(points))
    return SyntheticCrack(
        centerline, 0.5 * np.interp(index, knots, widths), np.interp(index, knots, visible), parent
    )


def find_ribbon(crack: SyntheticCrack, shape: tuple[int, int]) -> Ribbon:
    """List the pixels in and around a crack with their place in it.

    An end on the border of the image is taken to go on straight outside it, so that a crack that
    leaves the image is not cut within the last pixel.

    Parameters
    ----------
    crack
        The crack; its spacing is at most 1 px.
    shape
        ``(height, width)`` of the image.
    """
    points, half_width, visibility = _extended(crack, shape)
    tree = KDTree(points)
    reach = float(half_width.max()) + _REACH
    pieces = []
    for start in range(0, len(points), _CHUNK):
        stop = min(start + _CHUNK, len(points))
        pixels = _pixels_near(points[start:stop], reach, shape)
        nearest = np.asarray(tree.query(pixels, distance_upper_bound=reach)[1])
        own = (nearest >= start) & (nearest < stop)  # each pixel belongs to one chunk
        pieces.append(
            _place(pixels[own], nearest[own].astype(np.intp), points, half_width, visibility)
        )
    joined = [np.concatenate(arrays) for arrays in zip(*pieces, strict=True)]
    order = np.lexsort((joined[1], joined[0]))
    return Ribbon(*(array[order] for array in joined))


def crack_mask(cracks: Sequence[SyntheticCrack], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the ground truth: 1 where a pixel center lies in a crack.

    The pixels that the centerline passes are included, so that a crack is nowhere thinner than a
    line of one pixel. Bridged stretches count as crack.

    Parameters
    ----------
    cracks
        The cracks.
    shape
        ``(height, width)`` of the image.
    """
    mask = np.zeros(shape, np.uint8)
    for crack in cracks:
        paint_mask(mask, find_ribbon(crack, shape), crack)
    return mask


def paint_mask(mask: NDArray[np.uint8], ribbon: Ribbon, crack: SyntheticCrack) -> None:
    """Set the pixels of one crack in a mask to 1, in place."""
    inside = ribbon.inside()
    mask[ribbon.rows[inside], ribbon.columns[inside]] = 1
    line, _ = resample(crack.centerline, 0.5)
    columns, rows = np.rint(line).astype(np.intp).T
    within = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    mask[rows[within], columns[within]] = 1


def _extended(
    crack: SyntheticCrack, shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the crack with the ends on the border of the image prolonged beyond it."""
    points, half_width, visibility = crack.centerline, crack.half_width, crack.visibility
    limit = np.array([shape[1] - 1.0, shape[0] - 1.0])
    inner = min(4, len(points) - 1)  # a few samples back: the direction of one step is rough
    before, after = np.empty((0, 2)), np.empty((0, 2))
    if _on_border(points[0], limit):
        before = _continuation(points[inner], points[0], float(half_width[0]))[::-1]
    if _on_border(points[-1], limit):
        after = _continuation(points[-1 - inner], points[-1], float(half_width[-1]))
    pad = (len(before), len(after))
    return (
        np.vstack([before, points, after]),
        np.pad(half_width, pad, mode="edge"),
        np.pad(visibility, pad, mode="edge"),
    )


def _on_border(point: NDArray[np.float64], limit: NDArray[np.float64]) -> bool:
    """Return whether a point is on or outside the outermost pixel centers."""
    return bool(np.any(point <= 1e-6) or np.any(point >= limit - 1e-6))


def _continuation(
    inner: NDArray[np.float64], tip: NDArray[np.float64], half_width: float
) -> NDArray[np.float64]:
    """Return points that go on straight past a tip, as far as the ribbon is wide."""
    direction = tip - inner
    norm = float(np.hypot(*direction))
    if norm == 0:
        return np.empty((0, 2))
    steps = np.arange(0.75, half_width + 3.0, 0.75)[:, None]
    return np.asarray(tip + steps * direction / norm, np.float64)


def _pixels_near(
    points: NDArray[np.float64], reach: float, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Return ``(m, 2)`` x, y of the image's pixels within about ``reach`` of the points."""
    margin = int(np.ceil(reach)) + 1
    low = np.floor(points.min(axis=0)).astype(int) - margin
    high = np.ceil(points.max(axis=0)).astype(int) + margin + 1
    near = np.zeros((high[1] - low[1], high[0] - low[0]), np.uint8)
    column, row = np.transpose(np.rint(points).astype(int) - low)
    near[row, column] = 1
    near = ndimage.maximum_filter(near, size=2 * margin + 1, mode="constant")
    x0, y0 = np.maximum(low, 0)
    x1, y1 = np.minimum(high, [shape[1], shape[0]])
    if x1 <= x0 or y1 <= y0:
        return np.empty((0, 2))
    rows, columns = np.nonzero(near[y0 - low[1] : y1 - low[1], x0 - low[0] : x1 - low[0]])
    return np.column_stack([columns + float(x0), rows + float(y0)]).astype(np.float64)


def _place(
    pixels: NDArray[np.float64],
    nearest: NDArray[np.intp],
    points: NDArray[np.float64],
    half_width: NDArray[np.float64],
    visibility: NDArray[np.float64],
) -> tuple[NDArray[np.generic], ...]:
    """Project pixels on the two segments beside their nearest sample; keep the nearer foot."""
    steps = np.diff(points, axis=0)
    lengths = np.hypot(*steps.T)
    tangents = steps / lengths[:, None]
    last = len(steps) - 1
    before, after = np.maximum(nearest - 1, 0), np.minimum(nearest, last)
    along_before = np.einsum("ij,ij->i", pixels - points[before], tangents[before])
    along_after = np.einsum("ij,ij->i", pixels - points[after], tangents[after])
    foot_before = (
        points[before] + np.clip(along_before, 0, lengths[before])[:, None] * tangents[before]
    )
    foot_after = points[after] + np.clip(along_after, 0, lengths[after])[:, None] * tangents[after]
    use_after = np.hypot(*(pixels - foot_after).T) < np.hypot(*(pixels - foot_before).T)
    segment = np.where(use_after, after, before)
    along = np.where(use_after, along_after, along_before)
    tangent = tangents[segment]
    past = np.maximum(
        np.where(segment == 0, -along, -np.inf),
        np.where(segment == last, along - lengths[segment], -np.inf),
    )
    past = np.where(np.isfinite(past), past, -1.0)  # a whole pixel inside: no end is near
    free = np.where(past > 0, along, np.clip(along, 0, lengths[segment]))
    across = pixels - points[segment] - free[:, None] * tangent
    distance = np.hypot(*across.T)
    normal = np.column_stack([tangent[:, 1], -tangent[:, 0]])
    side = np.where(np.einsum("ij,ij->i", across, normal) < 0, -1.0, 1.0)
    direction = np.where(
        (distance > 1e-6)[:, None], across / np.maximum(distance, 1e-6)[:, None], normal
    )
    t = np.clip(along / lengths[segment], 0.0, 1.0)
    return (
        pixels[:, 1].astype(np.int32),
        pixels[:, 0].astype(np.int32),
        (side * distance).astype(np.float32),
        ((1 - t) * half_width[segment] + t * half_width[segment + 1]).astype(np.float32),
        ((1 - t) * visibility[segment] + t * visibility[segment + 1]).astype(np.float32),
        direction.astype(np.float32),
        past.astype(np.float32),
    )


def _half_plane(depth: Floats, nx: Floats, ny: Floats) -> Floats:
    """Return the share of a unit pixel in a half-plane, its center ``depth`` inside the edge.

    The edge has the unit normal ``(nx, ny)``, both non-negative. The share is the integral of
    two box filters of widths ``nx`` and ``ny`` in turn, a difference of squared ramps.
    """
    wide, narrow = np.maximum(nx, ny), np.maximum(np.minimum(nx, ny), 0.01)
    half_sum, half_difference = 0.5 * (wide + narrow), 0.5 * (wide - narrow)

    def ramp(t: Floats) -> Floats:
        return np.maximum(t, 0.0) ** 2

    depth = np.clip(depth, -2.0, 2.0)  # float32 differences of squares stay accurate
    area = ramp(depth + half_sum) - ramp(depth + half_difference)
    area += ramp(depth - half_sum) - ramp(depth - half_difference)
    return np.clip(area / (2.0 * wide * narrow), 0.0, 1.0)
