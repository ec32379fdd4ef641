"""Photographs and masks of the same names: which values, which images, what fails."""

import numpy as np
import pytest
from PIL import Image

from annotator.document.image_state import ImageState
from annotator.errors import AnnotatorError, JobCancelled
from annotator.exporters import frame
from annotator.exporters.mask_pairs import MaskPairsOptions, export_mask_pairs
from annotator.exporters.selection import ALL_STATES
from tests.annotator.exporters.projects import Project, diagonal, photograph, tree_of


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    yield project
    project.store.close()


def export(project, target, is_cancelled=lambda: False, **options):
    return export_mask_pairs(
        project.store, target, MaskPairsOptions(**options), lambda *_: None, is_cancelled
    )


@pytest.mark.parametrize("value", [255, 1])
def test_pairs_of_the_same_name(project, tmp_path, value):
    record = project.add("Rückseite/a b.JPG", diagonal(600, 400, (5, 5), 300))
    project.add("clean.png")
    report = export(project, tmp_path / "out", crack_value=value)
    assert report.is_verified
    assert report.failures == ()
    assert report.counts == {"with cracks": 1, "without cracks": 1}
    copied = tmp_path / "out/images/a b.JPG"
    assert copied.read_bytes() == record.path.read_bytes()
    with Image.open(tmp_path / "out/masks/a b.png") as picture:
        assert picture.mode == "L"
        values = np.asarray(picture)
    assert np.unique(values).tolist() == [0, value]
    np.testing.assert_array_equal(values != 0, project.mask(record))
    assert not np.asarray(Image.open(tmp_path / "out/masks/clean.png")).any()


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_rotated_photograph_is_written_upright(project, tmp_path, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = project.photographs / "turned.jpg"
    Image.fromarray(photograph(3, 600, 400)).save(path, exif=exif)
    size = (400, 600) if orientation == 6 else (600, 400)
    record = project.add_file(path, diagonal(*size, (5, 5), 300))
    report = export(project, tmp_path / "out")
    with Image.open(tmp_path / "out/images/turned.png") as picture:
        assert picture.size == size
        assert 0x0112 not in picture.getexif()
    np.testing.assert_array_equal(
        np.asarray(Image.open(tmp_path / "out/masks/turned.png")) != 0, project.mask(record)
    )
    assert "turned.jpg" in report.listed[0]


def test_deep_and_grey_photographs_are_copied(project, tmp_path):
    path = project.photographs / "deep.png"
    Image.fromarray(photograph(1, 300, 200, 1)[..., 0].astype(np.uint16) * 200).save(path)
    project.add_file(path, diagonal(300, 200, (5, 5), 200))
    assert export(project, tmp_path / "out").is_verified
    assert (tmp_path / "out/images/deep.png").read_bytes() == path.read_bytes()


def test_images_that_nobody_looked_at_are_left_out(project, tmp_path):
    project.add("a.jpg", diagonal(600, 400, (5, 5), 300), state=ImageState.IN_PROGRESS)
    project.add("new.jpg", state=ImageState.NEW)
    project.add("clean.jpg", state=ImageState.REVIEWED)
    report = export(project, tmp_path / "out", states=ALL_STATES)
    assert sorted(path.name for path in (tmp_path / "out/masks").iterdir()) == [
        "a.png",
        "clean.png",
    ]
    assert len(report.listed) == 1
    assert "nothing is marked in them: 1;" in report.listed[0]
    report = export(project, tmp_path / "finished")
    assert report.n_images == 1


def test_what_cannot_be_exported_is_named(project, tmp_path):
    whole = project.add("a.jpg", diagonal(600, 400, (5, 5), 300))
    damaged = project.add("damaged.jpg", diagonal(600, 400, (5, 5), 300))
    gone = project.add("gone.jpg", diagonal(600, 400, (5, 5), 300))
    gone.path.unlink()
    project.store.close()
    project.damage(damaged)
    store = type(project.store).open(project.store.folder, author="")
    report = export_mask_pairs(
        store, tmp_path / "out", MaskPairsOptions(), lambda *_: None, lambda: False
    )
    store.close()
    assert report.n_images == 1
    assert [whole.shown_name in path.name for path in (tmp_path / "out/images").iterdir()] == [True]
    assert sorted(text.split()[0] for text in report.failures) == ["damaged.jpg", "gone.jpg"]


def test_the_same_project_gives_the_same_bytes(project, tmp_path):
    project.add("a.jpg", diagonal(600, 400, (5, 5), 300))
    project.add("b/a.jpg", diagonal(600, 400, (5, 50), 300))
    for name in ("one", "two"):
        export(project, tmp_path / name)
    assert tree_of(tmp_path / "one") == tree_of(tmp_path / "two")


def test_a_file_that_changes_behind_its_back_is_noticed(project, tmp_path, monkeypatch):
    project.add("a.jpg", diagonal(600, 400, (5, 5), 300))

    def spoil(run):
        path = run.folder / "masks/a.png"
        Image.fromarray(np.full((400, 600), 7, np.uint8)).save(path)

    monkeypatch.setattr(frame.ExportRun, "check_files", spoil)
    report = export(project, tmp_path / "out")
    assert not report.is_verified
    assert "masks/a.png" in report.failures[0]


def test_cancelling_leaves_nothing(project, tmp_path):
    project.add("a.jpg", diagonal(600, 400, (5, 5), 300))
    with pytest.raises(JobCancelled):
        export(project, tmp_path / "out", is_cancelled=lambda: True)
    assert not (tmp_path / "out").exists()


def test_the_folder_of_the_photographs_is_refused(project):
    project.add("a.jpg", diagonal(600, 400, (5, 5), 300))
    with pytest.raises(AnnotatorError, match="photographs"):
        export(project, project.photographs / "out")


def test_other_values_are_refused():
    with pytest.raises(AnnotatorError, match="255 or 1"):
        MaskPairsOptions(crack_value=7)


def test_a_photograph_that_ends_early_is_left_out(project, tmp_path):
    project.add("good.jpg", diagonal(600, 400, (5, 5), 300))
    record = project.add("cut.jpg", diagonal(600, 400, (5, 5), 300))
    record.path.write_bytes(record.path.read_bytes()[:-2000])
    report = export(project, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out/images").iterdir()] == ["good.jpg"]
    assert any("cut.jpg is not in the export" in text for text in report.failures)


@pytest.mark.parametrize("size", [0, 7])
def test_a_photograph_with_other_bytes_is_listed(project, tmp_path, size):
    record = project.add("a.bmp", diagonal(600, 400, (5, 5), 300))
    content = bytearray(record.path.read_bytes())
    content[-1] ^= 255
    record.path.write_bytes(content + bytes(size))
    report = export(project, tmp_path / "out")
    assert "a.bmp has other bytes than when it was annotated" in report.listed[0]


def test_what_is_left_out_because_of_its_state_is_listed(project, tmp_path):
    project.add("done.jpg", diagonal(600, 400, (5, 5), 300))
    mask = diagonal(600, 400, (5, 5), 300)
    for name in ("a.jpg", "b.jpg"):
        project.add(name, mask, state=ImageState.IN_PROGRESS)
    project.add("empty.jpg", state=ImageState.NEW)
    report = export(project, tmp_path / "out", states=(ImageState.APPROVED,))
    assert "because of their state: 2 in progress;" in report.listed[0]
