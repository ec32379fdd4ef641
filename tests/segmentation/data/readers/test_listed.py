"""Lists of images that lie anywhere."""

import numpy as np
import pytest

from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.data.readers import find_reader
from segmentation.data.readers.listed import MASK_CODES, ListedImage, write_list
from segmentation.data.sources import collect, reader_of
from segmentation.data.splits import assign_splits
from tests.segmentation.data.layouts import SIZE, crack, picture, save


def make_list(folder, splits=("train", "val")):
    images = []
    for number, split in enumerate(splits):
        image = save(folder / "elsewhere" / f"{number}.jpg", picture(number))
        mask = crack(5 + number).astype(np.uint8) * np.uint8(MASK_CODES[1])
        mask[25:] = MASK_CODES[UNLABELLED]
        save(folder / "list" / "masks" / f"{number}.png", mask)
        row = ListedImage(
            name=f"deck/{number}.jpg", image=str(image), mask=f"masks/{number}.png", split=split
        )
        images.append(row)
    write_list(folder / "list", images)
    return folder / "list"


def test_images_keep_their_part_of_the_data_and_what_is_unlabelled(tmp_path):
    folder = make_list(tmp_path)
    assert find_reader(folder) == "list"
    manifest = assign_splits(collect([f"list:{folder}?origin=own"]), "fixed", 0.0)
    assert [(item.name, item.split) for item in manifest.items] == [
        ("own/deck/0.jpg", "train"),
        ("own/deck/1.jpg", "val"),
    ]
    reader, place, options = reader_of(manifest.origins[0])
    image, mask = reader.load(place, manifest.items[1], options)
    assert image.shape == (*SIZE[::-1], 3)
    assert np.array_equal(mask == 1, crack(6) == 1)
    assert (mask[25:] == UNLABELLED).all()
    assert manifest.items[1].unlabelled_pixels == 7 * SIZE[0]


def test_a_damaged_list_is_said_to_be_one(tmp_path):
    folder = make_list(tmp_path)
    (folder / "images.json").write_text("[{}]")
    with pytest.raises(DataError, match="damaged"):
        collect([f"list:{folder}"])


def test_an_unknown_part_of_the_data_is_refused(tmp_path):
    folder = make_list(tmp_path, ("train", "tuning"))
    with pytest.raises(DataError, match="tuning"):
        collect([f"list:{folder}"])


def test_a_missing_photograph_is_named(tmp_path):
    folder = make_list(tmp_path)
    (tmp_path / "elsewhere" / "1.jpg").unlink()
    with pytest.raises(DataError, match=r"1\.jpg"):
        collect([f"list:{folder}"])
