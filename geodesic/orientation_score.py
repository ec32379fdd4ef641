"""Orientation score of an image and its exact reconstruction."""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from geodesic.cake_wavelets import (
    CakeDesign,
    band_window,
    cake_wavelets,
    low_frequency_window,
)
from geodesic.types import FloatImage


@dataclass(frozen=True, slots=True)
class OrientationScore:
    """Lift of an image to positions and orientations.

    Attributes
    ----------
    score : ndarray of complex64, shape (n_orientations, height, width)
        Responses U_j over the full circle; U_{j + n/2} is the complex conjugate of U_j.
    low_pass : ndarray of float32, shape (height, width)
        The low frequencies that the wavelets leave out.
    design : CakeDesign
        The wavelets; ``design.angles[j]`` is the direction of layer j.
    """

    score: NDArray[np.complex64]
    low_pass: FloatImage
    design: CakeDesign

    def reconstruct(self) -> FloatImage:
        """Return the band-limited image: the sum over all orientations plus the low-pass part."""
        return self.score.real.sum(axis=0) + self.low_pass


def pad_symmetric(image: FloatImage, margin: int) -> tuple[FloatImage, tuple[slice, slice]]:
    """Mirror an image by at least `margin` px on each side, up to lengths fast to transform.

    Returns
    -------
    padded : ndarray
    inner : tuple of slice
        Where the image lies in it.
    """
    widths = []
    for length in image.shape:
        extra = scipy.fft.next_fast_len(length + 2 * margin, real=True) - length
        widths.append((margin, extra - margin))
    padded = np.pad(image, widths, mode="symmetric")
    height, width = image.shape
    return padded, (slice(margin, margin + height), slice(margin, margin + width))


def orientation_score(
    image: FloatImage,
    design: CakeDesign = CakeDesign(),  # noqa: B008 - frozen
    margin: int = 32,
    workers: int | None = None,
) -> OrientationScore:
    """Lift an image by cross-correlation with cake wavelets.

    Parameters
    ----------
    image : ndarray of float32, shape (height, width)
        Values in [0, 1].
    design : CakeDesign
        The wavelets.
    margin : int
        Mirrored border in px.
    workers : int, optional
        Threads of the transforms.

    References
    ----------
    Duits et al. (2007); Bekkers et al. (2014), section 2.
    """
    padded, inner = pad_symmetric(np.asarray(image, np.float32), margin)
    shape = padded.shape
    spectrum = scipy.fft.fft2(padded, workers=workers)
    half = design.n_orientations // 2
    score = np.empty((design.n_orientations, *image.shape), np.complex64)
    for j in range(half):
        # The wavelets' transforms are real: conjugating them for the correlation changes nothing.
        wavelet = cake_wavelets(shape, design, np.array([j]))[0].astype(np.float32)
        layer = scipy.fft.ifft2(spectrum * wavelet, workers=workers)[inner]
        score[j] = layer
        score[j + half] = layer.conj()
    low = band_window(shape, design, half=False) * low_frequency_window(shape, design, half=False)
    low_pass = scipy.fft.ifft2(spectrum * low.astype(np.float32), workers=workers).real[inner]
    return OrientationScore(score, np.ascontiguousarray(low_pass, np.float32), design)
