"""Scene and array coordinates."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from annotator.canvas.coordinates import (
    box_to_scene,
    lines_to_path,
    polyline_to_scene,
    to_array,
    to_scene,
)

numbers = st.floats(-1e5, 1e5)


@given(x=numbers, y=numbers)
def test_round_trip(x, y):
    assert np.allclose(to_array(to_scene(x, y)), (x, y), atol=1e-9)


def test_pixel_centers_are_at_a_half():
    assert to_scene(0, 0) == QPointF(0.5, 0.5)
    assert to_array(QPointF(0.5, 0.5)) == (0.0, 0.0)
    assert polyline_to_scene(np.array([[3.0, 4.0]]))[0] == QPointF(3.5, 4.5)


def test_box_covers_whole_pixels():
    assert box_to_scene((2, 3, 5, 9)) == QRectF(2, 3, 3, 6)


def test_corners_are_scaled_and_placed():
    square = [(0, 0), (1, 0), (1, 1), (0, 1)]
    path = lines_to_path([square], (10, 20), 4)
    assert path.boundingRect() == QRectF(10, 20, 4, 4)
