"""Strips: what is straight along a crack in the image is straight in its strip."""

import numpy as np
import pytest

from annotator.services.crack_strip import BEYOND, LEAST_REACH, unroll
from tests.crack_factory import make_path

ANGLE = np.linspace(0.2, 2.6, 500)
ARC = np.column_stack((200 + 120 * np.cos(ANGLE), 60 + 120 * np.sin(ANGLE)))


def distance_image(shape=(260, 420)):
    """How far each pixel is from the middle of the arc."""
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return np.hypot(columns - 200, rows - 60).astype(np.float32)


def test_a_strip_has_a_column_for_each_pixel_and_goes_beyond_the_ends():
    path = make_path(ARC)
    strip = unroll(distance_image(), path)
    assert strip.columns == pytest.approx(path.length_px + 2 * BEYOND, abs=3)
    assert strip.pixels.shape[0] >= 2 * LEAST_REACH
    assert strip.point_at(BEYOND, strip.middle) == pytest.approx(ARC[0], abs=0.6)
    assert strip.point_at(strip.columns - 1 - BEYOND, strip.middle) == pytest.approx(ARC[-1], abs=1)


def test_a_ring_becomes_straight_lines():
    strip = unroll(distance_image(), make_path(ARC))
    inner = strip.pixels[:, BEYOND + 20 : -BEYOND - 20]
    assert np.ptp(inner, axis=1).max() < 1.0
    steps = np.diff(inner.mean(axis=1))
    assert np.allclose(np.abs(steps), 1.0, atol=0.05)


def test_up_is_left_of_the_direction_of_travel():
    """Along the x axis, y down, the left hand is where y is smaller."""
    line = np.column_stack((np.arange(20.0, 180.0), np.full(160, 50.0)))
    rows = np.mgrid[:100, :200][0].astype(np.float32)
    strip = unroll(rows, make_path(line))
    assert strip.pixels[0, 80] < strip.pixels[-1, 80]
    assert strip.point_at(BEYOND + 10, strip.middle - 7) == pytest.approx((30, 43), abs=0.1)


def test_places_and_points_are_inverse():
    path = make_path(ARC)
    strip = unroll(distance_image(), path)
    for sample in (40, 250, 470):
        x, y = path.centerline[sample] + (1.5, -2.0)
        column, row = strip.place_of(x, y, sample)
        assert strip.point_at(column, row) == pytest.approx((x, y), abs=1.6)


def test_the_edges_lie_their_half_widths_beside_the_course():
    path = make_path(ARC, half_width=3.0)
    strip = unroll(distance_image(), path)
    assert np.allclose(strip.edges[:, 1] - strip.edges[:, 0], 6.0)
    assert np.allclose(strip.edges.mean(axis=1), strip.center)
    assert np.abs(strip.center - strip.middle).max() < 2.0


def test_a_wiggle_shows_as_one():
    x = np.arange(0.0, 300.0)
    line = np.column_stack((x + 20, 60 + 4 * np.sin(x / 3)))
    strip = unroll(np.zeros((120, 360), np.uint8), make_path(line))
    inner = strip.center[BEYOND + 30 : -BEYOND - 30]
    assert 6 < np.ptp(inner) < 10


def test_colors_and_the_border_of_the_image():
    image = np.zeros((40, 60, 4), np.uint8)
    image[..., 1] = 200
    strip = unroll(image, make_path([(2, 2), (55, 3)]))
    assert strip.pixels.shape[2] == 4
    assert (strip.pixels == (0, 200, 0, 0)).all()


def test_a_point_is_no_course():
    with pytest.raises(ValueError, match="one point"):
        unroll(np.zeros((9, 9), np.uint8), make_path([(3, 3)], [(3, 3), (3, 3)]))
