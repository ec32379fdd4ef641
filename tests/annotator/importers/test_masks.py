"""Which files of a folder are masks, and what their photographs are called."""

import numpy as np
import pytest
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.importers.annotation import ParseOptions
from annotator.importers.masks import find_masks


def found_in(tmp_path, *names):
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.eye(30, dtype=np.uint8)).save(path)
    found = list(find_masks(tmp_path, ParseOptions()))
    assert [each.fraction for each in found] == [n / len(found) for n in range(len(found))]
    return {each.file.relative_to(tmp_path).as_posix(): each for each in found}


@pytest.mark.parametrize(
    "name",
    ["wall_mask.png", "wallmask.png", "wall-mask.bmp", "wall.mask.png", "wall mask.png",
     "wall_MASK.PNG", "wall_masks.png", "wall_label.png", "wall_gt.tif", "wall_seg.png",
     "wall_GroundTruth.png", "wall_segmentation.png"],
)  # fmt: skip
def test_endings_are_taken_off(tmp_path, name):
    (only,) = found_in(tmp_path, name).values()
    assert only.names == (name.rpartition(".")[0], "wall")


def test_a_plain_name_is_the_photographs(tmp_path):
    (only,) = found_in(tmp_path, "Brücke 1.png").values()
    assert only.names == ("Brücke 1",)


def test_photographs_beside_their_masks_are_left_out(tmp_path):
    names = ["a.jpg", "a_mask.png", "B.JPG", "bmask.png", "c.png", "unmasked.png"]
    assert list(found_in(tmp_path, *names)) == ["a_mask.png", "bmask.png", "c.png", "unmasked.png"]


def test_folders_of_masks_are_preferred_and_no_part_of_the_name(tmp_path):
    names = ["images/a.jpg", "masks/a.png", "north/GT/b.png", "north/b.jpg", "masks/south/c.png"]
    found = found_in(tmp_path, *names)
    assert {name: each.names[-1] for name, each in found.items()} == {
        "masks/a.png": "a",
        "masks/south/c.png": "south/c",
        "north/GT/b.png": "north/b",
    }


def test_names_that_occur_twice_are_not_unique(tmp_path):
    found = found_in(tmp_path, "masks/n/a.png", "masks/s/A_mask.png", "masks/s/b.png")
    assert [each.is_name_unique for each in found.values()] == [False, False, True]


def test_hidden_files_are_left_out(tmp_path):
    assert list(found_in(tmp_path, ".x/a.png", "._b.png", "c.png")) == ["c.png"]


def test_a_single_file(tmp_path):
    found_in(tmp_path, "a_mask.png")
    (only,) = find_masks(tmp_path / "a_mask.png", ParseOptions())
    parsed = only.read((1, 1))
    assert parsed.size == (30, 30)
    assert parsed.masks[0].data.sum() == 30
    assert not parsed.is_empty


def test_a_folder_without_images_is_refused(tmp_path):
    with pytest.raises(AnnotatorError, match="no masks"):
        list(find_masks(tmp_path, ParseOptions()))
