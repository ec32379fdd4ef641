"""Folders of images that have a project already, under another name or in another place."""

import shutil

import numpy as np
import platformdirs
import pytest
from PIL import Image

from annotator.document.image_state import ImageState
from annotator.services.projects import new_project, open_project
from annotator.storage.project_glance import glance_at


@pytest.fixture(autouse=True)
def user_data(tmp_path, monkeypatch):
    folder = tmp_path / "user data"
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_args, **_options: folder)
    return folder


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros((8, 9), np.uint8)).save(folder / name)
    return folder


def make(folder, images, *, has_work=False):
    store, _ = new_project(folder, images, "Anna")
    if has_work:
        work_in(store)
    store.close()
    return store.folder


def work_in(store):
    content, _ = store.load(1)
    store.save(1, content.with_state(ImageState.REVIEWED), "Mark as reviewed")


def opened(*paths, **options):
    found = open_project(paths, author="Anna", **options)
    found.store.close()
    return found


def projects_in(folder):
    return sorted(path.name for path in folder.glob("*.crackproj"))


@pytest.mark.parametrize("has_work", [False, True])
def test_the_project_of_another_name_is_opened_and_no_second_one_made(photos, tmp_path, has_work):
    folder = make(tmp_path / "survey", photos, has_work=has_work)
    for path in (photos, photos / "b.png"):
        found = opened(path)
        assert found.store.folder == folder
        assert len(found.records) == 2
        assert found.notes == (f"{photos} has a project already, which was opened: {folder}",)
    assert found.start == 2
    assert projects_in(tmp_path) == ["survey.crackproj"]


def test_an_empty_project_named_after_the_folder_yields_to_one_with_work(photos, tmp_path):
    named = opened(photos).store.folder
    survey = make(tmp_path / "survey", photos, has_work=True)
    assert opened(photos).store.folder == survey
    with open_project([named], author="Anna").store as store:
        work_in(store)
    found = opened(photos)
    assert found.store.folder == named
    assert found.notes == ()


def test_of_several_the_newest_with_work(photos, tmp_path):
    make(tmp_path / "one", photos, has_work=True)
    two = make(tmp_path / "two", photos, has_work=True)
    make(tmp_path / "three", photos)
    assert opened(photos).store.folder == two


def test_projects_of_other_folders_and_broken_ones_do_not_count(photos, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(photos, other)
    make(tmp_path / "survey", other, has_work=True)
    broken = tmp_path / "broken.crackproj"
    broken.mkdir()
    (broken / "project.sqlite").write_bytes(b"no database " * 99)
    assert glance_at(broken) is None
    assert opened(photos).store.folder == tmp_path / "photos.crackproj"


def test_a_project_elsewhere_that_was_opened_lately(photos, tmp_path):
    folder = make(tmp_path / "elsewhere" / "survey", photos, has_work=True)
    recent = [tmp_path / "gone.crackproj", folder]
    assert opened(photos, recent=recent).store.folder == folder
    assert projects_in(tmp_path) == []


def test_images_of_other_folders_come_along(photos, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(photos / "a.png", other / "c.png")
    folder = make(tmp_path / "survey", photos)
    found = opened(photos, other)
    assert found.store.folder == folder
    assert len(found.records) == 3


def test_what_was_removed_stays_out(photos, tmp_path):
    store, _ = new_project(tmp_path / "survey", photos, "Anna")
    store.remove_images([1])
    store.close()
    assert [record.shown_name for record in opened(photos).records] == ["b.png"]


def test_one_that_is_open_for_writing_is_seen(photos, tmp_path):
    store, _ = new_project(tmp_path / "survey", photos, "Anna")
    work_in(store)
    assert open_project([photos], author="Anna", current=store).store is store
    store.close()
