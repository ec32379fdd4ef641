"""The report of a few drawn images, and what it refuses."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from segmentation import UNLABELLED
from segmentation.evaluation.boundary import COUNTINGS, tolerant_counts
from segmentation.evaluation.report import ImageRow, Item, Protocol, evaluate
from segmentation.evaluation.report_files import to_html, write_report

SHAPE = (60, 90)


def images() -> Iterator[Item]:
    mask = np.zeros(SHAPE, np.uint8)
    mask[20, 5:80] = 1
    shifted = np.zeros(SHAPE, np.float32)
    shifted[21, 5:80] = 0.8
    yield "shifted <b>", shifted, mask
    yield "right", mask.astype(np.float32), mask
    clean = np.zeros(SHAPE, np.uint8)
    clean[0] = UNLABELLED
    yield "clean", shifted, clean


def test_every_figure_stands_beside_its_measure(tmp_path: Path) -> None:
    rows: list[ImageRow] = []
    report = evaluate(images(), subject="a & b", on_image=rows.append)
    write_report(report, tmp_path / "new")
    content = json.loads((tmp_path / "new" / "report.json").read_text("utf-8"))
    measures = {measure["name"]: measure for measure in content["measures"]}
    assert list(measures) == ["0 px", *(f"2 px {name} (disk)" for name in COUNTINGS)]
    assert (content["n_images"], content["n_with_crack"]) == (3, 2)
    assert measures["0 px"]["aggregate"]["precision"] == pytest.approx(75 / 225)
    symmetric = measures["2 px symmetric (disk)"]
    assert symmetric["aggregate"]["precision"] == pytest.approx(150 / 225)
    assert symmetric["aggregate"]["recall"] == symmetric["ois_f1"] == 1
    assert symmetric["ods"]["threshold"] == 0.5
    assert symmetric["ods"]["f1"] == pytest.approx(0.8)
    assert symmetric["macro"]["f1"] == pytest.approx(2 / 3)
    shares = content["false_alarms"]["share_of_images_with_a_component_longer_than_px"]
    assert (shares["50"], shares["75"]) == (1, 0)
    assert [row.name for row in rows] == [image["name"] for image in content["images"]]
    text = (tmp_path / "new" / "images.csv").read_text("utf-8")
    table = list(csv.DictReader(text.splitlines()))
    assert [float(row["F1, 2 px symmetric (disk)"]) for row in table] == [1, 1, 0]
    assert table[2]["longest false component (px)"] == "75.0"
    assert report.result(2.0, "pooled").measure.counting == "pooled"
    with pytest.raises(KeyError, match="3 px"):
        report.result(3.0)


def test_the_page_holds_everything_and_escapes_names() -> None:
    def photograph(name: str) -> np.ndarray:
        return np.full((*SHAPE, 3), len(name), np.uint8)

    report = evaluate(images(), Protocol(tolerances=()), picture=photograph, subject="a & b")
    page = to_html(report)
    assert "a &amp; b" in page
    assert "shifted &lt;b&gt;" in page
    assert "<b>" not in page
    assert "http" not in page
    assert page.count("<img") == 4
    assert page.count("<polyline") == 1


def test_the_worst_come_first_and_show_where_they_are_wrong() -> None:
    def many() -> Iterator[Item]:
        mask = np.zeros((700, 900), np.uint8)
        mask[600, 500:900] = 1
        for n_found in (400, 0, 200, 100):
            probability = np.zeros(mask.shape, np.float32)
            probability[600, 500 : 500 + n_found] = 1
            yield f"{n_found}", probability, mask

    report = evaluate(many(), Protocol(n_worst=2, center_lines=False))
    assert [case.name for case in report.worst.cases] == ["0", "100"]
    case = report.worst.cases[0]
    picture = cv2.imdecode(np.frombuffer(case.comparison, np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    assert np.count_nonzero(picture.any(axis=2)) == 400
    assert case.n_wrong == 400
    assert case.photograph == b""


@pytest.mark.parametrize("threshold", [0.5, 0.333])
def test_any_threshold_will_do(threshold: float) -> None:
    noise = np.random.default_rng(0).random(SHAPE, np.float32)
    mask = (np.random.default_rng(1).random(SHAPE) < 0.05).astype(np.uint8)
    report = evaluate([("noise", noise, mask)], Protocol(threshold=threshold))
    for result in report.results:
        measure = result.measure
        assert result.tally.total == tolerant_counts(
            noise >= np.float32(threshold), mask, measure.tolerance, counting=measure.counting
        )


GOOD = np.zeros((3, 4), np.float32)
MASK = np.zeros((3, 4), np.uint8)


@pytest.mark.parametrize(
    ("probability", "mask", "words"),
    [
        (GOOD, MASK[:2], r"wall: .* shape \(3, 4\) and the mask \(2, 4\)"),
        (GOOD, MASK + np.uint8(2), "values 2; it may hold 0, 1 and 255"),
        (GOOD, MASK.astype(np.int64), "uint8"),
        (GOOD + np.float32(1.5), MASK, "from 1.5"),
        (GOOD * np.float32(np.nan), MASK, "numbers only"),
    ],
)
def test_what_does_not_fit_is_named(probability: np.ndarray, mask: np.ndarray, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        evaluate([("wall", probability, mask)])


def test_nothing_to_evaluate_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing to evaluate"):
        evaluate([])


def test_a_threshold_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        Protocol(threshold=0.0)
