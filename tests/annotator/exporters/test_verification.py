"""Reading back finds masks that are not what was annotated, and photographs on both sides."""

import numpy as np
import pytest
from PIL import Image

from annotator.exporters.frame import ExportRun
from annotator.exporters.image_files import mask_digest
from annotator.exporters.verification import check_pair, check_sides

MASK = np.zeros((4, 6), np.uint8)
MASK[1, 2:5] = 1


def values_with(position, value):
    values = MASK * np.uint8(255)
    values[position] = value
    return values


@pytest.fixture
def run(tmp_path):
    Image.new("RGB", (6, 4)).save(tmp_path / "a.png")
    return ExportRun(tmp_path, lambda *_: None, lambda: False)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (MASK * np.uint8(255), None),
        (values_with((0, 0), 255), "read back as it was annotated"),
        (values_with((1, 2), 0), "read back as it was annotated"),
        (values_with((0, 0), 100), "values other than 0 and 255"),
        (np.zeros((6, 4), np.uint8), "another size"),
        (np.zeros((4, 6, 3), np.uint8), "another size"),
    ],
)
def test_masks(run, values, words):
    Image.fromarray(values).save(run.folder / "m.png")
    check_pair(run, "a.png", "m.png", mask_digest(MASK))
    assert run.is_verified == (words is None)
    assert [words in text for text in run.failures] == [True] * (words is not None)


def test_masks_of_zeros_and_ones(run):
    Image.fromarray(MASK).save(run.folder / "m.png")
    check_pair(run, "a.png", "m.png", mask_digest(MASK), crack_value=1)
    assert run.is_verified
    check_pair(run, "a.png", "m.png", mask_digest(MASK))
    assert not run.is_verified


def test_a_file_that_cannot_be_read_is_named(run):
    (run.folder / "m.png").write_bytes(b"no image")
    check_pair(run, "a.png", "m.png", mask_digest(MASK))
    assert "m.png" in run.failures[0]
    assert not run.is_verified


@pytest.mark.parametrize(("side", "is_verified"), [("train", True), ("test", False)])
def test_a_photograph_on_both_sides(run, side, is_verified):
    rows = [
        {"source": "a.jpg", "source_sha256": "1", "side": "train"},
        {"source": "b.jpg", "source_sha256": "2", "side": "test"},
        {"source": "copy of a.jpg", "source_sha256": "1", "side": side},
    ]
    check_sides(run, rows)
    assert run.is_verified is is_verified
    assert len(run.failures) == (not is_verified)
