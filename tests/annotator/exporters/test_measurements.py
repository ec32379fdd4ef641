"""Tables of cracks and images."""

import csv

import numpy as np
import pytest

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack_path import CrackPath
from annotator.document.image_state import ImageState
from annotator.exporters.measurements import (
    CRACK_COLUMNS,
    IMAGE_COLUMNS,
    MeasurementsOptions,
    export_measurements,
)
from tests.annotator.exporters.projects import Project, crack_of, diagonal, tree_of


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    yield project
    project.store.close()


def export(project, target, **options):
    return export_measurements(
        project.store, target, MeasurementsOptions(**options), lambda *_: None, lambda: False
    )


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def traced(mask):
    line = np.array([(10.0, 20.0), (30.5, 20.0), (60.25, 40.0)])
    widths = {"mean": 3.25, "median": 3.0, "p95": 5.5, "max": 6.0}
    path = CrackPath(
        line, line, np.full((3, 2), 1.5), np.array([1.0, 0.5, 0.0]), np.array([True, True, False]),
        56.789123, widths, {}, {},
    )  # fmt: skip
    return crack_of(mask, "traced", path)


def test_a_line_for_each_crack_and_each_image(project, tmp_path):
    mask = diagonal(600, 400, (10, 20), 50)
    project.add('Brücke "A", innen.jpg', cracks=[traced(mask), crack_of(mask)],
                boxes=[BoundingBox((1, 2, 3, 4))], subset="test")  # fmt: skip
    project.add("clean.jpg", size=(300, 200))
    project.add("new.jpg", state=ImageState.NEW)
    report = export(project, tmp_path / "out")
    assert report.is_verified
    assert report.n_images == 2
    first, second = rows_of(tmp_path / "out/cracks.csv")
    assert tuple(first) == CRACK_COLUMNS
    assert first == {
        "image": 'Brücke "A", innen.jpg', "crack": "1", "source": "traced",
        "length_px": "56.789", "width_mean_px": "3.250", "width_median_px": "3.000",
        "width_p95_px": "5.500", "width_max_px": "6.000", "area_px": str(mask.sum()),
        "confidence_mean": "0.500", "edge_visible_share": "0.667", "x0": "10", "y0": "19",
        "x1": "60", "y1": "46", "start_x": "10.000", "start_y": "20.000", "end_x": "60.250",
        "end_y": "40.000", "is_locked": "0",
    }  # fmt: skip
    assert second["length_px"] == second["width_mean_px"] == second["start_x"] == ""
    assert second["area_px"] == str(mask.sum())
    images = rows_of(tmp_path / "out/images.csv")
    assert tuple(images[0]) == IMAGE_COLUMNS
    assert [row["image"] for row in images] == ['Brücke "A", innen.jpg', "clean.jpg"]
    assert images[0]["cracks"] == "2"
    assert images[0]["boxes"] == "1"
    assert images[0]["crack_area_px"] == str(mask.sum())
    assert images[0]["length_px"] == "56.789"
    assert float(images[0]["crack_share"]) == pytest.approx(mask.mean(), abs=1e-6)
    assert images[1]["state"] == "no crack"
    assert (images[1]["width_px"], images[1]["height_px"]) == ("300", "200")


def test_spreadsheets_know_the_encoding_and_no_photograph_is_copied(project, tmp_path):
    project.add("a.jpg", diagonal(600, 400, (10, 20), 50))
    export(project, tmp_path / "out")
    assert sorted(tree_of(tmp_path / "out")) == ["cracks.csv", "images.csv"]
    assert (tmp_path / "out/cracks.csv").read_bytes().startswith(b"\xef\xbb\xbfimage,crack,")


def test_a_name_that_a_spreadsheet_would_compute_stays_text(project, tmp_path):
    project.add("=1+1.jpg", diagonal(600, 400, (10, 20), 50))
    assert export(project, tmp_path / "out").is_verified
    assert rows_of(tmp_path / "out/images.csv")[0]["image"] == "'=1+1.jpg"
