"""What is wrong with a project is found and told; repairs keep what can be kept."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.mask import MaskPatch
from annotator.document.pixel_source import PixelSource
from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.project_check import check_project, ribbon_of
from annotator.storage.project_store import ProjectLockedError, ProjectStore
from tests.annotator.storage.project_samples import (
    files_below,
    painted_crack,
    same_contents,
    same_cracks,
    straight_path,
)

WIDTH, HEIGHT = 320, 260


def traced():
    path = straight_path()
    return Crack.from_mask(ribbon_of(path, (WIDTH, HEIGHT)), "traced", path)


CONTENT = ImageContent((painted_crack(), traced(), painted_crack(50, 60, seed=4)))


@pytest.fixture
def folder(tmp_path):
    """A project of two photographs, one of them with three cracks, without checkpoints."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in "ab":
        Image.fromarray(np.zeros((HEIGHT, WIDTH), np.uint8)).save(photos / f"{name}.png")
    folder = tmp_path / "photos.crackproj"
    with ProjectStore.create(folder, name="p", images_folder=photos, author="Anna") as store:
        store.add_images(sorted(photos.iterdir()))
        store.save(1, CONTENT, "Draw")
    for path in (folder / "checkpoints").iterdir():
        path.unlink()
    return folder


def file_of(folder, kind, crack):
    (path,) = (folder / kind / "1").glob(f"{crack.identifier}-*")
    return path


def check(folder, *, repair=False):
    report = check_project(folder, author="Berta", is_repairing=repair)
    return [finding.text for finding in report.findings], report


def loaded(folder):
    with ProjectStore.open(folder, author="Anna", read_only=True) as store:
        content, damages = store.load(1)
        assert damages == []
        return content


def test_a_sound_project(folder):
    texts, report = check(folder)
    assert texts == []
    assert (report.n_images, report.n_cracks, report.n_open) == (2, 3, 0)


def test_checking_changes_nothing(folder):
    file_of(folder, "masks", CONTENT.cracks[0]).write_bytes(b"x")
    (folder / "masks" / "1" / "orphan-0123456789ab.png").write_bytes(b"x")

    def contents():
        return {name: (folder / name).read_bytes() for name in files_below(folder)}

    before = contents()
    check(folder)
    assert {name: text for name, text in contents().items() if "-" not in name[-4:]} == before


def test_a_traced_crack_is_drawn_anew(folder):
    file_of(folder, "masks", CONTENT.cracks[1]).write_bytes(b"garbled")
    texts, report = check(folder)
    assert "The mask of crack 2 cannot be used: the file is damaged" in texts[0]
    assert report.n_open == 1
    texts, report = check(folder, repair=True)
    assert "drawn anew from its center line" in texts[0]
    assert report.n_open == 0
    assert same_contents(loaded(folder), CONTENT)  # in its place, with its identifier
    assert check(folder)[0] == []


def test_pixels_that_are_drawn_anew_count_as_traced(folder):
    file_of(folder, "masks", CONTENT.cracks[1]).unlink()
    check(folder, repair=True)
    crack = loaded(folder).cracks[1]
    assert set(np.unique(crack.pixels.read(crack.box))) == {0, PixelSource.TRACED}


def test_a_crack_of_which_nothing_is_left_is_dropped_and_told(folder):
    path = file_of(folder, "masks", CONTENT.cracks[0])
    path.write_bytes(path.read_bytes()[:50])
    texts, report = check(folder, repair=True)
    assert "It was dropped" in texts[0]
    assert report.n_open == 0
    assert same_contents(loaded(folder), ImageContent(CONTENT.cracks[1:]))
    kept = [file.name for file in (folder / "trash").rglob("*.png")]
    assert path.name in kept


def test_mask_and_course_both_lost(folder):
    for kind in ("masks", "paths"):
        file_of(folder, kind, CONTENT.cracks[1]).unlink()
    texts, _ = check(folder, repair=True)
    assert len(texts) == 1
    assert "The mask of crack 2" in texts[0]
    assert "The course of crack 2" in texts[0]
    assert "It was dropped" in texts[0]
    assert len(loaded(folder).cracks) == 2


def test_a_lost_course_leaves_the_pixels(folder):
    file_of(folder, "paths", CONTENT.cracks[1]).write_bytes(b"")
    texts, _ = check(folder, repair=True)
    assert "It keeps its pixels" in texts[0]
    content = loaded(folder)
    assert same_cracks(content.cracks[1], replace(CONTENT.cracks[1], path=None))
    assert check(folder)[0] == []


def test_all_cracks_lost_at_once_keep_their_order(folder):
    for path in (folder / "masks" / "1").iterdir():
        path.unlink()
    with ProjectStore.open(folder, author="Anna") as store:
        more = [replace(traced(), identifier=name) for name in ("first", "second")]
        store.save(2, ImageContent((more[0], painted_crack(), more[1])), "Draw")
    shutil.rmtree(folder / "masks")
    check(folder, repair=True)
    with ProjectStore.open(folder, author="Anna") as store:
        assert [crack.identifier for crack in store.load(2)[0].cracks] == ["first", "second"]
        assert len(store.load(1)[0].cracks) == 1


def test_a_mask_that_no_row_names_is_better_than_none(folder):
    """As after a power cut that took the last transaction but not the files of it."""
    newer = painted_crack(120, 130, seed=9)
    with ProjectStore.open(folder, author="Anna") as store:
        sound = file_of(folder, "masks", CONTENT.cracks[0])
        database = (folder / "project.sqlite").read_bytes()
        changed = Crack(newer.pixels, identifier=CONTENT.cracks[0].identifier)
        for checkpoint in store.checkpoints():
            checkpoint.path.unlink()
        store.save(1, CONTENT.with_crack_replaced(changed.identifier, [changed]), "Paint")
    (folder / "project.sqlite").write_bytes(database)
    for path in (folder / "checkpoints").iterdir():
        path.unlink()
    assert not sound.exists()
    texts, _ = check(folder, repair=True)
    assert "An older or newer mask of it was found" in texts[0]
    assert loaded(folder).cracks[0].pixels.equals(newer.pixels)


def test_orphans_and_unfinished_files_go_to_the_trash(folder):
    (folder / "masks" / "1" / "orphan-0123456789ab.png").write_bytes(b"x")
    (folder / "paths" / "7").mkdir()
    (folder / "paths" / "7" / "orphan-0123456789ab.npz").write_bytes(b"x")
    (folder / "masks" / "1" / ".crack-annotator-ab.part").write_bytes(b"x")
    texts, report = check(folder)
    assert texts == ["2 files belong to no crack.", "1 file is unfinished."]
    assert report.n_open == 2
    texts, report = check(folder, repair=True)
    assert texts[0] == "2 files belong to no crack. Moved to the project's trash."
    assert report.n_open == 0
    assert check(folder)[0] == []
    assert len(files_below(folder / "masks")) == 3
    assert sum("orphan" in name for name in files_below(folder / "trash")) == 2


def test_files_of_checkpoints_are_no_orphans(folder):
    with ProjectStore.open(folder, author="Anna") as store:
        store.checkpoint("good")
        store.save(1, ImageContent(), "Delete")
    assert check(folder, repair=True)[0] == []
    assert len(files_below(folder / "masks")) == 3


def test_a_damaged_checkpoint_is_told_and_put_away(folder):
    with ProjectStore.open(folder, author="Anna") as store:
        path = store.checkpoint("good")
    path.write_bytes(path.read_bytes()[:5000])
    assert check(folder)[0] == ["1 checkpoint cannot be read."]
    check(folder, repair=True)
    assert not path.exists()
    assert path.name in [file.name for file in (folder / "trash").rglob("*.sqlite")]


def test_a_truncated_database(folder):
    path = folder / "project.sqlite"
    path.write_bytes(path.read_bytes()[:-4096])
    texts, report = check(folder)
    assert "The database was damaged" in texts[0]
    assert report.n_open >= 1
    texts, report = check(folder, repair=True)
    assert "The database was damaged" in texts[0]
    assert report.n_open == 0
    assert check(folder)[0] == []


def test_images_missing_damaged_or_of_another_size(folder):
    photos = folder.parent / "photos"
    with ProjectStore.open(folder, author="Anna") as store:
        store.note_image(1, size=(WIDTH, HEIGHT))
    (photos / "b.png").unlink()
    Image.fromarray(np.zeros((30, 40), np.uint8)).save(photos / "a.png")
    texts, report = check(folder, repair=True)
    assert "The image has 40 x 30 pixels now, 320 x 260 when it was drawn on." in texts
    assert "3 cracks and boxes reach beyond the image." in texts
    assert any("locate the missing images" in text for text in texts)
    assert report.n_open == len(texts) == 3
    (photos / "a.png").write_bytes(b"no image")
    assert any("is not an image" in text for text in check(folder)[0])


def test_a_file_of_the_same_size_in_pixels_but_other_content(folder):
    path = folder.parent / "photos" / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH), "u1")).save(path)
    with ProjectStore.open(folder, author="Anna") as store:
        store.note_image(1, size=(WIDTH, HEIGHT))
    assert check(folder)[0] == ["The file is another one than when it was added."]


def test_boxes_beyond_the_image(folder):
    with ProjectStore.open(folder, author="Anna") as store:
        box = BoundingBox((-3, 0, 10, 10))
        store.save(1, store.load(1)[0].with_boxes([box]), "Draw")
    assert check(folder)[0] == ["1 crack or box reaches beyond the image."]


def test_a_repair_notes_sizes(folder):
    check(folder, repair=True)
    with ProjectStore.open(folder, author="Anna") as store:
        assert [record.size for record in store.images()] == [(WIDTH, HEIGHT)] * 2


def test_a_repair_says_in_the_journal_who_did_it(folder):
    file_of(folder, "masks", CONTENT.cracks[0]).unlink()
    check(folder, repair=True)
    with ProjectStore.open(folder, author="Anna") as store:
        assert [(line.author, line.text) for line in store.journal(1)][-1] == ("Berta", "Repair")


def test_an_open_project_can_be_checked_but_not_repaired(folder):
    with ProjectStore.open(folder, author="Anna"):
        assert check(folder)[0] == []
        with pytest.raises(ProjectLockedError):
            check(folder, repair=True)


def test_a_project_that_may_not_be_written_is_not_repaired(folder, monkeypatch):
    from annotator.storage import project_opening

    monkeypatch.setattr(project_opening, "_is_writable", lambda _folder: False)
    with pytest.raises(AnnotatorError, match="nothing can be repaired"):
        check(folder, repair=True)
    assert check(folder)[0] == []


def test_progress_and_cancel(folder):
    seen = []
    with pytest.raises(JobCancelled):
        check_project(
            folder,
            author="Anna",
            report=lambda part, name: seen.append((part, name)),
            is_cancelled=lambda: bool(seen),
        )
    assert seen == [(0.0, "a.png")]


def test_a_ribbon_without_the_size_of_the_image():
    path = straight_path()
    whole, cut = ribbon_of(path, None), ribbon_of(path, (50, 22))
    assert whole.box == (10, 18, 83, 23)
    assert isinstance(cut, MaskPatch)
    assert cut.box == (10, 18, 50, 22)
    with pytest.raises(ValueError, match="inside the image"):
        ribbon_of(path, (5, 5))
