"""Crossing-preserving multi-scale crack response from the left-invariant Hessian of the score.

Everything is linear in the image up to the two second derivatives, so wavelet, Gaussian and
derivative are one multiplication in the Fourier domain and one real inverse transform.

References
----------
Hannink, Duits, Bekkers, "Crossing-preserving multi-scale vesselness", MICCAI 2014.
"""

from concurrent.futures import Executor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from geodesic._jit import njit
from geodesic.cake_wavelets import CakeDesign, frequency_grid, line_filters
from geodesic.frames import normal_frequency, tangential_frequency
from geodesic.types import FloatImage

Filters = NDArray[np.float32]

ANISOTROPY_SIGMA = 0.5
"""sigma_1: how elongated a response must be, as a bound on R = (along) / (across)."""

QUANTIZATION_NOISE = 1.0 / 255.0 / np.sqrt(12.0)
"""Standard deviation of the rounding to 8 bit; contrast is never judged finer than a part of it."""


@dataclass(frozen=True, slots=True)
class ResponseDesign:
    """What the linear part of the response depends on.

    Attributes
    ----------
    n_orientations : int
        Orientations over half a circle.
    scales : tuple of float
        Standard deviations sigma of the Gaussians in px.
    angular_sigma : float
        Smoothing over orientation in steps; 0 is none.
    """

    n_orientations: int = 16
    scales: tuple[float, ...] = (1.0, 2.0, 4.0)
    angular_sigma: float = 0.0

    @property
    def cake(self) -> CakeDesign:
        """The wavelets behind it."""
        return CakeDesign(n_orientations=2 * self.n_orientations)


@lru_cache(maxsize=6)
def response_filters(shape: tuple[int, int], design: ResponseDesign) -> Filters:
    """Fourier multipliers of the scale-normalized second derivatives of the score.

    Parameters
    ----------
    shape : tuple of int
        (height, width) of the transform.
    design : ResponseDesign
        Orientations and scales.

    Returns
    -------
    ndarray of float32, shape (n_orientations, n_scales, 2, height, width // 2 + 1)
        ``[:, :, 0]`` gives sigma^2 A2 A2 U (across the line), ``[:, :, 1]`` gives sigma^2 A1 A1 U.
    """
    lines = line_filters(shape, design.cake)
    if design.angular_sigma > 0:
        lines = _smooth_over_orientation(lines, design.angular_sigma)
    omega_x, omega_y = frequency_grid(shape, half=True)
    squared = omega_x**2 + omega_y**2
    filters = np.empty((design.n_orientations, len(design.scales), 2, *squared.shape), np.float32)
    for j, theta in enumerate(design.cake.angles[: design.n_orientations]):
        across = -(normal_frequency(theta, omega_x, omega_y) ** 2) * lines[j]
        along = -(tangential_frequency(theta, omega_x, omega_y) ** 2) * lines[j]
        for i, sigma in enumerate(design.scales):
            gaussian = sigma**2 * np.exp(-0.5 * sigma**2 * squared)
            filters[j, i, 0] = across * gaussian
            filters[j, i, 1] = along * gaussian
    filters.setflags(write=False)
    return filters


def _smooth_over_orientation(lines: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    count = lines.shape[0]
    frequency = scipy.fft.rfftfreq(count) * 2 * np.pi
    spectrum = (
        scipy.fft.rfft(lines, axis=0) * np.exp(-0.5 * (sigma * frequency) ** 2)[:, None, None]
    )
    return scipy.fft.irfft(spectrum, count, axis=0)


def filter_gain(filters: Filters, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Compute the deviation of each scale's across response to white noise of deviation 1.

    Parameters
    ----------
    filters : ndarray
        From `response_filters`.
    shape : tuple of int
        (height, width) of the transform.
    """
    weight = np.full(filters.shape[-1], 2.0)
    weight[0] = 1.0
    if shape[1] % 2 == 0:
        weight[-1] = 1.0
    power = (filters[:, :, 0].astype(np.float64) ** 2 * weight).sum(axis=(-2, -1))
    return np.sqrt(power.mean(axis=0) / (shape[0] * shape[1]))


def across_response(
    block: FloatImage, filters: Filters, orientations: slice = slice(None)
) -> NDArray[np.float32]:
    """Scale-normalized A2 A2 U of a block, shape (n_orientations, n_scales, height, width)."""
    spectrum = scipy.fft.rfft2(block)
    return scipy.fft.irfft2(spectrum * filters[orientations, :, 0], s=block.shape)


@njit
def _accumulate(
    derivatives: NDArray[np.float32],
    levels: NDArray[np.float32],
    sign: np.float32,
    top: int,
    left: int,
    response: NDArray[np.float32],
) -> None:
    """Mean over scales of the vesselness of one orientation, written to `response` (h, w)."""
    n_scales = derivatives.shape[0]
    height, width = response.shape
    tightness = np.float32(0.5 / (ANISOTROPY_SIGMA * ANISOTROPY_SIGMA))
    share = np.float32(1.0 / n_scales)
    for scale in range(n_scales):
        strength = np.float32(0.5) / (levels[scale] * levels[scale])
        for row in range(height):
            for col in range(width):
                c = sign * derivatives[scale, 0, top + row, left + col]
                value = np.float32(0.0)
                if c > 0:
                    s = sign * derivatives[scale, 1, top + row, left + col]
                    ratio = s / c
                    contrast = (s * s + c * c) * strength
                    value = (
                        np.exp(-ratio * ratio * tightness)
                        * (np.float32(1.0) - np.exp(-contrast))
                        * share
                    )
                if scale == 0:
                    response[row, col] = value
                else:
                    response[row, col] += value


def crack_response(
    block: FloatImage,
    filters: Filters,
    levels: NDArray[np.float32],
    inner: tuple[slice, slice],
    *,
    dark: bool = True,
    executor: Executor | None = None,
) -> NDArray[np.float32]:
    r"""Multi-scale vesselness of a block.

    With c and s the second derivatives across and along, R = s / c and S = s^2 + c^2,
    :math:`V_\sigma = e^{-R^2/(2\sigma_1^2)}(1 - e^{-S/(2\sigma_2^2)})` where c > 0, else 0; the
    response is the mean over scales.

    Parameters
    ----------
    block : ndarray of float32, shape (height, width)
        Image in [0, 1] with an apron on all sides.
    filters : ndarray
        `response_filters` of the block's shape.
    levels : ndarray of float32, shape (n_scales,)
        sigma_2 of each scale, in units of the response.
    inner : tuple of slice
        The part of the block that is wanted.
    dark : bool
        True for dark cracks, False for bright ones.
    executor : Executor, optional
        Runs orientations side by side.

    Returns
    -------
    ndarray of float32, shape (n_orientations, h, w)
        In [0, 1], of the inner part.
    """
    spectrum = scipy.fft.rfft2(block)
    rows, cols = inner
    response = np.empty(
        (filters.shape[0], rows.stop - rows.start, cols.stop - cols.start), np.float32
    )
    sign = np.float32(1.0 if dark else -1.0)
    levels = np.asarray(levels, np.float32)

    def one_orientation(j: int) -> None:
        derivatives = scipy.fft.irfft2(spectrum * filters[j], s=block.shape)
        _accumulate(derivatives, levels, sign, rows.start, cols.start, response[j])

    for _ in (executor.map if executor else map)(one_orientation, range(filters.shape[0])):
        pass
    return response
