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


class FullCircle:
    """The reference's symmetric metric, given by its tensors."""

    n_theta = 32
    n_classes = 1

    def __init__(self, tensors):
        scale = np.array([1.0, 1.0, 32 / (2 * np.pi)])
        self._dual = np.linalg.inv(tensors) * scale[:, None] * scale[None, :]

    def dual(self):
        return self._dual

    def headings(self):
        return None


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Keep compilation out of the times."""
    warm_up()


@pytest.fixture(scope="module")
def reference(shared_dir):
    """A problem of 2.1 million points with a rough cost, and an independent solver's solution."""
    with np.load(shared_dir / "reference" / "se2_256x256x32.npz") as data:
        cost = np.ascontiguousarray(data["cost"].transpose(1, 0, 2), np.float32)
        i, j, k = data["seed_index"]
        expected = data["values_rand_o1"].transpose(1, 0, 2)
        return cost, (int(j), int(i), int(k)), data["metric_theta"], expected


@pytest.mark.benchmark(group="eikonal")
def test_scikit_fmm_isotropic_baseline(benchmark, reference):
    cost, seed, _, _ = reference
    phi = np.ones(cost.shape)
    phi[seed] = -1
    speed = 1.0 / cost.astype(np.float64)
    times = benchmark(skfmm.travel_time, phi, speed)
    assert np.isfinite(np.asarray(times)).all()


@pytest.mark.benchmark(group="eikonal")
@pytest.mark.parametrize("queue", ["exact", "approximate"])
@pytest.mark.parametrize("gear", ["symmetric", "forward"])
def test_anisotropic_march_with_its_stencils(benchmark, reference, gear, queue):
    cost, (row, col, layer), tensors, expected = reference

    def solve():
        if gear == "symmetric":
            metric = FullCircle(tensors)
        else:
            metric = LeftInvariantMetric(0.1, 0.1, 32, forward=True)
        distances = DistanceMap(cost.shape[:2], metric, cost, queue=queue)
        start = np.full(32, np.inf, np.float32)
        start[layer] = 0
        distances.seed(row, col, start)
        distances.run()
        return distances

    distances = benchmark(solve)
    assert distances.accepted == cost.size
    if gear == "symmetric":
        known = expected > 0
        error = np.abs(distances.values - expected)[known] / expected[known]
        assert error.max() < (1e-4 if queue == "exact" else 0.01)
        assert error.mean() < (1e-5 if queue == "exact" else 0.002)


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
