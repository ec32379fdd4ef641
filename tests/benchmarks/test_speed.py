"""Speed of the engine. Measure with

    python -m pytest tests/benchmarks --benchmark-enable --benchmark-only

In an ordinary run each benchmark runs once, as a test. Times are to be read as ratios within a run:
the group "eikonal" against scikit-fmm, which solves only the isotropic problem on the same grid.
"""

import numpy as np
import pytest
import skfmm

from annotator.storage.image_io import load_image
from geodesic import PreparedImage, trace, warm_up
from geodesic.fast_marching import DistanceMap
from geodesic.metric import LeftInvariantMetric
from segmentation.data.synthetic import generate, sample_parameters

SHAPE = (192, 192, 32)


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Keep compilation out of the times."""
    warm_up()


@pytest.fixture(scope="module")
def cost():
    """Rough cost on positions and orientations."""
    return np.random.default_rng(0).uniform(0.2, 1.0, SHAPE).astype(np.float32)


@pytest.mark.benchmark(group="eikonal")
def test_scikit_fmm_isotropic_baseline(benchmark, cost):
    phi = np.ones(SHAPE)
    phi[96, 96, 16] = -1
    speed = 1.0 / cost.astype(np.float64)
    times = benchmark(skfmm.travel_time, phi, speed)
    assert np.isfinite(np.asarray(times)).all()


@pytest.mark.benchmark(group="eikonal")
@pytest.mark.parametrize("gear", ["symmetric", "forward"])
def test_anisotropic_march(benchmark, cost, gear):
    metric = LeftInvariantMetric(0.1, 0.1, 32, gear == "forward")

    def solve():
        distances = DistanceMap(SHAPE[:2], metric, cost)
        distances.seed(96, 96)
        distances.run()
        return distances

    assert benchmark(solve).accepted == np.prod(SHAPE)


@pytest.mark.benchmark(group="two clicks to a mask")
def test_crack_on_a_small_photograph(benchmark):
    sample = generate(sample_parameters("asphalt", 480, 320, seed=3))
    line = sample.cracks[0].centerline
    result = benchmark(lambda: trace(PreparedImage(sample.image), [line[0], line[-1]]))
    assert result.mask.any()


@pytest.mark.benchmark(group="two clicks to a mask")
def test_crack_of_1300_px_on_16_megapixels(benchmark, shared_dir):
    photograph = shared_dir / "data" / "TUe_steel_unlabelled" / "images" / "ExampleImage3.jpg"
    pixels = load_image(photograph).pixels
    clicks = [(2217, 1379), (3447, 1371)]
    result = benchmark.pedantic(
        lambda prepared: trace(prepared, clicks),
        setup=lambda: ((PreparedImage(pixels),), {}),
        rounds=3,
    )
    assert result.length_px > 1200
