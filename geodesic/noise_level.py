"""Noise level of a filter response over a whole image, from sample windows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SAMPLE = 128
"""Edge of a sample window in px."""

MAX_SAMPLES = 16
"""Largest number of sample windows."""

MAD_TO_SIGMA = 1.4826
"""Standard deviation over median absolute deviation, of a normal distribution."""


def sample_corners(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Spread sample windows evenly over an image.

    Parameters
    ----------
    shape : tuple of int
        (height, width) in px.

    Returns
    -------
    list of tuple
        (top, left) of each window; they depend on the size of the image alone.
    """
    height, width = shape
    rows, cols = max(1, height // SAMPLE), max(1, width // SAMPLE)
    if rows * cols > MAX_SAMPLES:
        rows = min(rows, max(1, round((MAX_SAMPLES * height / width) ** 0.5)))
        cols = min(cols, max(1, MAX_SAMPLES // rows))
    return [
        (int(top), int(left))
        for top in np.linspace(0, max(0, height - SAMPLE), rows).round()
        for left in np.linspace(0, max(0, width - SAMPLE), cols).round()
    ]


def robust_levels(
    windows: Sequence[NDArray[np.float32]], floor: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Estimate the standard deviation of a response that is centered at zero.

    1.4826 times the median absolute value, over all windows that hold any texture: parts that are
    blown out or painted black say nothing of the noise.

    Parameters
    ----------
    windows : sequence of ndarray, each of shape (n_scales, n_values)
        Responses in the sample windows.
    floor : ndarray, shape (n_scales,)
        The estimate is never below it; a window at or below it in all scales holds no texture.

    Returns
    -------
    ndarray of float32, shape (n_scales,)
    """
    magnitudes = [np.abs(window) for window in windows]
    textured = [
        m for m in magnitudes if (MAD_TO_SIGMA * np.median(m, axis=1) > floor).any()
    ] or magnitudes
    median = np.median(np.concatenate(textured, axis=1), axis=1)
    return np.maximum(MAD_TO_SIGMA * median, floor).astype(np.float32)
