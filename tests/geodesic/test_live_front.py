import gc
import threading
import weakref

import numpy as np
import pytest
from scipy.spatial import cKDTree

from geodesic import (
    PreparedImage,
    TraceCancelled,
    TraceParameters,
    fine_level,
    live_front,
    trace,
)
from geodesic.coarse_level import coarse_level
from geodesic.live_front import LiveFront
from geodesic.live_ribbon import edges
from geodesic.polyline import polyline_length
from segmentation.data.synthetic import make_crack, render_cracks

START, END = (14.0, 42.0), (106.0, 42.0)


def wave(amplitude=10.0, length=92, left=14.0, middle=42.0):
    x = np.linspace(left, left + length, 4 * length)
    return np.stack([x, middle + amplitude * np.sin(2 * np.pi * (x - left) / length)], axis=1)


def photograph(lines, shape=(84, 120), width=4.0, noise=0.03, seed=0):
    rng = np.random.default_rng(seed)
    background = np.full(shape, 0.6, np.float32)
    cracks = [make_crack(line, width) for line in lines]
    image = render_cracks(background, cracks, contrast=0.3, blur=0.8)
    return np.clip(image + noise * rng.standard_normal(shape), 0, 1).astype(np.float32)


def apart(a, b):
    """Largest distance of either line's samples from the other line's."""
    return max(cKDTree(a).query(b)[0].max(), cKDTree(b).query(a)[0].max())


def grow_until(front, is_enough):
    """Grow on this thread until something is known."""

    def report(_share):
        if is_enough():
            raise TraceCancelled

    with pytest.raises(TraceCancelled):
        front.grow(lambda: None, report)


@pytest.fixture(scope="module")
def prepared():
    return PreparedImage(photograph([wave()]))


@pytest.fixture(scope="module")
def grown(prepared):
    """A front that is at home all over the image."""
    front = LiveFront(prepared, START, TraceParameters())
    front.grow(lambda: None)
    return front


@pytest.fixture(scope="module")
def committed(prepared):
    return trace(prepared, [START, END])


def measured(front, x, y):
    """Ask as the window does: once, and again when the worker has been at it."""
    front.ribbon_to(x, y)
    front.grow(lambda: None)
    return front.ribbon_to(x, y)


def test_what_is_shown_is_what_a_trace_finds(grown, committed):
    quick = grown.ribbon_to(*END)
    assert not quick.is_coarse
    assert apart(quick.ribbon.points, committed.centerline) < 1.5
    full = measured(grown, *END)
    assert full.is_final
    assert not full.is_coarse
    # A trace searches a smaller box, so the two tracks agree as tracks do, not to the last bit.
    assert apart(full.ribbon.points, committed.centerline) < 0.5
    widths = full.ribbon.left + full.ribbon.right
    assert np.median(widths) == pytest.approx(committed.width_px["median"], abs=0.1)


def test_quick_ribbon_is_near_the_full_measurement(prepared, committed):
    front = LiveFront(prepared, START, TraceParameters())
    grow_until(front, lambda: front.ribbon_to(*END) and not front.ribbon_to(*END).is_coarse)
    found = front.ribbon_to(*END)
    assert not found.is_final
    assert apart(found.ribbon.points, committed.centerline) < 1.5
    widths = found.ribbon.left + found.ribbon.right
    assert np.median(widths) == pytest.approx(committed.width_px["median"], abs=1.0)
    assert found.ribbon.confidence.min() >= 0
    assert found.ribbon.confidence.max() <= 1


def test_next_point_keeps_what_is_measured(grown):
    full = measured(grown, *END)
    nearer = tuple(wave()[-80])
    found = grown.ribbon_to(*nearer)
    assert not found.is_final
    kept = (found.ribbon.points[:, None] == full.ribbon.points[None]).all(axis=2).any(axis=1)
    assert kept.mean() > 0.5
    assert np.hypot(*np.diff(found.ribbon.points, axis=0).T).max() < 2.0
    assert apart(found.ribbon.points, wave()[:-80]) < 2.5


def test_edges_lie_on_the_banks(grown):
    left, right = edges(measured(grown, *END).ribbon)
    tree = cKDTree(wave())
    inner = slice(10, -10)
    for edge in (left, right):
        away = tree.query(edge[inner])[0]
        assert away.mean() == pytest.approx(2.4, abs=0.6)  # half the width and the offset


def test_coarse_level_answers_before_the_fine_one_has_begun(prepared, committed):
    front = LiveFront(prepared, START, TraceParameters())
    assert front.ribbon_to(*END) is None
    grow_until(front, lambda: front.ribbon_to(*END) is not None)
    found = front.ribbon_to(*END)
    assert found.is_coarse
    assert front.wants_growth
    assert apart(found.ribbon.points, committed.centerline) < 5.0
    np.testing.assert_allclose(found.ribbon.points[0], START, atol=1e-6)
    np.testing.assert_allclose(found.ribbon.points[-1], END, atol=1e-6)


def test_point_beyond_the_outward_map_is_aimed_at(prepared, committed, monkeypatch):
    monkeypatch.setattr(live_front, "MOST_POINTS", 1)
    monkeypatch.setattr(live_front, "REST_S", 0.0)
    front = LiveFront(prepared, START, TraceParameters())
    grow_until(front, lambda: front.ribbon_to(*END) is not None)
    assert front.ribbon_to(*END).is_coarse
    found = measured(front, *END)
    assert found.is_final
    assert apart(found.ribbon.points, committed.centerline) < 0.01


def test_data_driven_metric_is_followed_too(prepared):
    parameters = TraceParameters(bend_lambda=1.0)
    front = LiveFront(prepared, START, parameters)
    front.grow(lambda: None)
    committed = trace(prepared, [START, END], parameters)
    assert apart(measured(front, *END).ribbon.points, committed.centerline) < 0.5


def test_full_map_stops_and_the_coarse_level_goes_on_answering(prepared, monkeypatch):
    monkeypatch.setattr(fine_level, "MAP_BYTES", 1)
    monkeypatch.setattr(live_front, "REST_S", 0.0)
    front = LiveFront(prepared, START, TraceParameters())
    grow_until(front, lambda: front.ribbon_to(*END) is not None)
    assert not measured(front, *END).is_final
    assert front.ribbon_to(*END).is_coarse
    assert not front.wants_growth


def test_no_answer_outside_the_image(grown):
    for point in ((-1, 40), (40, -0.6), (119.6, 40), (40, 200)):
        assert grown.ribbon_to(*point) is None
    for point in ((-0.4, 40), (119.4, 83.4), (14, 42), (15, 42)):
        found = grown.ribbon_to(*point)
        assert found is not None
        assert np.isfinite(found.ribbon.points).all()


def test_cancelled_growth_goes_on_later(prepared):
    front = LiveFront(prepared, START, TraceParameters())
    calls = 0

    def check():
        nonlocal calls
        calls += 1
        if calls % 10 == 0:
            raise TraceCancelled

    n_cancelled = 0
    while True:
        try:
            front.grow(check)
            break
        except TraceCancelled:
            n_cancelled += 1
            if n_cancelled > 60:
                check = lambda: None  # noqa: E731
    assert n_cancelled > 3
    reference = LiveFront(prepared, START, TraceParameters())
    reference.grow(lambda: None)
    again, at_once = front.ribbon_to(*END), reference.ribbon_to(*END)
    assert apart(again.ribbon.points, at_once.ribbon.points) < 0.5


def test_points_are_asked_for_while_the_front_grows(prepared):
    front = LiveFront(prepared, START, TraceParameters())
    failures = []

    def grow():
        try:
            front.grow(lambda: None)
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    worker = threading.Thread(target=grow)
    worker.start()
    rng = np.random.default_rng(0)
    fine = 0
    try:
        while worker.is_alive() and fine < 100:
            x, y = rng.uniform((0, 0), (119, 83))
            found = front.ribbon_to(x, y)
            if found is None:
                continue
            points = found.ribbon.points
            assert np.isfinite(points).all()
            assert np.hypot(*(points[0] - START)) < 4
            if not found.is_final:  # the measurement moves the middle, also at the end
                assert np.hypot(*(points[-1] - (x, y))) < 5
            assert polyline_length(points) < 600
            fine += not found.is_coarse
    finally:
        worker.join()
    assert not failures
    assert fine > 0


def test_bright_crack_in_color():
    image = np.repeat((255 * (1 - photograph([wave()]))).astype(np.uint8)[..., None], 3, axis=2)
    front = LiveFront(PreparedImage(image), START, TraceParameters())
    front.grow(lambda: None)
    found = front.ribbon_to(*END)
    assert not found.is_coarse
    assert apart(found.ribbon.points, wave()) < 2.5
    assert front.parameters.polarity == "bright"


def test_other_way_round_a_hole_is_found():
    up, down = wave(24.0, 184), wave(-24.0, 184)
    half = len(up) // 2
    prepared = PreparedImage(photograph([up[:half], down[:half]]))
    end = tuple(up[half - 1])
    front = LiveFront(prepared, START, TraceParameters())
    grow_until(front, lambda: front.ribbon_to(*end) is not None)
    found = front.alternatives(*end)
    assert len(found) >= 2
    over, under = (each.ribbon.points for each in found[:2])
    assert (over[:, 1].mean() - 42) * (under[:, 1].mean() - 42) < 0
    assert min(apart(over, up[:half]), apart(over, down[:half])) < 5
    assert min(apart(under, up[:half]), apart(under, down[:half])) < 5


def test_lone_crack_has_no_other_way(grown):
    assert len(grown.alternatives(*END)) == 1


def test_front_frees_its_maps_at_once(prepared):
    fronts = [LiveFront(prepared, START, TraceParameters())]

    def is_fine():
        found = fronts[0].ribbon_to(15, 42)
        return found is not None and not found.is_coarse

    grow_until(fronts[0], is_fine)
    maps = weakref.ref(fronts[0]._fine[0].growing)
    gc.disable()
    try:
        fronts.clear()
        assert maps() is None
    finally:
        gc.enable()


def test_coarse_level_of_a_large_image_is_reduced_and_shared():
    image = np.full((2600, 3000), 128, np.uint8)
    image[1300:1304, 200:2800] = 40
    image[::5, ::7] += 9
    prepared = PreparedImage(image)
    level = coarse_level(prepared, "luminance", dark=True)
    assert coarse_level(prepared, "luminance", dark=True) is level
    assert level.cell == 4
    assert level.shape == (650, 750)
    row, col = level.cell_of(1000, 1302)
    np.testing.assert_allclose(
        level.in_image(np.array([[col, row]], float)), [[1000, 1302]], atol=2
    )
    cost = level.cost(row - 20, col - 3, row + 20, col + 4)
    assert set(np.argmin(cost, axis=0)) <= {19, 20, 21}
    assert level.cell_of(2999.4, 2599.4) == (649, 749)
