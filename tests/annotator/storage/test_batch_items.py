"""Lists of cracks: good lines are read as written, bad ones say what is wrong."""

import json

import pytest

from annotator.errors import AnnotatorError
from annotator.storage.batch_items import read_items

GOOD = {"image": "a.jpg", "mask": "a.png", "from": [1, 2], "to": [3.5, 4]}


def read(tmp_path, *lines, encoding="utf-8"):
    path = tmp_path / "items.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts), encoding=encoding)
    return read_items(path)


def test_points_are_in_the_order_of_tracing(tmp_path):
    cracks = read(tmp_path, {**GOOD, "via": [[9, 8], [7, 6]]}, {**GOOD, "via": None})
    assert cracks.problems == ()
    assert cracks.items[0].points == ((1, 2), (9, 8), (7, 6), (3.5, 4))
    assert cracks.items[1].points == ((1, 2), (3.5, 4))


def test_other_keys_and_blank_lines_are_fine(tmp_path):
    cracks = read(tmp_path, "", {**GOOD, "length": 3, "simple": 0.9}, "   ", GOOD, "")
    assert [item.line for item in cracks.items] == [2, 4]
    assert cracks.problems == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_of_windows_programs(tmp_path, encoding):
    line = json.dumps({**GOOD, "image": "Riß 裂.jpg"}, ensure_ascii=False)
    cracks = read(tmp_path, line, encoding=encoding)
    assert cracks.items[0].image == "Riß 裂.jpg"


def test_windows_line_ends(tmp_path):
    (tmp_path / "items.jsonl").write_bytes(f"{json.dumps(GOOD)}\r\n{json.dumps(GOOD)}\r\n".encode())
    assert len(read_items(tmp_path / "items.jsonl").items) == 2


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{not json", "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ({k: v for k, v in GOOD.items() if k != "to"}, '"to" is missing'),
        ({k: v for k, v in GOOD.items() if k != "mask"}, '"mask" is missing'),
        ({**GOOD, "from": [1]}, '"from" must be a point'),
        ({**GOOD, "from": "1,2"}, '"from" must be a point'),
        ({**GOOD, "to": [1, True]}, '"to" must be a point'),
        ({**GOOD, "to": [1, None]}, '"to" must be a point'),
        ('{"image": "a.jpg", "mask": "a.png", "from": [NaN, 1], "to": [3, 4]}', '"from" must be'),
        ('{"image": "a.jpg", "mask": "a.png", "from": [1e999, 1], "to": [3, 4]}', '"from" must'),
        ({**GOOD, "to": [10**400, 4]}, '"to" must be a point'),
        ({**GOOD, "via": [1, 2]}, '"via" must be a point'),
        ({**GOOD, "via": {"x": 1}}, '"via" must be a list'),
        ({**GOOD, "image": 7}, '"image" must be a file name'),
        ({**GOOD, "image": " "}, '"image" must be a file name'),
        ({**GOOD, "mask": "../a.png"}, "outside the output folder"),
        ({**GOOD, "mask": "a.tif"}, "PNG"),
    ],
)
def test_bad_lines_are_problems_with_their_number(tmp_path, line, words):
    cracks = read(tmp_path, GOOD, line, GOOD)
    assert [item.line for item in cracks.items] == [1, 3]
    (problem,) = cracks.problems
    assert problem.line == 2
    assert words in problem.text
    assert "\n" not in problem.text


def test_cracks_of_one_mask_are_grouped_in_order(tmp_path):
    other = {**GOOD, "mask": "b.png"}
    groups = read(tmp_path, GOOD, other, GOOD).by_mask()
    assert [[item.line for item in group] for group in groups] == [[1, 3], [2]]


def test_masks_that_differ_in_case_only_are_refused(tmp_path):
    cracks = read(tmp_path, GOOD, {**GOOD, "mask": "A.png"})
    assert len(cracks.items) == 1
    assert "upper and lower case" in cracks.problems[0].text


def test_one_mask_of_two_images_is_refused(tmp_path):
    cracks = read(tmp_path, GOOD, {**GOOD, "image": "b.jpg"})
    assert len(cracks.items) == 1
    assert "since line 1" in cracks.problems[0].text


def test_unreadable_lists(tmp_path):
    with pytest.raises(AnnotatorError, match="does not exist"):
        read_items(tmp_path / "none.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\x89PNG\xff\x00")
    with pytest.raises(AnnotatorError, match="UTF-8"):
        read_items(tmp_path / "binary.jsonl")
    with pytest.raises(AnnotatorError, match="cannot be read"):
        read_items(tmp_path)
