import numpy as np
import pytest

from geodesic.quick_ribbon import quick_ribbon
from segmentation.data.synthetic import make_crack, render_cracks


@pytest.fixture(scope="module")
def line():
    x = np.linspace(15.0, 185.0, 700)
    return np.stack([x, 45 + 12 * np.sin(x / 25)], axis=1)


def photograph(line, width):
    image = render_cracks(
        np.full((90, 200), 0.6, np.float32), [make_crack(line, width)], contrast=0.3, blur=0.8
    )
    noise = 0.03 * np.random.default_rng(0).standard_normal(image.shape)
    return np.clip(image + noise, 0, 1).astype(np.float32)


def distance_to(line, points):
    return np.sqrt(((points[:, None] - line[None]) ** 2).sum(-1)).min(axis=1)


@pytest.mark.parametrize("width", [3.0, 5.0, 8.0])
def test_finds_middle_and_width_beside_the_track(line, width):
    track = line + np.array([0.0, 1.5])
    ribbon = quick_ribbon(photograph(line, width), track, 4.0, dark=True)
    inner = slice(12, -12)  # the ends stay on the track
    assert distance_to(line, ribbon.points[inner]).mean() < 0.6
    found = (ribbon.left + ribbon.right)[inner]
    assert np.median(found) == pytest.approx(width, abs=0.8)
    np.testing.assert_allclose(ribbon.points[[0, -1]], track[[0, -1]], atol=1e-6)
    assert np.median(ribbon.confidence) > 0.5


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float64])
def test_types_of_pixels_give_the_same_ribbon(line, kind):
    image = (255 * photograph(line, 4.0)).round()
    expected = quick_ribbon((image / 255).astype(np.float32), line, 4.0, dark=True)
    plane = image / 255 if kind is np.float64 else image.astype(kind)
    if kind is np.uint16:
        plane = plane * np.uint16(257)
    found = quick_ribbon(plane, line, 4.0, dark=True)
    np.testing.assert_allclose(found.points, expected.points, atol=0.05)
    bright = quick_ribbon((255 - image).astype(np.uint8), line, 4.0, dark=False)
    np.testing.assert_allclose(bright.points, expected.points, atol=0.05)


def test_no_crack_is_not_sure(line):
    noise = np.random.default_rng(0).normal(0.5, 0.05, (90, 200)).astype(np.float32)
    ribbon = quick_ribbon(noise, line, 4.0, dark=True)
    assert np.median(ribbon.confidence) < 0.35


@pytest.mark.parametrize("length", [0.0, 0.5, 1.2, 4.0])
def test_short_track(length):
    track = np.array([[50.0, 40.0], [50.0 + length, 40.0]])
    ribbon = quick_ribbon(np.zeros((90, 200), np.uint8), track, 4.0, dark=True, offset=0.4)
    assert np.isfinite(ribbon.points).all()
    assert len(ribbon.points) == len(ribbon.left) == len(ribbon.right) == len(ribbon.confidence)
    assert (ribbon.left > 0).all()
    np.testing.assert_allclose(ribbon.points[0], track[0])


def test_far_track_costs_no_more_samples():
    track = np.array([[0.0, 0.0], [5999.0, 20.0]])
    plane = np.full((24, 6000), 90, np.uint8)
    assert len(quick_ribbon(plane, track, 2.0, dark=True).points) <= 1202
