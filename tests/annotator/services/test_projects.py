"""Opening folders, images and projects: where the project is, what comes in, what is said."""

import os
import shutil
import stat
import sys

import numpy as np
import platformdirs
import pytest
from PIL import Image

from annotator.errors import AnnotatorError, DiskFullError
from annotator.services import projects
from annotator.services.projects import new_project, open_project, project_folder_for
from annotator.storage.project_store import ProjectLockedError, ProjectStore


@pytest.fixture(autouse=True)
def user_data(tmp_path, monkeypatch):
    folder = tmp_path / "user data"
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_args, **_options: folder)
    return folder


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "bridge photos"
    folder.mkdir()
    for number in (1, 2, 10):
        add_photo(folder, f"IMG {number}.png")
    return folder


def add_photo(folder, name):
    folder.mkdir(exist_ok=True)
    Image.fromarray(np.zeros((8, 9), np.uint8)).save(folder / name)
    return folder / name


def opened(*paths, **options):
    """Open a project, close it, and return what was opened."""
    found = open_project(paths, author="Anna", **options)
    found.store.close()
    return found


def names(found):
    return [record.shown_name for record in found.records]


def test_a_folder_becomes_a_project_beside_it(photos):
    found = opened(photos)
    assert found.store.folder == photos.parent / "bridge photos.crackproj"
    assert names(found) == ["IMG 1.png", "IMG 2.png", "IMG 10.png"]
    assert found.start == -1
    assert found.notes == (f"Project made: {found.store.folder}",)
    assert sorted(path.name for path in photos.iterdir()) == sorted(names(found))


def test_opening_it_again_says_nothing(photos):
    opened(photos)
    found = opened(photos)
    assert found.notes == ()
    assert [record.identifier for record in found.records] == [1, 2, 3]


def test_an_image_opens_its_folder_and_is_shown_first(photos):
    found = opened(photos / "IMG 2.png")
    assert names(found) == ["IMG 1.png", "IMG 2.png", "IMG 10.png"]
    assert found.start == 2
    assert opened(photos / "IMG 10.png").start == 3


def test_a_project_is_opened_by_its_folder_or_any_file_in_it(photos):
    folder = opened(photos).store.folder
    assert opened(folder).store.folder == folder
    assert opened(folder / "project.sqlite").store.folder == folder
    assert opened(folder / "checkpoints").store.folder == folder


@pytest.mark.parametrize("by_project", [False, True])
def test_new_images_of_the_folder_come_in(photos, by_project):
    folder = opened(photos).store.folder
    add_photo(photos, "IMG 3.png")
    found = opened(folder if by_project else photos)
    assert names(found) == ["IMG 1.png", "IMG 2.png", "IMG 3.png", "IMG 10.png"]
    assert found.notes == ("1 image is new in the project.",)


def test_images_that_were_removed_stay_out_until_they_are_chosen(photos):
    found = open_project([photos], author="Anna")
    found.store.remove_images([2])
    found.store.close()
    assert names(opened(photos)) == ["IMG 1.png", "IMG 10.png"]
    assert names(opened(found.store.folder)) == ["IMG 1.png", "IMG 10.png"]
    again = opened(photos / "IMG 2.png")
    assert names(again) == ["IMG 1.png", "IMG 2.png", "IMG 10.png"]
    assert again.start == 4


def test_images_of_several_folders_are_one_project(photos, tmp_path):
    more = add_photo(tmp_path / "more", "IMG 1.png")
    found = opened(photos, more, tmp_path / "more")
    assert names(found) == ["IMG 1.png", "IMG 2.png", "IMG 10.png", "more/IMG 1.png"]
    assert found.store.folder == project_folder_for(photos)


def test_images_go_into_a_project_that_is_named_with_them(photos, tmp_path):
    folder = opened(photos).store.folder
    more = add_photo(tmp_path / "more", "x.png")
    found = opened(folder, more)
    assert names(found) == ["IMG 1.png", "IMG 2.png", "IMG 10.png", "x.png"]
    assert found.records[found.start - 1].path == more or found.start == 4


def test_a_project_without_its_database_is_repaired_and_not_made_anew(photos):
    folder = opened(photos).store.folder
    (folder / "project.sqlite").unlink()
    found = opened(photos)
    assert names(found) == ["IMG 1.png", "IMG 2.png", "IMG 10.png"]
    assert "the checkpoint of" in found.store.damages[0].text


def test_masks_beside_photographs_are_no_images(photos):
    add_photo(photos, "IMG 1_mask.png")
    assert len(opened(photos).records) == 3


def test_nothing_to_open(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(AnnotatorError, match="no images in"):
        open_project([tmp_path / "empty"], author="Anna")
    with pytest.raises(AnnotatorError, match="does not exist"):
        open_project([tmp_path / "none"], author="Anna")
    with pytest.raises(AnnotatorError, match="Nothing was chosen"):
        open_project([], author="Anna")
    assert not list(tmp_path.rglob("*.crackproj"))


def test_the_project_that_is_open_is_handed_back(photos):
    first = open_project([photos], author="Anna")
    add_photo(photos, "IMG 4.png")
    again = open_project([first.store.folder], author="Anna", current=first.store)
    assert again.store is first.store
    assert len(again.records) == 4
    first.store.close()


def test_a_project_open_for_reading_can_be_opened_for_writing(photos):
    opened(photos)
    reader = open_project([photos], author="Anna", read_only=True)
    assert open_project([photos], author="A", read_only=True, current=reader.store).store is (
        reader.store
    )
    writer = open_project([photos], author="Anna", current=reader.store)
    assert writer.store is not reader.store
    assert not writer.store.is_read_only
    reader.store.close()
    writer.store.close()


def test_a_second_window_may_read(photos):
    first = open_project([photos], author="Anna")
    add_photo(photos, "new.png")
    with pytest.raises(ProjectLockedError):
        open_project([photos], author="Berta")
    found = open_project([photos], author="Berta", read_only=True)
    assert found.store.is_read_only
    assert len(found.records) == 3
    found.store.close()
    first.store.close()


def test_reading_a_project_that_is_not_there(photos):
    with pytest.raises(AnnotatorError, match="holds no project"):
        open_project([photos], author="Anna", read_only=True)


def deny(monkeypatch, *folders):
    """Let the system say that folders may not be written, as it does for root only by luck."""
    real = os.access

    def access(path, mode, **options):
        is_denied = mode == os.W_OK and os.path.realpath(path) in map(str, folders)
        return not is_denied and real(path, mode, **options)

    monkeypatch.setattr(projects.os, "access", access)


def test_beside_a_folder_that_may_not_be_written(photos, user_data, monkeypatch):
    deny(monkeypatch, photos.parent)
    found = opened(photos)
    assert found.store.folder.parent == user_data / "projects"
    assert found.store.folder.name.startswith("bridge photos-")
    assert str(found.store.folder) in found.notes[0]
    assert "may not be written, so the project is kept in" in found.notes[0]
    assert not list(photos.parent.glob("*.crackproj"))
    again = opened(photos)
    assert again.store.folder == found.store.folder
    assert again.notes == ()
    monkeypatch.undo()


def test_projects_of_the_user_may_be_kept_elsewhere(photos, tmp_path, monkeypatch):
    deny(monkeypatch, photos.parent)
    found = opened(photos, home=tmp_path / "my projects")
    assert found.store.folder.parent == tmp_path / "my projects"


def test_folders_of_one_name_have_projects_of_their_own(tmp_path, monkeypatch):
    folders = [tmp_path / name / "photos" for name in "ab"]
    deny(monkeypatch, *(folder.parent for folder in folders))
    assert len({project_folder_for(folder) for folder in folders}) == 2


def test_a_project_stays_in_the_user_data_once_it_is_there(photos, user_data, monkeypatch):
    with monkeypatch.context() as patch:
        deny(patch, photos.parent)
        folder = opened(photos).store.folder
    assert project_folder_for(photos) == folder


def test_permissions_that_turn_out_otherwise(photos, user_data, monkeypatch):
    create = ProjectStore.create

    def refuse_beside(folder, **options):
        if folder.parent == photos.parent:
            raise AnnotatorError("not permitted")
        return create(folder, **options)

    monkeypatch.setattr(ProjectStore, "create", staticmethod(refuse_beside))
    assert opened(photos).store.folder.parent == user_data / "projects"


def test_a_full_disk_is_no_reason_to_go_elsewhere(photos, user_data, monkeypatch):
    def full(_folder, **_options):
        raise DiskFullError("The disk is full.")

    monkeypatch.setattr(ProjectStore, "create", staticmethod(full))
    with pytest.raises(DiskFullError):
        open_project([photos], author="Anna")
    assert not user_data.exists()


def test_a_folder_with_a_very_long_name(tmp_path, user_data):
    folder = tmp_path / ("ü" * 126)
    add_photo(folder, "a.png")
    found = opened(folder)  # with the suffix the name would be too long
    assert found.store.folder.parent == user_data / "projects"
    assert names(found) == ["a.png"]


def test_a_whole_disk_has_its_project_elsewhere(user_data):
    root = user_data.anchor
    folder = project_folder_for(type(user_data)(root))
    assert folder.parent == user_data / "projects"


def test_missing_images_are_counted(photos, tmp_path):
    folder = opened(photos).store.folder
    (photos / "IMG 2.png").unlink()
    assert opened(folder).notes == ("1 image is not where the project expects them; locate them.",)
    shutil.rmtree(photos)
    found = opened(folder)
    assert found.notes[0].startswith("3 images are not where")
    assert all(record.is_missing for record in found.records)


@pytest.mark.skipif(os.name == "nt" or sys.platform == "darwin", reason="names are text there")
def test_a_name_that_is_no_text_is_left_out_and_told(photos):
    os.rename(photos / "IMG 1.png", os.fsencode(photos) + b"/IMG \xff.png")  # noqa: PTH104
    found = opened(photos)
    assert names(found) == ["IMG 2.png", "IMG 10.png"]
    assert "1 image was left out" in found.notes[-1]


def test_a_project_that_may_not_be_written_opens_for_reading_with_a_note(photos, monkeypatch):
    folder = opened(photos).store.folder
    deny(monkeypatch, folder)
    found = opened(folder)
    assert found.store.is_read_only
    assert "open for reading only" in found.notes[0]


def test_a_new_project_holds_all_images_of_the_folder(photos, tmp_path):
    store, count = new_project(tmp_path / "survey", photos, "Anna")
    store.close()
    assert count == 3
    assert store.folder == tmp_path / "survey.crackproj"
    assert store.name == "bridge photos"
    with pytest.raises(AnnotatorError, match="is a project already"):
        new_project(tmp_path / "survey.crackproj", photos, "Anna")


def test_a_new_project_is_not_made_among_the_images(photos):
    with pytest.raises(AnnotatorError, match="is in the folder of the images"):
        new_project(photos / "x.crackproj", photos, "Anna")
    assert len(list(photos.iterdir())) == 3


def test_photographs_are_never_written_to(photos):
    for path in photos.iterdir():
        path.chmod(stat.S_IRUSR)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in photos.iterdir()}
    found = open_project([photos], author="Anna")
    found.store.remove_images([1])
    found.store.close()
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in photos.iterdir()}
    assert after == before
