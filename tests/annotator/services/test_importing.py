"""Imports into a project: existing cracks, sizes, rotated photographs, traces, what is refused."""

import json

import numpy as np
import pytest
from PIL import Image

from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import union_mask
from annotator.errors import AnnotatorError, JobCancelled
from annotator.services import imported_cracks
from annotator.services.importing import (
    ImportedImage,
    ImportOptions,
    NotImported,
    import_annotations,
    save_imported,
)
from annotator.services.tracing import trace_record
from tests.annotator.exporters.projects import Project, box, crack_of, diagonal, photograph

SIZE = (300, 200)
LINE = diagonal(300, 200, (10, 20), 250)
OTHER = diagonal(300, 200, (10, 120), 150)


@pytest.fixture
def project(tmp_path):
    project = Project(tmp_path / "work")
    yield project
    project.store.close()


def save_mask(path, mask):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(mask.astype(np.uint8) * 255).save(path)
    return path


def results(project, path, **options):
    return list(import_annotations(project.store, path, ImportOptions(**options)))


def only(project, path, **options):
    (result,) = results(project, path, **options)
    return result


def new(project, name="a.jpg", **options):
    return project.add(name, cracks=[], state=ImageState.NEW, size=SIZE, **options)


class TestExisting:
    @pytest.fixture
    def mask(self, project, tmp_path):
        locked = crack_of(OTHER)
        locked = Crack(locked.pixels, locked.source, is_locked=True)
        boxes = [box((1, 2, 30, 40))]
        project.add("a.jpg", cracks=[crack_of(OTHER), locked], boxes=boxes, size=SIZE)
        return save_mask(tmp_path / "masks/a.png", LINE)

    def test_skip(self, project, mask):
        result = only(project, mask)
        assert isinstance(result, NotImported)
        assert result.is_skipped
        assert "a.jpg has cracks" in result.text

    def test_add(self, project, mask):
        save_imported(project.store, only(project, mask, existing="add"))
        content, _ = project.store.load(project.records[0].identifier)
        assert len(content.cracks) == 3
        assert len(content.boxes) == 1
        assert content.state is ImageState.APPROVED

    def test_replace_keeps_what_is_locked_and_boxes_that_the_file_cannot_know(self, project, mask):
        save_imported(project.store, only(project, mask, existing="replace"))
        content, _ = project.store.load(project.records[0].identifier)
        assert [crack.is_locked for crack in content.cracks] == [True, False]
        assert len(content.boxes) == 1

    def test_it_is_one_change_of_whatever_the_content_is_now(self, project, mask):
        result = only(project, mask, existing="add")
        before = ImageContent(state=ImageState.NEW)
        after = result.merged_into(before)
        assert after.cracks == result.cracks
        assert after.state is ImageState.IN_PROGRESS
        assert result.text == "Import a.png"
        assert before.cracks == ()


def test_an_empty_mask_makes_a_new_image_one_without_cracks(project, tmp_path):
    new(project)
    result = only(project, save_mask(tmp_path / "a.png", LINE * 0))
    assert result.merged_into(ImageContent()).state is ImageState.NO_CRACK
    held = ImageContent((crack_of(LINE),), state=ImageState.REVIEWED)
    assert result.merged_into(held) is not None
    assert result.merged_into(held).state is ImageState.REVIEWED


def test_sizes_must_match(project, tmp_path):
    new(project)
    result = only(project, save_mask(tmp_path / "a.png", LINE[:100]))
    assert isinstance(result, NotImported)
    assert "300 x 100 pixels, but a.jpg has 300 x 200" in result.text


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
def test_a_mask_of_the_stored_pixels_is_turned_with_the_photograph(project, tmp_path, orientation):
    from annotator.storage.pixels import upright

    exif = Image.Exif()
    exif[0x0112] = orientation
    path = project.photographs / "turned.jpg"
    Image.fromarray(photograph(3, *SIZE)).save(path, exif=exif)
    record = project.add_file(path, cracks=[], state=ImageState.NEW)
    assert record.size == (200, 300)
    expected = upright(LINE, orientation)
    for mask in (LINE, expected):  # as stored, and upright
        result = only(project, save_mask(tmp_path / "turned.png", mask))
        assert np.array_equal(union_mask(result.cracks, (300, 200)), expected)


@pytest.mark.parametrize("mode", ["I;16", "L"])
def test_deep_and_grey_photographs(project, tmp_path, mode):
    pixels = photograph(1, *SIZE, 1)[..., 0]
    path = project.photographs / "grey.png"
    Image.fromarray(pixels.astype(np.uint16) * 200 if mode == "I;16" else pixels).save(path)
    project.add_file(path, cracks=[], state=ImageState.NEW)
    result = only(project, save_mask(tmp_path / "grey.png", LINE))
    assert np.array_equal(union_mask(result.cracks, LINE.shape), LINE)


def test_a_missing_photograph_of_known_size_is_no_obstacle(project, tmp_path):
    record = new(project)
    record.path.unlink()
    result = only(project, save_mask(tmp_path / "a.png", LINE))
    assert isinstance(result, ImportedImage)


def test_every_problem_is_listed_and_the_rest_is_imported(project, tmp_path):
    for name in ("a.jpg", "b.jpg", "n/c.jpg", "s/c.jpg"):
        new(project, name)
    masks = tmp_path / "masks"
    save_mask(masks / "a.png", LINE)
    save_mask(masks / "a_mask.tif", LINE)
    (masks / "b.png").write_bytes(b"\x89PNG\r\n broken")
    save_mask(masks / "c.png", LINE)
    save_mask(masks / "unknown.png", LINE)
    found = results(project, masks)
    imported = [each for each in found if isinstance(each, ImportedImage)]
    failed = {each.file.name: each.text for each in found if isinstance(each, NotImported)}
    assert [each.file.name for each in imported] == ["a_mask.tif"]
    assert list(failed) == ["b.png", "c.png", "unknown.png"]
    assert "damaged" in failed["b.png"]
    assert "2 images" in failed["c.png"]
    assert "no image called 'unknown'" in failed["unknown.png"]


def test_a_second_file_for_an_image_is_listed(project, tmp_path):
    new(project, "a.jpg")
    save_mask(tmp_path / "masks/one/a.png", LINE)
    save_mask(tmp_path / "masks/two/x/a_label.png", LINE)
    assert all(isinstance(each, NotImported) for each in results(project, tmp_path / "masks"))
    save_mask(tmp_path / "more/a.png", LINE)
    save_mask(tmp_path / "more/A.bmp", LINE)
    found = results(project, tmp_path / "more")
    assert [type(each) for each in found] == [ImportedImage, NotImported]
    assert "already" in found[1].text


def test_photographs_of_the_project_are_no_masks(project):
    new(project, "a.jpg")
    assert results(project, project.photographs) == []


def test_masks_among_the_photographs_are_found_though_they_are_listed_as_images(project):
    new(project, "a.jpg")
    mask = save_mask(project.photographs / "amask.jpg", LINE)
    project.add_file(mask, cracks=[], state=ImageState.NEW)
    result = only(project, project.photographs)
    assert (result.record.shown_name, result.file) == ("a.jpg", mask)


def test_masks_of_one_name_in_several_folders(project, tmp_path):
    for folder, mask in (("n", LINE), ("s", OTHER)):
        new(project, f"{folder}/a.jpg")
        save_mask(tmp_path / f"masks/{folder}/a.png", mask)
    found = {each.record.shown_name: each for each in results(project, tmp_path / "masks")}
    assert np.array_equal(union_mask(found["n/a.jpg"].cracks, LINE.shape), LINE)
    assert np.array_equal(union_mask(found["s/a.jpg"].cracks, LINE.shape), OTHER)


def traced(points, half=1.5):
    from annotator.services.mask_ribbon import Measured, crack_path

    line = np.array(points, np.float64)
    halves = np.full((len(line), 2), half)
    return crack_path(Measured(line, halves, line, 100.0, 100.0))


def test_traces_come_back_as_traced_cracks_with_exactly_the_mask(project, tmp_path):
    record = new(project)
    paths = [
        traced([(x, 50.0) for x in range(20, 120)]),
        traced([(70.0, y) for y in range(20, 90)]),
    ]
    records = [trace_record(path) for path in paths]
    image = {"file": "a.jpg", "width": 300, "height": 200}
    file = tmp_path / "out/a.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"cracks": records, "image": image}), "utf-8")
    first = only(project, file.parent)
    assert [crack.source for crack in first.cracks] == ["traced", "traced"]
    assert np.array_equal(first.cracks[0].path.centerline, paths[0].centerline)
    ribbons = union_mask(first.cracks, (200, 300))
    assert ribbons.sum() > 400
    # The mask was corrected since: a bulge, a gap, and a crack somewhere else.
    mask = ribbons.copy()
    mask[47:49, 30:40] = 1
    mask[49:52, 100:104] = 0
    mask |= diagonal(300, 200, (150, 120), 60)
    save_mask(tmp_path / "out/a.png", mask)
    second = only(project, file.parent)
    assert np.array_equal(union_mask(second.cracks, (200, 300)), mask)
    assert [crack.source for crack in second.cracks] == ["traced", "traced", "imported"]
    save_imported(project.store, second)
    content, damages = project.store.load(record.identifier)
    assert damages == []
    assert len(content.cracks) == 3


def test_regions_only(project, tmp_path):
    new(project)
    result = only(project, save_mask(tmp_path / "a.png", LINE), with_courses=False)
    assert [crack.path for crack in result.cracks] == [None]


def test_cancelling_and_progress(project, tmp_path):
    new(project)
    save_mask(tmp_path / "a.png", LINE)
    with pytest.raises(JobCancelled):
        list(import_annotations(project.store, tmp_path / "a.png", ImportOptions(),
                                is_cancelled=lambda: True))  # fmt: skip
    seen = []
    list(import_annotations(project.store, tmp_path / "a.png", ImportOptions(),
                            lambda fraction, text: seen.append((fraction, text))))  # fmt: skip
    assert [fraction for fraction, _ in seen] == [0.0, 0.0, 1.0]
    assert seen[1][1] == "a.png"


def test_a_defect_at_one_file_does_not_cost_the_others(project, tmp_path, monkeypatch):
    new(project)
    new(project, "b.jpg")
    save_mask(tmp_path / "masks" / "a.png", LINE)
    save_mask(tmp_path / "masks" / "b.png", LINE)
    real = imported_cracks.cracks_of
    calls = []

    def fail_once(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 1:
            raise ZeroDivisionError("no width")
        return real(*arguments, **options)

    monkeypatch.setattr(imported_cracks, "cracks_of", fail_once)
    failed, imported = results(project, tmp_path / "masks")
    assert isinstance(failed, NotImported)
    assert failed.file.name == "a.png"
    assert failed.text.startswith("the program met a defect (ZeroDivisionError('no width'))")
    assert isinstance(imported, ImportedImage)


@pytest.mark.parametrize(
    ("format_name", "defect"),
    [
        ("labelme", "annotator.importers.json_annotations.read_json"),
        ("coco", "annotator.importers.coco.read_json"),
    ],
)
def test_a_defect_at_looking_into_a_file_is_listed(
    project, tmp_path, monkeypatch, format_name, defect
):
    new(project)
    (tmp_path / "found").mkdir()
    (tmp_path / "found" / "a.json").write_text("{}")

    def fail(file):
        raise ZeroDivisionError(file.name)

    monkeypatch.setattr(defect, fail)
    failed = only(project, tmp_path / "found", format_name=format_name)
    assert failed.file.name == "a.json"
    assert "defect (ZeroDivisionError('a.json'))" in failed.text


def test_an_unknown_format_is_refused(project, tmp_path):
    with pytest.raises(AnnotatorError, match=r"no format 'yolo'.*coco"):
        results(project, tmp_path, format_name="yolo")


def test_what_lies_outside_of_the_image_is_cut_off(project, tmp_path):
    new(project)
    ring = [-20, -20, 30, -20, 30, 10, -20, 10]
    value = {
        "images": [{"id": 1, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "crack"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [ring]}],
    }  # fmt: skip
    (tmp_path / "c.json").write_text(json.dumps(value), "utf-8")
    result = only(project, tmp_path / "c.json")
    assert union_mask(result.cracks, (200, 300)).sum() == 300
