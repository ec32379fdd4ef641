"""A prior lowers the cost where a crack is likely, and nothing else."""

import numpy as np
import pytest

from geodesic import PreparedImage, TraceParameters, trace
from geodesic.prior import WEIGHT, PriorImage

PARAMETERS = TraceParameters(polarity="dark", channel="luminance")


@pytest.fixture(scope="module")
def plain():
    noise = np.random.default_rng(1).normal(150, 8, (140, 200))
    return PreparedImage(np.clip(noise, 0, 255).astype(np.uint8))


def arch():
    """A half circle between (40, 100) and (160, 100)."""
    angles = np.linspace(np.pi, 2 * np.pi, 60)
    return np.stack((100 + 60 * np.cos(angles), 100 + 60 * np.sin(angles)), axis=1)


def prior_along(line, shape):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    away = np.min([np.hypot(columns - x, rows - y) for x, y in line], axis=0)
    return np.exp(-((away / 3) ** 2)).astype(np.float32)


def test_a_trace_follows_the_prior_where_the_image_shows_nothing(plain):
    image = PriorImage(plain, prior_along(arch(), plain.shape))
    ends = arch()[[0, -1]]
    with_prior = trace(image, ends, PARAMETERS).centerline
    without = trace(plain, ends, PARAMETERS).centerline
    middle = [line[np.abs(line[:, 0] - 100).argmin()] for line in (with_prior, without)]
    assert middle[0][1] == pytest.approx(40, abs=5)
    assert middle[1][1] > 60


def test_the_cost_is_that_of_the_image_where_the_prior_is_zero(plain):
    prior = np.zeros(plain.shape, np.float32)
    prior[:, :50] = 1.0
    cost = PriorImage(plain, prior).cost_tile((0, 0), PARAMETERS)
    before = plain.cost_tile((0, 0), PARAMETERS)
    np.testing.assert_array_equal(cost[:, 50:], before[:, 50:])
    highest = 1 / (1 + PARAMETERS.cost_lambda * WEIGHT**PARAMETERS.cost_power)
    assert cost[:, :50].max() <= highest * 1.0001
    assert (cost <= before).all()


def test_traces_on_the_image_alone_are_not_affected(plain):
    before = plain.cost_tile((0, 0), PARAMETERS).copy()
    image = PriorImage(plain, np.ones(plain.shape, np.float32))
    image.cost_tile((0, 0), PARAMETERS)
    np.testing.assert_array_equal(plain.cost_tile((0, 0), PARAMETERS), before)


def test_a_prior_of_another_size_is_refused(plain):
    with pytest.raises(ValueError, match="shape"):
        PriorImage(plain, np.zeros((3, 4), np.float32))
