r"""The left-invariant Hessian of the orientation score, and what it says of a crack's bend.

With the moving frame A_1 (along), A_2 (across), A_3 (turning), :math:`H_{ij} = A_j A_i U` is not
symmetric: :math:`A_3 A_1 U = A_1 A_3 U + A_2 U` and :math:`A_3 A_2 U = A_2 A_3 U - A_1 U`. H v is
the change of the gradient along the velocity v: it is large where v leaves the course of the line
through (x, theta), and small along that course, its bend included.

The data-driven term of the metric is :math:`\|H v\|_*^2` over its maximum on unit vectors. In
coordinates scaled by the metric M without data term, with :math:`K = M^{-1} H M^{-1}`, that is
:math:`|K w|^2 / \|K\|^2`. The angular part of K is by far the largest, so that to about a per mille
the term has rank one, :math:`\langle e, w\rangle^2` with e the first right singular vector of K.
The directions e are put into classes, so that stencils can be tabulated.

References
----------
Duits, Franken (2010), as in `geodesic.frames`; van den Berg, Smets, Pai, Mirebeau, Duits,
"Geodesic tracking via new data-driven connections of Cartan type for vascular tree tracking", JMIV
66 (2024), for the metric.
"""

from concurrent.futures import Executor
from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from geodesic._jit import njit
from geodesic.cake_wavelets import CakeDesign, frequency_grid, line_filters
from geodesic.frames import normal_frequency, tangential_frequency
from geodesic.types import FloatImage

HALF_ALONG, HALF_ACROSS = 15, 3
"""Classes to each side of 0 for the components of e along and across. The first tells how much a
crack bends, the second is small."""

ALONG, ACROSS = 2 * HALF_ALONG + 1, 2 * HALF_ACROSS + 1
N_CLASSES = ALONG * ACROSS

FloatArray = NDArray[np.float64]
FloatVector = NDArray[np.float32]

PARTS = ((0, 0), (0, 1), (1, 1), (2, 2), (0, 2), (2, 0), (1, 2), (2, 1))
"""Entries (i, j) of H, from 0, in the order of the filters; the second is also (1, 0)."""

ANGULAR_STEPS = 2.0
"""Smoothing of the score over orientation, in steps: on a bend it has a plateau over theta, whose
curvature would be noise without."""

_N_REAL = 4
"""The first filters are real, the others are multiplied by i."""

_SWEEPS = 6
"""Power iterations for e; the second eigenvalue is a per mille of the first."""


def class_directions() -> FloatArray:
    """Return the unit vectors e of the classes, shape (N_CLASSES, 3).

    Components are (along, across, turning); those along and across lie on a grid that is fine near
    0, where most directions are.
    """
    ticks = [np.arange(-half, half + 1) / half for half in (HALF_ALONG, HALF_ACROSS)]
    along, across = np.meshgrid(*[t * np.abs(t) for t in ticks], indexing="ij")
    turning = np.sqrt(np.maximum(0.0, 1.0 - along**2 - across**2))
    directions = np.stack([along, across, turning], axis=2).reshape(-1, 3)
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


@lru_cache(maxsize=3)
def hessian_filters(shape: tuple[int, int], n_orientations: int, sigma: float) -> FloatImage:
    """Fourier multipliers of the entries of H, for the real score over half a circle.

    Parameters
    ----------
    shape : tuple of int
        (height, width) of the transform.
    n_orientations : int
        Orientations over half a circle.
    sigma : float
        Standard deviation in px of the Gaussian that smoothes the score.

    Returns
    -------
    ndarray of float32, shape (n_orientations, len(PARTS), height, width // 2 + 1)
        The last four are to be multiplied by i.
    """
    cake = CakeDesign(n_orientations=2 * n_orientations)
    lines = line_filters(shape, cake)
    frequency = 2.0 * scipy.fft.fftfreq(n_orientations, 1.0 / n_orientations)[:, None, None]
    odd = frequency.copy()
    if n_orientations % 2 == 0:
        odd[n_orientations // 2] = 0.0  # its derivative is not real
    width = ANGULAR_STEPS * np.pi / n_orientations
    spectrum = scipy.fft.fft(lines, axis=0) * np.exp(-0.5 * (width * frequency) ** 2)
    lines = scipy.fft.ifft(spectrum, axis=0).real
    turned = scipy.fft.ifft(1j * odd * spectrum, axis=0).real
    twice = scipy.fft.ifft(-(frequency**2) * spectrum, axis=0).real
    omega_x, omega_y = frequency_grid(shape, half=True)
    gaussian = np.exp(-0.5 * sigma**2 * (omega_x**2 + omega_y**2))
    filters = np.empty((n_orientations, len(PARTS), *gaussian.shape), np.float32)
    for j, theta in enumerate(cake.angles[:n_orientations]):
        along = tangential_frequency(theta, omega_x, omega_y)
        across = normal_frequency(theta, omega_x, omega_y)
        parts = (
            -(along**2) * lines[j],
            -along * across * lines[j],
            -(across**2) * lines[j],
            twice[j],
            along * turned[j] + across * lines[j],  # A3 A1 U
            along * turned[j],
            across * turned[j] - along * lines[j],  # A3 A2 U
            across * turned[j],
        )
        for i, part in enumerate(parts):
            filters[j, i] = part * gaussian
    filters.setflags(write=False)
    return filters


def left_invariant_hessian(
    block: FloatImage, filters: FloatImage, orientation: int
) -> NDArray[np.float32]:
    """Entries of H at one orientation of a block, shape (len(PARTS), height, width)."""
    spectrum = scipy.fft.rfft2(block)
    return _entries(spectrum, filters[orientation], block.shape)


def _entries(
    spectrum: NDArray[np.complex64], filters: FloatImage, shape: tuple[int, ...]
) -> NDArray[np.float32]:
    filtered = spectrum * filters
    filtered[_N_REAL:] *= np.complex64(1j)
    return scipy.fft.irfft2(filtered, s=shape)


@njit
def _first_direction(k: NDArray[np.float32], square: NDArray[np.float32]) -> FloatVector:
    """First right singular vector of a 3 x 3 matrix; `square` is room for K^T K."""
    largest = np.abs(k).max()
    if largest <= 0:
        return np.array([0.0, 0.0, 1.0], np.float32)
    best = 0
    for i in range(3):
        for j in range(3):
            total = np.float32(0.0)
            for m in range(3):
                total += (k[m, i] / largest) * (k[m, j] / largest)
            square[i, j] = total
        if square[i, i] > square[best, best]:
            best = i
    x, y, z = square[0, best], square[1, best], square[2, best]
    for _ in range(_SWEEPS):
        following = (
            square[0, 0] * x + square[0, 1] * y + square[0, 2] * z,
            square[1, 0] * x + square[1, 1] * y + square[1, 2] * z,
            square[2, 0] * x + square[2, 1] * y + square[2, 2] * z,
        )
        norm = np.float32(1.0) / np.sqrt(following[0] ** 2 + following[1] ** 2 + following[2] ** 2)
        x, y, z = following[0] * norm, following[1] * norm, following[2] * norm
    return np.array([x, y, z], np.float32)


@njit
def _tick(component: float, half: int) -> int:
    """Return the number of the nearest tick; they are evenly spaced in the component's root."""
    step = min(int(np.sqrt(abs(component)) * half + 0.5), half)
    return half + step if component >= 0 else half - step


@njit
def class_of(direction: FloatVector) -> int:
    """Return the number of the class that a unit vector e belongs to; -e belongs to the same."""
    sign = 1.0 if direction[2] >= 0 else -1.0
    return ACROSS * _tick(sign * direction[0], HALF_ALONG) + _tick(sign * direction[1], HALF_ACROSS)


@njit
def _classify(
    entries: NDArray[np.float32],
    places: NDArray[np.int64],
    lengths: FloatVector,
    top: int,
    left: int,
    classes: NDArray[np.uint8],
) -> None:
    """Class of e at each pixel of `classes` (h, w), from H scaled by `lengths` on both sides."""
    k = np.zeros((3, 3), np.float32)
    square = np.empty((3, 3), np.float32)
    for row in range(classes.shape[0]):
        for col in range(classes.shape[1]):
            for part in range(entries.shape[0]):
                i, j = places[part]
                k[i, j] = entries[part, top + row, left + col] * lengths[i] * lengths[j]
            k[1, 0] = k[0, 1]
            classes[row, col] = class_of(_first_direction(k, square))


def bend_classes(
    block: FloatImage,
    filters: FloatImage,
    lengths: FloatArray,
    inner: tuple[slice, slice],
    executor: Executor | None = None,
) -> NDArray[np.uint8]:
    """Class of the data-driven term at each pixel and orientation of a block.

    Parameters
    ----------
    block : ndarray of float32, shape (height, width)
        Image with an apron on all sides.
    filters : ndarray
        `hessian_filters` of the block's shape.
    lengths : ndarray, shape (3,)
        Diagonal of M^-1: how far a unit of length goes along, across and in turning.
    inner : tuple of slice
        The part of the block that is wanted.
    executor : Executor, optional
        Runs orientations side by side.

    Returns
    -------
    ndarray of uint8, shape (h, w, n_orientations)
        Numbers of `class_directions`.
    """
    rows, cols = inner
    spectrum = scipy.fft.rfft2(block)
    count = filters.shape[0]
    classes = np.empty((count, rows.stop - rows.start, cols.stop - cols.start), np.uint8)
    factors = np.asarray(lengths, np.float32)
    places = np.array(PARTS)

    def one_orientation(j: int) -> None:
        entries = _entries(spectrum, filters[j], block.shape)
        _classify(entries, places, factors, rows.start, cols.start, classes[j])

    for _ in (executor.map if executor else map)(one_orientation, range(count)):
        pass
    return np.ascontiguousarray(np.moveaxis(classes, 0, 2))
