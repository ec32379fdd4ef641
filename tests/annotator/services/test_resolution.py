import pytest

from annotator.services.resolution import halvings


@pytest.mark.parametrize(
    ("scale", "times"), [(4, 0), (1, 0), (0.51, 0), (0.5, 1), (0.26, 1), (0.25, 2), (1e-9, 3)]
)
def test_a_cell_per_screen_pixel_stays(scale, times):
    assert halvings(scale, 3) == times
