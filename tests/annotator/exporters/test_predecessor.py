"""The predecessor's files: beside the photographs, with numbers for the classes of boxes."""

import json

import numpy as np
import pytest

from annotator.document.bounding_box import BoundingBox
from annotator.exporters import frame
from annotator.exporters.predecessor import PredecessorOptions, export_predecessor
from tests.annotator.exporters.projects import Project, course, crack_of, diagonal, tree_of


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    yield project
    project.store.close()


def export(project, target):
    return export_predecessor(
        project.store, target, PredecessorOptions(), lambda *_: None, lambda: False
    )


def test_pixels_tracks_ends_and_boxes(project, tmp_path):
    mask = diagonal(600, 400, (10, 20), 50)
    boxes = [BoundingBox((1, 2, 30, 40), "corrosion"), BoundingBox((5, 6, 7, 8), "spalling")]
    crack = crack_of(mask, "traced", course([(10, 20), (59, 44)]))
    project.add("a.b.jpg", cracks=[crack], boxes=boxes)
    report = export(project, tmp_path / "out")
    assert report.is_verified
    found = json.loads((tmp_path / "out/images/a_b.json").read_text("utf-8"))
    assert found["image_name"] == "a_b.jpg"
    values = found["annotations"]
    assert values["tracks"] == {"0": [[10, 59], [20, 44]]}
    assert values["cracks end-points"] == {"0": [[10.5, 20.5], [59.5, 44.5]]}
    assert values["crack_pixels"] == np.argwhere(mask).tolist()
    assert values["box"] == {
        "1": {"bounding_box": [[1, 2], [30, 40]], "class": 1},
        "2": {"bounding_box": [[5, 6], [7, 8]], "class": 2},
    }
    assert report.listed == (
        "Boxes have numbers of classes: 0 is crack, 1 is corrosion, 2 is spalling.",
    )


def test_the_same_project_gives_the_same_bytes(project, tmp_path):
    project.add("a.jpg", diagonal(600, 400, (10, 20), 50))
    for name in ("one", "two"):
        export(project, tmp_path / name)
    assert tree_of(tmp_path / "one") == tree_of(tmp_path / "two")


def test_pixels_that_do_not_read_back_are_noticed(project, tmp_path, monkeypatch):
    project.add("a.jpg", diagonal(600, 400, (10, 20), 50))

    def spoil(run):
        path = run.folder / "images/a.json"
        record = json.loads(path.read_text("utf-8"))
        record["annotations"]["crack_pixels"].pop()
        path.write_text(json.dumps(record), "utf-8")

    monkeypatch.setattr(frame.ExportRun, "check_files", spoil)
    report = export(project, tmp_path / "out")
    assert not report.is_verified
    assert "a.json" in report.failures[0]
