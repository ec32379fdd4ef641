"""The lists of labels on photographs of steel bridges do not contradict each other."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.benchmarks.steel_labels import (
    HELD_OUT,
    LISTS,
    crops,
    labels,
    photograph_path,
    regions,
    table,
    tiles,
    training_cracks,
)

MARGIN_PX = 60
BEYOND_PX = 5  # the box of a region may end just before its crack does
SIDE = 512
FEWEST_TILES = 200
PHOTOGRAPHS = {row["image"]: row["split"] for row in table("steel_photographs.csv")}
KNOWN_CRACKS = [
    json.loads(line)
    for line in (LISTS / "steel_cracks.jsonl").read_text(encoding="utf-8").splitlines()
]


def courses(image):
    """Densely sampled (x, y) of what is known of the courses of a photograph's cracks."""
    lines = [crack["course"] for crack in KNOWN_CRACKS if crack["image"] == image]
    lines += [
        [crack["from"], *crack.get("via", []), crack["to"]]
        for crack in training_cracks()
        if crack["image"] == image
    ]
    steps = np.linspace(0.0, 1.0, 200)[:, None]
    sampled = [
        np.add(start, steps * np.subtract(end, start))
        for line in lines
        for start, end in pairwise(line)
    ]
    return np.concatenate(sampled) if sampled else np.zeros((0, 2))


def distance(points, box):
    """Smallest distance of points from a box."""
    left, top, right, bottom = box
    outside = np.maximum(np.array([left, top]) - points, points - np.array([right, bottom]))
    return np.hypot(*np.maximum(outside, 0.0).T).min(initial=np.inf)


@pytest.fixture(params=sorted(PHOTOGRAPHS))
def image(request):
    return request.param


def test_lists_name_the_same_photographs():
    named = {row["image"] for name in ("tiles", "regions") for row in table(f"steel_{name}.csv")}
    named |= {crack["image"] for crack in training_cracks()}
    assert named == set(PHOTOGRAPHS)
    assert set(PHOTOGRAPHS.values()) == {"train", "test"}


def test_cracks_have_different_names_and_are_in_reviewed_regions():
    cracks = training_cracks()
    assert max(Counter(crack["id"] for crack in cracks).values()) == 1
    for crack in cracks:
        boxes = regions(crack["image"], "reviewed")
        for end in (crack["from"], crack["to"]):
            nearest = min(distance(np.array([end]), box) for box in boxes)
            assert nearest <= BEYOND_PX, crack["id"]


def test_both_parts_have_cracks_and_the_held_out_photograph_has_none_to_train_with():
    cracks = training_cracks()
    assert {PHOTOGRAPHS[crack["image"]] for crack in cracks} == {"train", "test"}
    held_out = {crack["image"] for crack in KNOWN_CRACKS if crack["folder"] == HELD_OUT}
    assert held_out == {"7408.jpg"}
    assert not held_out & {crack["image"] for crack in cracks}
    assert {PHOTOGRAPHS[each] for each in held_out} == {"test"}


def test_there_are_enough_tiles_on_every_photograph():
    every = [(name, *tile) for name in PHOTOGRAPHS for tile in tiles(name)]
    assert len(every) == len(set(every)) == len(table("steel_tiles.csv")) >= FEWEST_TILES
    assert min(len(tiles(name)) for name in PHOTOGRAPHS) >= 10
    assert {(right - left, bottom - top) for _, left, top, right, bottom in every} == {(SIDE, SIDE)}


def test_tiles_keep_away_from_cracks(image):
    points = courses(image)
    near = [tile for tile in tiles(image) if distance(points, tile) < MARGIN_PX]
    assert near == []


def test_distance_is_from_the_edge_of_the_box():
    assert distance(np.array([[13.0, 24.0]]), (0, 0, 10, 20)) == 5.0
    assert distance(np.array([[5.0, 5.0]]), (0, 0, 10, 20)) == 0.0


def test_boxes_are_inside_their_photograph(image, shared_dir):
    try:
        path = photograph_path(shared_dir / "data", image)
    except StopIteration:
        pytest.skip(f"the photograph {image} is not among the reference data")
    with Image.open(path) as photograph:
        width, height = photograph.size
    reviewed = regions(image, "reviewed")
    along = [crop for box in reviewed for crop in crops(box, (height, width))]
    for left, top, right, bottom in [
        *tiles(image),
        *reviewed,
        *regions(image, "uncertain"),
        *along,
    ]:
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


def test_crops_cover_a_region():
    covered = np.zeros((3000, 4000), bool)
    for left, top, right, bottom in crops((100, 50, 3990, 900), covered.shape):
        covered[top:bottom, left:right] = True
    assert covered[50:900, 100:3990].all()


def test_labels_put_cracks_above_uncertain_boxes_and_those_above_reviewed_ones():
    crack = np.zeros((2448, 3264), bool)
    crack[600, 1290:1310] = True
    known = labels("DSCN4484.jpg", crack)
    assert [known[600, 1300], known[610, 1300], known[700, 1300]] == [255, 128, 0]
    assert [known[100, 100], known[420, 600], known[900, 1300]] == [0, 0, 128]


def test_lists_hold_only_numbers_and_names():
    for name in ("steel_tiles.csv", "steel_regions.csv"):
        for row in table(name):
            assert Path(row["image"]).suffix == ".jpg"
            assert all(
                value.isdigit() for key, value in row.items() if key not in {"image", "kind"}
            )
    assert {row["kind"] for row in table("steel_regions.csv")} == {"reviewed", "uncertain"}
