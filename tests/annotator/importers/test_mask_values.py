"""Mask files of every kind: which pixels are crack, and what is refused in which words."""

import numpy as np
import pytest
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.importers.annotation import ParseOptions
from annotator.importers.mask_values import read_mask

PLAIN = ParseOptions()
CRACK = np.zeros((20, 30), bool)
CRACK[8:11, 2:28] = True


def saved(tmp_path, picture, name="m.png", **options):
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    picture.save(tmp_path / name, **options)
    return tmp_path / name


def grey(crack, background=0, dtype=np.uint8):
    return np.where(CRACK, dtype(crack), dtype(background))


def palette_picture():
    picture = Image.fromarray(CRACK.astype(np.uint8), mode="P")
    picture.putpalette([0, 0, 0, 128, 0, 0])
    return picture


def rgba(alpha):
    layers = np.zeros((20, 30, 4), np.uint8)
    layers[..., 0] = 255
    layers[..., 3] = alpha
    return layers


@pytest.mark.parametrize(
    "picture",
    [
        grey(255),
        grey(1),
        grey(128),
        grey(2, 1),
        grey(40, 200),
        CRACK,
        grey(65535, dtype=np.uint16),
        grey(255)[..., None].repeat(3, axis=2),
        np.where(CRACK[..., None], np.uint8((250, 20, 20)), np.uint8(0)),
        np.where(CRACK[..., None], np.uint8((250, 20, 20)), np.uint8(255)),
        rgba(grey(255)),
        np.dstack([grey(255), np.full_like(CRACK, 255, np.uint8)]),
    ],
)
def test_two_values_of_any_kind(tmp_path, picture):
    patch = read_mask(saved(tmp_path, picture), PLAIN)
    assert patch.box == (0, 0, 30, 20)
    np.testing.assert_array_equal(patch.data, CRACK)


@pytest.mark.filterwarnings("ignore:'mode' parameter")
def test_a_palette_of_colors(tmp_path):
    np.testing.assert_array_equal(read_mask(saved(tmp_path, palette_picture()), PLAIN).data, CRACK)


@pytest.mark.parametrize("suffix", [".bmp", ".tif", ".gif", ".webp"])
def test_other_containers(tmp_path, suffix):
    options = {"lossless": True} if suffix == ".webp" else {}
    path = saved(tmp_path, grey(255), f"m{suffix}", **options)
    np.testing.assert_array_equal(read_mask(path, PLAIN).data, CRACK)


@pytest.mark.parametrize("quality", [100, 90, 75])
def test_jpeg_is_read_at_half(tmp_path, quality):
    path = saved(tmp_path, grey(255), "m.jpg", quality=quality)
    found = read_mask(path, PLAIN).data
    np.testing.assert_array_equal(found, np.asarray(Image.open(path)) > 127)
    assert (found != CRACK).mean() < 0.01


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_is_a_mask_and_everything_is_none(tmp_path, value):
    path = saved(tmp_path, np.full((20, 30), value, np.uint8))
    if value == 0:
        assert not read_mask(path, PLAIN).data.any()
    else:
        with pytest.raises(AnnotatorError, match="100% of the image"):
            read_mask(path, PLAIN)


def test_an_inverted_mask_is_noticed_and_turned(tmp_path):
    path = saved(tmp_path, grey(0, 255))
    with pytest.raises(AnnotatorError, match=r"87% of the image as crack.* with --invert"):
        read_mask(path, PLAIN)
    inverted = ParseOptions(is_inverted=True)
    np.testing.assert_array_equal(read_mask(path, inverted).data, CRACK)
    with pytest.raises(AnnotatorError, match="without --invert"):
        read_mask(saved(tmp_path, grey(255)), inverted)


def test_three_classes_are_refused_until_a_threshold_is_given(tmp_path):
    values = grey(255)
    values[0, :5] = 204
    path = saved(tmp_path, values)
    with pytest.raises(AnnotatorError, match=r"3 values \(0, 204, 255\).*--threshold"):
        read_mask(path, PLAIN)
    np.testing.assert_array_equal(read_mask(path, ParseOptions(threshold=204)).data, CRACK)


def test_a_soft_mask_is_refused_until_a_threshold_is_given(tmp_path):
    values = np.random.default_rng(0).integers(0, 100, (20, 30), np.uint8)
    values[CRACK] = 200
    path = saved(tmp_path, values)
    with pytest.raises(AnnotatorError, match=r"grey values: it is soft.*--threshold"):
        read_mask(path, PLAIN)
    np.testing.assert_array_equal(read_mask(path, ParseOptions(threshold=127)).data, CRACK)


def test_photographs_and_colored_classes_are_no_masks(tmp_path):
    noise = np.random.default_rng(0).integers(0, 255, (20, 30, 3), np.uint8)
    with pytest.raises(AnnotatorError, match="colors and is no mask"):
        read_mask(saved(tmp_path, noise), PLAIN)
    with pytest.raises(AnnotatorError, match="too much between black and white"):
        read_mask(saved(tmp_path, noise, "m.jpg"), PLAIN)
    classes = np.zeros((20, 30, 3), np.uint8)
    classes[2:4], classes[8:10] = (255, 0, 0), (0, 255, 0)
    path = saved(tmp_path, classes)
    with pytest.raises(AnnotatorError, match=r"3 colors.*black and white"):
        read_mask(path, PLAIN)
    with pytest.raises(AnnotatorError, match="no threshold"):
        read_mask(path, ParseOptions(threshold=3))


def test_the_mask_is_turned_by_its_own_tag(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = saved(tmp_path, np.ascontiguousarray(np.rot90(grey(255))), exif=exif)
    np.testing.assert_array_equal(read_mask(path, PLAIN).data, CRACK)


def test_a_damaged_file_is_named(tmp_path):
    path = saved(tmp_path, grey(255))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(AnnotatorError, match=r"m\.png"):
        read_mask(path, PLAIN)
