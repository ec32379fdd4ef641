"""labelme files: by its published fields, and by its own loader where that is installed."""

import base64
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from annotator.document.bounding_box import BoundingBox
from annotator.errors import AnnotatorError
from annotator.exporters.labelme import LabelmeOptions, export_labelme
from tests.annotator.exporters.projects import Project, crack_of, diagonal, photograph, tree_of
from tests.annotator.exporters.test_coco import ring


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    yield project
    project.store.close()


def export(project, target, **options):
    return export_labelme(
        project.store, target, LabelmeOptions(**options), lambda *_: None, lambda: False
    )


def record_of(folder, name):
    return json.loads((folder / "images" / name).read_text("utf-8"))


def assert_is_labelme(record):
    """Check the kinds of values that labelme's loader insists on."""
    assert isinstance(record["imagePath"], str)
    assert record["imageData"] is None or base64.b64decode(record["imageData"])
    assert isinstance(record["flags"], dict)
    for shape in record["shapes"]:
        assert isinstance(shape["label"], str)
        assert isinstance(shape["description"], str)
        assert shape["shape_type"] in {"mask", "polygon", "rectangle"}
        assert shape["group_id"] is None or isinstance(shape["group_id"], int)
        assert shape["flags"] == {}
        assert shape["points"]
        assert all(len(point) == 2 for point in shape["points"])
        assert all(isinstance(value, float) for point in shape["points"] for value in point)
        assert (shape["mask"] is not None) == (shape["shape_type"] == "mask")


def test_a_file_beside_each_photograph(project, tmp_path):
    record = project.add("Süd/a.jpg", cracks=[crack_of(ring())],
                         boxes=[BoundingBox((10, 20, 30, 60), "corrosion")])  # fmt: skip
    report = export(project, tmp_path / "out")
    assert report.is_verified
    assert report.counts == {"cracks": 1, "boxes": 1}
    found = record_of(tmp_path / "out", "a.json")
    assert_is_labelme(found)
    assert (tmp_path / "out/images" / found["imagePath"]).read_bytes() == record.path.read_bytes()
    assert (found["imageWidth"], found["imageHeight"]) == (600, 400)
    mask, rectangle = found["shapes"]
    assert mask["points"] == [[300, 100], [499, 199]]
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(mask["mask"]))))
    np.testing.assert_array_equal(pixels, ring()[100:200, 300:500] != 0)
    assert (rectangle["label"], rectangle["points"]) == ("corrosion", [[10, 20], [30, 60]])


def test_polygons_of_a_crack_share_its_group(project, tmp_path):
    cracks = [crack_of(diagonal(600, 400, (5, 5), 200)), crack_of(ring())]
    project.add("a.jpg", cracks=cracks)
    assert export(project, tmp_path / "out", shapes="polygons").is_verified
    found = record_of(tmp_path / "out", "a.json")
    assert_is_labelme(found)
    groups = [shape["group_id"] for shape in found["shapes"]]
    assert groups[0] == 1
    assert groups[1:] == [2] * len(groups[1:])
    assert len(groups) >= 4


@pytest.mark.filterwarnings("ignore")  # it leaves files open
@pytest.mark.parametrize("shapes", ["masks", "polygons"])
def test_its_own_loader_opens_the_files(project, tmp_path, shapes):
    labelme = pytest.importorskip("labelme", reason="labelme brings another Qt along")
    lines = [diagonal(600, 400, (5, 5), 300), ring()]
    project.add("a.jpg", cracks=[crack_of(line) for line in lines],
                boxes=[BoundingBox((10, 20, 30, 60), "corrosion")])  # fmt: skip
    export(project, tmp_path / "out", shapes=shapes)
    loaded = labelme.LabelFile(str(tmp_path / "out/images/a.json"))
    assert loaded.image_data == (tmp_path / "out/images/a.jpg").read_bytes()
    assert loaded.shapes[-1]["shape_type"] == "rectangle"
    cracks = [shape for shape in loaded.shapes if shape["label"] == "crack"]
    labels, _ = labelme.utils.shapes_to_label((400, 600, 3), cracks, {"crack": 1})
    np.testing.assert_array_equal(labels != 0, (lines[0] | lines[1]) != 0)


def test_a_photograph_that_labelme_cannot_show_is_embedded(project, tmp_path):
    path = project.photographs / "deep.png"
    Image.fromarray(photograph(1, 300, 200, 1)[..., 0].astype(np.uint16) * 200).save(path)
    project.add_file(path, diagonal(300, 200, (5, 5), 200))
    report = export(project, tmp_path / "out")
    found = record_of(tmp_path / "out", "deep.json")
    with Image.open(BytesIO(base64.b64decode(found["imageData"]))) as picture:
        assert (picture.mode, picture.size) == ("L", (300, 200))
    assert "deep.png" in report.listed[0]


def test_the_same_project_gives_the_same_bytes(project, tmp_path):
    project.add("a.jpg", cracks=[crack_of(ring())], boxes=[BoundingBox((1, 2, 3, 4))])
    for name in ("one", "two"):
        export(project, tmp_path / name)
    assert tree_of(tmp_path / "one") == tree_of(tmp_path / "two")


def test_other_shapes_are_refused():
    with pytest.raises(AnnotatorError, match="polygons"):
        LabelmeOptions(shapes="circles")
