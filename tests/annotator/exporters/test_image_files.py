"""Pixels encoded without loss, profiles kept where they still apply."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms

from annotator.exporters.frame import ExportRun
from annotator.exporters.image_files import (
    as_8_bit,
    encoded_jpeg,
    encoded_png,
    mask_digest,
    place_photograph,
)
from annotator.exporters.selection import source_images
from tests.annotator.exporters.projects import Project, diagonal, photograph


def decoded(encoded):
    return cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(7, 9), (7, 9, 3)])
def test_png_keeps_every_value(kind, shape):
    pixels = np.random.default_rng(0).integers(0, np.iinfo(kind).max, shape).astype(kind)
    read = decoded(encoded_png(pixels))
    np.testing.assert_array_equal(read[..., ::-1] if len(shape) == 3 else read, pixels)


def test_float_pixels_become_16_bit():
    pixels = np.array([[0, 0.5, 1]], np.float32)
    np.testing.assert_array_equal(decoded(encoded_png(pixels)), [[0, 32768, 65535]])


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.array([[0, 7, 255]], np.uint8), [[0, 7, 255]]),
        (np.array([[0, 32896, 65535]], np.uint16), [[0, 128, 255]]),
        (np.array([[0, 0.25, 1]], np.float32), [[0, 64, 255]]),
    ],
)
def test_8_bit(pixels, expected):
    np.testing.assert_array_equal(as_8_bit(pixels), expected)


def test_jpeg_keeps_the_full_color_resolution():
    with Image.open(BytesIO(encoded_jpeg(photograph(0, 64, 64)))) as picture:
        assert [layer[1:3] for layer in picture.layer] == [(1, 1)] * 3
        assert max(picture.quantization[0]) == 1


def test_the_digest_knows_shape_and_pixels():
    mask = np.zeros((4, 6), np.uint8)
    other = mask.copy()
    other[3, 5] = 1
    assert mask_digest(mask) == mask_digest(mask != 0)
    assert len({mask_digest(mask), mask_digest(other), mask_digest(mask.T)}) == 3


@pytest.mark.parametrize(("mode", "is_kept"), [("RGB", True), ("L", False)])
def test_a_profile_is_kept_where_it_describes_the_pixels(tmp_path, mode, is_kept):
    project = Project(tmp_path / "work")
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = project.photographs / "a.jpg"
    picture = Image.fromarray(photograph(0, 40, 30)).convert(mode)
    picture.save(path, exif=exif, icc_profile=profile)
    project.add_file(path, diagonal(30, 40, (2, 2), 20))
    run = ExportRun(tmp_path / "out", lambda *_: None, lambda: False)
    with project.store:
        (image,) = source_images(project.store, run)
    name = place_photograph(run, image, "images")
    with Image.open(tmp_path / "out" / name) as written:
        assert written.size == (30, 40)
        assert written.info.get("icc_profile") == (profile if is_kept else None)
