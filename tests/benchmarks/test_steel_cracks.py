"""Cracks on photographs of steel bridges are traced from their clicks.

``steel_cracks.jsonl`` holds a crack a line: clicks and a course read by eye from the photograph,
good to 2 or 3 px (5 px where the photograph is blurred). The lines are ordered by photograph, so
that each is loaded once.
"""

import gc
import json
from pathlib import Path

import numpy as np
import pytest

from annotator.services.tracing import parameters_from, prepare, trace_crack
from annotator.storage.image_io import load_image

CRACKS = [
    json.loads(line)
    for line in Path(__file__).with_name("steel_cracks.jsonl").read_text("utf-8").splitlines()
]
SLOW = {"4891mid", "ex3left", "ex3mid", "7408"}
LARGEST_MEAN_PX = {"easy": 1.5, "medium": 2.5, "hard": 3.5}
SHARE_OF_STRAIGHT = 0.8  # some courses are so straight that a line between the clicks is near them
NEAR_PX = 6.0
NEAR_SHARE = 0.9


def densely(points):
    """Points along a polyline, at most 1 px apart."""
    points = np.asarray(points, float)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.linspace(0.0, along[-1], int(np.ceil(along[-1])) + 1)
    return np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1)


def distance_to(line, points):
    """Distance of each point from the nearest of a dense line."""
    return np.array([np.hypot(*(line - point).T).min() for point in points])


@pytest.fixture(scope="module")
def prepared_photograph(shared_dir):
    """Function that returns a photograph ready for tracing; only the last one stays in memory."""
    held = {}

    def get(folder, image):
        if (folder, image) not in held:
            held.clear()
            gc.collect()
            path = shared_dir / "data" / folder / "images" / image
            if not path.is_file():
                pytest.skip(f"the photograph {image} is not among the reference data")
            held[folder, image] = prepare(load_image(path).pixels)
        return held[folder, image]

    yield get
    held.clear()


@pytest.mark.parametrize(
    "crack",
    [
        pytest.param(crack, id=crack["id"], marks=[pytest.mark.slow] * (crack["id"] in SLOW))
        for crack in CRACKS
    ],
)
def test_trace_follows_the_crack(prepared_photograph, crack):
    photograph = prepared_photograph(crack["folder"], crack["image"])
    clicks = [crack["from"], *crack.get("via", []), crack["to"]]
    traced = densely(trace_crack(photograph, clicks, parameters_from()).course.centerline)
    course = densely(crack["course"])
    mean = distance_to(course, traced).mean()
    assert mean <= LARGEST_MEAN_PX[crack["difficulty"]]
    assert mean <= SHARE_OF_STRAIGHT * distance_to(course, densely(clicks)).mean()
    assert (distance_to(traced, course) <= NEAR_PX).mean() >= NEAR_SHARE


def test_courses_join_the_clicks():
    for crack in CRACKS:
        course = crack["course"]
        assert (course[0], course[-1]) == (crack["from"], crack["to"]), crack["id"]
        via = np.array(crack.get("via", []), float).reshape(-1, 2)
        assert (distance_to(densely(course), via) <= 1.0).all(), crack["id"]
