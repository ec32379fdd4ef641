"""Left-invariant frame on positions and orientations.

A1 = cos(theta) d_x + sin(theta) d_y runs along a line, A2 = -sin(theta) d_x + cos(theta) d_y across
it and A3 = d_theta turns. They do not commute: [A3, A1] = A2 and [A3, A2] = -A1.

References
----------
Duits, Franken, "Left-invariant parabolic evolutions on SE(2) and contour enhancement via invertible
orientation scores", Quarterly of Applied Mathematics 68 (2010).
"""

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from geodesic.cake_wavelets import frequency_grid

FloatArray = NDArray[np.float64]
Score = NDArray[np.complex64] | NDArray[np.float32] | NDArray[np.float64] | NDArray[np.complex128]


def tangential_frequency(theta: float, omega_x: FloatArray, omega_y: FloatArray) -> FloatArray:
    """Frequency along direction theta; A1 multiplies a spectrum by i times it."""
    return np.cos(theta) * omega_x + np.sin(theta) * omega_y


def normal_frequency(theta: float, omega_x: FloatArray, omega_y: FloatArray) -> FloatArray:
    """Frequency across direction theta; A2 multiplies a spectrum by i times it."""
    return -np.sin(theta) * omega_x + np.cos(theta) * omega_y


def _spatial_derivative(score: Score, angles: FloatArray, *, across: bool) -> Score:
    frequency = normal_frequency if across else tangential_frequency
    omega_x, omega_y = frequency_grid(score.shape[1:], half=False)
    derived = np.empty_like(score)
    for j, theta in enumerate(angles):
        spectrum = scipy.fft.fft2(score[j]) * (1j * frequency(theta, omega_x, omega_y))
        layer = scipy.fft.ifft2(spectrum)
        derived[j] = layer if np.iscomplexobj(score) else layer.real
    return derived


def derive_along(score: Score, angles: FloatArray) -> Score:
    """Apply A1 to a score that is periodic in space.

    Parameters
    ----------
    score : ndarray, shape (n_orientations, height, width)
        Real or complex layers.
    angles : ndarray, shape (n_orientations,)
        Their directions in radians.
    """
    return _spatial_derivative(score, angles, across=False)


def derive_across(score: Score, angles: FloatArray) -> Score:
    """Apply A2; arguments as in `derive_along`."""
    return _spatial_derivative(score, angles, across=True)


def derive_angular(score: Score, period: float = 2 * np.pi) -> Score:
    """Apply A3 to layers that sample one period of theta evenly, spectrally.

    Parameters
    ----------
    score : ndarray, shape (n_orientations, height, width)
        Real or complex layers.
    period : float
        2 pi for a full circle, pi for the real part of a score over half a circle.
    """
    count = score.shape[0]
    frequency = scipy.fft.fftfreq(count, period / (2 * np.pi * count))
    if count % 2 == 0:
        frequency[count // 2] = 0.0  # the derivative of the self-conjugate frequency is not real
    spectrum = scipy.fft.fft(score, axis=0) * (1j * frequency[:, None, None])
    derived = scipy.fft.ifft(spectrum, axis=0)
    return (derived if np.iscomplexobj(score) else derived.real).astype(score.dtype)
