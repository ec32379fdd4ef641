"""Arrays of any depth to what a screen shows."""

import numpy as np

from annotator.storage.pixels import to_display


def test_deep_images_are_stretched_and_nan_is_black():
    pixels = np.linspace(1000, 3000, 10_000).reshape(100, 100).astype(np.uint16)
    shown = to_display(pixels)
    assert shown.dtype == np.uint8
    assert (shown[0, 0], shown[-1, -1]) == (0, 255)
    floats = pixels.astype(np.float32)
    floats[50, 50] = np.nan
    assert to_display(floats)[50, 50] == 0


def test_a_flat_deep_image_can_be_shown():
    assert to_display(np.full((9, 9), 500, np.uint16)).shape == (9, 9)
