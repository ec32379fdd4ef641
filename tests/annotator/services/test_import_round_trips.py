"""What an export writes, an import reads: identical masks, the same boxes with their classes."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from annotator.document.bounding_box import BoundingBox
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import union_mask
from annotator.exporters.coco import CocoOptions, export_coco
from annotator.exporters.csb_images import CsbImagesOptions, export_csb_images
from annotator.exporters.labelme import LabelmeOptions, export_labelme
from annotator.exporters.mask_pairs import MaskPairsOptions, export_mask_pairs
from annotator.exporters.predecessor import PredecessorOptions, export_predecessor
from annotator.exporters.splits import DataSetChoice
from annotator.services.importing import (
    ImportedImage,
    ImportOptions,
    import_annotations,
    save_imported,
)
from tests.annotator.exporters.projects import Project, box, crack_of, diagonal

ONE_SIDE = CsbImagesOptions(DataSetChoice(test_fraction=0))
FORMATS = {
    "masks 255": (export_mask_pairs, MaskPairsOptions(), "masks"),
    "masks 1": (export_mask_pairs, MaskPairsOptions(crack_value=1), "masks"),
    "coco rle": (export_coco, CocoOptions(), "coco"),
    "coco lists": (export_coco, CocoOptions(shapes="uncompressed rle"), "coco"),
    "coco polygons": (export_coco, CocoOptions(shapes="polygons"), "coco"),
    "labelme masks": (export_labelme, LabelmeOptions(), "labelme"),
    "labelme polygons": (export_labelme, LabelmeOptions(shapes="polygons"), "labelme"),
    "predecessor": (export_predecessor, PredecessorOptions(), "predecessor"),
    "csb": (export_csb_images, ONE_SIDE, "csb"),
}
WITH_BOXES = [name for name in FORMATS if not name.startswith("masks")]

WIDTH, HEIGHT = 37, 29
masks = arrays.arrays(np.uint8, (HEIGHT, WIDTH), elements=st.integers(0, 5), fill=st.just(0)).map(
    lambda values: (values > 3).astype(np.uint8)
)


@st.composite
def blotches(draw):
    """Rectangles, some of them taken away again: regions with holes, thin parts and islands."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for value in (1, 1, 0, 1, 0):
        x0, x1 = sorted(draw(st.tuples(st.integers(0, WIDTH), st.integers(0, WIDTH))))
        y0, y1 = sorted(draw(st.tuples(st.integers(0, HEIGHT), st.integers(0, HEIGHT))))
        mask[y0:y1, x0:x1] = value
    return mask


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with a photograph that has two cracks and three boxes, and a clean one."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.add("Brücke 1.png", cracks=[], state=ImageState.APPROVED, size=(WIDTH, HEIGHT))
    project.add("clean.png", size=(WIDTH, HEIGHT))
    yield project
    project.store.close()


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A project of the same photographs with nothing on them."""
    project = Project(tmp_path_factory.mktemp("copy"))
    for name in ("Brücke 1.png", "clean.png"):
        project.add(name, cracks=[], state=ImageState.NEW, size=(WIDTH, HEIGHT))
    yield project
    project.store.close()


def imported(project, folder, **options):
    """Import a folder into a project and return the results by shown name."""
    results = list(import_annotations(project.store, folder, ImportOptions(**options)))
    problems = [result for result in results if not isinstance(result, ImportedImage)]
    assert problems == []
    return {result.record.shown_name: result for result in results}


@pytest.mark.parametrize("name", FORMATS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=masks | blotches(), second=blotches(), extent=st.integers(1, 12))
def test_masks_and_boxes_survive(project, copy, name, first, second, extent):
    export, options, format_name = FORMATS[name]
    record = project.records[0]
    boxes = (box((3, 4, 3 + extent, 20)), box((0, 0, WIDTH, 7), "corrosion"),
             box((9, 2, 14, 9 + extent), "spalling"))  # fmt: skip
    assume((first | second).mean() < 0.8)  # more is taken for an inverted mask
    cracks = tuple(crack_of(mask) for mask in (first, second) if mask.any())
    content = ImageContent(cracks, boxes, ImageState.APPROVED)
    project.store.save(record.identifier, content, "Paint")
    project.store.set("box_classes", [{"name": "spalling", "number": 7, "color": "#123456"}])
    copy.store.set("box_classes", [{"name": "spalling", "number": 7, "color": "#123456"}])
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "out"
        report = export(project.store, target, options, lambda *_: None, lambda: False)
        assert report.is_verified
        assert report.failures == ()
        results = imported(copy, target, format_name=format_name)
    # A CSB image is clean or has cracks; without either it is left out.
    if name == "csb" and not cracks:
        assert list(results) == ["clean.png"]
        return
    found = results["Brücke 1.png"].merged_into(ImageContent())
    shape = (HEIGHT, WIDTH)
    assert np.array_equal(union_mask(found.cracks, shape), union_mask(cracks, shape))
    if name in WITH_BOXES:
        assert [(b.box, b.class_name) for b in found.boxes] == [
            (b.box, b.class_name) for b in boxes
        ]
    clean = results["clean.png"].merged_into(ImageContent())
    assert clean.state is ImageState.NO_CRACK
    assert clean.objects == ()


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_found_and_the_content_saved(tmp_path, name):
    export, options, _ = FORMATS[name]
    project, copy = Project(tmp_path / "a"), Project(tmp_path / "b")
    mask = diagonal(300, 200, (10, 20), 250)
    for folder in ("north", "south"):
        project.add(
            f"{folder}/IMG.1.jpg", mask if folder == "north" else mask[::-1].copy(), size=(300, 200)
        )
        copy.add(f"{folder}/IMG.1.jpg", cracks=[], state=ImageState.NEW, size=(300, 200))
    export(project.store, tmp_path / "out", options, lambda *_: None, lambda: False)
    for result in imported(copy, tmp_path / "out").values():
        save_imported(copy.store, result)
    for one, other in zip(project.records, copy.records, strict=True):
        assert np.array_equal(project.mask(one), copy.mask(other))
        content, _ = copy.store.load(other.identifier)
        (crack,) = content.cracks
        assert crack.path is not None
        assert crack.path.length_px == pytest.approx(np.hypot(250, 125), rel=0.05)
        assert content.state is ImageState.IN_PROGRESS
        assert content.subset == ("train" if name == "csb" else "auto")
    assert [line.text for line in copy.store.journal()][-1].startswith("Import ")
    project.store.close()
    copy.store.close()


def test_instances_of_coco_stay_apart_where_they_overlap(tmp_path):
    project, copy = Project(tmp_path / "a"), Project(tmp_path / "b")
    lines = [diagonal(300, 200, (10, 20), 250), np.zeros((200, 300), np.uint8)]
    lines[1][100:104, 20:280] = 1
    project.add("a.jpg", cracks=[crack_of(line) for line in lines], size=(300, 200))
    copy.add("a.jpg", cracks=[], state=ImageState.NEW, size=(300, 200))
    export_coco(project.store, tmp_path / "out", CocoOptions(), lambda *_: None, lambda: False)
    result = imported(copy, tmp_path / "out")["a.jpg"]
    found = [union_mask([crack], (200, 300)) for crack in result.cracks]
    assert len(found) == 2
    assert all(np.array_equal(one, other) for one, other in zip(found, lines, strict=True))
    project.store.close()
    copy.store.close()


def test_a_box_has_the_class_that_its_number_has_in_the_project(tmp_path):
    project = Project(tmp_path / "a")
    project.add(
        "a.jpg",
        diagonal(300, 200, (10, 20), 250),
        boxes=[BoundingBox((1, 2, 30, 40), "rust")],
        size=(300, 200),
    )
    export_predecessor(
        project.store, tmp_path / "out", PredecessorOptions(), lambda *_: None, lambda: False
    )
    result = imported(project, tmp_path / "out", existing="add")["a.jpg"]
    assert [each.class_name for each in result.boxes] == ["class 2"]
    project.store.set("box_classes", [{"name": "Rost", "number": 2, "color": "#000000"}])
    result = imported(project, tmp_path / "out", existing="add")["a.jpg"]
    assert [each.class_name for each in result.boxes] == ["Rost"]
    project.store.close()
