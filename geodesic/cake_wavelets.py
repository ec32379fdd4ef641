"""Cake wavelets: an angular partition of the Fourier plane into oriented, quadrature line filters.

The bank is designed at the size of the transform it is used with, so nothing is truncated or
shifted.

References
----------
Duits, Felsberg, Granlund, ter Haar Romeny, "Image analysis and reconstruction using a wavelet
transform constructed from a reducible representation of the Euclidean motion group", IJCV 72
(2007).
Bekkers, Duits, Berendschot, ter Haar Romeny, "A multi-orientation analysis approach to retinal
vessel tracking", JMIV 49 (2014), section 2.
"""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.interpolate import BSpline

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CakeDesign:
    """Design of a cake wavelet bank.

    Attributes
    ----------
    n_orientations : int
        Number N_o of orientations over the full circle, even; step 2 pi / N_o.
    gamma : float
        Inflection point of the radial window, as a fraction of the Nyquist frequency, in (0, 1].
    spline_order : int
        Order k of the angular B-spline; the wedge spans k + 1 steps.
    radial_order : int
        Order N of the radial window; larger is steeper.
    sigma_dc : float
        Standard deviation in px of the Gaussian whose low frequencies are taken out.
    """

    n_orientations: int = 32
    gamma: float = 0.8
    spline_order: int = 3
    radial_order: int = 8
    sigma_dc: float = 8.0

    def __post_init__(self) -> None:
        """Check the ranges."""
        if self.n_orientations < 4 or self.n_orientations % 2:
            raise ValueError(
                f"n_orientations is {self.n_orientations}; it must be even and at least 4."
            )
        if not 0.0 < self.gamma <= 1.0:
            raise ValueError(f"gamma is {self.gamma:g}; it must lie in (0, 1].")
        if self.spline_order < 0 or self.radial_order < 0 or self.sigma_dc <= 0.0:
            raise ValueError("spline_order and radial_order must be >= 0 and sigma_dc > 0 px.")

    @property
    def angles(self) -> FloatArray:
        """Line directions theta_j in radians over the full circle, shape (n_orientations,)."""
        return 2.0 * np.pi * np.arange(self.n_orientations) / self.n_orientations


def frequency_grid(shape: tuple[int, int], *, half: bool) -> tuple[FloatArray, FloatArray]:
    """Angular frequencies (omega_x, omega_y) in rad/px in FFT order.

    Parameters
    ----------
    shape : tuple of int
        (height, width) of the transform.
    half : bool
        True for the half plane of a real transform (`scipy.fft.rfft2`).

    Returns
    -------
    omega_x : ndarray, shape (1, width or width // 2 + 1)
    omega_y : ndarray, shape (height, 1)
    """
    height, width = shape
    columns = scipy.fft.rfftfreq(width) if half else scipy.fft.fftfreq(width)
    return 2 * np.pi * columns[None, :], 2 * np.pi * scipy.fft.fftfreq(height)[:, None]


def radial_window(rho: FloatArray, design: CakeDesign) -> FloatArray:
    r"""Low-pass window with its inflection at gamma.

    :math:`M_N(\rho) = e^{-q^2}\sum_{m=0}^{N} q^{2m}/m!`.

    Parameters
    ----------
    rho : ndarray
        Frequency as a fraction of Nyquist, >= 0.
    design : CakeDesign
        Supplies gamma and N.
    """
    q2 = rho**2 * (1 + 2 * design.radial_order) / (2 * design.gamma**2)
    term = np.ones_like(q2)
    total = np.ones_like(q2)
    for m in range(1, design.radial_order + 1):
        term = term * q2 / m
        total = total + term
    return np.exp(-q2) * total


def angular_window(angle: FloatArray, design: CakeDesign) -> FloatArray:
    """Centered cardinal B-spline of the wrapped angle in steps; its shifts by one step sum to one.

    Parameters
    ----------
    angle : ndarray
        Angle in radians from the center of the wedge.
    design : CakeDesign
        Supplies the number of orientations and the spline's order.
    """
    step = 2 * np.pi / design.n_orientations
    wrapped = np.remainder(angle + np.pi, 2 * np.pi) - np.pi
    wrapped /= step
    order = design.spline_order
    knots = np.arange(order + 2) - (order + 1) / 2
    values = np.zeros(wrapped.shape)
    inside = np.abs(wrapped) < knots[-1]
    values[inside] = BSpline.basis_element(knots)(wrapped[inside])
    return values


def band_window(shape: tuple[int, int], design: CakeDesign, *, half: bool) -> FloatArray:
    """Isotropic part M_N of the bank: what the image is band-limited to, shape of the transform.

    The Nyquist row and column of an even size are left out: a frequency that is its own conjugate
    has no orientation, and keeping it would break the symmetry under rotations by 90 degrees.
    """
    omega_x, omega_y = frequency_grid(shape, half=half)
    window = radial_window(np.hypot(omega_x, omega_y) / np.pi, design)
    height, width = shape
    if height % 2 == 0:
        window[height // 2, :] = 0.0
    if width % 2 == 0:
        window[:, width // 2] = 0.0
    return window


def low_frequency_window(shape: tuple[int, int], design: CakeDesign, *, half: bool) -> FloatArray:
    """Transform G of the spatial Gaussian of standard deviation sigma_dc; W = 1 - G."""
    omega_x, omega_y = frequency_grid(shape, half=half)
    return np.exp(-0.5 * design.sigma_dc**2 * (omega_x**2 + omega_y**2))


def cake_wavelets(
    shape: tuple[int, int],
    design: CakeDesign = CakeDesign(),
    orientations: NDArray[np.intp] | None = None,
) -> FloatArray:
    r"""Fourier transforms of the wavelets, :math:`\hat\psi_j = W\,M_N\,B_k`, one-sided and real.

    Parameters
    ----------
    shape : tuple of int
        (height, width) of the transform in px.
    design : CakeDesign
        The bank's design.
    orientations : ndarray of int, optional
        Indices j of the wanted wavelets; all N_o when left out.

    Returns
    -------
    ndarray, shape (n, height, width)
        In FFT order. A wavelet responds to lines of direction ``design.angles[j]``; the real part
        of its response detects lines, the imaginary part edges.
    """
    omega_x, omega_y = frequency_grid(shape, half=False)
    phi = np.arctan2(omega_y, omega_x)
    isotropic = band_window(shape, design, half=False)
    isotropic *= 1.0 - low_frequency_window(shape, design, half=False)
    indices = np.arange(design.n_orientations) if orientations is None else orientations
    return np.stack(
        [isotropic * angular_window(phi - design.angles[j] - np.pi / 2, design) for j in indices]
    )


def line_filters(shape: tuple[int, int], design: CakeDesign = CakeDesign()) -> FloatArray:
    """Build the real parts of the wavelets over half a circle, for real transforms.

    Returns
    -------
    ndarray, shape (n_orientations // 2, height, width // 2 + 1)
        ``(psi_j(omega) + psi_j(-omega)) / 2`` on the half plane of `scipy.fft.rfft2`.
    """
    omega_x, omega_y = frequency_grid(shape, half=True)
    phi = np.arctan2(omega_y, omega_x)
    isotropic = band_window(shape, design, half=True)
    isotropic *= 1.0 - low_frequency_window(shape, design, half=True)
    filters = []
    for theta in design.angles[: design.n_orientations // 2]:
        offset = phi - theta - np.pi / 2
        both = angular_window(offset, design) + angular_window(offset + np.pi, design)
        filters.append(0.5 * isotropic * both)
    return np.stack(filters)
