"""Imports in the background: how much is kept for undo, and what is left when they are stopped."""

import numpy as np
import pytest
from PIL import Image

from annotator.errors import JobCancelled
from annotator.services.importing import ImportOptions
from annotator.storage.project_store import ProjectStore
from annotator.workers import import_work
from annotator.workers.import_work import read_import
from annotator.workers.job_runner import JobContext

NAMES = ("a.png", "b.png", "c.png")


class Saver:
    """Stands for the saver of the window, with nothing to save."""

    def write_all(self):
        pass


@pytest.fixture
def store(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in NAMES:
        Image.new("L", (80, 60), 120).save(photos / name)
    folder = tmp_path / "photos.crackproj"
    with ProjectStore.create(folder, name="p", images_folder=photos, author="Ada") as made:
        made.add_images(sorted(photos.iterdir()))
        yield made


@pytest.fixture
def masks(tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    for name in NAMES:
        mask = np.zeros((60, 80), np.uint8)
        mask[20:40, 20:40] = 255
        Image.fromarray(mask).save(folder / name)
    return folder


def n_cracks(store):
    return [record.n_cracks for record in store.images()]


def test_a_few_images_are_left_to_the_window(store, masks):
    outcome = read_import(store, Saver(), [masks], ImportOptions(), set(), JobContext())
    assert [found.record.shown_name for found in outcome.to_apply] == list(NAMES)
    assert outcome.n_cracks == 3
    assert n_cracks(store) == [0, 0, 0]
    assert [record.size for record in store.images()] == [(80, 60)] * 3
    assert store.checkpoints() == []


def test_of_many_only_those_in_memory_are(store, masks, monkeypatch):
    monkeypatch.setattr(import_work, "MOST_UNDOABLE", 1)
    in_memory = {store.images()[1].identifier}
    outcome = read_import(store, Saver(), [masks], ImportOptions(), in_memory, JobContext())
    assert [found.record.shown_name for found in outcome.to_apply] == ["b.png"]
    assert n_cracks(store) == [1, 0, 1]
    assert [checkpoint.name for checkpoint in store.checkpoints()] == ["before importing masks"]
    assert outcome.checkpoint == "before importing masks"


def test_a_stop_leaves_what_was_saved_and_says_so(store, masks, monkeypatch):
    monkeypatch.setattr(import_work, "MOST_UNDOABLE", 1)
    context = JobContext()
    context.send = lambda stage, _fraction: context.cancel() if stage == "b.png" else None
    outcome = read_import(store, Saver(), [masks], ImportOptions(), set(), context)
    assert outcome.is_cancelled
    assert outcome.to_apply == []
    assert n_cracks(store) == [1, 1, 0]


def test_a_stop_before_anything_was_saved_changes_nothing(store, masks):
    context = JobContext()
    context.cancel()
    with pytest.raises(JobCancelled):
        read_import(store, Saver(), [masks], ImportOptions(), set(), context)
    assert n_cracks(store) == [0, 0, 0]
