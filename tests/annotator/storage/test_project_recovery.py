"""A database that is truncated or garbled opens with what can be read of it."""

import random
import sqlite3
from contextlib import closing

import pytest

from annotator.document.image_content import ImageContent
from annotator.document.note import Note
from annotator.storage import project_recovery
from annotator.storage.project_store import Effort, ProjectDamagedError, ProjectStore
from tests.annotator.storage.project_samples import (
    add_crack,
    files_below,
    make_images,
    painted_crack,
    same_contents,
    same_cracks,
    some_content,
    traced_crack,
)
from tests.crack_factory import make_candidate

N_IMAGES = 60


@pytest.fixture
def folder(tmp_path):
    """A project of many images with a crack and a box each, closed."""
    paths = make_images(tmp_path / "photos", N_IMAGES)
    folder = tmp_path / "photos.crackproj"
    with ProjectStore.create(
        folder, name="B", images_folder=tmp_path / "photos", author="Anna"
    ) as store:
        store.add_images(paths)
        for record in store.images():
            store.save(record.identifier, content_of(record.identifier), "Paint a crack by hand")
    for path in (folder / "checkpoints").iterdir():
        path.unlink()
    return folder


def content_of(identifier):
    content = some_content()
    return ImageContent((painted_crack(seed=identifier),), content.boxes)


def cut(folder, part):
    database = folder / "project.sqlite"
    content = database.read_bytes()
    database.write_bytes(content[: int(len(content) * part)])


def opened(folder, **options):
    return ProjectStore.open(folder, author="Anna", **options)


@pytest.mark.parametrize("part", [0.97, 0.95, 0.93, 0.9, 0.85, 0.8, 0.7])
def test_a_truncated_database_opens_with_the_rest(folder, part):
    cut(folder, part)
    damaged = (folder / "project.sqlite").read_bytes()
    with opened(folder) as store:
        texts = [damage.text for damage in store.damages]
        assert "parts of it could not be read" in texts[0]
        records = store.images()
        assert len(records) >= 1
        for record in records:
            content, damages = store.load(record.identifier)
            assert damages == []
            assert all(
                crack.pixels.equals(painted_crack(seed=record.identifier).pixels)
                for crack in content.cracks
            )
        # Their files say where cracks belong.
        assert sum(record.n_cracks for record in records) == len(records)
        add_crack(store, records[0].identifier, traced_crack())
    kept = list((folder / "trash").rglob("project.sqlite"))
    assert [path.read_bytes() for path in kept] == [damaged]
    with opened(folder) as store:
        assert store.damages == []


def add_without_checkpoint(folder, crack):
    """Add a crack as a process does that ends without closing the project."""
    with opened(folder) as store:
        content = add_crack(store, 1, crack)
        store._checkpoint_by_itself = lambda: None
    return content


@pytest.mark.parametrize("part", [0.95, 0.5, 0.1])
def test_what_a_checkpoint_holds_is_not_lost(folder, part):
    opened(folder).close()
    content = add_without_checkpoint(folder, traced_crack())
    cut(folder, part)
    with opened(folder) as store:
        assert len(store.images()) == N_IMAGES
        assert any("checkpoint of" in damage.text for damage in store.damages)
        for record in store.images()[1:]:
            loaded, damages = store.load(record.identifier)
            assert damages == []
            assert len(loaded.cracks) == 1
            assert len(loaded.boxes) == 1
        # Newer than the checkpoint: it came back from its files.
        (found,) = [c for c in store.load(1)[0].cracks if c.path]
        assert same_cracks(found, content.cracks[1])


@pytest.mark.parametrize("content", [b"", b"x", b"no database at all" * 1000])
def test_a_database_beyond_reading_is_replaced_by_the_checkpoint(folder, content):
    with opened(folder) as store:
        store.save(2, ImageContent(), "Delete")
    (folder / "project.sqlite").write_bytes(content)
    with opened(folder) as store:
        assert "the checkpoint of" in store.damages[0].text
        assert len(store.images()) == N_IMAGES
        assert store.load(2)[0].cracks == ()
        assert len(store.load(1)[0].cracks) == 1


def test_a_missing_database_is_replaced_by_the_checkpoint(folder):
    opened(folder).close()
    (folder / "project.sqlite").unlink()
    with opened(folder) as store:
        assert len(store.images()) == N_IMAGES


def test_the_newest_checkpoint_that_is_sound_is_taken(folder):
    with opened(folder) as store:
        store.set("a", 1)
        last = store.checkpoint("second")
    last.write_bytes(b"garbled")
    (folder / "project.sqlite").write_bytes(b"garbled")
    with opened(folder) as store:
        assert len(store.images()) == N_IMAGES
        assert store.get("a") is None


def test_with_neither_the_project_says_so_and_stays_as_it_is(folder):
    (folder / "project.sqlite").write_bytes(b"garbled")
    before = files_below(folder)
    for read_only in (False, True):
        with pytest.raises(ProjectDamagedError, match="no checkpoint to go back to"):
            opened(folder, read_only=read_only)
    assert files_below(folder) == before


def test_reading_only_leaves_the_damaged_file_alone(folder):
    cut(folder, 0.7)
    damaged = (folder / "project.sqlite").read_bytes()
    with opened(folder, read_only=True) as store:
        assert store.damages
        assert len(store.images()) >= 1
    assert (folder / "project.sqlite").read_bytes() == damaged
    assert not (folder / "trash").exists()


def test_garbled_pages_never_keep_a_project_from_opening(folder):
    """Whatever page is lost, the project opens, and what it shows is what was saved."""
    with opened(folder) as store:
        contents = {r.identifier: store.load(r.identifier)[0] for r in store.images()}
    database = folder / "project.sqlite"
    sound = database.read_bytes()
    with closing(sqlite3.connect(database)) as connection:
        page = connection.execute("PRAGMA page_size").fetchone()[0]
    dice = random.Random(4)
    for number in range(1, len(sound) // page):
        garbled = bytearray(sound)
        garbage = bytes(page) if number % 2 else dice.randbytes(page)
        garbled[number * page : (number + 1) * page] = garbage
        database.write_bytes(garbled)
        with opened(folder) as store:
            assert len(store.images()) == N_IMAGES, number
            for identifier in dice.sample(sorted(contents), 5):
                loaded, damages = store.load(identifier)
                assert damages == []
                assert {c.identifier for c in loaded.cracks} >= {
                    c.identifier for c in contents[identifier].cracks
                }


def test_new_images_do_not_get_the_numbers_of_lost_ones(folder):
    cut(folder, 0.7)
    with opened(folder) as store:
        known = {record.identifier for record in store.images()}
        assert len(known) < N_IMAGES
        added = store.add_images(make_images(folder.parent / "photos", N_IMAGES))
        assert len(known) + len(added) == N_IMAGES
        assert min(record.identifier for record in added) > N_IMAGES
        assert all(store.load(record.identifier)[0].cracks == () for record in added)


def test_a_truncated_log_loses_the_last_saves_only(folder):
    """As after a power cut on a disk that lied; the mask that went with it is found by `check`."""
    store = opened(folder)
    before = store.load(1)[0]
    store.save(1, ImageContent(before.cracks, ()), "Delete box")
    log = folder / "project.sqlite-wal"
    content, files = log.read_bytes(), (folder / "project.sqlite").read_bytes()
    store.close()
    (folder / "project.sqlite").write_bytes(files)
    log.write_bytes(content[:-100])
    with opened(folder) as store:
        assert store.damages == []
        assert same_contents(store.load(1)[0], before)


@pytest.mark.parametrize(
    ("n_boxes", "text"),
    [
        (1, "1 box belongs to an image that is lost; it was left out."),
        (2, "2 boxes belong to images that are lost; they were left out."),
    ],
)
def test_what_is_left_out_is_told_in_the_right_number(n_boxes, text):
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE image (id)")
        for table in project_recovery._HOMELESS:
            connection.execute(f"CREATE TABLE {table} (image)")
        connection.executemany("INSERT INTO box VALUES (?)", [(7,)] * n_boxes)
        assert project_recovery._drop_homeless(connection) == [text]


def test_candidates_notes_and_times_of_a_truncated_database_are_kept(folder):
    with opened(folder) as store:
        content = store.load(1)[0].with_candidates([make_candidate("a")]).with_note(Note(3, 4, "?"))
        store.save(1, content, "Predict")
        store.add_effort(Effort(1, "a", "review", 2.5))
        kept = store.reviews.candidates(), store.reviews.notes(), store.efforts()
    cut(folder, 0.5)
    with opened(folder) as store:
        assert (store.reviews.candidates(), store.reviews.notes(), store.efforts()) == kept
        assert same_contents(store.load(1)[0], content)


def test_the_file_of_a_candidate_that_nothing_names_does_not_become_a_crack(folder):
    with opened(folder) as store:
        content = store.load(1)[0].with_candidates([make_candidate("a")])
        store.save(1, content, "Predict")
    for path in (folder / "checkpoints").iterdir():
        path.unlink()
    with closing(sqlite3.connect(folder / "project.sqlite")) as connection:
        connection.execute("DELETE FROM candidate")
        connection.commit()
    cut(folder, 0.9)
    with opened(folder) as store:
        assert "a" not in [crack.identifier for crack in store.load(1)[0].cracks]
