"""Finding the crack under the pointer."""

import numpy as np
import pytest

from annotator.canvas.hit_testing import crack_at, mask_distance
from tests.crack_factory import painted_crack


def line_crack(y, identifier="c"):
    return painted_crack((10, y, 51, y + 1), identifier=identifier)


def test_distance_is_to_the_edge_of_the_nearest_pixel():
    crack = line_crack(20)
    assert mask_distance(crack, 30, 20, radius=5) == 0
    assert mask_distance(crack, 30, 23.5, radius=5) == pytest.approx(3.0)
    assert mask_distance(crack, 53.5, 20, radius=5) == pytest.approx(3.0)
    assert mask_distance(crack, 300, 20, radius=5) == np.inf


def test_nearest_crack_within_the_radius():
    cracks = [line_crack(20, "a"), line_crack(26, "b")]
    assert crack_at(cracks, 30, 24, radius=5).identifier == "b"
    assert crack_at(cracks, 30, 21, radius=5).identifier == "a"
    assert crack_at(cracks, 30, 40, radius=5) is None
