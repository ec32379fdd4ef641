"""A project keeps what it is given: images, contents, settings, a journal with names."""

import random
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError, DiskFullError
from annotator.storage import content_storage, project_content, project_opening
from annotator.storage.project_store import ContentSave, ProjectStore, hash_file
from tests.annotator.storage.project_samples import (
    add_crack,
    files_below,
    make_images,
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


def reopened(store: ProjectStore, author: str = "Anna") -> ProjectStore:
    """The project opened again, without checkpoints, which keep masks."""
    store.close()
    again = ProjectStore.open(store.folder, author=author)
    for checkpoint in again.checkpoints():
        checkpoint.path.unlink()
    return again


def masks_of(store: ProjectStore) -> set[str]:
    return {name for name in files_below(store.folder) if name.startswith(("masks/", "paths/"))}


def test_a_new_project_lists_its_images_in_natural_order(tmp_path):
    with make_store(tmp_path, 12) as store:
        names = [record.shown_name for record in store.images()]
        assert names == [f"IMG {number}.jpg" for number in range(1, 13)]
        assert {record.state for record in store.images()} == {ImageState.NEW}
        assert store.name == "Bridge"
        assert store.images_folder == tmp_path / "photos"


def test_images_are_left_alone(tmp_path):
    paths = make_images(tmp_path / "photos")
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in paths]
    with make_store(tmp_path) as store:
        add_crack(store, 1, painted_crack())
        store.remove_images([2])
        store.checkpoint()
    assert files_below(tmp_path / "photos") == {path.name for path in paths}
    assert [path.read_bytes() for path in paths] == [content for content, _ in before]


def test_no_file_is_added_twice(store, tmp_path):
    paths = sorted((tmp_path / "photos").iterdir())
    (tmp_path / "link").symlink_to(tmp_path / "photos")
    assert store.add_images(paths) == []
    assert store.add_images([tmp_path / "photos" / ".." / "photos" / paths[0].name]) == []
    assert store.add_images([tmp_path / "link" / paths[0].name]) == []
    assert len(store.images()) == 3


def test_names_that_differ_in_case_are_two_files_where_the_system_says_so(store, tmp_path):
    upper = tmp_path / "photos" / "img 1.JPG"
    if upper.exists():
        pytest.skip("upper and lower case are one here")
    upper.write_bytes(b"another")
    assert [record.shown_name for record in store.add_images([upper, upper])] == ["img 1.JPG"]


def test_images_of_other_folders_get_names_of_their_own(store, tmp_path):
    added = store.add_images(make_images(tmp_path / "more", 2) + make_images(tmp_path / "x" / "y"))
    names = sorted(record.shown_name for record in added)
    assert names == [
        "more/IMG 1.jpg", "more/IMG 2.jpg", "y/IMG 1.jpg", "y/IMG 2.jpg", "y/IMG 3.jpg",
    ]  # fmt: skip


def test_a_file_that_is_not_there_is_not_added(store, tmp_path):
    with pytest.raises(AnnotatorError, match="cannot be read"):
        store.add_images([tmp_path / "photos" / "none.jpg"])
    assert len(store.images()) == 3


def test_contents_come_back(store):
    content = some_content().with_state(ImageState.REVIEWED).with_subset("test")
    store.save(2, content, "Everything")
    assert same_contents(store.load(2)[0], content)
    again = reopened(store)
    loaded, damages = again.load(2)
    assert same_contents(loaded, content)
    assert damages == []
    record = again.images()[1]
    assert (record.n_cracks, record.n_boxes) == (2, 1)
    assert (record.state, record.subset) == (ImageState.REVIEWED, "test")
    again.close()


def test_the_order_of_cracks_is_kept(store):
    cracks = [painted_crack(seed=seed) for seed in range(5)]
    store.save(1, ImageContent(tuple(cracks)), "Add")
    store.save(1, ImageContent((cracks[4], cracks[1], cracks[2], cracks[0])), "Sort")
    loaded = store.load(1)[0]
    assert [crack.identifier for crack in loaded.cracks] == [
        cracks[number].identifier for number in (4, 1, 2, 0)
    ]


def test_a_crack_without_pixels_comes_back(store):
    crack = Crack(some_content().cracks[0].pixels.with_values(0, 0, np.zeros((900, 900), "u1")))
    assert crack.pixels.is_empty
    content = add_crack(store, 1, crack)
    assert same_contents(reopened(store).load(1)[0], content)


def test_identifiers_of_any_kind_make_files(store):
    crack = Crack(painted_crack().pixels, identifier="../../a crack: ünï?/" + "x" * 300)
    content = add_crack(store, 1, crack)
    assert all(len(name.split("/")) == 3 for name in masks_of(store))
    assert same_contents(reopened(store).load(1)[0], content)


def test_only_what_changed_is_encoded_and_written(store, monkeypatch):
    encoded = []
    encode = project_content.encode_raster
    monkeypatch.setattr(
        project_content, "encode_raster", lambda raster: encoded.append(raster) or encode(raster)
    )
    content = ImageContent((painted_crack(), traced_crack(), painted_crack(seed=3)))
    store.save(1, content, "Add")
    assert len(encoded) == 3
    before = {name: (store.folder / name).stat().st_mtime_ns for name in masks_of(store)}
    changed = Crack(painted_crack(seed=9).pixels, identifier=content.cracks[0].identifier)
    store.save(1, content.with_crack_replaced(changed.identifier, [changed]), "Paint")
    assert encoded[3:] == [changed.pixels]
    after = {name: (store.folder / name).stat().st_mtime_ns for name in masks_of(store)}
    assert len(after.items() & before.items()) == 3  # two masks and a course
    assert len(after) == 4  # the mask before is gone


def test_nothing_is_written_where_nothing_changed(store):
    content = some_content()
    store.save(1, content, "Add")
    n_lines = len(store.journal())
    store.save(1, content, "Again")
    again = reopened(store)
    again.save(1, again.load(1)[0], "Again")
    again.save(1, content, "Equal, but other objects")
    assert len(again.journal()) == n_lines
    again.close()


def test_undo_brings_back_masks_and_makers(store):
    content = some_content()
    store.save(1, content, "Add")
    assert len(masks_of(store)) == 3
    crack = content.cracks[0].identifier
    made = row_of(store, "crack", crack)
    store.author = "Berta"
    store.save(1, content.without([crack.identifier for crack in content.cracks]), "Delete")
    assert masks_of(store) == set()
    store.save(1, content, "Undo")
    row = row_of(store, "crack", crack)
    assert (row["made_by"], row["made_at"]) == ("Anna", made["made_at"])
    assert row["changed_by"] == "Berta"
    assert same_contents(reopened(store).load(1)[0], content)


def test_files_that_the_image_no_longer_names_are_removed_also_after_a_load(store):
    content = add_crack(store, 1, painted_crack())
    (crack,) = content.cracks
    again = reopened(store)
    again.load(1)
    again.save(1, ImageContent(), "Delete")
    assert masks_of(again) == set()
    again.save(1, content, "Undo")
    assert same_contents(again.load(1)[0], content)
    assert masks_of(again) == {
        name for name in masks_of(again) if name.startswith(f"masks/1/{crack.identifier}-")
    }
    again.close()


def test_masks_that_somebody_holds_are_not_encoded_again(store, monkeypatch):
    contents = {number: add_crack(store, number, painted_crack()) for number in (1, 2, 3)}
    monkeypatch.setattr(project_content, "encode_raster", lambda _pixels: pytest.fail("encoded"))
    for number, content in contents.items():
        store.save(number, content.with_state(ImageState.REVIEWED), "Mark")
    del contents, content
    assert all(value() is None for value, _ in store._contents._stored[2].masks.values())


def saves_of(store, state=ImageState.REVIEWED):
    contents = {record.identifier: store.load(record.identifier)[0] for record in store.images()}
    return [
        ContentSave(number, content.with_state(state).with_cracks([painted_crack(seed=number)]),
                    f"Edit {number}")
        for number, content in contents.items()
    ]  # fmt: skip


def test_many_contents_are_one_transaction_with_a_line_each(store, monkeypatch):
    transactions = []
    begin = store._database.transaction

    def counted():
        transactions.append(1)
        return begin()

    monkeypatch.setattr(store._database, "transaction", counted)
    saves = saves_of(store)
    store.save_many(saves)
    assert len(transactions) == 1
    assert [line.text for line in store.journal()][-3:] == ["Edit 1", "Edit 2", "Edit 3"]
    assert {line.author for line in store.journal()} == {"Anna"}
    again = reopened(store)
    for save in saves:
        assert same_contents(again.load(save.identifier)[0], save.content)
    assert not any(record.sha256 for record in again.images())
    again.note_digests([1, 2, 3])
    assert all(record.sha256 == hash_file(record.path) for record in again.images())
    again.close()


@pytest.mark.parametrize("n_good", [0, 2])
def test_of_many_contents_none_is_saved_where_one_fails(store, monkeypatch, n_good):
    left = [n_good]
    write = content_storage.write_files

    def fail_later(*arguments):
        left[0] -= 1
        if left[0] < 0:
            raise DiskFullError("The disk is full.")
        return write(*arguments)

    monkeypatch.setattr(content_storage, "write_files", fail_later)
    with pytest.raises(DiskFullError, match="last changes of 3 images"):
        store.save_many(saves_of(store))
    assert masks_of(store) == set()
    assert {record.state for record in store.images()} == {ImageState.NEW}


def test_of_many_contents_none_is_saved_where_the_transaction_fails(store, monkeypatch):
    add_line, n_lines = content_storage.add_journal_line, len(store.journal())

    def fail_at_last(connection, author, text, *image):
        if text == "Edit 3":
            raise DiskFullError("The disk is full.")
        add_line(connection, author, text, *image)

    monkeypatch.setattr(content_storage, "add_journal_line", fail_at_last)
    with pytest.raises(DiskFullError):
        store.save_many(saves_of(store))
    assert masks_of(store) == set()
    assert len(store.journal()) == n_lines
    assert {record.n_cracks for record in store.images()} == {0}


def row_of(store, table, identifier):
    query = f"SELECT * FROM {table} WHERE identifier = ?"
    return dict(store._database.rows(query, identifier)[0])


def test_each_crack_and_box_knows_who_made_and_who_changed_it(store):
    content = some_content()
    crack, other = content.cracks
    store.save(1, content, "Add")
    again = reopened(store, "Berta")
    locked = Crack(crack.pixels, crack.source, None, True, crack.identifier)
    box = content.boxes[0].moved_to((5, 5, 9, 9))
    changed = content.with_crack_replaced(crack.identifier, [locked]).with_box_replaced(box)
    again.save(1, changed, "Lock and move")
    for table, identifier in (("crack", crack.identifier), ("box", box.identifier)):
        row = row_of(again, table, identifier)
        assert (row["made_by"], row["changed_by"]) == ("Anna", "Berta")
        assert row["made_at"] <= row["changed_at"]
    assert row_of(again, "crack", other.identifier)["changed_by"] == "Anna"
    again.close()


def test_deleting_the_one_before_does_not_count_as_a_change(store):
    cracks = [painted_crack(seed=seed) for seed in range(3)]
    store.save(1, ImageContent(tuple(cracks)), "Add")
    again = reopened(store, "Berta")
    again.save(1, ImageContent(tuple(cracks[1:])), "Delete")
    assert row_of(again, "crack", cracks[2].identifier)["changed_by"] == "Anna"
    assert row_of(again, "crack", cracks[2].identifier)["position"] == 1
    again.close()


def test_the_journal_says_who_did_what_to_which_image_and_when(store):
    add_crack(store, 2, painted_crack())
    again = reopened(store, "Bärta")
    again.save(2, ImageContent(), "Delete crack")
    first, second = again.journal(2)
    assert (first.author, first.image, first.text) == ("Anna", "IMG 2.jpg", "Add")
    assert (second.author, second.text) == ("Bärta", "Delete crack")
    assert first.at < second.at
    assert first.at.endswith("Z")
    assert [line.text for line in again.journal()] == ["Added 3 images", "Add", "Delete crack"]
    again.close()


def test_settings_are_json(store):
    store.set("boxes", {"crack": ["#E69F00", 0], "ä": None})
    assert reopened(store).get("boxes") == {"crack": ["#E69F00", 0], "ä": None}


def test_a_setting_that_is_not_there_has_its_default(store):
    assert store.get("none") is None
    assert store.get("none", [1]) == [1]


def test_facts_of_an_image_are_noted(store, tmp_path):
    store.note_image(1, size=(640, 480), sha256="ab" * 32)
    record = store.image(1)
    assert (record.size, record.sha256) == ((640, 480), "ab" * 32)
    (tmp_path / "photos" / "IMG 1.jpg").write_bytes(b"other content")
    assert store.image(1).sha256 == ""


def test_the_size_under_cracks_is_kept(store):
    store.note_image(1, size=(640, 480))
    store.note_image(1, size=(800, 600))
    assert store.image(1).size == (800, 600)
    add_crack(store, 1, painted_crack())
    store.note_image(1, size=(300, 200))
    assert store.image(1).size == (800, 600)


def test_removed_images_go_to_the_trash_and_their_number_is_not_used_again(store, tmp_path):
    add_crack(store, 3, painted_crack())
    (mask,) = [(store.folder / name).read_bytes() for name in masks_of(store)]
    store.remove_images([3])
    assert [record.identifier for record in store.images()] == [1, 2]
    assert masks_of(store) == set()
    kept = list((store.folder / "trash").rglob("*.png"))
    assert [path.read_bytes() for path in kept] == [mask]
    assert (kept[0].parent / "image.json").is_file()
    assert store.left_out == {"IMG 3.jpg"}
    with pytest.raises(AnnotatorError, match="no longer in the project"):
        store.load(3)
    (again,) = store.add_images([tmp_path / "photos" / "IMG 3.jpg"])
    assert again.identifier == 4
    assert again.n_cracks == 0
    assert store.left_out == set()


def test_saving_an_image_that_was_removed_says_so(store):
    store.remove_images([1])
    with pytest.raises(AnnotatorError, match="no longer in the project"):
        store.save(1, some_content(), "Add")


def test_many_threads_save_and_load(store):
    errors = []

    def work(identifier):
        try:
            for seed in range(8):
                crack = painted_crack(seed=seed)
                content = ImageContent((crack,)).with_boxes([BoundingBox((0, 0, seed + 1, 2))])
                store.save(identifier, content, "Paint")
                store.set("last", seed)
                assert len(store.images()) == 3
                for other in (1, 2, 3):
                    loaded, damages = store.load(other)
                    assert damages == []
                    assert len(loaded.cracks) <= 1
        except BaseException as error:  # noqa: BLE001 - shown below
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(masks_of(store)) == 3


def test_long_and_foreign_names(tmp_path):
    folder = tmp_path / ("ein sehr langer Ordner mit Leerzeichen und Ümläuten 橋 " * 3).strip()
    names = ["橋のひび.jpg", "a b  c'%#.png", "n" * 240 + ".jpg"]
    folder.mkdir()
    paths = [folder / name for name in names]
    for path in paths:
        path.write_bytes(b"x")
    target = tmp_path / "Brücke 橋 #1%20?.crackproj"
    with ProjectStore.create(target, name="橋", images_folder=folder, author="Žofie") as store:
        store.add_images(paths)
        for record in store.images():
            add_crack(store, record.identifier, painted_crack())
        store.checkpoint("Ümlaut / 橋: 1?")
        store.remove_images([3])
    with ProjectStore.open(target, author="Žofie") as store:
        assert {record.path for record in store.images()} == set(paths[:2])
        assert not any(record.is_missing for record in store.images())
        assert "Ümlaut / 橋: 1?" in [checkpoint.name for checkpoint in store.checkpoints()]


def test_a_folder_without_a_project_is_refused(tmp_path):
    with pytest.raises(AnnotatorError, match="holds no project"):
        ProjectStore.open(tmp_path, author="Anna")
    with pytest.raises(AnnotatorError, match="holds no project"):
        ProjectStore.open(tmp_path / "none", author="Anna")


def test_a_project_that_cannot_be_made_leaves_no_folder(tmp_path, monkeypatch):
    def full(_temporary, _path):
        raise DiskFullError("The disk is full.")

    monkeypatch.setattr(project_opening, "replace_for_good", full)
    with pytest.raises(DiskFullError):
        ProjectStore.create(tmp_path / "p.crackproj", name="x", images_folder=None, author="Anna")
    assert list(tmp_path.iterdir()) == []


def test_a_closed_project_says_so(store):
    store.close()
    with pytest.raises(AnnotatorError, match="is closed; open it again"):
        store.images()
    with pytest.raises(AnnotatorError, match="is closed; open it again"):
        store.set("a", 1)


def test_a_project_is_not_made_over_another(store):
    store.close()
    with pytest.raises(AnnotatorError, match="is a project already"):
        ProjectStore.create(store.folder, name="x", images_folder=None, author="Anna")
    assert len(ProjectStore.open(store.folder, author="Anna").images()) == 3


def random_edit(content, dice):
    """A crack or box that comes, goes, changes or moves, or another state."""
    cracks, boxes = list(content.cracks), list(content.boxes)
    match dice.randrange(8):
        case 0 | 1:
            made = painted_crack(seed=dice.randrange(99)) if dice.random() < 0.6 else traced_crack()
            cracks.insert(dice.randint(0, len(cracks)), made)
        case 2 if cracks:
            cracks.remove(dice.choice(cracks))
        case 3 if cracks:
            place = dice.randrange(len(cracks))
            pixels = cracks[place].pixels.with_values(dice.randrange(400), 7, np.ones((9, 9), "u1"))
            cracks[place] = replace(cracks[place], pixels=pixels, is_locked=dice.random() < 0.5)
        case 4:
            dice.shuffle(cracks)
        case 5:
            boxes.append(BoundingBox((0, 0, dice.randrange(1, 99), 5), dice.choice("ab")))
        case 6 if boxes:
            boxes[0] = boxes[0].moved_to((1, 1, dice.randrange(2, 99), 3))
    state = dice.choice(list(ImageState)) if dice.random() < 0.2 else content.state
    return ImageContent(tuple(cracks), tuple(boxes), state, content.subset)


@pytest.mark.parametrize("seed", range(4))
def test_any_sequence_of_edits_undos_and_restarts(tmp_path, seed):
    dice = random.Random(seed)
    store = make_store(tmp_path)
    past = [ImageContent()]
    for _ in range(60):
        content = random_edit(past[-1], dice) if dice.random() < 0.7 else dice.choice(past)
        past.append(content)
        store.save(1, content, "Edit")
        if dice.random() < 0.2:
            store = reopened(store)
            past = [store.load(1)[0]]
        loaded, damages = store.load(1)
        assert damages == []
        assert same_contents(loaded, content)
        assert masks_of(store) == store.crack_files()
    store.close()


def test_every_commit_waits_for_the_disk(store):
    connection = store._database._writer
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2


def test_the_first_save_notes_the_content_of_the_photograph(store, tmp_path):
    path = tmp_path / "photos" / "IMG 1.jpg"
    first = hash_file(path)
    store.save(1, ImageContent(state=ImageState.IN_PROGRESS), "Start")
    assert reopened(store).image(1).sha256 == first


def test_a_photograph_changed_later_keeps_the_digest_of_what_was_drawn_on(store, tmp_path):
    path = tmp_path / "photos" / "IMG 1.jpg"
    store.save(1, ImageContent(state=ImageState.IN_PROGRESS), "Start")
    before, content = store.image(1).sha256, path.read_bytes()
    path.write_bytes(b"other content")
    again = reopened(store)
    again.save(1, ImageContent(state=ImageState.REVIEWED), "Review")
    path.write_bytes(content)
    assert again.image(1).sha256 == before != ""


def test_work_on_a_photograph_that_is_gone_is_saved(store, tmp_path):
    (tmp_path / "photos" / "IMG 1.jpg").unlink()
    store.save(1, ImageContent(state=ImageState.IN_PROGRESS), "Start")
    assert reopened(store).image(1).state is ImageState.IN_PROGRESS


def test_the_trash_is_emptied_after_thirty_days_on_opening(store):
    store.remove_images([1])
    trash = store.folder / "trash"
    (fresh,) = trash.iterdir()
    now = datetime.now(UTC)
    for days, name in ((29, "kept"), (31, "gone")):
        stamp = (now - timedelta(days=days)).strftime("%Y%m%dT%H%M%S123Z")
        (trash / f"{stamp}-{name}").mkdir()
        (trash / f"{stamp}-{name}" / "image.json").write_text("{}")
    for foreign in ("20010101 mine", "20019999T999999999Z-no day"):
        (trash / foreign).mkdir()
    with ProjectStore.open(store.folder, author="Eve", read_only=True):
        assert len(list(trash.iterdir())) == 5
    reopened(store).close()
    left = {path.name for path in trash.iterdir()}
    assert {fresh.name, "20010101 mine", "20019999T999999999Z-no day"} < left
    assert [name.partition("-")[2] for name in left if name.endswith(("kept", "gone"))] == ["kept"]
