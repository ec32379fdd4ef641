"""Probabilities on the disk."""

import cv2
import numpy as np
import pytest

from segmentation.data.errors import DataError
from segmentation.durable_files import NotSavedError
from segmentation.inference.probability_files import (
    Outputs,
    mask_of,
    read_probability,
    to_codes,
    write_outputs,
)


@pytest.fixture
def codes():
    """All codes that there are."""
    return np.arange(65536, dtype=np.uint16).reshape(128, 512)


@pytest.mark.parametrize("npz", [False, True])
def test_what_is_written_is_read(codes, npz, tmp_path):
    (file,) = write_outputs(tmp_path, "sub/photo", codes, Outputs(npz=npz))
    assert file == tmp_path / "sub" / ("photo.npz" if npz else "photo.png")
    probability = read_probability(file)
    assert (probability.dtype, probability.min(), probability.max()) == (np.float32, 0.0, 1.0)
    np.testing.assert_array_equal(to_codes(probability), codes)


def test_png_is_16_bit_grey_and_the_mask_0_and_255(codes, tmp_path):
    image, mask = write_outputs(tmp_path, "photo", codes, Outputs(masks=True, threshold=0.25))
    np.testing.assert_array_equal(cv2.imread(str(image), cv2.IMREAD_UNCHANGED), codes)
    values = cv2.imread(str(mask), cv2.IMREAD_UNCHANGED)
    assert mask.name == "photo_mask.png"
    assert values.dtype == np.uint8
    np.testing.assert_array_equal(values, np.where(codes / 65535 >= 0.25, 255, 0))


@pytest.mark.parametrize(("threshold", "n_above"), [(0.0, 65536), (1.0, 1)])
def test_a_probability_equal_to_the_threshold_is_crack(codes, threshold, n_above):
    assert np.count_nonzero(mask_of(codes, threshold)) == n_above


def test_a_folder_that_cannot_be_written_is_named(codes, tmp_path):
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(NotSavedError, match=r"photo\.png was not saved"):
        write_outputs(tmp_path / "file", "photo", codes, Outputs())


@pytest.mark.parametrize("name", ["none.png", "text.png", "text.npz", "mask.png"])
def test_other_files_are_refused(name, tmp_path):
    (tmp_path / "text.png").write_text("no picture", "utf-8")
    (tmp_path / "text.npz").write_text("no arrays", "utf-8")
    cv2.imwrite(str(tmp_path / "mask.png"), np.zeros((5, 5), np.uint8))
    with pytest.raises(DataError, match="predict the image anew"):
        read_probability(tmp_path / name)


@pytest.mark.parametrize("keep", [0, 40, 2000, -60, -4])
def test_a_truncated_archive_is_named(keep, codes, tmp_path):
    (file,) = write_outputs(tmp_path, "photo", codes, Outputs(npz=True))
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"photo\.npz .*predict the image anew"):
        read_probability(file)


def test_an_archive_altered_within_is_named(codes, tmp_path):
    (file,) = write_outputs(tmp_path, "photo", codes, Outputs(npz=True))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"photo\.npz .*predict the image anew"):
        read_probability(file)
