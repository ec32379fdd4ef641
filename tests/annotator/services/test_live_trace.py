import threading
import time

import numpy as np
import pytest

from annotator.services.live_trace import (
    LiveFront,
    snap_to_ridge,
    warm_live,
)
from annotator.services.tracing import parameters_from, prepare, trace_crack
from annotator.workers.trace_work import TraceOptions
from segmentation.data.synthetic import make_crack, render_cracks

OPTIONS = TraceOptions("default", (("width_offset", 0.0),))


@pytest.fixture(scope="module")
def line():
    x = np.linspace(12.0, 110.0, 400)
    return np.stack([x, 40 + 8 * np.sin(x / 15)], axis=1)


@pytest.fixture(scope="module")
def photograph(line):
    rng = np.random.default_rng(0)
    image = render_cracks(
        np.full((80, 124), 0.6, np.float32), [make_crack(line, 4.0)], contrast=0.3
    )
    grey = np.clip(image + 0.02 * rng.standard_normal(image.shape), 0, 1)
    return (255 * grey).astype(np.uint8)


@pytest.fixture(scope="module")
def prepared(photograph):
    return prepare(photograph)


def is_never():
    return False


def ignore(_share):
    pass


def test_live_path_is_the_crack_that_is_traced_then(prepared, line):
    front = LiveFront(prepared, tuple(line[0]), OPTIONS)
    assert front.path_to(*line[-1]) is None
    assert front.wants_growth
    shares = []
    front.grow(is_never, shares.append)
    front.path_to(*line[-1])
    front.grow(is_never, ignore)
    path = front.path_to(*line[-1])
    assert path.is_final
    assert not path.is_coarse
    assert not front.wants_growth
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    crack = trace_crack(prepared, [line[0], line[-1]], parameters_from("default", width_offset=0.0))
    assert path.length == pytest.approx(crack.path.length_px, abs=0.5)
    assert path.median_width == pytest.approx(crack.path.width_px["median"], abs=0.1)
    for array in (path.points, path.left, path.right):
        assert array.dtype == np.float32
        assert array.shape == (len(path.confidence), 2)
    across = np.hypot(*(path.left - path.right).T)
    assert np.median(across) == pytest.approx(path.median_width, abs=0.05)
    assert path.confidence.min() >= 0
    assert path.confidence.max() <= 1


def test_cancelled_growth_returns(prepared, line):
    front = LiveFront(prepared, tuple(line[0]), OPTIONS)
    cancelled = threading.Event()
    worker = threading.Thread(target=front.grow, args=(cancelled.is_set, ignore))
    worker.start()
    time.sleep(0.05)
    cancelled.set()
    worker.join(30)
    assert not worker.is_alive()


def test_no_path_outside_the_image(prepared, line):
    front = LiveFront(prepared, tuple(line[0]), OPTIONS)
    front.grow(is_never, ignore)
    assert front.path_to(-5, 10) is None
    assert front.path_to(10, 80) is None
    assert front.alternatives(-5, 10) == []


def test_snapping_waits_for_the_image_to_be_ready(photograph, line):
    prepared = prepare(photograph)
    x, y = line[200] + (0, 5)
    assert snap_to_ridge(prepared, x, y, 8, OPTIONS) == (x, y)
    warm_live(prepared, OPTIONS)
    snapped = snap_to_ridge(prepared, x, y, 8, OPTIONS)
    assert np.hypot(*(line - snapped).T).min() < 1.5
    assert snap_to_ridge(prepared, x, y, 0, OPTIONS) == (round(x), round(y))
    assert snap_to_ridge(prepared, -3, y, 8, OPTIONS) == (-3, y)
