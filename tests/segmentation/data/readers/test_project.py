"""The reader of projects against what the program writes."""

import sqlite3

import numpy as np
import pytest

from annotator.document.block_raster import BlockRaster
from annotator.document.crack import Crack
from annotator.document.image_state import ImageState
from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.data.sources import changed_items, collect, reader_of
from tests.annotator.exporters.projects import Project, crack_of, diagonal

SIZE = (600, 400)
MASK = diagonal(*SIZE, (40, 30), 300)


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path)
    project.add("a.png", MASK, state=ImageState.APPROVED)
    project.add("b.jpg", MASK, state=ImageState.REVIEWED)
    project.add("c.png", state=ImageState.NO_CRACK)
    project.add("d.png", MASK, state=ImageState.IN_PROGRESS)
    project.add("e.png", state=ImageState.APPROVED)
    project.add("f.png", state=ImageState.NEW)
    yield project
    project.store.close()


def masks_of(manifest):
    found = {}
    for item in manifest.items:
        reader, folder, options = reader_of(manifest.origin_of(item))
        found[item.name.rpartition("/")[2]] = reader.load(folder, item, options)[1]
    return found


def test_finished_images_teach_as_a_whole(project):
    manifest = collect([str(project.store.folder)])
    assert manifest.origins[0].layout == "project"
    assert manifest.items[0].image == "../photographs/a.png"
    masks = masks_of(manifest)
    assert list(masks) == ["a.png", "b.jpg", "c.png"]
    assert (masks["a.png"] == MASK).all()
    assert (masks["b.jpg"] == MASK).all()
    assert not masks["c.png"].any()


def test_reviewed_images_without_cracks_on_request(project):
    manifest = collect([f"{project.store.folder}?include_clean=true&states=approved"])
    assert [item.name.rpartition("/")[2] for item in manifest.items] == ["a.png", "e.png"]


def test_of_other_images_only_what_was_drawn_teaches(project):
    codes = np.zeros(SIZE[::-1], np.uint8)
    codes[100:110, 50:90] = 4  # predicted
    codes[104:106, 60:80] = 2  # painted
    codes[100:102, 50:60] = 128  # erased
    drawn = Crack(BlockRaster.from_array(0, 0, codes), "painted")
    record = project.add("g.png", cracks=(drawn,), state=ImageState.NEEDS_WORK)
    mask = masks_of(collect([f"{project.store.folder}?states=needs work"]))["g.png"]
    expected = np.full(codes.shape, UNLABELLED, np.uint8)
    expected[104:106, 60:80] = 1
    expected[100:102, 50:60] = 0
    assert (mask == expected).all()
    assert record.state == ImageState.NEEDS_WORK


def test_overlapping_cracks_unite(project):
    erased = np.zeros(SIZE[::-1], np.uint8)
    erased[MASK > 0] = 128
    cracks = (crack_of(MASK), Crack(BlockRaster.from_array(0, 0, erased), "painted"))
    project.add("h.png", cracks=cracks, state=ImageState.APPROVED)
    assert (masks_of(collect([str(project.store.folder)]))["h.png"] == MASK).all()


def test_a_closed_project_and_one_that_is_written_protected(project, tmp_path):
    project.store.close()
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    assert len(collect([str(project.store.folder)]).items) == 3
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_is_wrong_with_a_project_is_said(project, tmp_path):
    folder = project.store.folder
    manifest = collect([str(folder)])
    assert not list(changed_items(manifest))
    with pytest.raises(DataError, match="has no annotated image in the states predicted"):
        collect([f"{folder}?states=predicted"])
    with pytest.raises(DataError, match="states has 'done'; there are new"):
        collect([f"{folder}?states=done"])
    file = next((folder / "masks").rglob("*.png"))
    content = file.read_bytes()
    file.write_bytes(content[:-20])
    with pytest.raises(DataError, match=r"cannot be read \(its content has changed\)"):
        collect([str(folder)])
    file.write_bytes(content)
    (project.photographs / "a.png").unlink()
    with pytest.raises(DataError, match=r"The photograph a\.png of the project .* is not at"):
        collect([str(folder)])


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("PRAGMA user_version = 99", "made by a newer version"),
        ("PRAGMA application_id = 5", "holds no project of this program"),
    ],
)
def test_foreign_and_newer_databases(project, statement, message):
    project.store.close()
    connection = sqlite3.connect(project.store.folder / "project.sqlite")
    connection.execute(statement)
    connection.close()
    with pytest.raises(DataError, match=message):
        collect([str(project.store.folder)])


def test_a_damaged_database(tmp_path):
    (tmp_path / "project.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(DataError, match=r"project\.sqlite is damaged"):
        collect([str(tmp_path)])
