"""True width of a blurred crack from the distance of its banks, the extrema of the derivative."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["likely_width", "unblurred_width"]

Array = NDArray[np.float64]

_PRIOR_SPREAD = (0.5, 1.5)  # of the log width below and above the prior width
_SPACING_ERROR = (0.3, 8.0)  # px floor; in blurs at contrast-to-noise 1, falling with its cube
_NARROWEST = 1.0  # px, no narrower width is told apart from a thinner, darker one


def unblurred_width(spacing: ArrayLike, blur: ArrayLike) -> Array:
    """Return the width of a box profile from the distance of its banks after a Gaussian blur.

    The derivative of the blurred box, ``g(x + w/2) - g(x - w/2)``, is extreme at +-x with
    ``(x + w/2) exp(-x w / sigma^2) = x - w/2``; the spacing 2 x tends to 2 sigma for w -> 0
    and to w for w >> sigma.

    Parameters
    ----------
    spacing : array_like
        Distance 2 x of the extrema, px, >= 0. Below 2 sigma the width is 0.
    blur : array_like
        Standard deviation sigma of the whole blur, px, > 0.

    Returns
    -------
    NDArray[np.float64]
        Width w, px.
    """
    blur = np.asarray(blur, dtype=np.float64)
    return np.interp(np.asarray(spacing, dtype=np.float64) / blur, _SPACINGS, _WIDTHS) * blur


def _spacing_table() -> tuple[Array, Array]:
    """Return widths and the spacings of their banks, both in units of the blur, increasing."""
    width = np.linspace(0.0, 8.0, 401)
    low, high = np.maximum(width / 2, 1e-9), width / 2 + 1.001
    for _ in range(50):
        x = 0.5 * (low + high)
        inside = (x + width / 2) * np.exp(-x * width) > x - width / 2
        low, high = np.where(inside, x, low), np.where(inside, high, x)
    spacing = 2 * high
    spacing[0] = 2.0
    # Beyond 8 blurs the two are equal to 1e-3; the last pair continues them on the diagonal.
    return np.append(width, 1e6), np.append(np.maximum.accumulate(spacing), 1e6)


_WIDTHS, _SPACINGS = _spacing_table()


def likely_width(spacing: Array, blur: Array, ratio: Array, prior_width: float) -> Array:
    """Return the most likely width, given the spacing of the banks and a prior width.

    Maximum a posteriori for a Gaussian error of the spacing, whose deviation falls with the
    contrast-to-noise ratio, and a log-normal prior. Below two blurs the spacing says nothing about
    the width and the prior alone decides; a plain inversion would amplify noise without bound.

    Parameters
    ----------
    spacing : NDArray[np.float64]
        Distance of the banks, shape ``(n,)``, px.
    blur : NDArray[np.float64]
        Standard deviation of the whole blur, shape ``(n,)``, px, > 0.
    ratio : NDArray[np.float64]
        Contrast-to-noise ratio of the weaker bank, shape ``(n,)``, > 0.
    prior_width : float
        Median of the prior, px, > 0.

    Returns
    -------
    NDArray[np.float64]
        Width, shape ``(n,)``, px, > 0.
    """
    error = np.hypot(_SPACING_ERROR[0], _SPACING_ERROR[1] * blur / ratio**3)
    prior = np.log(prior_width)
    x = np.log(np.maximum(unblurred_width(spacing, blur), _NARROWEST))
    for _ in range(6):
        spread = np.where(x < prior, *_PRIOR_SPREAD)
        low, here, high = (_blurred_spacing(np.exp(x + dx), blur) for dx in (-0.05, 0.0, 0.05))
        slope = (high - low) / 0.1
        pull = slope * (spacing - here) / error**2 - (x - prior) / spread**2
        x = x + np.clip(pull / ((slope / error) ** 2 + spread**-2.0), -0.5, 0.5)
    return np.exp(x)


def _blurred_spacing(width: Array, blur: Array) -> Array:
    """Return the spacing of the banks of a box profile after a blur."""
    return np.interp(width / blur, _WIDTHS, _SPACINGS) * blur
