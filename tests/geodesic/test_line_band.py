import numpy as np
import pytest

from geodesic import PreparedImage
from geodesic.line_band import band_around

LINE = np.stack([np.linspace(100, 1700, 3000), np.linspace(50, 1500, 3000)], axis=1)


@pytest.fixture(scope="module")
def prepared():
    rng = np.random.default_rng(1)
    return PreparedImage(rng.integers(0, 255, (1600, 1800, 3), np.uint8))


@pytest.mark.parametrize("is_bright", [False, True])
def test_values_near_the_line_are_those_of_the_image(prepared, is_bright):
    image, origin = band_around(prepared, LINE, 80, "green", is_bright=is_bright)
    expected = prepared.block(0, 0, 1600, 1800, "green")
    if is_bright:
        expected = 1 - expected
    assert tuple(origin) == (20, 0)
    for x, y in LINE[::50]:
        for dx, dy in ((0, 0), (56, -56), (-56, 56), (0, 80), (-80, 0)):
            col, row = np.clip((x + dx, y + dy), 0, (1780, 1580)).astype(int)
            assert image[row - int(origin[1]), col - int(origin[0])] == expected[row, col]


def test_what_is_far_from_the_line_is_not_read(prepared):
    image, _ = band_around(prepared, LINE, 80, "luminance", is_bright=True)
    assert not image[-200:, :200].any()
    assert (image != 0).mean() < 0.3


def test_a_small_box_is_read_whole(prepared):
    image, origin = band_around(prepared, LINE[:900], 70, "luminance", is_bright=False)
    x, y = origin.astype(int)
    height, width = image.shape
    np.testing.assert_array_equal(image, prepared.block(y, x, y + height, x + width, "luminance"))
