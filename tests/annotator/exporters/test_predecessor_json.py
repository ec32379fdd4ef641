"""The JSON of the data set: its keys, its coordinates, and masks that survive it."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotator.document.image_content import ImageContent
from annotator.exporters.predecessor_json import annotated_mask, annotation_json, class_numbers


def test_an_image_without_anything_has_lists_as_the_predecessor_writes_them():
    record = json.loads(annotation_json("ä.jpg", ImageContent(), np.zeros((3, 4), np.uint8)))
    assert record == {
        "image_name": "ä.jpg",
        "annotations": {"cracks end-points": [], "crack_pixels": [], "tracks": [], "box": {}},
    }


def test_pixels_are_row_and_column_line_by_line():
    mask = np.zeros((3, 4), np.uint8)
    mask[1, 3] = mask[1, 0] = mask[0, 2] = 1
    text = annotation_json("a.jpg", ImageContent(), mask)
    assert json.loads(text)["annotations"]["crack_pixels"] == [[0, 2], [1, 0], [1, 3]]


@settings(max_examples=25, deadline=None)
@given(
    arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 1))
)
def test_the_mask_survives(tmp_path_factory, mask):
    path = tmp_path_factory.mktemp("json") / "a.json"
    path.write_text(annotation_json("a.jpg", ImageContent(), mask), "utf-8")
    np.testing.assert_array_equal(annotated_mask(path, mask.shape), mask)


@pytest.mark.parametrize(
    ("names", "own", "expected"),
    [
        ([], {}, {"crack": 0, "corrosion": 1}),
        (["rust", "paint"], {}, {"crack": 0, "corrosion": 1, "paint": 2, "rust": 3}),
        (["rust"], {"paint": 9}, {"crack": 0, "corrosion": 1, "paint": 9, "rust": 10}),
    ],
)
def test_numbers_of_classes(names, own, expected):
    assert class_numbers(names, own) == expected
