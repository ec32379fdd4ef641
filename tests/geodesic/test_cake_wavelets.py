import numpy as np
import pytest

from geodesic.cake_wavelets import (
    CakeDesign,
    band_window,
    cake_wavelets,
    line_filters,
    low_frequency_window,
)


@pytest.mark.parametrize("shape", [(64, 64), (63, 65), (48, 81)])
def test_wavelets_partition_the_band(shape):
    design = CakeDesign(n_orientations=16)
    total = cake_wavelets(shape, design).sum(axis=0)
    expected = band_window(shape, design, half=False) * (
        1 - low_frequency_window(shape, design, half=False)
    )
    np.testing.assert_allclose(total, expected, atol=1e-6)


def test_opposite_wavelet_is_the_complex_conjugate():
    design = CakeDesign(n_orientations=16)
    spatial = np.fft.ifft2(cake_wavelets((64, 64), design))
    np.testing.assert_allclose(spatial[8:], spatial[:8].conj(), atol=1e-12)


@pytest.mark.parametrize("shape", [(64, 64), (63, 63)])
def test_rotation_by_a_quarter_turn_permutes_the_wavelets(shape):
    design = CakeDesign(n_orientations=16)
    bank = cake_wavelets(shape, design)
    centered = np.fft.fftshift(bank, axes=(1, 2))
    if shape[0] % 2 == 0:
        centered = centered[:, 1:, 1:]
    # +x turns into +y, that is against the sense in which rot90 turns [row, col]
    np.testing.assert_allclose(
        np.rot90(centered, -1, axes=(1, 2)), np.roll(centered, -4, axis=0), atol=1e-9
    )


def test_real_filters_are_the_real_parts():
    design = CakeDesign(n_orientations=16)
    rng = np.random.default_rng(0)
    image = rng.standard_normal((50, 64))
    full = np.fft.ifft2(np.fft.fft2(image) * cake_wavelets(image.shape, design)[:8]).real
    half = np.fft.irfft2(np.fft.rfft2(image) * line_filters(image.shape, design), image.shape)
    np.testing.assert_allclose(half, full, atol=1e-12)


@pytest.mark.parametrize(
    ("field", "value"), [("n_orientations", 7), ("gamma", 0.0), ("gamma", 1.5), ("sigma_dc", 0.0)]
)
def test_bad_designs_are_refused(field, value):
    with pytest.raises(ValueError, match=field):
        CakeDesign(**{field: value})
