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

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from geodesic._jit import njit
from geodesic.cake_wavelets import CakeDesign, frequency_grid, line_filters
from geodesic.types import FloatImage

Plane = NDArray[np.float32]

ANISOTROPY_SIGMA = 0.5
"""sigma_1: how elongated a response must be, as a bound on R = (along) / (across)."""

QUANTIZATION_NOISE = 1.0 / 255.0 / np.sqrt(12.0)
"""Standard deviation of the rounding to 8 bit; contrast is never judged finer than a part of it."""

TOGETHER = 2
"""Orientations that one thread computes in the same room."""

LARGEST_EXPONENT = np.float32(30.0)
"""exp(-30) is 0 beside 1 in float32."""


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

    @property
    def angles(self) -> NDArray[np.float64]:
        """Line directions in radians, shape (n_orientations,)."""
        return self.cake.angles[: self.n_orientations]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseFilters:
    """Fourier multipliers in their factors: a filter is -frequency^2 * line * Gaussian.

    Attributes
    ----------
    shape : tuple of int
        (height, width) of the transform, both even.
    angles : ndarray, shape (n_orientations,)
        Line directions in radians.
    lines : ndarray of float32, shape (n_orientations, height, width // 2 + 1)
        Line detectors.
    gaussians : ndarray of float32, shape (n_scales, height, width // 2 + 1)
        Scale-normalized, sigma^2 exp(-sigma^2 omega^2 / 2).
    omega_x, omega_y : ndarray of float32
        Frequencies in rad/px, shapes (width // 2 + 1,) and (height,).
    """

    shape: tuple[int, int]
    angles: NDArray[np.float64]
    lines: Plane
    gaussians: Plane
    omega_x: Plane
    omega_y: Plane

    def multipliers(self, orientation: int, scale: int) -> Plane:
        """Return those of sigma^2 A2 A2 U and sigma^2 A1 A1 U, shape (2, h, w // 2 + 1)."""
        theta = self.angles[orientation]
        x, y = self.omega_x[None, :], self.omega_y[:, None]
        across = np.cos(theta) * y - np.sin(theta) * x
        along = np.cos(theta) * x + np.sin(theta) * y
        weight = self.lines[orientation] * self.gaussians[scale]
        return np.stack([-(across**2) * weight, -(along**2) * weight]).astype(np.float32)


def transform_length(length: int) -> int:
    """Return the next even length that is fast to transform."""
    return 2 * cv2.getOptimalDFTSize((length + 1) // 2)


@lru_cache(maxsize=8)
def response_filters(shape: tuple[int, int], design: ResponseDesign) -> ResponseFilters:
    """Return the multipliers of the scale-normalized second derivatives of the score.

    Parameters
    ----------
    shape : tuple of int
        (height, width) of the transform, both even.
    design : ResponseDesign
        Orientations and scales.

    Raises
    ------
    ValueError
        A length is odd.
    """
    if shape[0] % 2 or shape[1] % 2:
        raise ValueError(f"The transform is {shape[1]} x {shape[0]}; both must be even.")
    lines = line_filters(shape, design.cake)
    if design.angular_sigma > 0:
        lines = _smooth_over_orientation(lines, design.angular_sigma)
    omega_x, omega_y = frequency_grid(shape, half=True)
    squared = omega_x**2 + omega_y**2
    gaussians = np.stack([s**2 * np.exp(-0.5 * s**2 * squared) for s in design.scales])
    return ResponseFilters(
        shape,
        design.angles,
        lines.astype(np.float32),
        gaussians.astype(np.float32),
        omega_x[0].astype(np.float32),
        omega_y[:, 0].astype(np.float32),
    )


def _smooth_over_orientation(lines: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    count = lines.shape[0]
    frequency = scipy.fft.rfftfreq(count) * 2 * np.pi
    spectrum = (
        scipy.fft.rfft(lines, axis=0) * np.exp(-0.5 * (sigma * frequency) ** 2)[:, None, None]
    )
    return scipy.fft.irfft(spectrum, count, axis=0)


def filter_gain(filters: ResponseFilters) -> NDArray[np.float64]:
    """Compute the deviation of each scale's across response to white noise of deviation 1."""
    weight = np.full(filters.omega_x.size, 2.0)
    weight[0] = weight[-1] = 1.0
    gains = []
    for scale in range(len(filters.gaussians)):
        power = [
            (filters.multipliers(j, scale)[0].astype(np.float64) ** 2 * weight).sum()
            for j in range(len(filters.lines))
        ]
        gains.append(np.sqrt(np.mean(power) / np.prod(filters.shape)))
    return np.array(gains)


@njit
def _pack(
    spectrum: NDArray[np.complex64],
    filters: tuple[Plane, Plane, Plane, Plane],
    direction: tuple[np.float32, np.float32],
    across: Plane,
    along: Plane,
) -> None:
    """Multiply a spectrum by both filters of an orientation and scale.

    ``filters`` are line, Gaussian and the frequencies; ``direction`` is (cos, sin) of the line. The
    results are in the packed layout of OpenCV's real transforms; frequencies at Nyquist are 0.
    """
    line, gaussian, omega_x, omega_y = filters
    cosine, sine = direction
    height, width = across.shape
    share = np.float32(-1.0 / (height * width))
    for row in range(height):
        wy = omega_y[row]
        for m in range(1, width // 2):
            wx = omega_x[m]
            value = spectrum[row, m] * (line[row, m] * gaussian[row, m] * share)
            crosswise, lengthwise = cosine * wy - sine * wx, cosine * wx + sine * wy
            crosswise *= crosswise
            lengthwise *= lengthwise
            across[row, 2 * m - 1] = value.real * crosswise
            across[row, 2 * m] = value.imag * crosswise
            along[row, 2 * m - 1] = value.real * lengthwise
            along[row, 2 * m] = value.imag * lengthwise
        across[row, 0] = across[row, width - 1] = np.float32(0.0)
        along[row, 0] = along[row, width - 1] = np.float32(0.0)
    for row in range(1, height // 2):
        value = spectrum[row, 0] * (line[row, 0] * gaussian[row, 0] * share)
        crosswise, lengthwise = cosine * omega_y[row], sine * omega_y[row]
        across[2 * row - 1, 0] = value.real * crosswise * crosswise
        across[2 * row, 0] = value.imag * crosswise * crosswise
        along[2 * row - 1, 0] = value.real * lengthwise * lengthwise
        along[2 * row, 0] = value.imag * lengthwise * lengthwise


class _Derivatives:
    """Room for the two second derivatives of an orientation and scale, and their computation."""

    def __init__(self, filters: ResponseFilters) -> None:
        self._filters = filters
        self._packed = np.empty((2, *filters.shape), np.float32)
        self.across, self.along = np.empty((2, *filters.shape), np.float32)

    def fill(self, spectrum: NDArray[np.complex64], orientation: int, scale: int) -> None:
        """Compute `across` and `along`."""
        filters, (across, along) = self._filters, self._packed
        theta = filters.angles[orientation]
        _pack(
            spectrum,
            (
                filters.lines[orientation],
                filters.gaussians[scale],
                filters.omega_x,
                filters.omega_y,
            ),
            (np.float32(np.cos(theta)), np.float32(np.sin(theta))),
            across,
            along,
        )
        cv2.idft(across, self.across)
        cv2.idft(along, self.along)


def _spectrum(block: FloatImage) -> NDArray[np.complex64]:
    return np.asarray(scipy.fft.rfft2(np.asarray(block, np.float32)), np.complex64)


def across_response(
    block: FloatImage, filters: ResponseFilters, orientations: slice = slice(None)
) -> NDArray[np.float32]:
    """Scale-normalized A2 A2 U of a block, shape (n_orientations, n_scales, height, width)."""
    spectrum, room = _spectrum(block), _Derivatives(filters)
    chosen = range(len(filters.lines))[orientations]
    response = np.empty((len(chosen), len(filters.gaussians), *block.shape), np.float32)
    for i, orientation in enumerate(chosen):
        for scale in range(response.shape[1]):
            room.fill(spectrum, orientation, scale)
            response[i, scale] = room.across
    return response


@njit(inline="always")
def _decay(exponent: np.float32) -> np.float32:
    """exp(-exponent) for an exponent >= 0, to 1e-6; without branches, so that loops vectorize."""
    x = min(exponent, LARGEST_EXPONENT) * np.float32(1.0 / 64.0)
    value = np.float32(1.0 / 24.0)
    value = value * x - np.float32(1.0 / 6.0)
    value = value * x + np.float32(0.5)
    value = value * x - np.float32(1.0)
    value = value * x + np.float32(1.0)
    value *= value
    value *= value
    value *= value
    value *= value
    value *= value
    return value * value


@njit
def _accumulate(
    across: Plane,
    along: Plane,
    level: np.float32,
    sign: np.float32,
    corner: tuple[int, int],
    share: np.float32,
    response: Plane,
) -> None:
    """Add a share of the vesselness of one orientation and scale to `response` (h, w)."""
    top, left = corner
    tightness = np.float32(0.5 / (ANISOTROPY_SIGMA * ANISOTROPY_SIGMA))
    strength = np.float32(0.5) / (level * level)
    zero, one = np.float32(0.0), np.float32(1.0)
    for row in range(response.shape[0]):
        for col in range(response.shape[1]):
            c = sign * across[top + row, left + col]
            s = sign * along[top + row, left + col]
            ratio = s / c
            value = _decay(ratio * ratio * tightness) * (one - _decay((s * s + c * c) * strength))
            response[row, col] += value * share if c > zero else zero


def crack_response(
    block: FloatImage,
    filters: ResponseFilters,
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
    filters : ResponseFilters
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
    spectrum = _spectrum(block)
    rows, cols = inner
    count, n_scales = len(filters.lines), len(filters.gaussians)
    response = np.zeros((count, rows.stop - rows.start, cols.stop - cols.start), np.float32)
    sign = np.float32(1.0 if dark else -1.0)
    share = np.float32(1.0 / n_scales)

    def some_orientations(first: int) -> None:
        room = _Derivatives(filters)
        for j in range(first, min(first + TOGETHER, count)):
            for i in range(n_scales):
                room.fill(spectrum, j, i)
                level = np.float32(levels[i])
                corner = (rows.start, cols.start)
                _accumulate(room.across, room.along, level, sign, corner, share, response[j])

    for _ in (executor.map if executor else map)(some_orientations, range(0, count, TOGETHER)):
        pass
    return response
