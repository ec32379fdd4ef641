"""Images are found again after moves of the project, of the images, or of both."""

import shutil
import unicodedata

import pytest

from annotator.storage.project_images import StoredPath
from annotator.storage.project_store import ProjectStore
from tests.annotator.storage.project_samples import make_images, make_store, painted_crack


@pytest.fixture
def root(tmp_path):
    """A folder with images and their project, closed."""
    root = tmp_path / "first"
    make_store(root).close()
    return root


def opened(folder, **options):
    return ProjectStore.open(folder, author="Anna", **options)


def test_project_and_images_moved_together(root, tmp_path):
    shutil.move(root, tmp_path / "second")
    with opened(tmp_path / "second" / "photos.crackproj") as store:
        records = store.images()
        assert [record.path.parent for record in records] == [tmp_path / "second" / "photos"] * 3
        assert not any(record.is_missing for record in records)
        assert store.images_folder == tmp_path / "second" / "photos"


def test_a_copy_of_both_uses_the_copied_images(root, tmp_path):
    shutil.copytree(root, tmp_path / "second")
    with opened(tmp_path / "second" / "photos.crackproj") as store:
        assert {record.path.parent for record in store.images()} == {tmp_path / "second" / "photos"}


def test_the_project_moved_alone(root, tmp_path):
    shutil.move(root / "photos.crackproj", tmp_path / "elsewhere.crackproj")
    with opened(tmp_path / "elsewhere.crackproj") as store:
        assert {record.path.parent for record in store.images()} == {root / "photos"}
        assert not any(record.is_missing for record in store.images())


def test_moved_together_and_then_alone(root, tmp_path):
    """The absolute paths follow the first move, so that the second finds the images."""
    shutil.move(root, tmp_path / "second")
    opened(tmp_path / "second" / "photos.crackproj").close()
    (tmp_path / "deep" / "er").mkdir(parents=True)
    shutil.move(tmp_path / "second" / "photos.crackproj", tmp_path / "deep" / "er" / "p.crackproj")
    with opened(tmp_path / "deep" / "er" / "p.crackproj") as store:
        assert not any(record.is_missing for record in store.images())
        assert store.images_folder == tmp_path / "second" / "photos"


def test_images_moved_away_are_missing_until_they_are_located(root, tmp_path):
    shutil.move(root / "photos", tmp_path / "archive")
    with opened(root / "photos.crackproj") as store:
        records = store.images()
        assert all(record.is_missing for record in records)
        assert records[0].path == root / "photos" / "IMG 1.jpg"
        assert store.load(1)[1] == []
        store.locate(1, tmp_path / "archive" / "IMG 1.jpg")
        assert not store.image(1).is_missing
        assert store.image(1).shown_name == "IMG 1.jpg"
        assert [line.text for line in store.journal(1)][-1].startswith("Found at")
    with opened(root / "photos.crackproj") as store:
        assert [record.is_missing for record in store.images()] == [False, True, True]


def test_a_missing_image_keeps_its_cracks(root):
    with opened(root / "photos.crackproj") as store:
        store.save(1, store.load(1)[0].with_cracks([painted_crack()]), "Add")
    shutil.rmtree(root / "photos")
    with opened(root / "photos.crackproj") as store:
        assert len(store.load(1)[0].cracks) == 1
        assert store.images()[0].n_cracks == 1


def test_reading_only_does_not_note_a_move(root, tmp_path):
    shutil.move(root, tmp_path / "second")
    database = tmp_path / "second" / "photos.crackproj" / "project.sqlite"
    before = database.read_bytes()
    with opened(tmp_path / "second" / "photos.crackproj", read_only=True) as store:
        assert not any(record.is_missing for record in store.images())
    assert database.read_bytes() == before


def test_accents_may_be_written_otherwise_on_another_system(tmp_path):
    composed, decomposed = (unicodedata.normalize(form, "Brücke é.jpg") for form in ("NFC", "NFD"))
    photos = tmp_path / "photos"
    make_images(photos, 1)[0].rename(photos / composed)
    with ProjectStore.create(
        tmp_path / "p.crackproj", name="p", images_folder=photos, author="Anna"
    ) as store:
        store.add_images([photos / composed])
    (photos / composed).rename(photos / decomposed)
    with opened(tmp_path / "p.crackproj") as store:
        assert not store.images()[0].is_missing


def test_a_path_without_a_relative_form(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"x")
    assert StoredPath("", str(path)).found_from(tmp_path / "other")[0] == path
    assert StoredPath("", str(tmp_path / "none")).found_from(tmp_path)[1] is None
