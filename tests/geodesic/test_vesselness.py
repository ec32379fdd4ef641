from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from geodesic.cake_wavelets import line_filters
from geodesic.cost import cost_from_response
from geodesic.parameters import TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.vesselness import (
    ResponseDesign,
    across_response,
    crack_response,
    filter_gain,
    response_filters,
)

RESOLVED = TraceParameters(polarity="dark", channel="luminance")


def dark_lines(shape, angles, center=None):
    y, x = np.mgrid[: shape[0], : shape[1]]
    cx, cy = center or (shape[1] // 2, shape[0] // 2)
    image = np.full(shape, 0.7)
    for angle in angles:
        across = -np.sin(angle) * (x - cx) + np.cos(angle) * (y - cy)
        image -= 0.3 * np.exp(-0.5 * (across / 1.5) ** 2)
    return np.clip(image, 0, 1).astype(np.float32)


def respond(image, design, level=0.02, **options):
    filters = response_filters(image.shape, design)
    levels = np.full(len(design.scales), level, np.float32)
    inner = tuple(slice(0, n) for n in image.shape)
    return crack_response(image, filters, levels, inner, **options)


def test_response_is_the_formula():
    design = ResponseDesign(8, (1.5,))
    rng = np.random.default_rng(3)
    image = rng.random((40, 48), np.float32)
    filters = response_filters(image.shape, design)
    spectrum = np.fft.rfft2(image)
    multipliers = np.stack([filters.multipliers(j, 0) for j in range(8)])
    c, s = np.moveaxis(np.fft.irfft2(spectrum * multipliers, image.shape), 1, 0)
    level = 0.1
    with np.errstate(divide="ignore"):
        expected = np.exp(-((s / c) ** 2) / (2 * 0.5**2)) * (
            1 - np.exp(-(s**2 + c**2) / (2 * level**2))
        )
    expected[c <= 0] = 0
    np.testing.assert_allclose(respond(image, design, level), expected, atol=1e-5)


def test_second_derivative_matches_a_known_profile():
    # An infinite cosine of wave number w across x: sigma^2 d^2/dx^2 after a Gaussian, times the
    # wavelet.
    design = ResponseDesign(8, (2.0,))
    x = np.arange(64) * (2 * np.pi / 64)
    w = 8
    image = np.repeat(np.cos(w * x)[None], 64, axis=0).astype(np.float32)
    across = across_response(image, response_filters(image.shape, design))[4, 0]  # vertical lines
    frequency = w * 2 * np.pi / 64
    gain = -4.0 * frequency**2 * np.exp(-0.5 * 4.0 * frequency**2)
    wavelet = line_filters(image.shape, design.cake)[4, 0, w]
    np.testing.assert_allclose(across, gain * wavelet * image, atol=1e-5)


def test_crossing_lines_survive_at_their_own_orientations():
    design = ResponseDesign(16, (1.0, 2.0, 4.0))
    image = dark_lines((128, 128), (0.0, np.pi / 2, np.pi / 4))
    response = respond(image, design)[:, 64, 64]
    assert response[[0, 4, 8]].min() > 0.5
    assert response[[2, 6, 12]].max() < 0.5 * response[[0, 4, 8]].min()


def test_polarity_is_a_sign():
    design = ResponseDesign(8, (1.0, 2.0))
    image = dark_lines((64, 64), (0.3,))
    np.testing.assert_allclose(
        respond(image, design), respond(1 - image, design, dark=False), atol=2e-4
    )


def test_threads_change_nothing():
    design = ResponseDesign(8, (1.0, 2.0))
    image = dark_lines((64, 64), (0.3,))
    with ThreadPoolExecutor(2) as executor:
        np.testing.assert_array_equal(
            respond(image, design), respond(image, design, executor=executor)
        )


def test_gain_predicts_the_noise_of_the_response():
    design = ResponseDesign(8, (1.0, 2.0))
    rng = np.random.default_rng(4)
    noise = rng.standard_normal((256, 256)).astype(np.float32)
    filters = response_filters(noise.shape, design)
    measured = across_response(noise, filters).std(axis=(0, 2, 3))
    np.testing.assert_allclose(measured, filter_gain(filters), rtol=0.05)


def test_cost_falls_with_response():
    response = np.linspace(0, 1, 11, dtype=np.float32).reshape(1, 1, 11)
    cost = cost_from_response(response, 200.0, 1.5)[0, :, 0]
    np.testing.assert_allclose(cost, 1 / (1 + 200 * response[0, 0] ** 1.5), rtol=1e-6)
    general = cost_from_response(response, 200.0, 2.0)[0, :, 0]
    np.testing.assert_allclose(general, 1 / (1 + 200 * response[0, 0] ** 2), rtol=1e-5)


def tile_at(prepared, row, col):
    i = int(np.searchsorted(prepared.rows, row, side="right")) - 1
    j = int(np.searchsorted(prepared.cols, col, side="right")) - 1
    return prepared.cost_tile((i, j), RESOLVED)[row - prepared.rows[i], col - prepared.cols[j]]


def test_cost_changes_little_where_tiles_meet():
    rng = np.random.default_rng(5)
    image = np.clip(dark_lines((512, 512), (0.4,)) + 0.03 * rng.standard_normal((512, 512)), 0, 1)
    prepared = PreparedImage(image.astype(np.float32))
    design = ResponseDesign()
    whole = crack_response(
        prepared.block(-64, -64, 576, 576, "luminance"),
        response_filters((640, 640), design),
        6 * prepared.levels("luminance", design),
        (slice(64, 576), slice(64, 576)),
    )
    cost = cost_from_response(whole, RESOLVED.cost_lambda, RESOLVED.cost_power)
    seam = int(prepared.rows[1])
    differences = np.stack(
        [
            tile_at(prepared, row, col) - cost[row, col]
            for row in (seam - 1, seam, 300)
            for col in range(100, 400, 7)
        ]
    )
    assert np.abs(differences).mean() < 0.02
    assert np.quantile(np.abs(differences), 0.99) < 0.2


@pytest.mark.parametrize("scales", [(1.0, 2.0, 4.0), (2.0, 4.0, 8.0)])
def test_cost_of_a_crack_is_smooth_across_a_seam(scales):
    # On the crack the cost is small, so its ratio is what the path feels.
    rng = np.random.default_rng(12)
    y, x = np.mgrid[:640, :640]
    band = 0.3 * np.exp(-0.5 * ((y - 320 - 0.2 * (x - 320)) / scales[1]) ** 2)
    image = np.clip(0.7 - band + 0.03 * rng.standard_normal(x.shape), 0, 1).astype(np.float32)
    options = RESOLVED.with_overrides(scales=scales)
    prepared = PreparedImage(image)
    seam = int(prepared.cols[1])
    layer = 1  # 11.25 degrees, the direction of the crack
    values = []
    for col in range(seam - 12, seam + 12):
        row = round(320 + 0.2 * (col - 320))
        i = int(np.searchsorted(prepared.rows, row, side="right")) - 1
        j = int(np.searchsorted(prepared.cols, col, side="right")) - 1
        tile = prepared.cost_tile((i, j), options)
        values.append(np.log(tile[row - prepared.rows[i], col - prepared.cols[j], layer]))
    steps = np.abs(np.diff(values))
    assert steps[11] <= 1.5 * np.delete(steps, 11).max() + 0.02  # the step over the seam


def test_a_stain_elsewhere_does_not_change_the_cost():
    rng = np.random.default_rng(6)
    image = np.clip(dark_lines((512, 768), (0.1,)) + 0.03 * rng.standard_normal((512, 768)), 0, 1)
    stained = image.copy()
    stained[380:460, 620:740] = 0.02
    stained[400:404, 600:760] = 1.0
    clean, dirty = (PreparedImage(i.astype(np.float32)) for i in (image, stained))
    here = [tile_at(p, 250, 300) for p in (clean, dirty)]
    assert np.abs(here[0] - here[1]).max() < 0.06
    assert here[0].min() == pytest.approx(here[1].min(), rel=0.02)


def test_blocks_mirror_at_the_border():
    image = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    prepared = PreparedImage(image)
    block = prepared.block(-3, -5, 6, 9, "luminance")
    expected = np.pad(image, ((3, 3), (5, 5)), mode="symmetric")
    np.testing.assert_allclose(block, expected / 255, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_bit_depths_give_the_same_cost(dtype):
    image = dark_lines((96, 96), (0.7,))
    scale = {np.uint8: 255, np.uint16: 65535, np.float32: 1}[dtype]
    prepared = PreparedImage((np.round(image * 255) / 255 * scale).round(6).astype(dtype))
    reference = PreparedImage(np.round(image * 255).astype(np.uint8))
    np.testing.assert_allclose(
        prepared.cost_tile((0, 0), RESOLVED), reference.cost_tile((0, 0), RESOLVED), atol=0.02
    )


def test_images_that_cannot_be_traced_are_refused():
    with pytest.raises(ValueError, match="not finite"):
        PreparedImage(np.array([[0.0, np.nan]], np.float32))
    with pytest.raises(ValueError, match="shape"):
        PreparedImage(np.zeros((2, 3, 7), np.uint8))
    with pytest.raises(ValueError, match="type"):
        PreparedImage(np.zeros((2, 3), np.int32))
    with pytest.raises(ValueError, match="no pixels"):
        PreparedImage(np.zeros((0, 5), np.uint8))
    with pytest.raises(ValueError, match="from 0 to 255"):
        PreparedImage(np.array([[0.0, 255.0]], np.float32))
