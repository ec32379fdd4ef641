"""The reader of projects against what the program writes."""

import sqlite3

import numpy as np
import pytest

from annotator.document import verdicts
from annotator.document.block_raster import BlockRaster
from annotator.document.candidate import Candidate
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


def test_of_other_images_what_was_drawn_teaches_with_what_lies_around_it(project):
    codes = np.zeros(SIZE[::-1], np.uint8)
    codes[100:110, 50:90] = 4  # predicted
    codes[104:106, 60:80] = 2  # painted
    codes[100:102, 50:60] = 128  # erased
    drawn = Crack(BlockRaster.from_array(0, 0, codes), "painted")
    record = project.add("g.png", cracks=(drawn,), state=ImageState.NEEDS_WORK)
    mask = masks_of(collect([f"{project.store.folder}?states=needs work"]))["g.png"]
    assert (mask[104:106, 60:80] == 1).all()
    assert (mask[100:102, 50:60] == 0).all()
    assert np.count_nonzero(mask == 1) == 40
    assert (mask[codes == 4] == UNLABELLED).all()  # nobody has decided on these
    assert mask[95, 70] == 0  # near what was drawn, and far from what is predicted
    assert mask[80, 70] == UNLABELLED
    assert mask[300, 400] == UNLABELLED
    assert record.state == ImageState.NEEDS_WORK


def candidate_at(row, identifier):
    codes = np.zeros(SIZE[::-1], np.uint8)
    codes[row : row + 3, 100:300] = 4
    raster = BlockRaster.from_array(0, 0, codes)
    return Candidate(identifier, Crack(raster, "predicted", identifier=identifier), None, 0.5, "m")


def test_of_candidates_those_decided_on_teach(project):
    rows = {"yes": 40, "no": 120, "open": 200, "skipped": 280}
    record = project.add("r.png", state=ImageState.IN_PROGRESS)
    content, _ = project.store.load(record.identifier)
    content = content.with_candidates([candidate_at(row, name) for name, row in rows.items()])
    content = verdicts.accept(content, "yes", raw=True)
    content = verdicts.skip(verdicts.reject(content, "no"), "skipped")
    project.store.save(record.identifier, content, "Review")
    found = collect([f"{project.store.folder}?states=in progress&names=r.png"])
    mask = masks_of(found)["r.png"]
    assert [mask[row + 1, 200] for row in rows.values()] == [1, 0, UNLABELLED, UNLABELLED]
    assert np.count_nonzero(mask == 1) == 3 * 200
    assert (mask[43 + 4 : 43 + 8, 200] == 0).all()  # around what was accepted
    assert (mask[43, 100:300] == UNLABELLED).all()  # the edge is nobody's
    rejected = verdicts.reject(content, "yes")
    project.store.save(record.identifier, rejected, "Review")
    again = collect([f"{project.store.folder}?states=in progress&names=r.png"])
    assert again.items[0].mask_sha256 != found.items[0].mask_sha256


def test_only_images_that_are_named(project):
    found = collect([f"{project.store.folder}?names=b.jpg,c.png"])
    assert [item.name.rpartition("/")[2] for item in found.items] == ["b.jpg", "c.png"]


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
