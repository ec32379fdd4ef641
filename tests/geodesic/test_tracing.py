import gc
import itertools
import weakref

import numpy as np
import pytest

from geodesic import (
    PRESETS,
    PreparedImage,
    TraceCancelled,
    TraceError,
    TraceParameters,
    lifted_track,
    search_window,
    trace,
)
from geodesic.backtracking import backtrack
from geodesic.click_snapping import snap
from geodesic.fast_marching import DistanceMap
from geodesic.metric import LeftInvariantMetric
from segmentation.data.synthetic import make_crack, render_cracks

OPTICAL = PRESETS["measurement"]


def wavy_line(length=300, height=160, amplitude=25.0, left=20.0):
    x = np.linspace(left, left + length, 4 * length)
    y = height / 2 + amplitude * np.sin(2 * np.pi * (x - left) / length)
    return np.stack([x, y], axis=1)


def photograph(cracks, shape=(160, 340), *, noise=0.06, contrast=0.3, seed=0, blur=0.8, slope=0.2):
    """Grey image in [0, 1]: cracks on an illumination gradient, blurred, with white noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    background = (0.6 + slope * (x / shape[1] - 0.5) + 0.1 * y / shape[0]).astype(np.float32)
    image = render_cracks(background, cracks, contrast=contrast, blur=blur)
    return np.clip(image + noise * rng.standard_normal(shape), 0, 1).astype(np.float32)


def distance_to(line, points):
    return np.sqrt(((points[:, None] - line[None]) ** 2).sum(-1)).min(axis=1)


def full_mask(result, shape):
    mask = np.zeros(shape, bool)
    x, y = result.mask_origin
    height, width = result.mask.shape
    mask[y : y + height, x : x + width] = result.mask
    return mask


@pytest.mark.parametrize("width", [2.0, 3.0, 4.0, 6.0, 9.0, 12.0])
def test_centerline_and_width_on_known_cracks(width):
    # contrast-to-noise 5, illumination gradient, blur and a second crack that crosses the first
    line = wavy_line()
    crossing = np.stack([np.linspace(150, 190, 200), np.linspace(5, 155, 200)], axis=1)
    errors = []
    for seed in range(3):
        image = photograph([make_crack(line, width), make_crack(crossing, 3.0)], seed=seed)
        result = trace(image, [line[0], line[-1]], OPTICAL)
        assert distance_to(line, result.centerline).mean() < 0.5
        away = np.abs(result.centerline[:, 0] - 170) > 15
        errors.append(np.abs(result.half_widths.sum(axis=1) - width)[away].mean())
    assert np.mean(errors) < 0.5


def test_result_keeps_its_promises():
    line = wavy_line()
    image = photograph([make_crack(line, 5.0)])
    result = trace(image, [line[0], line[-1]])
    spacing = np.hypot(*np.diff(result.centerline, axis=0).T)
    assert spacing.max() <= 1.0
    assert result.half_widths.shape == (len(result.centerline), 2)
    assert (result.half_widths > 0).all()
    assert result.confidence.min() >= 0
    assert result.confidence.max() <= 1
    assert result.edge_visible.mean() > 0.9
    assert np.hypot(*(result.centerline[0] - line[0])) < 4
    assert np.hypot(*(result.centerline[-1] - line[-1])) < 4
    assert result.length_px == pytest.approx(np.hypot(*np.diff(line, axis=0).T).sum(), rel=0.05)
    assert result.width_px["median"] == pytest.approx(5.8, abs=0.6)  # annotators' offset included
    stages = {"prepare", "corridor", "response", "march", "backtrack", "refine", "width", "mask"}
    assert set(result.seconds) >= stages | {"total"}
    assert sum(v for k, v in result.seconds.items() if k != "total") <= result.seconds["total"]
    mask = full_mask(result, image.shape)
    cols, rows = np.round(result.centerline).astype(int).T
    assert mask[rows, cols].mean() > 0.99


def test_left_is_left_of_the_direction_of_travel():
    # A crack whose dark band lies below the clicked line: travelling right, below is on the right.
    line = np.stack([np.linspace(30, 300, 800), np.full(800, 80.0)], axis=1)
    image = photograph([make_crack(line, 8.0)], noise=0.02)
    above = OPTICAL.with_overrides(snap_radius=0, tube_radius=0)
    there = trace(image, [(30, 80), (300, 80)], above)
    back = trace(image, [(300, 80), (30, 80)], above)
    shift = there.centerline[:, 1].mean() - 80
    left, right = there.half_widths.mean(axis=0)
    assert left - shift == pytest.approx(4.0, abs=0.5)
    assert right + shift == pytest.approx(4.0, abs=0.5)
    np.testing.assert_allclose(back.half_widths.mean(), there.half_widths.mean(), atol=0.3)


@pytest.mark.parametrize("kind", ["grey8", "grey16", "float", "rgb8", "rgb16", "bright"])
def test_kinds_of_images_give_the_same_crack(kind):
    line = wavy_line()
    image = photograph([make_crack(line, 4.0)], noise=0.03)
    reference = full_mask(trace(image, [line[0], line[-1]]), image.shape)
    converted = {
        "grey8": (image * 255).round().astype(np.uint8),
        "grey16": (image * 65535).round().astype(np.uint16),
        "float": image.astype(np.float64),
        "rgb8": np.repeat((image * 255).round().astype(np.uint8)[..., None], 3, axis=2),
        "rgb16": np.repeat((image * 65535).round().astype(np.uint16)[..., None], 3, axis=2),
        "bright": 1 - image,
    }[kind]
    result = trace(converted, [line[0], line[-1]])
    assert result.parameters.polarity == ("bright" if kind == "bright" else "dark")
    mask = full_mask(result, image.shape)
    assert (mask & reference).sum() / (mask | reference).sum() > 0.9


def test_the_channel_that_shows_the_crack_is_found():
    line = wavy_line()
    plain = photograph([], noise=0.04)
    red = photograph([make_crack(line, 4.0)], noise=0.04, seed=1)
    image = np.stack([red, plain, photograph([], noise=0.04, seed=2)], axis=2)
    result = trace(image, [line[0], line[-1]])
    assert result.parameters.channel == "red"
    assert distance_to(line, result.centerline).mean() < 0.7


def test_waypoints_are_passed_in_order_and_smoothly():
    # Two cracks side by side: left alone the trace takes the nearer, the waypoint asks for the
    # other.
    x = np.linspace(20, 320, 1200)
    bow = 45 * np.sin(np.pi * (x - 20) / 300)
    upper = np.stack([x, 80 - bow], axis=1)
    lower = np.stack([x, 80 + 1.2 * bow], axis=1)
    image = photograph([make_crack(upper, 4.0), make_crack(lower, 4.0)], noise=0.03)
    direct = trace(image, [(20, 80), (320, 80)])
    assert distance_to(upper, direct.centerline).mean() < 1
    via = lower[600].round()
    guided = trace(image, [(20, 80), via, (320, 80)])
    assert distance_to(lower, guided.centerline).mean() < 1
    assert distance_to(guided.centerline, via[None])[0] < 2.5
    # no cusp at the waypoint: the direction of travel turns gently there
    at = int(np.argmin(((guided.centerline - via) ** 2).sum(axis=1)))
    before = guided.centerline[at] - guided.centerline[at - 8]
    after = guided.centerline[at + 8] - guided.centerline[at]
    assert before @ after > 0.8 * np.hypot(*before) * np.hypot(*after)


@pytest.mark.parametrize("gear", ["forward", "symmetric"])
@pytest.mark.parametrize(
    "corners",
    [
        [(20, 60), (300, 100), (20, 140)],  # a V, clicked at its vertex
        [(30, 80), (300, 80), (40, 80)],  # there and back again
        [(30, 30), (160, 130), (300, 30), (160, 130)],  # into a branch and back out of it
    ],
)
def test_waypoints_at_sharp_turns(corners, gear):
    corners = np.array(corners, float)
    legs = [np.linspace(a, b, 800, endpoint=False) for a, b in itertools.pairwise(corners)]
    image = photograph([make_crack(leg, 3.0) for leg in legs], noise=0.03)
    result = trace(image, corners, TraceParameters(gear=gear))
    assert distance_to(np.concatenate(legs), result.centerline).mean() < 1.5
    assert (distance_to(result.centerline, corners) < 6).all()


def test_any_waypoints_can_be_traced():
    rng = np.random.default_rng(7)
    image = photograph([make_crack(wavy_line(), 4.0)], noise=0.05)
    prepared = PreparedImage(image)
    for _ in range(12):
        points = np.round(rng.uniform((0, 0), (339, 159), (4, 2)))
        result = trace(prepared, points)
        assert np.isfinite(result.centerline).all()
        assert result.mask.any()


def test_crossing_is_passed_straight():
    straight = np.stack([np.linspace(20, 320, 900), np.full(900, 80.0)], axis=1)
    cross = np.stack([np.linspace(100, 240, 600), np.linspace(10, 150, 600)], axis=1)
    image = photograph([make_crack(straight, 3.0), make_crack(cross, 5.0)], noise=0.03)
    result = trace(image, [(20, 80), (320, 80)])
    assert np.abs(result.centerline[:, 1] - 80).max() < 3


def test_a_quarter_turn_of_the_image_turns_the_mask():
    line = wavy_line()
    image = photograph([make_crack(line, 4.0)], noise=0.03)
    upright = full_mask(trace(image, [line[0], line[-1]]), image.shape)
    turned_image = np.ascontiguousarray(np.rot90(image, -1))

    def turn(p):
        return image.shape[0] - 1 - p[1], p[0]

    turned = full_mask(trace(turned_image, [turn(line[0]), turn(line[-1])]), turned_image.shape)
    back = np.rot90(turned)
    assert (back & upright).sum() / (back | upright).sum() > 0.9


def test_far_content_does_not_change_the_track():
    line = wavy_line()
    image = photograph([make_crack(line, 4.0)], shape=(600, 900), noise=0.03)
    other = image.copy()
    other[420:500, 500:700] = 0.05
    other[300:, 850:] = 1.0
    one, two = (trace(i, [line[0], line[-1]]) for i in (image, other))
    assert distance_to(one.centerline, two.centerline).max() < 0.75


def test_corridor_gives_the_full_search_its_result(monkeypatch):
    rng = np.random.default_rng(5)
    t = np.linspace(0, 1, 4000)
    line = np.stack([60 + 1000 * t, 500 + 120 * np.sin(5 * t) + 30 * np.sin(23 * t)], axis=1)
    scratches = [
        make_crack(rng.uniform(50, 950, (2, 2)) @ np.diag([1.1, 1.0]), 2.0) for _ in range(12)
    ]
    image = photograph([make_crack(line, 3.5), *scratches], shape=(1000, 1120), noise=0.05)
    narrow = trace(image, [line[0], line[-1]])
    monkeypatch.setattr(search_window, "is_small", lambda _box: True)
    whole = trace(image, [line[0], line[-1]])
    masks = [full_mask(r, image.shape) for r in (narrow, whole)]
    assert (masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum() > 0.99
    assert distance_to(line, whole.centerline).mean() < 0.5


def test_crack_along_the_border():
    line = np.stack([np.linspace(0, 339, 900), np.full(900, 2.0)], axis=1)
    image = photograph([make_crack(line, 3.0)], noise=0.03)
    result = trace(image, [(0, 2), (339, 2)], OPTICAL)
    assert np.abs(result.centerline[:, 1] - 2).mean() < 0.7
    assert result.width_px["median"] == pytest.approx(3.0, abs=1.0)


def test_clicks_snap_to_the_ridge():
    line = np.stack([np.linspace(20, 320, 900), np.full(900, 80.0)], axis=1)
    prepared = PreparedImage(photograph([make_crack(line, 3.0)], noise=0.03))
    options = TraceParameters(polarity="dark", channel="luminance", snap_radius=4)
    snapped = snap(prepared, np.array([[60.0, 83.0], [250.0, 77.0]]), options)
    assert np.abs(snapped[:, 1] - 80).max() <= 1
    assert np.abs(snapped[:, 0] - (60, 250)).max() <= 2
    off = snap(prepared, np.array([[60.0, 83.0]]), options.with_overrides(snap_radius=0))
    assert tuple(off[0]) == (60, 83)


def test_symmetric_gear_traces_too():
    line = wavy_line()
    image = photograph([make_crack(line, 4.0)])
    result = trace(image, [line[0], line[-1]], TraceParameters(gear="symmetric"))
    assert distance_to(line, result.centerline).mean() < 0.6


def test_progress_rises_and_cancelling_stops():
    line = wavy_line()
    image = photograph([make_crack(line, 4.0)])
    seen = []
    trace(image, [line[0], line[-1]], on_progress=lambda stage, part: seen.append((stage, part)))
    fractions = [part for _, part in seen]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert len({stage for stage, _ in seen}) >= 6
    for stop_after in range(1, 7):
        calls = iter(range(100))
        with pytest.raises(TraceCancelled):
            trace(
                image,
                [line[0], line[-1]],
                is_cancelled=lambda calls=calls, n=stop_after: next(calls) >= n,
            )


@pytest.mark.parametrize(
    ("clicks", "message"),
    [
        ([(10, 10)], "two clicks"),
        ([(10, 10), (400, 20)], "outside the image, which is 340 x 160"),
        ([(-3, 10), (40, 20)], "outside"),
        ([(10, 10), (10.2, 9.9)], "same pixel"),
        ([(10, 10), (50, 50), (50, 50)], "same pixel"),
        ([(10, 10), (float("nan"), 9)], "outside"),
        ("nonsense", "pairs of numbers"),
    ],
)
def test_bad_clicks_get_a_sentence(clicks, message):
    image = photograph([make_crack(wavy_line(), 4.0)])
    with pytest.raises(TraceError, match=message):
        trace(image, clicks)


def test_flat_images_get_a_sentence():
    with pytest.raises(TraceError, match="flat"):
        trace(np.full((50, 60, 3), 128, np.uint8), [(5, 5), (50, 40)])


@pytest.mark.parametrize("shape", [(1, 2), (2, 2), (3, 40), (40, 3), (7, 7)])
def test_tiny_images_are_traced(shape):
    rng = np.random.default_rng(3)
    image = rng.integers(0, 255, shape).astype(np.uint8)
    result = trace(image, [(0, 0), (shape[1] - 1, shape[0] - 1)])
    assert result.mask.any()


def test_one_pixel_is_too_small_for_two_clicks():
    with pytest.raises(TraceError, match="same pixel"):
        trace(np.array([[7]], np.uint8), [(0, 0), (0, 0)])


def test_clicks_too_far_apart_get_a_sentence():
    image = np.zeros((9000, 9000), np.uint8)
    image[::5] = 60
    with pytest.raises(TraceError, match="add a point"):
        trace(image, [(5, 5), (8990, 8990)])


def test_a_very_wide_image_is_traced_locally():
    line = wavy_line()
    image = np.zeros((160, 20_000), np.float32) + 0.6
    image[:, :340] = photograph([make_crack(line, 4.0)], noise=0.03)
    result = trace(image, [line[0], line[-1]])
    assert distance_to(line, result.centerline).mean() < 0.7


def test_nothing_of_a_trace_stays_in_memory(monkeypatch):
    maps = []

    class Recorded(DistanceMap):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            maps.append(weakref.ref(self))

    monkeypatch.setattr(lifted_track, "DistanceMap", Recorded)
    line = wavy_line()
    prepared = PreparedImage(photograph([make_crack(line, 4.0)]))
    gc.collect()
    gc.disable()
    try:
        trace(prepared, [line[0], line[600], line[-1]])
        assert len(maps) == 2
        assert all(reference() is None for reference in maps)
    finally:
        gc.enable()


def test_a_stopped_front_gives_the_path_of_the_full_one():
    line = wavy_line()
    image = photograph([make_crack(line, 4.0)], noise=0.05)
    resolved = TraceParameters(polarity="dark", channel="luminance")
    prepared = PreparedImage(image)
    cost = np.concatenate(
        [
            np.concatenate(
                [prepared.cost_tile((i, j), resolved) for j in range(len(prepared.cols) - 1)],
                axis=1,
            )
            for i in range(len(prepared.rows) - 1)
        ]
    )
    metric = LeftInvariantMetric(resolved.xi, resolved.zeta, 32, True)
    paths = []
    for whole in (False, True):
        distances = DistanceMap(image.shape, metric, cost)
        distances.seed(80, 20)
        value = distances.run((80, 320))
        if whole:
            distances.run()
        layer = int(np.argmin(distances.values_at(80, 320)))
        paths.append(backtrack(distances, (80, 320, layer), (80, 20)).path[:, :2])
    assert np.isfinite(value)
    assert distance_to(paths[0], paths[1]).max() < 1.0


def test_value_is_the_length_of_the_path_at_the_default_parameters():
    line = wavy_line()
    prepared = PreparedImage(photograph([make_crack(line, 4.0)], noise=0.03))
    resolved = TraceParameters(polarity="dark", channel="luminance")
    metric = LeftInvariantMetric(resolved.xi, resolved.zeta, 32, True)
    ends = np.round(np.array([line[0], line[-1]]))
    window = search_window.SearchWindow(prepared, ends, resolved, metric, lambda: None)
    distances = DistanceMap(window.shape, metric, n_cost=16, fill=window.cost_block)
    seed, target = window.local(ends[0]), window.local(ends[1])
    distances.seed(*seed)
    value = distances.run(target)
    layer = int(np.argmin(distances.values_at(*target)))
    path = backtrack(distances, (*target, layer), seed).path
    total = 0.0
    for a, b in itertools.pairwise(path):
        step = b - a
        step[2] = (step[2] + 16) % 32 - 16
        middle = a + step / 2
        theta = middle[2] * metric.step
        ahead = np.cos(theta) * step[0] + np.sin(theta) * step[1]
        aside = -np.sin(theta) * step[0] + np.cos(theta) * step[1]
        length = np.sqrt(
            (metric.xi * ahead) ** 2
            + (metric.xi / metric.zeta * aside) ** 2
            + (step[2] * metric.step) ** 2
        )
        total += length * state_cost(window, middle)
    assert total == pytest.approx(value, rel=0.08)


def state_cost(window, state):
    """Cost at (x, y, layer) of a window, 1/C interpolated linearly, theta periodic."""
    x, y, layer = state
    inverse = 0.0
    for dx, dy, dk in itertools.product((0, 1), repeat=3):
        col, row, k = int(np.floor(x)) + dx, int(np.floor(y)) + dy, int(np.floor(layer)) + dk
        share = (1 - abs(x - col)) * (1 - abs(y - row)) * (1 - abs(layer - k))
        if share > 0:
            top, left, cost, _ = window.cost_block(row, col)
            inverse += share / cost[row - top, col - left, k % 16]
    return 1 / inverse


@pytest.mark.parametrize("name", list(PRESETS))
def test_each_preset_traces_what_it_is_for(name):
    width = 24.0 if name == "wide" else 5.0
    line = wavy_line()
    image = photograph([make_crack(line, width)], noise=0.03)
    result = trace(image, [line[0], line[-1]], PRESETS[name])
    assert distance_to(line, result.centerline).mean() < (2.0 if name == "wide" else 0.5)
    expected = width + 2 * PRESETS[name].width_offset
    assert result.width_px["median"] == pytest.approx(expected, abs=0.7 if name != "wide" else 3.0)


@pytest.mark.parametrize(
    "options",
    [
        {"angular_sigma": 0.7},
        {"contrast_level": 12.0},
        {"margin": 0.1},
        {"n_orientations": 12},
        {"tube_radius": 1.0},
        {"zeta": 0.2},
        {"cost_power": 2.0},
        {"max_half_width": 8.0},
    ],
)
def test_options_off_their_defaults_trace_too(options):
    line = wavy_line()
    image = photograph([make_crack(line, 4.0)])
    result = trace(image, [line[0], line[-1]], TraceParameters(**options))
    assert distance_to(line, result.centerline).mean() < 0.7
    assert all(getattr(result.parameters, name) == value for name, value in options.items())


def test_cached_tiles_give_the_same_trace():
    line = wavy_line()
    prepared = PreparedImage(photograph([make_crack(line, 4.0)]))
    first = trace(prepared, [line[0], line[-1]])
    again = trace(prepared, [line[0], line[-1]])
    np.testing.assert_array_equal(first.centerline, again.centerline)
    np.testing.assert_array_equal(first.mask, again.mask)


class TestParameters:
    def test_ranges_are_checked(self):
        with pytest.raises(ValueError, match="xi is 0; it must lie in"):
            TraceParameters(xi=0)
        with pytest.raises(ValueError, match="whole number"):
            TraceParameters(n_orientations=16.5)
        with pytest.raises(ValueError, match="gear is 'reverse'"):
            TraceParameters(gear="reverse")
        with pytest.raises(ValueError, match="scales"):
            TraceParameters(scales=())
        with pytest.raises(ValueError, match="cost_lambda"):
            TraceParameters(cost_lambda=float("nan"))

    def test_round_trip_through_json(self):
        for parameters in PRESETS.values():
            assert TraceParameters.from_dict(parameters.to_dict()) == parameters
        with pytest.raises(ValueError, match="Unknown parameter 'stiffness'"):
            TraceParameters.from_dict({"stiffness": 3})
