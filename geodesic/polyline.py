"""Polylines in the plane: length, resampling, smoothing, directions and normals.

Points are ``(x, y)`` in pixels, pixel centers at integers, y down.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter1d

__all__ = ["arc_length", "left_normals", "polyline_length", "resample", "smooth"]


def as_points(polyline: ArrayLike, name: str = "polyline") -> NDArray[np.float64]:
    """Return the points as a contiguous float64 array after checking them.

    Parameters
    ----------
    polyline : array_like
        Points ``(x, y)``, shape ``(n, 2)``, n >= 1, px.
    name : str
        Name of the argument for the error text.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n, 2)``.

    Raises
    ------
    ValueError
        If the shape is not ``(n, 2)`` with n >= 1 or a coordinate is not finite.
    """
    points = np.ascontiguousarray(polyline, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or len(points) == 0:
        raise ValueError(f"{name} must have shape (n, 2) with n >= 1, not {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name} must hold finite coordinates only")
    return points


def arc_length(polyline: ArrayLike) -> NDArray[np.float64]:
    """Return the arc length from the first point to each point.

    Parameters
    ----------
    polyline : array_like
        Points ``(x, y)``, shape ``(n, 2)``, n >= 1, px.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n,)``, px, starting at 0 and never decreasing.
    """
    points = as_points(polyline)
    steps = np.hypot(*np.diff(points, axis=0).T)
    return np.concatenate(([0.0], np.cumsum(steps)))


def polyline_length(polyline: ArrayLike) -> float:
    """Return the length of a polyline.

    Parameters
    ----------
    polyline : array_like
        Points ``(x, y)``, shape ``(n, 2)``, n >= 1, px.

    Returns
    -------
    float
        Length, px; 0 for a single point.
    """
    return float(arc_length(polyline)[-1])


def resample(polyline: ArrayLike, spacing: float) -> NDArray[np.float64]:
    """Resample a polyline at equal steps of arc length, keeping both ends.

    Parameters
    ----------
    polyline : array_like
        Points ``(x, y)``, shape ``(n, 2)``, n >= 1, px. Repeated points are allowed.
    spacing : float
        Largest step along the polyline, px, > 0.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(m, 2)``; one point if the polyline has no length.

    Raises
    ------
    ValueError
        If the spacing is not positive or the points are malformed.
    """
    if not spacing > 0:
        raise ValueError(f"spacing must be > 0 px, not {spacing}")
    points = as_points(polyline)
    along = arc_length(points)
    if along[-1] == 0:
        return points[:1].copy()
    keep = np.concatenate(([True], np.diff(along) > 0))
    count = int(np.ceil(along[-1] / spacing - 1e-9)) + 1
    target = np.linspace(0.0, along[-1], max(count, 2))
    columns = [np.interp(target, along[keep], points[keep, axis]) for axis in (0, 1)]
    return np.column_stack(columns)


def smooth(polyline: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """Smooth a polyline with equal steps by a Gaussian, keeping both ends in place.

    The polyline is continued beyond each end by its point reflection, so a straight line stays
    as it is up to its ends.

    Parameters
    ----------
    polyline : NDArray[np.float64]
        Points or any other columns, shape ``(n, k)``.
    sigma : float
        Standard deviation in samples, >= 0.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n, k)``.
    """
    pad = int(4 * sigma + 0.5)
    if pad < 1 or len(polyline) < 2:
        return polyline.copy()
    padded = np.pad(polyline, ((pad, pad), (0, 0)), mode="reflect", reflect_type="odd")
    return gaussian_filter1d(padded, sigma, axis=0, mode="nearest")[pad:-pad]


def left_normals(polyline: NDArray[np.float64], reach: int = 2) -> NDArray[np.float64]:
    """Return the unit normals to the left of the direction of travel.

    With the direction of travel ``(cos theta, sin theta)`` in image coordinates (y down) the
    left normal is ``(sin theta, -cos theta)``. The direction at a sample is that of the chord
    from ``reach`` samples before to ``reach`` samples after, so that sub-pixel jitter of the
    points does not turn the normals.

    Parameters
    ----------
    polyline : NDArray[np.float64]
        Points ``(x, y)``, shape ``(n, 2)``, n >= 1, px.
    reach : int
        Half-length of the chord in samples, >= 1.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(n, 2)``; ``(0, -1)`` where no direction is defined.
    """
    count = len(polyline)
    index = np.arange(count)
    chord = polyline[np.minimum(index + reach, count - 1)] - polyline[np.maximum(index - reach, 0)]
    length = np.hypot(chord[:, 0], chord[:, 1])
    chord[length == 0] = (1.0, 0.0)
    length[length == 0] = 1.0
    return np.column_stack((chord[:, 1], -chord[:, 0])) / length[:, None]
