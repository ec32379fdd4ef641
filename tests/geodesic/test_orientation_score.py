import numpy as np
import pytest
import scipy.fft

from geodesic.cake_wavelets import CakeDesign, band_window
from geodesic.frames import derive_across, derive_along, derive_angular
from geodesic.orientation_score import orientation_score, pad_symmetric


def line_image(angle: float, shape: tuple[int, int], center: tuple[float, float]) -> np.ndarray:
    """Bright Gaussian line of direction `angle` (x right, y down) through `center` (x, y)."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    across = -np.sin(angle) * (x - center[0]) + np.cos(angle) * (y - center[1])
    return np.exp(-0.5 * (across / 1.5) ** 2).astype(np.float32)


def test_reconstruction_is_exact():
    rng = np.random.default_rng(1)
    image = rng.random((61, 90), np.float32)
    score = orientation_score(image, CakeDesign(n_orientations=16))
    padded, inner = pad_symmetric(image, 32)
    band = band_window(padded.shape, score.design, half=False)
    limited = scipy.fft.ifft2(scipy.fft.fft2(padded) * band).real[inner]
    np.testing.assert_allclose(score.reconstruct(), limited, atol=2e-6)


@pytest.mark.parametrize("shape", [(64, 64), (65, 65), (64, 81)])
@pytest.mark.parametrize("layer", range(0, 16, 3))
def test_line_peaks_at_its_own_orientation_and_position(shape, layer):
    design = CakeDesign(n_orientations=32)
    center = (shape[1] // 2, shape[0] // 2)
    image = line_image(design.angles[layer], shape, center)
    score = orientation_score(image, design).score[:16].real
    row, col = center[1], center[0]
    assert int(np.argmax(score[:, row, col])) == layer
    # Read across the line along the image axis that is closer to its normal.
    steep = 4 <= layer <= 12
    profile = (
        score[layer, row, col - 4 : col + 5] if steep else score[layer, row - 4 : row + 5, col]
    )
    assert int(np.argmax(profile)) == 4


def test_rotating_the_image_permutes_the_orientations():
    rng = np.random.default_rng(2)
    image = rng.random((64, 64), np.float32)
    design = CakeDesign(n_orientations=16)
    # One margin that is symmetric on both sides, so that both images see the same padding.
    score = orientation_score(image, design, margin=32).score
    turned = orientation_score(np.ascontiguousarray(np.rot90(image, -1)), design, margin=32).score
    np.testing.assert_allclose(
        np.rot90(score, -1, axes=(1, 2)), np.roll(turned, -4, axis=0), atol=1e-5
    )


def test_commutators_of_the_frame():
    design = CakeDesign(n_orientations=32)
    y, x = np.mgrid[:64, :64] * (2 * np.pi / 64)
    image = np.cos(3 * x + 2 * y) + np.sin(5 * x - y) + np.cos(4 * y)
    spectrum = np.fft.fft2(image)
    theta = design.angles
    # A smooth score: low order in theta, so that d_theta is exact on 32 samples.
    score = np.fft.ifft2(spectrum).real[None] * (1 + np.cos(2 * theta))[:, None, None]
    score = score + np.roll(score, 3, axis=2) * np.sin(theta)[:, None, None]

    def a1(u):
        return derive_along(u, theta)

    def a2(u):
        return derive_across(u, theta)

    a3 = derive_angular
    np.testing.assert_allclose(a3(a1(score)) - a1(a3(score)), a2(score), atol=1e-9)
    np.testing.assert_allclose(a3(a2(score)) - a2(a3(score)), -a1(score), atol=1e-9)


def test_tangential_derivative_of_a_line_vanishes():
    design = CakeDesign(n_orientations=32)
    y, x = np.mgrid[:64, :64] * (2 * np.pi / 64)
    image = np.cos(4 * (x + y))  # stripes of direction -45 degrees
    score = np.repeat(image[None], 32, axis=0)
    along = derive_along(score, design.angles)
    across = derive_across(score, design.angles)
    layer = 12  # 135 degrees, the same line as -45
    assert np.abs(along[layer]).max() < 1e-9
    slope = 4 * np.sqrt(2) * 2 * np.pi / 64  # wave number of the stripes in rad/px
    assert np.abs(across[layer]).max() == pytest.approx(slope, rel=1e-6)
