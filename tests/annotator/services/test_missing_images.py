"""Images that were moved are found by name, size and content, and never mixed up."""

import shutil

import pytest

from annotator.errors import JobCancelled
from annotator.services.missing_images import locate_missing
from annotator.storage.project_store import ProjectStore, hash_file
from tests.annotator.storage.project_samples import make_images, make_store


@pytest.fixture
def store(tmp_path):
    """A project of which all images were moved to another folder."""
    with make_store(tmp_path) as store:
        (tmp_path / "archive" / "2024").mkdir(parents=True)
        shutil.move(tmp_path / "photos", tmp_path / "archive" / "2024" / "photos")
        yield store


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "archive"


def test_by_name_and_size(store, archive):
    located = locate_missing(store, archive)
    assert (located.n_found, located.problems) == (3, ())
    assert not any(record.is_missing for record in store.images())
    assert store.images_folder == archive / "2024" / "photos"
    store.close()
    with ProjectStore.open(store.folder, author="Anna") as again:
        assert not any(record.is_missing for record in again.images())


def test_a_file_of_the_name_with_other_content_is_refused(store, archive):
    (archive / "2024" / "photos" / "IMG 2.jpg").write_bytes(b"another photograph")
    located = locate_missing(store, archive)
    assert located.n_found == 2
    assert "has the name of IMG 2.jpg but other content" in located.problems[0]


def test_a_file_of_the_name_and_size_with_other_content_is_refused_where_the_hash_is_known(
    store, archive
):
    path = archive / "2024" / "photos" / "IMG 2.jpg"
    store.locate(2, path)
    store.note_image(2, sha256=hash_file(path))
    content = path.read_bytes()
    path.rename(path.with_name("renamed.JPG"))
    path.write_bytes(content[::-1])
    store.locate(2, archive / "gone.jpg")
    located = locate_missing(store, archive)
    assert located.n_found == 3
    assert store.image(2).path.name == "renamed.JPG"
    assert store.image(2).shown_name == "IMG 2.jpg"
    assert store.image(2).sha256 == hash_file(store.image(2).path)


def test_suffixes_and_accents_may_be_spelled_otherwise(store, archive):
    path = archive / "2024" / "photos" / "IMG 2.jpg"
    path.rename(path.with_name("img 2.JPG"))
    assert locate_missing(store, archive).n_found == 3


def test_two_that_fit_are_both_refused_unless_they_are_equal(store, archive):
    make_images(archive / "copy", 3)
    (archive / "copy" / "IMG 3.jpg").write_bytes(b"PHOTOGRAPH" * 3)
    located = locate_missing(store, archive)
    assert located.n_found == 2
    assert "IMG 3.jpg could be in any of" in located.problems[0]


def test_the_folder_tells_images_of_one_name_apart(tmp_path):
    for name in "ab":
        (make_images(tmp_path / name, 1)[0]).write_bytes(name.encode() * 10)
    with ProjectStore.create(
        tmp_path / "p.crackproj", name="p", images_folder=None, author="Anna"
    ) as store:
        for name in "ab":
            store.add_images([tmp_path / name / "IMG 1.jpg"])
        (tmp_path / "moved").mkdir()
        for name in "ab":
            shutil.move(tmp_path / name, tmp_path / "moved" / name)
        store.locate_all({})
        located = locate_missing(store, tmp_path / "moved")
        # The first is shown as IMG 1.jpg alone, which says nothing about its folder.
        assert store.image(2).path == tmp_path / "moved" / "b" / "IMG 1.jpg"
        assert located.n_found == 1
        assert "could be in any of" in located.problems[0]


def test_images_that_are_not_there(store, tmp_path):
    (tmp_path / "empty").mkdir()
    located = locate_missing(store, tmp_path / "empty")
    assert located.n_found == 0
    assert located.problems[0] == "IMG 1.jpg was not found."
    assert store.images_folder == tmp_path / "photos"


def test_images_that_are_in_their_place_are_left_alone(tmp_path):
    with make_store(tmp_path) as store:
        make_images(tmp_path / "copy", 3)
        assert locate_missing(store, tmp_path / "copy").n_found == 0
        assert store.image(1).path.parent == tmp_path / "photos"


def test_progress_and_cancel(store, archive):
    seen = []
    with pytest.raises(JobCancelled):
        locate_missing(
            store, archive, lambda name, part: seen.append((name, part)), lambda: len(seen) == 2
        )
    assert seen[0] == ("IMG 1.jpg", 0.0)
    assert all(record.is_missing for record in store.images())
