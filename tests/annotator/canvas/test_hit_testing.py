"""Finding the crack under the pointer."""

import numpy as np
import pytest

from annotator.canvas.hit_testing import crack_at, mask_distance
from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch


def line_crack(y, identifier="c"):
    line = np.array([[10, y], [50, y]], float)
    return CrackPath(
        waypoints=line,
        centerline=line,
        half_widths=np.ones((2, 2)),
        confidence=np.ones(2),
        edge_visible=np.ones(2, bool),
        mask=MaskPatch(10, y, np.ones((1, 41), np.uint8)),
        length_px=40.0,
        width_px={"median": 1.0},
        parameters={},
        seconds={},
        identifier=identifier,
    )


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
