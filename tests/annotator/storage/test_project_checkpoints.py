"""Checkpoints keep a state of the project, with the masks that belong to it."""

import pytest

from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError, DiskFullError
from annotator.storage import atomic, content_storage, project_checkpoints, project_store
from annotator.storage.project_store import ProjectLockedError, ProjectStore, restore_checkpoint
from tests.annotator.storage.project_samples import (
    add_crack,
    files_below,
    make_store,
    painted_crack,
    same_contents,
    some_content,
    traced_crack,
)


@pytest.fixture
def store(tmp_path):
    with make_store(tmp_path) as store:
        yield store


def test_a_checkpoint_has_name_author_and_time(store):
    add_crack(store, 1, painted_crack())
    path = store.checkpoint("before the review: 1/2")
    (checkpoint,) = store.checkpoints()
    assert checkpoint.path == path
    assert (checkpoint.name, checkpoint.author) == ("before the review: 1/2", "Anna")
    assert checkpoint.at.endswith("Z")
    assert files_below(store.folder / "checkpoints") == {path.name}


def test_nothing_new_is_kept_where_nothing_changed(store):
    first = store.checkpoint()
    assert store.checkpoint() == first
    assert store.checkpoint("with a name") != first
    store.set("a", 1)
    assert store.checkpoint() != first
    assert len(store.checkpoints()) == 3


def test_the_newest_comes_first_and_those_without_a_name_become_fewer(store, monkeypatch):
    monkeypatch.setitem(project_checkpoints.KEPT, "", 3)
    content = add_crack(store, 1, painted_crack())
    store.checkpoint("named")
    for seed in range(6):
        crack = Crack(painted_crack(seed=seed).pixels, identifier=content.cracks[0].identifier)
        store.save(1, ImageContent((crack,)), "Paint")
        store.checkpoint()
    kept = store.checkpoints()
    assert kept[0].at == max(checkpoint.at for checkpoint in kept)
    assert [checkpoint.name for checkpoint in kept] == ["", "", "", "named"]
    # Those named by checkpoints that are gone are gone too.
    assert len(files_below(store.folder / "masks")) == 4


def test_the_project_keeps_states_by_itself(store, monkeypatch):
    add_crack(store, 1, painted_crack())
    assert store.checkpoints() == []
    monkeypatch.setattr(project_store, "CHECKPOINT_SECONDS", 0)
    add_crack(store, 1, painted_crack(seed=1))
    assert [checkpoint.name for checkpoint in store.checkpoints()] == ["automatic"]
    store.set("a", 1)
    store.close()
    assert len(store.checkpoints()) == 2
    for number in range(8):  # nothing changed: nothing is kept; then a state is kept at each end
        ProjectStore.open(store.folder, author="Anna").close()
        with ProjectStore.open(store.folder, author="Anna") as again:
            again.set("a", number + 5)
    assert len(store.checkpoints()) == project_checkpoints.KEPT["automatic"]


def test_a_save_does_not_fail_with_the_state_that_the_project_keeps_by_itself(store, monkeypatch):
    def full(*_arguments):
        raise DiskFullError("The disk is full.")

    monkeypatch.setattr(project_store, "CHECKPOINT_SECONDS", 0)
    monkeypatch.setattr(content_storage, "write_checkpoint", full)
    content = add_crack(store, 1, painted_crack())
    assert same_contents(store.load(1)[0], content)


def test_going_back_brings_everything_back(store):
    store.save(1, some_content(), "Add")
    before = store.load(1)[0]
    store.checkpoint("good")
    store.save(1, ImageContent((traced_crack(),)), "Replace")
    store.save(2, some_content(), "Add")
    after = store.load(1)[0]
    store.remove_images([3])
    store.close()
    good = next(checkpoint for checkpoint in store.checkpoints() if checkpoint.name == "good")
    restore_checkpoint(store.folder, good, author="Berta")
    with ProjectStore.open(store.folder, author="Anna") as again:
        loaded, damages = again.load(1)
        assert damages == []
        assert same_contents(loaded, before)
        assert len(again.images()) == 3
        assert again.load(2)[0].cracks == ()
        line = again.journal()[-1]
        assert (line.author, line.text[:37]) == ("Berta", "Went back to the checkpoint good of 2")
    # What was left is a checkpoint itself, with its masks.
    left = next(item for item in again.checkpoints() if item.name == "before restoring")
    restore_checkpoint(store.folder, left)
    with ProjectStore.open(store.folder, author="Anna") as again:
        loaded, damages = again.load(1)
        assert damages == []
        assert same_contents(loaded, after)
        assert len(again.images()) == 2


def test_an_open_project_is_not_set_back(store):
    store.checkpoint()
    with pytest.raises(ProjectLockedError):
        restore_checkpoint(store.folder, store.checkpoints()[0])


def test_masks_of_checkpoints_are_kept_after_they_are_opened_again(store):
    content = add_crack(store, 1, painted_crack())
    store.checkpoint()
    store.close()
    with ProjectStore.open(store.folder, author="Anna") as again:
        again.save(1, ImageContent(), "Delete")
        again.save(1, content, "Undo")
        again.save(1, ImageContent(), "Redo")
    assert len(files_below(store.folder / "masks")) == 1


def test_masks_are_kept_where_a_checkpoint_cannot_be_read(store):
    add_crack(store, 1, painted_crack())
    store.checkpoint().write_bytes(b"garbled")
    store.save(1, ImageContent(), "Delete")
    assert len(files_below(store.folder / "masks")) == 1


def test_a_full_disk_leaves_no_part_of_a_checkpoint(store, monkeypatch):
    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, "fsync", full)
        with pytest.raises(DiskFullError, match="disk is full"):
            store.checkpoint()
    assert files_below(store.folder / "checkpoints") == set()
    store.checkpoint()
    assert len(store.checkpoints()) == 1


def test_going_back_to_a_file_that_is_gone_changes_nothing(store):
    store.checkpoint()
    (checkpoint,) = store.checkpoints()
    store.set("a", 1)
    store.close()
    checkpoint.path.unlink()
    with pytest.raises(AnnotatorError, match="was not replaced"):
        restore_checkpoint(store.folder, checkpoint)
    with ProjectStore.open(store.folder, author="Anna") as again:
        assert again.get("a") == 1


def test_a_checkpoint_tells_how_much_is_in_it(tmp_path):
    with make_store(tmp_path) as store:
        store.checkpoint("before")
        store.save(1, some_content(), "Add")
        store.checkpoint("after")
        counts = {c.name: (c.n_images, c.n_cracks) for c in store.checkpoints()}
    assert counts["before"] == (3, 0)
    assert counts["after"] == (3, 2)
