"""Annotations of stored pixels turn as the pixels do."""

import numpy as np
import pytest

from annotator.document.mask import MaskPatch
from annotator.importers.annotation import ParsedBox, ParsedImage
from annotator.services.orientation import turned_upright
from annotator.storage.pixels import upright


@pytest.mark.parametrize("orientation", range(1, 9))
def test_masks_boxes_and_tracks_turn_like_the_pixels(orientation):
    stored = np.zeros((20, 30), np.uint8)
    stored[3:6, 4:14] = 1
    stored[3, 4] = 0
    patch = MaskPatch(4, 3, stored[3:6, 4:14])
    track = np.array([(4.0, 4.0), (13.0, 4.0)])
    parsed = ParsedImage((30, 20), (patch,), (ParsedBox((4, 3, 14, 6), "crack"),), tracks=(track,))
    turned = turned_upright(parsed, orientation)
    expected = upright(stored, orientation)
    assert turned.size == expected.shape[::-1]
    (mask,), (box,) = turned.masks, turned.boxes
    found = np.zeros(expected.shape, np.uint8)
    x0, y0, x1, y1 = mask.box
    found[y0:y1, x0:x1] = mask.data
    assert np.array_equal(found, expected)
    rows, columns = np.nonzero(expected)
    assert box.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    for x, y in turned.tracks[0].astype(int):
        assert expected[y, x]
