"""Speed of the live preview. Measure with

    python -m pytest tests/benchmarks/test_live_trace.py --benchmark-enable --benchmark-only

In an ordinary run each benchmark runs once, as a test. "first answer" is from the click to the
first path near it, on an image that has been on screen for a second; "path" is one mouse move.
"""

import itertools
import json

import numpy as np
import pytest

from annotator.services.live_trace import LiveFront, snap_to_ridge, warm_live
from annotator.services.tracing import prepare, warm_up
from annotator.storage.image_io import load_image
from annotator.workers.trace_work import TraceOptions
from segmentation.data.synthetic import make_crack, render_cracks

OPTIONS = TraceOptions()
EDGE = 4000
PHOTOGRAPHS = ("4484main", "4891left")


class Case:
    """A prepared image and a crack in it."""

    def __init__(self, pixels, line):
        self.prepared = prepare(pixels)
        self.line = np.array(line, float)
        warm_live(self.prepared, OPTIONS)

    def front(self):
        return LiveFront(self.prepared, tuple(self.line[0]), OPTIONS)

    def near(self):
        """A point some 60 px along the crack."""
        away = np.hypot(*(self.line - self.line[0]).T)
        return tuple(self.line[int(np.argmax(away > 60))])

    def grown(self, is_enough):
        """Return a front that has grown until `is_enough(front)`."""
        front = self.front()
        done = []
        front.grow(lambda: bool(done), lambda _share: done.append(1) if is_enough(front) else None)
        return front


@pytest.fixture(scope="module", autouse=True)
def compiled():
    """Keep compilation out of the times."""
    warm_up()


@pytest.fixture(scope="module")
def synthetic():
    x = np.linspace(300, 3700, 6000)
    line = np.stack([x, 2000 + 300 * np.sin(x / 500) + 8 * np.sin(x / 40)], axis=1)
    image = render_cracks(
        np.full((EDGE, EDGE), 0.6, np.float32), [make_crack(line, 4.0)], contrast=0.3
    )
    grain = 0.04 * np.random.default_rng(0).standard_normal((500, 500)).astype(np.float32)
    image += np.tile(grain, (EDGE // 500, EDGE // 500))
    return Case((255 * np.clip(image, 0, 1)).astype(np.uint8), line)


@pytest.fixture(scope="module", params=PHOTOGRAPHS)
def steel(request, shared_dir):
    with (request.config.rootpath / "tests/benchmarks/steel_cracks.jsonl").open() as file:
        cracks = {crack["id"]: crack for crack in map(json.loads, file)}
    crack = cracks[request.param]
    path = shared_dir / "data" / crack["folder"] / "images" / crack["image"]
    if not path.exists():
        pytest.skip("the photographs are not here")
    return Case(load_image(path).pixels, [crack["from"], *crack["course"], crack["to"]])


def first_answer(case):
    near = case.near()
    return case.grown(lambda front: front.path_to(*near) is not None).path_to(*near)


@pytest.mark.benchmark(group="first answer")
def test_first_answer_on_16_megapixels(benchmark, synthetic):
    assert benchmark(first_answer, synthetic) is not None


@pytest.mark.benchmark(group="first answer")
def test_first_answer_on_steel(benchmark, steel):
    assert benchmark(first_answer, steel) is not None


def fine(front, x, y):
    path = front.path_to(x, y)
    return path is not None and not path.is_coarse


@pytest.mark.benchmark(group="path")
def test_path_of_the_fine_front(benchmark, steel):
    x, y = steel.near()
    front = steel.grown(lambda front: fine(front, x, y))
    trembling = itertools.cycle([(x, y), (x - 1, y), (x, y + 1), (x - 2, y)])
    path = benchmark(lambda: front.path_to(*next(trembling)))
    assert path is not None


@pytest.mark.benchmark(group="path")
def test_path_of_the_coarse_level_across_the_image(benchmark, synthetic):
    x, y = synthetic.line[-1]
    front = synthetic.grown(lambda front: front.path_to(x, y) is not None)
    path = benchmark(front.path_to, x, y)
    assert path.is_coarse
    assert path.length > 3400


@pytest.mark.benchmark(group="alternatives")
def test_alternatives_on_steel(benchmark, steel):
    x, y = steel.line[-1]
    front = steel.grown(lambda front: front.path_to(x, y) is not None)
    assert benchmark(front.alternatives, x, y)


@pytest.mark.benchmark(group="snapping")
def test_snapping_on_steel(benchmark, steel):
    x, y = steel.near()
    found = benchmark(snap_to_ridge, steel.prepared, x + 4, y, 12, OPTIONS)
    assert np.hypot(found[0] - x - 4, found[1] - y) < 13


@pytest.mark.benchmark(group="making ready")
def test_making_16_megapixels_ready(benchmark, synthetic):
    pixels = synthetic.prepared.plane("luminance")

    def fresh():
        return (prepare(pixels), OPTIONS), {}

    benchmark.pedantic(warm_live, setup=fresh, rounds=3)
