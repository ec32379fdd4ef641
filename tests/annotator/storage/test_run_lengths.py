"""Run lengths: exact both ways, the text as the reference reader of COCO writes it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pycocotools import mask as reference

from annotator.document.mask import MaskPatch
from annotator.storage.run_lengths import compressed, decompressed, patch_of_runs, run_lengths

masks = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12)).map(
    lambda values: values % 2
)


def in_image(patch, shape):
    image = np.zeros(shape, np.uint8)
    x0, y0, x1, y1 = patch.box
    image[y0:y1, x0:x1] = patch.data
    return image


@settings(deadline=None)
@given(masks, st.integers(0, 5), st.integers(0, 5), st.integers(0, 5), st.integers(0, 5))
def test_runs_give_the_mask_back(mask, left, top, right, bottom):
    shape = (mask.shape[0] + top + bottom, mask.shape[1] + left + right)
    patch = MaskPatch(left, top, mask)
    runs = run_lengths(patch, shape)
    assert sum(runs) == shape[0] * shape[1]
    assert 0 not in runs[1:]
    assert np.array_equal(in_image(patch_of_runs(runs, shape), shape), in_image(patch, shape))


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # inside of pycocotools
@settings(deadline=None)
@given(masks)
def test_the_reference_reader_sees_the_same(mask):
    runs = run_lengths(MaskPatch(0, 0, mask), mask.shape)
    theirs = reference.encode(np.asfortranarray(mask))
    assert compressed(runs) == theirs["counts"].decode()
    assert np.array_equal(reference.decode(theirs), mask)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_the_text_gives_the_runs_back(runs):
    assert decompressed(compressed(runs)) == runs


@pytest.mark.parametrize("text", ["o", "hällo", " ", "\x7f"])
def test_other_text_is_refused(text):
    with pytest.raises(ValueError, match="run lengths"):
        decompressed(text)


@pytest.mark.parametrize("runs", [[], [5], [3, 4], [-1, 7], [6, 1]])
def test_runs_of_another_image_are_refused(runs):
    with pytest.raises(ValueError, match="3 x 2"):
        patch_of_runs(runs, (2, 3))


def test_runs_may_be_empty_between_others():
    assert patch_of_runs([0, 2, 0, 1, 3], (2, 3)).data.tolist() == [[1, 1], [1, 0]]
