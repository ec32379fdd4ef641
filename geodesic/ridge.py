"""Planar multi-scale ridge filter: local evidence of a crack at a pixel, whatever its direction.

The largest eigenvalue of the Gaussian Hessian, scale-normalized. It sees finer tortuosity than an
elongated wavelet but merges crossings, so it serves where the lifted track already says which way:
snapping of clicks and refinement inside a narrow tube.

References
----------
Sato et al., "Three-dimensional multi-scale line filter for segmentation and visualization of
curvilinear structures in medical images", Medical Image Analysis 2 (1998).
"""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from geodesic._jit import njit
from geodesic.types import FloatImage

RIDGE_SCALES = (1.0, 2.0, 4.0)
"""Standard deviations of the Gaussians in px where nothing is known of the crack's width."""

MAX_SCALE = 6.0
"""Largest scale in px."""

RIDGE_APRON = 24
"""Border in px that the filters read beyond a block."""


@lru_cache(maxsize=16)
def _kernels(sigma: float) -> tuple[NDArray[np.float32], ...]:
    """Sample a Gaussian and its first two derivatives, with exact moments."""
    radius = int(np.ceil(4 * sigma))
    x = np.arange(-radius, radius + 1)
    gaussian = np.exp(-0.5 * (x / sigma) ** 2)
    gaussian /= gaussian.sum()
    first = x * gaussian
    first /= (x * first).sum()
    second = (x**2 / sigma**2 - 1) * gaussian
    second -= second.mean()
    second /= 0.5 * (x**2 * second).sum()
    return tuple(k.astype(np.float32) for k in (gaussian, first, second))


@njit
def _largest_eigenvalue(
    xx: NDArray[np.float32],
    xy: NDArray[np.float32],
    yy: NDArray[np.float32],
    factor: np.float32,
    out: NDArray[np.float32],
) -> None:
    half = np.float32(0.5)
    for row in range(xx.shape[0]):
        for col in range(xx.shape[1]):
            a, b, c = xx[row, col], xy[row, col], yy[row, col]
            difference = half * (a - c)
            # factor < 0 flips the image's sign and with it the eigenvalues' order
            out[row, col] = factor * half * (a + c) + abs(factor) * np.sqrt(
                difference * difference + b * b
            )


def ridge_strength(
    block: FloatImage, scales: tuple[float, ...] = RIDGE_SCALES, *, dark: bool = True
) -> NDArray[np.float32]:
    """Scale-normalized largest eigenvalue of the Hessian at each scale.

    Parameters
    ----------
    block : ndarray of float32, shape (height, width)
        Image in [0, 1]; values within `RIDGE_APRON` of its border are not exact.
    scales : tuple of float
        Standard deviations in px, at most `MAX_SCALE`.
    dark : bool
        True for dark lines, False for bright ones.

    Returns
    -------
    ndarray of float32, shape (n_scales, height, width)
    """
    strength = np.empty((len(scales), *block.shape), np.float32)
    border = cv2.BORDER_REFLECT
    for i, sigma in enumerate(scales):
        smooth, first, second = _kernels(sigma)
        xx = cv2.sepFilter2D(block, cv2.CV_32F, second, smooth, borderType=border)
        yy = cv2.sepFilter2D(block, cv2.CV_32F, smooth, second, borderType=border)
        xy = cv2.sepFilter2D(block, cv2.CV_32F, first, first, borderType=border)
        factor = np.float32(sigma**2 if dark else -(sigma**2))
        _largest_eigenvalue(
            np.asarray(xx, np.float32),
            np.asarray(xy, np.float32),
            np.asarray(yy, np.float32),
            factor,
            strength[i],
        )
    return strength


def ridge_gain(scales: tuple[float, ...]) -> NDArray[np.float64]:
    """Deviation of each scale's response to white noise of deviation 1, shape (n_scales,)."""
    gains = []
    for sigma in scales:
        smooth, _, second = (k.astype(np.float64) for k in _kernels(sigma))
        gains.append(sigma**2 * np.sqrt((second**2).sum() * (smooth**2).sum()))
    return np.array(gains)


def ridge_response(
    block: FloatImage,
    levels: NDArray[np.float32],
    scales: tuple[float, ...] = RIDGE_SCALES,
    *,
    dark: bool = True,
) -> NDArray[np.float32]:
    """Ridge evidence in [0, 1]: mean over scales of 1 - exp(-(strength / level)^2 / 2).

    Parameters
    ----------
    block : ndarray of float32, shape (height, width)
        Image in [0, 1].
    levels : ndarray of float32, shape (n_scales,)
        Strength of a sure ridge at each scale.
    scales : tuple of float
        As in `ridge_strength`.
    dark : bool
        Polarity.

    Returns
    -------
    ndarray of float32, shape (height, width)
    """
    strength = np.maximum(ridge_strength(block, scales, dark=dark), 0.0)
    strength /= levels[:, None, None]
    return (1.0 - np.exp(-0.5 * strength**2)).mean(axis=0)
