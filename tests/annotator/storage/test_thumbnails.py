"""Small pictures and the folder that keeps them."""

import os

import numpy as np
import pytest
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.storage import thumbnails
from annotator.storage.thumbnails import THUMBNAIL_SIZE, cached_name, read_thumbnail


@pytest.fixture
def photograph(tmp_path):
    """A JPEG that is dark at the left and bright at the right."""
    path = tmp_path / "photo.jpg"
    ramp = np.tile(np.linspace(0, 255, 1600).astype(np.uint8), (1200, 1))
    Image.fromarray(ramp).save(path, quality=95)
    return path


def size_of(colors):
    return colors.shape[1], colors.shape[0]


def test_it_fills_its_frame_and_shows_the_image(photograph):
    thumbnail = read_thumbnail(photograph, None)
    assert size_of(thumbnail) == THUMBNAIL_SIZE
    assert thumbnail.shape[2] == 3
    columns = thumbnail.mean(axis=(0, 2))
    assert np.allclose(columns, np.linspace(1, 254, len(columns)), atol=3)


@pytest.mark.parametrize("shape", [(2000, 90), (90, 2000), (30, 40), (1, 1)])
def test_any_shape_has_one(tmp_path, shape):
    path = tmp_path / "odd.png"
    Image.fromarray(np.full(shape, 99, np.uint8)).save(path)
    thumbnail = read_thumbnail(path, None)
    assert (thumbnail == 99).all()
    assert size_of(thumbnail) <= THUMBNAIL_SIZE


def test_it_is_upright(tmp_path):
    path = tmp_path / "turned.jpg"
    pixels = np.zeros((600, 800), np.uint8)
    pixels[:, :400] = 255  # bright at the left of what is stored, at the top once turned
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    thumbnail = read_thumbnail(path, None)
    assert thumbnail[:40].mean() > 200
    assert thumbnail[-40:].mean() < 50


def test_deep_images_are_stretched(tmp_path):
    path = tmp_path / "deep.png"
    Image.fromarray(np.linspace(1000, 3000, 90_000).reshape(300, 300).astype(np.uint16)).save(path)
    thumbnail = read_thumbnail(path, None)
    assert thumbnail.min() < 60
    assert thumbnail.max() > 195


def test_the_second_time_it_comes_from_the_cache(photograph, tmp_path, monkeypatch):
    (tmp_path / "project").mkdir()
    cache = tmp_path / "project" / "cache" / "thumbnails"
    first = read_thumbnail(photograph, cache)
    assert [path.name for path in cache.iterdir()] == [cached_name(photograph)]
    monkeypatch.setattr(thumbnails, "make_thumbnail", lambda _path: pytest.fail("made again"))
    assert np.allclose(read_thumbnail(photograph, cache), first, atol=12)


def test_a_changed_file_gets_a_new_one(photograph, tmp_path):
    cache = tmp_path / "cache"
    read_thumbnail(photograph, cache)
    Image.fromarray(np.full((300, 400), 200, np.uint8)).save(photograph)
    os.utime(photograph, ns=(1, 1))
    assert np.allclose(read_thumbnail(photograph, cache), 200, atol=3)


def test_a_damaged_cache_is_made_anew(photograph, tmp_path):
    cache = tmp_path / "cache"
    good = read_thumbnail(photograph, cache)
    kept = cache / cached_name(photograph)
    kept.write_bytes(kept.read_bytes()[:200])
    assert np.array_equal(read_thumbnail(photograph, cache), good)
    with Image.open(kept) as picture:
        picture.load()


def test_a_cache_that_cannot_be_written_does_no_harm(photograph, tmp_path):
    (tmp_path / "cache").write_text("a file")
    assert size_of(read_thumbnail(photograph, tmp_path / "cache")) == THUMBNAIL_SIZE


def test_a_project_that_was_moved_away_is_not_made_again(photograph, tmp_path):
    cache = tmp_path / "moved" / "cache" / "thumbnails"
    assert size_of(read_thumbnail(photograph, cache)) == THUMBNAIL_SIZE
    assert not (tmp_path / "moved").exists()


def test_what_is_missing_or_broken_says_so(tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff broken")
    for path in (broken, tmp_path / "nowhere.jpg"):
        with pytest.raises(AnnotatorError, match=path.name):
            read_thumbnail(path, tmp_path / "cache")
