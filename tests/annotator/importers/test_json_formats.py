"""COCO, labelme, the predecessor's files and traces: sound ones, odd ones and broken ones."""

import base64
import json
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.importers import IMPORTERS, format_of
from annotator.importers.annotation import Annotation, ParseOptions, Unreadable

SIZE = (40, 30)


def write(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), "utf-8")
    return path


def found(format_name, path, **options):
    return list(IMPORTERS[format_name](path, ParseOptions(**options)))


def read(format_name, path, **options):
    (only,) = found(format_name, path, **options)
    assert isinstance(only, Annotation), only
    return only.read(SIZE)


def mask_of(parsed):
    mask = np.zeros(SIZE[::-1], int)
    for patch in parsed.masks:
        x0, y0, x1, y1 = patch.box
        mask[y0:y1, x0:x1] += patch.data
    return mask


SQUARE = [10, 5, 20, 5, 20, 9, 10, 9]
PIXELS = np.zeros((30, 40), int)
PIXELS[5:9, 10:20] = 1


def coco(*annotations, categories=("crack",), **image):
    entry = {"id": 7, "file_name": "a/x.jpg", "width": 40, "height": 30, **image}
    return {
        "images": [entry],
        "annotations": [
            {"id": n, "image_id": 7, "category_id": 1, **each} for n, each in enumerate(annotations)
        ],
        "categories": [{"id": n, "name": name} for n, name in enumerate(categories, start=1)],
    }


class TestCoco:
    def test_polygons_and_both_kinds_of_runs(self, tmp_path):
        runs = {"size": [30, 40], "counts": [305, *[4, 26] * 9, 4, 30 * 40 - 305 - 9 * 30 - 4]}
        for segmentation in ([SQUARE], runs):
            path = write(tmp_path / "c.json", coco({"segmentation": segmentation}))
            parsed = read("coco", path)
            assert parsed.size == SIZE
            assert np.array_equal(mask_of(parsed), PIXELS)
            assert parsed.boxes == ()

    def test_names_keep_their_folders(self, tmp_path):
        path = write(tmp_path / "c.json", coco(file_name="b\\x.jpg"))
        (only,) = found("coco", path)
        assert only.names == ("b/x.jpg",)
        assert only.read(SIZE).is_empty

    def test_other_categories_are_boxes(self, tmp_path):
        annotations = (
            {"segmentation": [SQUARE], "bbox": [10, 5, 10, 4], "category_id": 2},
            {"bbox": [1.4, 2.6, 5, 5]},
            {"segmentation": [], "bbox": [0, 0, 0, 0]},
            {"segmentation": []},
        )
        path = write(tmp_path / "c.json", coco(*annotations, categories=("Crack", "spalling")))
        parsed = read("coco", path)
        assert parsed.masks == ()
        assert [(each.box, each.class_name) for each in parsed.boxes] == [
            ((10, 5, 20, 9), "spalling"), ((1, 3, 6, 8), "Crack"), ((0, 0, 1, 1), "Crack"),
        ]  # fmt: skip
        assert parsed.notes == ("annotation 3 has neither a mask nor a box.",)

    def test_the_only_category_is_the_crack_and_labels_decide_otherwise(self, tmp_path):
        path = write(tmp_path / "c.json", coco({"segmentation": [SQUARE]}, categories=("Riss",)))
        assert len(read("coco", path).masks) == 1
        two = coco({"segmentation": [SQUARE], "bbox": [0, 0, 1, 1]}, categories=("Riss", "crack"))
        path = write(tmp_path / "c.json", two)
        assert len(read("coco", path).masks) == 0
        assert len(read("coco", path, labels=("riss",)).masks) == 1

    def test_files_of_a_folder_are_taken_together(self, tmp_path):
        write(tmp_path / "a.json", coco({"segmentation": [SQUARE]}))
        write(tmp_path / "b.json", coco({"bbox": [0, 0, 4, 4]}, categories=("rust",)))
        write(tmp_path / "other.json", {"version": 1})
        parsed = read("coco", tmp_path)
        assert (len(parsed.masks), len(parsed.boxes)) == (1, 1)

    @pytest.mark.parametrize(
        "segmentation",
        [
            {"size": [30, 40], "counts": [1, 2]},
            {"size": [5, 5], "counts": [25]},
            {"size": [30, 40], "counts": "\x01"},
            {"counts": [1]},
            [[1, 2, 3, 4, 5]],
            [["a"] * 6],
            [[1, 2, 3, 4, 5, float("nan")]],
            5,
            [{"x": 1}],
        ],
    )
    def test_a_broken_segmentation_is_named(self, tmp_path, segmentation):
        path = write(tmp_path / "c.json", coco({"segmentation": segmentation}))
        with pytest.raises(AnnotatorError, match=r"c\.json: annotation 0 cannot be read"):
            read("coco", path)

    def test_what_is_no_coco_is_named(self, tmp_path):
        path = write(tmp_path / "c.json", [1, 2])
        (only,) = found("coco", path)
        assert isinstance(only, Unreadable)
        assert "images" in only.text


def labelme(*shapes, **more):
    return {
        "version": "5.5.0", "flags": {}, "imagePath": "../photos/x.jpg", "imageData": None,
        "imageHeight": 30, "imageWidth": 40, "shapes": list(shapes), **more,
    }  # fmt: skip


def shape(kind, points, label="crack", **more):
    return {"label": label, "shape_type": kind, "points": points, "group_id": None, **more}


def png_of(mask):
    encoded = BytesIO()
    Image.fromarray(mask).save(encoded, "PNG")
    return base64.b64encode(encoded.getvalue()).decode()


class TestLabelme:
    def test_polygons_masks_and_rectangles(self, tmp_path):
        corners = [[10.5, 5.5], [19.9, 5.0], [19.2, 8.5], [10, 8]]
        mask = shape("mask", [[30, 20], [32, 21]], mask=png_of(np.ones((2, 3), bool)))
        old = {key: value for key, value in shape("", corners).items() if key != "shape_type"}
        box = shape("rectangle", [[9.6, 8.2], [3.4, 2]], label="rust")
        path = write(tmp_path / "x.json", labelme(old, mask, box))
        parsed = read("labelme", path)
        assert mask_of(parsed).sum() == 46
        assert np.array_equal(mask_of(parsed)[:20], PIXELS[:20])
        assert [(each.box, each.class_name) for each in parsed.boxes] == [((3, 2, 10, 8), "rust")]

    def test_names(self, tmp_path):
        write(tmp_path / "north/x.json", labelme())
        (only,) = found("labelme", tmp_path)
        assert only.names == ("north/../photos/x.jpg", "north/x")
        assert only.read(SIZE).is_empty

    def test_parts_of_a_group_are_one_object(self, tmp_path):
        parts = [shape("polygon", [[x, 5], [x + 4, 5], [x + 4, 9]], group_id=3) for x in (2, 20)]
        single = shape("polygon", [[2, 15], [8, 15], [8, 19]])
        path = write(tmp_path / "x.json", labelme(*parts, single, single))
        assert len(read("labelme", path).masks) == 3

    def test_lines_are_one_pixel_wide(self, tmp_path):
        path = write(
            tmp_path / "x.json", labelme(shape("linestrip", [[2.5, 3.5], [30, 3], [90, 3]]))
        )
        mask = mask_of(read("labelme", path))
        assert mask.sum(axis=0).max() == 1
        assert mask[3].sum() == 38

    def test_what_is_no_crack_is_noted(self, tmp_path):
        shapes = [
            shape("polygon", [[1, 1], [5, 1], [5, 5]], label="moss"),
            shape("circle", [[1, 1]]),
        ]
        path = write(tmp_path / "x.json", labelme(*shapes))
        parsed = read("labelme", path)
        assert not parsed.is_empty
        assert [note.split("'")[1] for note in parsed.notes] == ["moss", "circle"]
        assert len(read("labelme", path, labels=("Moss",)).masks) == 1

    @pytest.mark.parametrize(
        "broken",
        [
            shape("mask", [[1, 1], [2, 2]], mask="%%%"),
            shape("mask", [[1, 1], [2, 2]], mask=base64.b64encode(b"no png").decode()),
            shape("mask", [[1, 1], [2, 2]]),
            shape("polygon", [[1, 1], [2]]),
            shape("polygon", "text"),
            shape("polygon", [[1, 1], [float("inf"), 2], [3, 3]]),
        ],
    )
    def test_a_broken_shape_is_named(self, tmp_path, broken):
        path = write(tmp_path / "x.json", labelme(broken))
        with pytest.raises(AnnotatorError, match=r"x\.json: a (mask|polygon) cannot be read"):
            read("labelme", path)


def old(pixels=(), tracks=(), box=(), **more):
    values = {"crack_pixels": pixels, "tracks": tracks, "box": box, "cracks end-points": []}
    return {"image_name": "C:\\photos\\x.y.jpg", "annotations": values, **more}


class TestPredecessor:
    def test_both_top_level_names(self, tmp_path):
        pixels = np.argwhere(PIXELS).tolist()
        boxes = {"1": {"bounding_box": [[9.0, 8.0], [3.0, 2.0]], "class": 1}}
        value = old(pixels, {"0": [[10, 15, 19], [6.5, 6, 6]]}, boxes)
        for key in ("image_name", "file_name"):
            value[key] = value.pop("image_name", None) or value["file_name"]
            path = write(tmp_path / "x.json", value)
            (only,) = found("predecessor", path)
            assert only.names == ("C:/photos/x.y.jpg", "x")
            parsed = only.read(SIZE)
            assert np.array_equal(mask_of(parsed), PIXELS)
            assert parsed.tracks[0].tolist() == [[10, 6.5], [15, 6], [19, 6]]
            assert [(each.box, each.class_number) for each in parsed.boxes] == [((3, 2, 9, 8), 1)]

    def test_pixels_at_the_top_level(self, tmp_path):
        path = write(tmp_path / "x.json", {"crack pixels": np.argwhere(PIXELS).tolist()})
        (only,) = found("predecessor", path)
        assert only.names == ("x",)
        assert np.array_equal(mask_of(only.read(SIZE)), PIXELS)

    def test_an_empty_image_has_lists(self, tmp_path):
        assert read("predecessor", write(tmp_path / "x.json", old())).is_empty

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (old([[30, 2]]), "row 30"),
            (old([[3, -2]]), "column"),
            (old([[1, 2, 3]]), r"list of \[row"),
            (old([["a", 2]]), "could not convert"),
            (old([[1, 1]], {"0": [1, 2]}), "track"),
            (old([[1, 1]], {"0": [[1, 2], [3]]}), "inhomogeneous"),
        ],
    )
    def test_what_is_broken_is_named(self, tmp_path, value, words):
        path = write(tmp_path / "x.json", value)
        with pytest.raises(AnnotatorError, match=rf"x\.json cannot be read: .*{words}"):
            read("predecessor", path)

    def test_a_box_without_a_class_is_noted(self, tmp_path):
        boxes = {"1": {"bounding_box": [[1, 2], [3, 4]]}, "2": {"bounding_box": 5, "class": 1}}
        parsed = read("predecessor", write(tmp_path / "x.json", old(box=boxes)))
        assert len(parsed.notes) == 2

    def test_the_groups_of_csb_are_sides(self, tmp_path):
        root = tmp_path / "CSB/entire images"
        write(root / "crack_train/a.json", old([[1, 1]]))
        write(root / "nocrack_test/b.json", old())
        write(root / "nocrack_test/._b.json", "Mac")
        write(tmp_path / "CSB/manifest.json", {"images": []})
        results = found("csb", tmp_path)
        assert [(each.file.stem, each.subset) for each in results] == [
            ("a", "train"),
            ("b", "test"),
        ]
        with pytest.raises(AnnotatorError, match="crack_train"):
            found("csb", root.parent.parent / "CSB/entire images/crack_train/a.json")


def trace_record(**more):
    line = [[5.0, 10.0], [15.0, 10.0], [25.0, 12.0]]
    return {
        "centerline": line, "half_widths": [[1.0, 1.5]] * 3, "confidence": [1.0, 0.5, 1.0],
        "edge_visible": [True, True, False], "length_px": 20.2,
        "width_px": {"mean": 2.5, "median": 2.5, "p95": 2.5, "max": 2.5},
        "waypoints": [line[0], line[-1]], "seconds": {"total": 0.1}, "version": "0.1.0",
        "parameters": {"gear": "forward"}, "notes": [],
        "image": {"file": "x.jpg", "width": 40, "height": 30}, **more,
    }  # fmt: skip


class TestTraces:
    def test_a_record_with_its_mask(self, tmp_path):
        path = write(tmp_path / "n/x.json", trace_record())
        Image.fromarray((PIXELS * 255).astype(np.uint8)).save(tmp_path / "n/x.png")
        (only,) = found("traces", tmp_path)
        assert only.names == ("n/x.jpg", "n/x")
        parsed = only.read(SIZE)
        assert np.array_equal(mask_of(parsed), PIXELS)
        assert parsed.courses[0].width_px["median"] == 2.5
        assert parsed.courses[0].edge_visible.tolist() == [True, True, False]
        assert path.is_file()

    def test_a_list_of_records(self, tmp_path):
        value = {"cracks": [trace_record(), trace_record()], "image": {"file": "x.jpg"}}
        parsed = read("traces", write(tmp_path / "x.json", value))
        assert len(parsed.courses) == 2
        assert parsed.masks == ()

    @pytest.mark.parametrize(
        "more",
        [
            {"half_widths": [[1, 1]]}, {"half_widths": [[-1, 1]] * 3}, {"confidence": "x"},
            {"parameters": 3}, {"length_px": None}, {"centerline": [[float("nan"), 1]] * 3},
            {"waypoints": []},
        ],
    )  # fmt: skip
    def test_an_incomplete_record_is_named(self, tmp_path, more):
        path = write(tmp_path / "x.json", trace_record(**more))
        with pytest.raises(AnnotatorError, match=r"x\.json is no complete record"):
            read("traces", path)


@pytest.mark.parametrize("format_name", ["coco", "labelme", "predecessor", "traces"])
@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"a": 1}', "\ufeff{}", "[" * 100000])
def test_other_json_is_reported_and_the_rest_goes_on(tmp_path, format_name, text):
    write(tmp_path / "a.json", text)
    write(tmp_path / "b.json", {
        "coco": coco(), "labelme": labelme(), "predecessor": old(), "traces": trace_record(),
    }[format_name])  # fmt: skip
    results = found(format_name, tmp_path)
    assert isinstance(results[-1], Annotation)
    assert all(isinstance(each, Unreadable) and "a.json" in each.text for each in results[:-1])


def test_a_file_that_is_no_text_is_reported(tmp_path):
    (tmp_path / "a.json").write_bytes(b"\xff\xfe\x00\x01")
    (only,) = found("labelme", tmp_path)
    assert "UTF-8" in only.text


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("x.json", coco(), "coco"),
        ("x.json", labelme(), "labelme"),
        ("x.json", old(), "predecessor"),
        ("x.json", trace_record(), "traces"),
        ("a/nocrack_train/x.json", old(), "csb"),
        ("x.txt", "text", "masks"),
        ("odd.json", {"a": 1}, "masks"),
    ],
)
def test_the_format_of_a_folder(tmp_path, name, value, expected):
    path = write(tmp_path / "in" / name, value)
    assert format_of(tmp_path / "in") == expected
    if expected in {"coco", "labelme", "predecessor", "traces"}:
        assert format_of(path) == expected


def test_what_has_no_known_format_is_refused(tmp_path):
    with pytest.raises(AnnotatorError, match="does not exist"):
        format_of(tmp_path / "nothing")
    with pytest.raises(AnnotatorError, match="none of the formats"):
        format_of(write(tmp_path / "odd.json", {"a": 1}))
    with pytest.raises(AnnotatorError, match="JSON"):
        format_of(write(tmp_path / "broken.json", "{"))
