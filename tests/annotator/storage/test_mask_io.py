"""Masks are 8 bit 0/255 PNG files, and come back as they were."""

import errno

import numpy as np
import pytest
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.storage import atomic
from annotator.storage.mask_io import load_mask, save_mask

MASK = np.zeros((5, 8), np.uint8)
MASK[1:3, 2:7] = 1


@pytest.mark.parametrize("dtype", [np.uint8, np.bool_])
def test_round_trip(tmp_path, dtype):
    save_mask(tmp_path / "Maske é 裂.png", MASK.astype(dtype))
    loaded = load_mask(tmp_path / "Maske é 裂.png")
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, MASK)


def test_file_is_eight_bit_grey_with_0_and_255(tmp_path):
    save_mask(tmp_path / "a.PNG", MASK * 255)
    with Image.open(tmp_path / "a.PNG") as picture:
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (8, 5))
        assert np.unique(np.asarray(picture)).tolist() == [0, 255]


def test_masks_of_other_programs(tmp_path):
    Image.fromarray(MASK).save(tmp_path / "one.png")
    Image.fromarray(MASK.astype(bool)).save(tmp_path / "bit.png")
    palette = Image.fromarray(MASK).convert("P")
    palette.putpalette([255, 255, 255, 0, 0, 0])
    palette.save(tmp_path / "palette.png")
    color = np.repeat(MASK[..., None] * 255, 3, axis=2)
    Image.fromarray(color).save(tmp_path / "color.png")
    Image.fromarray(np.dstack([color, np.full_like(MASK, 255)])).save(tmp_path / "alpha.png")
    Image.fromarray(np.dstack([np.full_like(color, 9), MASK])).save(tmp_path / "clear.png")
    Image.fromarray(MASK.astype(np.uint16) * 65535).save(tmp_path / "deep.png")
    for path in tmp_path.iterdir():
        np.testing.assert_array_equal(load_mask(path), MASK, err_msg=path.name)


def test_lossy_masks_are_cut_at_half(tmp_path):
    mask = np.zeros((32, 32), np.uint8)
    mask[8:24, 8:24] = 1
    Image.fromarray(mask * 255).save(tmp_path / "a.jpg", quality=60)
    np.testing.assert_array_equal(load_mask(tmp_path / "a.jpg"), mask)


def test_failed_save_keeps_the_earlier_mask(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    save_mask(path, MASK)

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(AnnotatorError, match="disk is full"):
        save_mask(path, 1 - MASK)
    np.testing.assert_array_equal(load_mask(path), MASK)
    assert len(list(tmp_path.iterdir())) == 1


def test_only_png_and_only_two_dimensions(tmp_path):
    with pytest.raises(AnnotatorError, match=r"\.png"):
        save_mask(tmp_path / "a.jpg", MASK)
    with pytest.raises(ValueError, match="shape"):
        save_mask(tmp_path / "a.png", MASK[None])
    assert list(tmp_path.iterdir()) == []


def test_unreadable_mask(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no mask")
    with pytest.raises(AnnotatorError, match="not an image"):
        load_mask(tmp_path / "a.png")
