"""Whole photographs in the CSB layout, read back by a reader that knows only the layout."""

import csv
import errno
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError, DiskFullError, JobCancelled
from annotator.exporters.csb_images import CsbImagesOptions, export_csb_images
from annotator.exporters.splits import DataSetChoice
from annotator.storage.mask_io import load_mask
from annotator.storage.project_store import ProjectStore
from tests.annotator.exporters.csb_reader import GROUPS, read_entire_images
from tests.annotator.exporters.projects import (
    Project,
    box,
    course,
    crack_of,
    diagonal,
    photograph,
    tree_of,
)


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    yield project
    project.store.close()


def export(project, target, *, report=lambda fraction, text: None, is_cancelled=lambda: False,
           **choice):  # fmt: skip
    options = CsbImagesOptions(DataSetChoice(**choice))
    return export_csb_images(project.store, target, options, report, is_cancelled)


def test_an_independent_reader_finds_the_same_masks(project, tmp_path):
    records = [
        project.add(f"{folder}/IMG_{n}.JPG", diagonal(600, 400, (20 * n, 30), 300))
        for n in range(6)
        for folder in ("north", "south")
    ]
    clean = [project.add(f"clean_{n}.jpg") for n in range(4)]
    report = export(project, tmp_path / "set")
    assert report.is_verified
    assert report.failures == ()
    assert report.n_images == 16
    read = read_entire_images(tmp_path / "set")
    assert [len(read[group]) for group in GROUPS] == [11, 3, 1, 1]
    assert report.counts == {group: len(read[group]) for group in GROUPS}
    found = {name: mask for group in GROUPS for name, (_, mask) in read[group].items()}
    for record in records:
        name = record.shown_name.replace("/", "_")
        np.testing.assert_array_equal(found[name], project.mask(record))
    for record in clean:
        assert not found[record.shown_name].any()


def test_photographs_are_copied_byte_for_byte_and_masks_are_no_images_of_the_layout(
    project, tmp_path
):
    record = project.add("a.JPG", diagonal(600, 400, (5, 5), 200), save={"quality": 77})
    export(project, tmp_path / "set", test_fraction=0)
    copied = tmp_path / "set/entire images/crack_train/a.JPG"
    assert copied.read_bytes() == record.path.read_bytes()
    assert sorted(path.name for path in copied.parent.iterdir()) == ["a.JPG", "a.json"]
    mask = tmp_path / "set/masks/crack_train/a.png"
    np.testing.assert_array_equal(load_mask(mask) != 0, project.mask(record))
    assert set(np.unique(np.asarray(Image.open(mask)))) == {0, 255}


@pytest.mark.parametrize("orientation", [2, 3, 6, 8])
def test_a_rotated_photograph_is_rewritten_upright_and_listed(project, tmp_path, orientation):
    path = project.photographs / "turned.jpg"
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Camera"
    Image.fromarray(photograph(1, 320, 200)).save(path, exif=exif, quality=95)
    size = (200, 320) if orientation in {6, 8} else (320, 200)
    record = project.add_file(path, diagonal(*size, (10, 20), 80))
    report = export(project, tmp_path / "set", test_fraction=0)
    read = read_entire_images(tmp_path / "set")["crack_train"]
    pixels, mask = read["turned.png"]
    np.testing.assert_array_equal(mask, project.mask(record))
    with Image.open(path) as stored:
        turned = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
                  6: Image.Transpose.ROTATE_270, 8: Image.Transpose.ROTATE_90}  # fmt: skip
        np.testing.assert_array_equal(pixels, np.asarray(stored.transpose(turned[orientation])))
    with Image.open(tmp_path / "set/entire images/crack_train/turned.png") as written:
        assert not written.getexif()
    assert any("turned.jpg" in text and "upright" in text for text in report.listed)


def test_the_json_holds_end_points_tracks_and_boxes(project, tmp_path):
    path = course([(10, 20), (30.25, 40), (50, 60)])
    mask = diagonal(600, 400, (10, 20), 60)
    cracks = [crack_of(mask, "traced", path), crack_of(np.roll(mask, 90, 1))]
    boxes = [box((1, 2, 30, 40), "corrosion"), box((5, 6, 7, 8), "rust stain")]
    project.store.set("box_classes", [{"name": "paint", "number": 7}])
    project.add("a.jpg", cracks=cracks, boxes=boxes)
    export(project, tmp_path / "set", test_fraction=0)
    text = (tmp_path / "set/entire images/crack_train/a.json").read_text("utf-8")
    record = json.loads(text)
    assert record["image_name"] == "a.jpg"
    annotations = record["annotations"]
    assert annotations["cracks end-points"] == {"0": [[10.5, 20.5], [50.5, 60.5]]}
    assert annotations["tracks"] == {"0": [[10, 30.25, 50], [20, 40, 60]]}
    assert annotations["box"] == {
        "1": {"bounding_box": [[1, 2], [30, 40]], "class": 1},
        "2": {"bounding_box": [[5, 6], [7, 8]], "class": 8},
    }
    assert len(annotations["crack_pixels"]) == 2 * mask.sum()


def test_only_finished_images_are_taken_and_only_marked_ones_count_as_clean(project, tmp_path):
    mask = diagonal(600, 400, (5, 5), 100)
    for state in ImageState:
        project.add(f"crack {state}.jpg", mask, state=state)
        project.add(f"bare {state}.jpg", cracks=[], state=state)
    report = export(project, tmp_path / "set", test_fraction=0)
    read = read_entire_images(tmp_path / "set")
    assert {*read["crack_train"]} == {
        "crack reviewed.jpg", "crack approved.jpg", "crack no crack.jpg",
    }  # fmt: skip
    assert {*read["nocrack_train"]} == {"bare no crack.jpg"}
    assert any(text.startswith("2 reviewed or approved images") for text in report.listed)

    export(project, tmp_path / "all", states=tuple(ImageState), include_clean=True)
    read = read_entire_images(tmp_path / "all")
    assert sum(len(read[group]) for group in ("crack_train", "crack_test")) == 7
    clean = {*read["nocrack_train"], *read["nocrack_test"]}
    assert clean == {"bare no crack.jpg", "bare reviewed.jpg", "bare approved.jpg"}


def test_assignment_by_hand_wins_and_identical_files_stay_together(project, tmp_path):
    mask = diagonal(600, 400, (5, 5), 100)
    project.add("a.jpg", mask, subset="test")
    project.add("b.jpg", mask, subset="train")
    first = project.add("c.jpg", mask, subset="test")
    twin = project.photographs / "d.jpg"
    twin.write_bytes(first.path.read_bytes())
    project.add_file(twin, mask)
    report = export(project, tmp_path / "set", test_fraction=0)
    read = read_entire_images(tmp_path / "set")
    assert {*read["crack_test"]} == {"a.jpg", "c.jpg", "d.jpg"}
    assert {*read["crack_train"]} == {"b.jpg"}
    assert any("c.jpg, d.jpg are the same file" in text for text in report.listed)


def test_what_cannot_be_exported_is_named_and_the_rest_is_there(project, tmp_path):
    mask = diagonal(600, 400, (5, 5), 100)
    project.add("good.jpg", mask)
    gone = project.add("gone.jpg", mask)
    gone.path.unlink()
    broken = project.add("broken.jpg", mask)
    broken.path.write_bytes(b"no image")
    other = project.add("other.jpg", mask, size=(640, 400))
    Image.fromarray(photograph(0, 100, 80)).save(other.path)
    project.damage(project.add("damaged.jpg", mask))
    report = export(project, tmp_path / "set", test_fraction=0)
    assert {*read_entire_images(tmp_path / "set")["crack_train"]} == {"good.jpg"}
    assert len(report.failures) == 4
    for name in ("gone.jpg", "broken.jpg", "other.jpg", "damaged.jpg"):
        assert any(text.startswith(name) for text in report.failures), name
    assert report.is_verified


def test_the_manifest_says_where_pixels_come_from(project, tmp_path):
    mask = diagonal(600, 400, (5, 5), 100)
    cracks = [crack_of(mask, "traced", course([(5, 5), (90, 50)])), crack_of(np.roll(mask, 150, 1))]
    project.add("a.jpg", cracks=cracks)
    export(project, tmp_path / "set", test_fraction=0)
    manifest = json.loads((tmp_path / "set/manifest.json").read_text("utf-8"))
    assert manifest["seed"] == 0
    row = manifest["images"][0]
    assert row["pixels_traced"] == row["pixels_painted"] == mask.sum()
    assert row["crack_pixels"] == 2 * mask.sum()
    assert row["authors"] == ["Anna"]
    with (tmp_path / "set/manifest.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert [line["image"] for line in listed] == ["entire images/crack_train/a.jpg"]
    assert listed[0]["source_sha256"] == row["source_sha256"]


def test_the_same_project_exports_the_same_bytes(project, tmp_path):
    for n in range(5):
        project.add(f"{n}.jpg", diagonal(600, 400, (5 * n, 5), 100))
    project.add("clean.png")
    first = export(project, tmp_path / "first")
    project.store.close()
    project.store = ProjectStore.open(project.store.folder, author="Bob", read_only=True)
    second = export(project, tmp_path / "second")
    assert tree_of(first.target) == tree_of(second.target)
    assert first.counts == second.counts


def test_nothing_in_those_states_is_one_sentence(project, tmp_path):
    project.add("a.jpg", cracks=[], state=ImageState.NEW)
    with pytest.raises(AnnotatorError, match="reviewed"):
        export(project, tmp_path / "set")
    assert not (tmp_path / "set").exists()


def test_images_without_any_crack_and_unmarked_leave_nothing_to_export(project, tmp_path):
    project.add("a.jpg", cracks=[], state=ImageState.REVIEWED)
    with pytest.raises(AnnotatorError):
        export(project, tmp_path / "set")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_cancelling_leaves_nothing(project, tmp_path):
    for n in range(4):
        project.add(f"{n}.jpg", diagonal(600, 400, (5 * n, 5), 100))
    for allowed in (0, 1, 6, 11, 30):
        calls = iter(range(allowed))
        with pytest.raises(JobCancelled):
            export(project, tmp_path / "set",
                   is_cancelled=lambda calls=calls: next(calls, None) is None)  # fmt: skip
        assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_the_progress_only_grows(project, tmp_path):
    for n in range(4):
        project.add(f"{n}.jpg", diagonal(600, 400, (5 * n, 5), 100))
    seen = []
    export(project, tmp_path / "set", report=lambda fraction, text: seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1
    assert len(seen) > 10


def test_a_disk_that_fills_at_any_write_leaves_nothing(project, tmp_path, monkeypatch):
    project.add("a.jpg", diagonal(600, 400, (5, 5), 100))
    project.add("b.jpg")
    original, writes = Path.open, []

    def failing_at(number):
        def opened(self, mode="r", *arguments, **options):
            if "w" in mode:
                writes.append(self)
                if len(writes) == number:
                    raise OSError(errno.ENOSPC, "No space left on device")
            return original(self, mode, *arguments, **options)

        writes.clear()
        return opened

    monkeypatch.setattr(Path, "open", failing_at(0))
    n_files = export(project, tmp_path / "set").n_files
    assert len(writes) == n_files == 9
    shutil.rmtree(tmp_path / "set")
    for number in range(1, n_files + 1):
        monkeypatch.setattr(Path, "open", failing_at(number))
        with pytest.raises(DiskFullError, match="The disk is full"):
            export(project, tmp_path / "set")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_the_photographs_are_not_a_target(project, tmp_path):
    project.add("a.jpg", diagonal(600, 400, (5, 5), 100))
    for target in (project.photographs / "export", project.store.folder / "export"):
        with pytest.raises(AnnotatorError, match="outside"):
            export(project, target)
        assert not target.exists()
