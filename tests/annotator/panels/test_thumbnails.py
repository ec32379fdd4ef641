"""Thumbnails in the background: made once, given up, or broken."""

import numpy as np
import pytest
from PIL import Image

from annotator.document.image_entry import ImageEntry
from annotator.panels import thumbnails
from annotator.panels.thumbnails import ThumbnailStore, thumbnail_folder
from annotator.workers.job_runner import JobRunner

pytestmark = pytest.mark.gui


@pytest.fixture
def store(qtbot):
    runner = JobRunner()
    yield ThumbnailStore(runner, runner)
    runner.shutdown()


def entry_of(path, identifier=1):
    return ImageEntry(identifier, path)


@pytest.fixture
def photograph(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.full((300, 400, 3), (10, 200, 90), np.uint8)).save(path)
    return path


def test_it_is_made_in_the_background_and_shows_the_image(store, qtbot, photograph):
    entry = entry_of(photograph)
    with qtbot.waitSignal(store.ready) as ready:
        assert store.get(entry) is None
        assert store.get(entry) is None
    assert ready.args == [1]
    color = store.get(entry).toImage().pixelColor(20, 20)
    assert (color.red(), color.green(), color.blue()) == (10, 200, 90)
    assert not store.is_broken(entry)


def test_it_is_kept_in_the_folder_of_the_project(store, qtbot, photograph, tmp_path):
    (tmp_path / "p.crackproj").mkdir()
    folder = thumbnail_folder(tmp_path / "p.crackproj", is_read_only=False)
    store.set_folder(folder)
    with qtbot.waitSignal(store.ready):
        store.get(entry_of(photograph))
    assert len(list(folder.glob("*.jpg"))) == 1
    assert folder.is_relative_to(tmp_path / "p.crackproj")


def test_nothing_is_written_into_a_project_that_is_read_only(tmp_path):
    project = tmp_path / "p.crackproj"
    assert not thumbnail_folder(project, is_read_only=True).is_relative_to(project)


def test_a_broken_file_is_tried_once_until_it_is_located_elsewhere(store, qtbot, photograph):
    broken = photograph.with_name("broken.png")
    broken.write_bytes(b"no image")
    entry = entry_of(broken)
    with qtbot.waitSignal(store.ready):
        store.get(entry)
    assert store.is_broken(entry)
    assert store.get(entry) is None
    assert store._jobs == {}
    entry.path = photograph
    with qtbot.waitSignal(store.ready):
        store.get(entry)
    assert store.get(entry) is not None


def test_missing_files_are_not_looked_for(store, tmp_path):
    entry = entry_of(tmp_path / "gone.png")
    entry.is_missing = True
    assert store.get(entry) is None
    assert store._jobs == {}


def test_what_is_given_up_can_be_asked_for_again(store, qtbot, photograph):
    entries = [entry_of(photograph, number) for number in range(30)]
    for entry in entries:
        store.get(entry)
    store.keep_only({3})
    assert set(store._jobs) <= {3}
    with qtbot.waitSignal(store.ready, check_params_cb=lambda name: name == 7):
        store.get(entries[7])


def test_memory_is_bounded(store, qtbot, photograph, monkeypatch):
    monkeypatch.setattr(thumbnails, "KEPT", 3)
    for number in range(6):
        with qtbot.waitSignal(store.ready):
            store.get(entry_of(photograph, number))
    assert list(store._pixmaps) == [3, 4, 5]
