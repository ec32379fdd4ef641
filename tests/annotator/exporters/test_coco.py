"""COCO as the reference reader sees it."""

import json

import numpy as np
import pytest
from pycocotools.coco import COCO

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.mask import MaskPatch
from annotator.document.pixel_source import PixelSource
from annotator.errors import AnnotatorError
from annotator.exporters import frame
from annotator.exporters.coco import CocoOptions, export_coco
from tests.annotator.exporters.projects import Project, course, crack_of, diagonal, tree_of

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation")  # in pycocotools
SHAPES = ["rle", "uncompressed rle", "polygons"]


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    yield project
    project.store.close()


def export(project, target, **options):
    return export_coco(
        project.store, target, CocoOptions(**options), lambda *_: None, lambda: False
    )


def ring():
    mask = np.zeros((400, 600), np.uint8)
    mask[100:200, 300:500] = 1
    mask[120:180, 330:480] = 0
    mask[140:150, 400:410] = 1
    return mask


@pytest.mark.parametrize("shapes", SHAPES)
def test_the_reference_reader_sees_each_crack(project, tmp_path, shapes, capsys):
    lines = [diagonal(600, 400, (5, 5), 300), ring()]
    record = project.add("Brücke.jpg", cracks=[crack_of(line) for line in lines])
    project.add("clean.jpg")
    report = export(project, tmp_path / "out", shapes=shapes)
    assert report.is_verified
    assert report.counts == {"cracks": 2, "boxes": 0}
    coco = COCO(str(tmp_path / "out/cracks.json"))
    assert "Done" in capsys.readouterr().out
    assert [each["name"] for each in coco.loadCats(coco.getCatIds())] == ["crack"]
    images = coco.loadImgs(coco.getImgIds())
    assert [each["file_name"] for each in images] == ["Brücke.jpg", "clean.jpg"]
    assert (images[0]["width"], images[0]["height"]) == record.size
    annotations = coco.loadAnns(coco.getAnnIds(imgIds=images[0]["id"]))
    assert coco.getAnnIds(imgIds=images[1]["id"]) == []
    for annotation, line in zip(annotations, lines, strict=True):
        np.testing.assert_array_equal(coco.annToMask(annotation), line)
        assert annotation["area"] == line.sum()
        rows, columns = np.nonzero(line)
        x, y, width, height = annotation["bbox"]
        assert (x, y) == (columns.min(), rows.min())
        assert (x + width, y + height) == (columns.max() + 1, rows.max() + 1)
    assert sorted(path.name for path in (tmp_path / "out/images").iterdir()) == [
        "Brücke.jpg", "clean.jpg",
    ]  # fmt: skip


def test_boxes_are_in_a_file_of_their_own(project, tmp_path, capsys):
    boxes = [BoundingBox((10, 20, 30, 60), "corrosion"), BoundingBox((0, 0, 5, 5), "spalling")]
    project.add("a.jpg", boxes=boxes)
    project.store.set("box_classes", [{"name": "joint", "number": 2, "color": "#000000"}])
    export(project, tmp_path / "out")
    coco = COCO(str(tmp_path / "out/boxes.json"))
    capsys.readouterr()
    names = {each["id"]: each["name"] for each in coco.loadCats(coco.getCatIds())}
    assert list(names.values()) == ["crack", "corrosion", "joint", "spalling"]
    found = coco.loadAnns(coco.getAnnIds())
    assert [each["bbox"] for each in found] == [[10, 20, 20, 40], [0, 0, 5, 5]]
    assert [names[each["category_id"]] for each in found] == ["corrosion", "spalling"]
    assert coco.annToMask(found[0]).sum() == found[0]["area"] == 800
    assert json.loads((tmp_path / "out/cracks.json").read_text("utf-8"))["annotations"] == []


def test_a_crack_says_where_it_comes_from(project, tmp_path):
    path = course([(10, 10), (60, 40)])
    crack = crack_of(diagonal(600, 400, (10, 10), 50), "traced", path)
    project.add("a.jpg", cracks=[crack])
    export(project, tmp_path / "out")
    (annotation,) = json.loads((tmp_path / "out/cracks.json").read_text("utf-8"))["annotations"]
    assert annotation["attributes"] == {
        "source": "traced", "length_px": 1.0, "median_width_px": 3.0,
    }  # fmt: skip


def test_a_crack_without_pixels_is_no_instance(project, tmp_path):
    erased = MaskPatch(3, 3, np.ones((4, 4), np.uint8))
    crack = Crack.from_mask(erased, "painted")
    codes = np.full((4, 4), PixelSource.ERASED, np.uint8)
    crack = Crack(crack.pixels.with_values(3, 3, codes), "painted")
    project.add("a.jpg", cracks=[crack, crack_of(diagonal(600, 400, (5, 5), 300))])
    assert export(project, tmp_path / "out").counts["cracks"] == 1


def test_the_same_project_gives_the_same_bytes(project, tmp_path):
    project.add("a.jpg", cracks=[crack_of(ring())], boxes=[BoundingBox((1, 2, 3, 4))])
    project.add("b.jpg", diagonal(600, 400, (5, 5), 300))
    for name in ("one", "two"):
        export(project, tmp_path / name)
    assert tree_of(tmp_path / "one") == tree_of(tmp_path / "two")


def test_a_mask_that_does_not_read_back_is_noticed(project, tmp_path, monkeypatch):
    project.add("a.jpg", diagonal(600, 400, (5, 5), 300))

    def spoil(run):
        path = run.folder / "cracks.json"
        record = json.loads(path.read_text("utf-8"))
        record["annotations"] = []
        path.write_text(json.dumps(record), "utf-8")

    monkeypatch.setattr(frame.ExportRun, "check_files", spoil)
    report = export(project, tmp_path / "out")
    assert not report.is_verified
    assert "a.jpg" in report.failures[0]


def test_other_shapes_are_refused():
    with pytest.raises(AnnotatorError, match="polygons"):
        CocoOptions(shapes="circles")
