"""Masks and courses that are missing or garbled are reported; the rest opens, nothing is lost."""

from dataclasses import replace

import pytest

from annotator.document.image_content import ImageContent
from annotator.storage.project_store import ProjectStore
from tests.annotator.storage.project_samples import (
    add_crack,
    files_below,
    make_store,
    painted_crack,
    same_contents,
    same_cracks,
    traced_crack,
)

CRACKS = (painted_crack(), traced_crack(), painted_crack(seed=5))


@pytest.fixture
def store(tmp_path):
    store = make_store(tmp_path)
    store.save(1, ImageContent(CRACKS), "Add")
    store.close()
    with ProjectStore.open(store.folder, author="Anna") as store:
        yield without_checkpoints(store)


def without_checkpoints(store):
    """Checkpoints keep files that the tests expect to go."""
    for checkpoint in store.checkpoints():
        checkpoint.path.unlink()
    return store


def file_of(store, kind, crack):
    (path,) = (store.folder / kind / "1").glob(f"{crack.identifier}-*")
    return path


def remove(path):
    path.unlink()


def empty(path):
    path.write_bytes(b"")


def shorten(path):
    path.write_bytes(path.read_bytes()[:-20])


def garble(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


DAMAGES = pytest.mark.parametrize(
    ("damage", "words"),
    [
        (remove, "the file is missing"),
        (empty, "the file is empty"),
        (shorten, "the file is damaged"),
        (garble, "the file is damaged"),
    ],
)


@DAMAGES
def test_a_damaged_mask_is_reported_and_the_others_open(store, damage, words):
    damage(file_of(store, "masks", CRACKS[1]))
    content, damages = store.load(1)
    assert list(map(same_cracks, content.cracks, (CRACKS[0], CRACKS[2]))) == [True, True]
    (found,) = damages
    assert found.image == "IMG 1.jpg"
    assert f"The mask of crack 2 cannot be used: {words}" in found.text


@DAMAGES
def test_a_damaged_course_leaves_the_pixels(store, damage, words):
    damage(file_of(store, "paths", CRACKS[1]))
    content, (found,) = store.load(1)
    assert content.cracks[1].path is None
    assert content.cracks[1].pixels.equals(CRACKS[1].pixels)
    assert f"The course of crack 2 cannot be used: {words}" in found.text


def test_work_on_the_image_does_not_delete_what_could_not_be_read(store):
    mask, course = file_of(store, "masks", CRACKS[1]), file_of(store, "paths", CRACKS[1])
    sound = mask.read_bytes()
    garble(mask)
    add_crack(store, 1, painted_crack(seed=8))
    store.save(1, ImageContent(), "Delete all that is shown")
    assert store.image(1).n_cracks == 1
    mask.write_bytes(sound)  # as somebody who had a backup would
    content, damages = store.load(1)
    assert damages == []
    assert same_contents(content, ImageContent((CRACKS[1],)))
    assert files_below(store.folder / "paths") == {f"1/{course.name}"}


def test_work_on_a_crack_does_not_delete_a_course_that_could_not_be_read(store):
    course = file_of(store, "paths", CRACKS[1])
    sound = course.read_bytes()
    shorten(course)
    content, _ = store.load(1)
    repainted = painted_crack(seed=77)
    changed = replace(content.cracks[1], pixels=repainted.pixels)
    store.save(1, content.with_crack_replaced(changed.identifier, [changed]), "Paint")
    course.write_bytes(sound)
    content, damages = store.load(1)
    assert damages == []
    assert same_cracks(content.cracks[1], replace(changed, path=CRACKS[1].path))


def test_a_crack_that_comes_back_by_undo_replaces_its_damaged_mask(store):
    garble(file_of(store, "masks", CRACKS[1]))
    store.load(1)
    store.save(1, ImageContent(CRACKS), "Undo")
    content, damages = store.load(1)
    assert damages == []
    assert same_contents(content, ImageContent(CRACKS))


def test_a_state_that_is_not_known_counts_as_new(store):
    with store._database.transaction() as connection:
        connection.execute("UPDATE image SET state = 'finished', subset = '?' WHERE id = 1")
    content, (found,) = store.load(1)
    assert (content.state, content.subset) == ("new", "auto")
    assert "'finished' is not known" in found.text
    assert store.images()[0].state == "new"
