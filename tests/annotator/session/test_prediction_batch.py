"""Which images are predicted together: none that somebody decided on."""

from pathlib import Path

import pytest

from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import ImageState
from annotator.session.prediction_batch import images_meant, sentence


def entry(number, state=ImageState.NEW, *, cracks=0, is_missing=False):
    return ImageEntry(
        number, Path(f"{number}.png"), listed_state=state, listed_cracks=cracks,
        is_missing=is_missing,
    )  # fmt: skip


ENTRIES = [
    entry(0),
    entry(1, ImageState.PREDICTED),
    entry(2, ImageState.IN_PROGRESS, cracks=2),
    entry(3, ImageState.REVIEWED),
    entry(4, ImageState.APPROVED),
    entry(5, ImageState.NO_CRACK),
    entry(6, is_missing=True),
    entry(7, cracks=1),
    entry(8, ImageState.NEEDS_WORK),
]


@pytest.mark.parametrize(
    ("mode", "numbers"),
    [("all", [0, 1, 2, 3, 7, 8]), ("selected", [0, 1, 2, 3, 7, 8]), ("unannotated", [0, 1])],
)
def test_what_is_decided_or_missing_is_left_alone(mode, numbers):
    assert [each.identifier for each in images_meant(ENTRIES, mode)] == numbers


def test_it_is_told_what_is_left_alone():
    assert sentence(ENTRIES, images_meant(ENTRIES, "unannotated")) == (
        "Predicting 2 images; left alone: 2 approved or without cracks, 4 worked on already, "
        "1 missing"
    )
    assert sentence(ENTRIES[:1], ENTRIES[:1]) == "Predicting 1 image"
    assert sentence(ENTRIES[4:5], []) == (
        "No image is to be predicted; left alone: 1 approved or without cracks"
    )
