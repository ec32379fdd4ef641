"""Filling of ribbons: exact against brute force, never broken, never empty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_fill_holes, gaussian_filter1d, label

from geodesic.polyline import left_normals
from geodesic.rasterize import fill_ribbon, polyline_length, resample

EIGHT = np.ones((3, 3), int)


def whole(mask, origin, shape):
    full = np.zeros(shape, np.uint8)
    x, y = origin
    full[y : y + mask.shape[0], x : x + mask.shape[1]] = mask
    return full


def margins(points, triangle):
    """For each point: how far it is inside the triangle (negative: outside), px."""
    a, b, c = triangle
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    if abs(area) < 1e-9:
        return np.full(len(points), -np.inf)
    result = np.full(len(points), np.inf)
    for p, q in ((a, b), (b, c), (c, a)):
        cross = (q[0] - p[0]) * (points[:, 1] - p[1]) - (q[1] - p[1]) * (points[:, 0] - p[0])
        result = np.minimum(result, np.sign(area) * cross / np.hypot(*(q - p)))
    return result


@st.composite
def ribbons(draw):
    count = draw(st.integers(1, 6))
    place = st.floats(-4.0, 24.0, allow_nan=False)
    points = draw(st.lists(st.tuples(place, place), min_size=count, max_size=count))
    half = st.floats(0.0, 7.0, allow_nan=False)
    left = draw(st.lists(half, min_size=count, max_size=count))
    right = draw(st.lists(half, min_size=count, max_size=count))
    return np.array(points), np.array(left), np.array(right)


@settings(max_examples=150, deadline=None)
@given(ribbons())
def test_equals_point_in_triangle_for_every_pixel(ribbon):
    center, left, right = ribbon
    shape = (18, 21)
    nearest = np.floor(center + 0.5)
    if not ((nearest >= 0) & (nearest < [shape[1], shape[0]])).all(axis=1).any():
        with pytest.raises(ValueError, match="inside the image"):
            fill_ribbon(center, left, right, shape)
        return
    mask, origin = fill_ribbon(center, left, right, shape)
    found = whole(mask, origin, shape).astype(bool)
    normals = left_normals(center)
    a, b = center + left[:, None] * normals, center - right[:, None] * normals
    y, x = np.indices(shape)
    pixels = np.column_stack((x.ravel(), y.ravel())).astype(float)
    inside = np.full(len(pixels), -np.inf)
    for i in range(len(center) - 1):
        for triangle in ((a[i], b[i], b[i + 1]), (a[i], b[i + 1], a[i + 1])):
            inside = np.maximum(inside, margins(pixels, triangle))
    inside = inside.reshape(shape)
    assert found[inside > 1e-6].all()
    line, at = fill_ribbon(center, 0 * left, 0 * right, shape)
    on_line = whole(line, at, shape).astype(bool)
    assert found[on_line].all()
    extra = found & ~on_line & (inside < -1e-6)
    if extra.any():  # only triangles without area, which the brute force above leaves out
        segments = np.concatenate([np.stack((a, b), 1), np.stack((a[:-1], a[1:]), 1)])
        segments = np.concatenate([segments, np.stack((b[:-1], b[1:]), 1)])
        for pixel in np.argwhere(extra)[:, ::-1]:
            assert min(distance(pixel, *segment) for segment in segments) < 1e-6


def distance(point, start, stop):
    along = stop - start
    length = along @ along
    share = np.clip((point - start) @ along / length, 0, 1) if length > 0 else 0.0
    return np.hypot(*(point - start - share * along))


@pytest.mark.parametrize("angle", [0.1, 0.3, 0.7, 1.2, 1.5, 2.5])
@pytest.mark.parametrize("half", [0.8, 2.5, 9.3])
def test_area_of_a_straight_ribbon(angle, half):
    length = 150.0
    t = np.arange(0, length + 0.1, 0.75)
    start = (180.3, 80.3) if angle > np.pi / 2 else (120.3, 120.3)
    center = np.array(start) + np.column_stack((t * np.cos(angle), t * np.sin(angle)))
    mask, _ = fill_ribbon(center, np.full(len(t), half), np.full(len(t), half), (320, 320))
    assert mask.sum() == pytest.approx(2 * half * polyline_length(center), rel=0.04)


def test_left_and_right_lie_on_their_sides():
    center = np.column_stack((np.arange(10.0, 31.0), np.full(21, 20.0)))
    mask, (x, y) = fill_ribbon(center, np.full(21, 6.0), np.full(21, 2.0), (50, 50))
    assert (x, y) == (10, 14)
    assert mask.shape == (9, 21)
    assert mask.all()


def test_pixel_centers_decide():
    center = np.column_stack((np.arange(10.0, 31.0), np.full(21, 20.0)))
    mask, _ = fill_ribbon(center, np.full(21, 1.99), np.full(21, 2.01), (50, 50))
    assert mask.sum(axis=0).tolist() == [4] * 21


@pytest.mark.parametrize("seed", range(6))
def test_wiggly_tracks_leave_no_holes_and_one_piece(seed):
    rng = np.random.default_rng(seed)
    t = np.arange(0, 300, 0.8)
    center = np.column_stack((t + 20, 100 + 9 * np.sin(t / 5) + rng.normal(0, 0.25, len(t))))
    left, right = (gaussian_filter1d(rng.uniform(0, 12, len(t)), 4) for _ in range(2))
    full = whole(*fill_ribbon(center, left, right, (200, 340)), (200, 340)).astype(bool)
    holes, count = label(binary_fill_holes(full) & ~full)
    # Two windings may touch and enclose ground; between quads nothing may be left open.
    assert count == 0 or np.bincount(holes.ravel())[1:].min() > 3
    assert label(full, EIGHT)[1] == 1


def test_dense_quads_leave_no_seam():
    """Edges of neighboring quads run exactly through pixel centers."""
    center = np.column_stack((np.arange(5.0, 60.0, 0.5), np.arange(5.0, 60.0, 0.5)))
    half = np.full(len(center), 4 * np.sqrt(2))
    full = whole(*fill_ribbon(center, half, half, (70, 70)), (70, 70)).astype(bool)
    assert (binary_fill_holes(full) == full).all()
    y, x = np.indices(full.shape)
    assert full[(abs(x - y) <= 8) & (x + y >= 10) & (x + y <= 119)].all()


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000))
def test_clipping_at_the_border_equals_cropping_a_larger_image(seed):
    rng = np.random.default_rng(seed)
    center = np.cumsum(rng.normal(0, 2.0, (40, 2)), axis=0) + np.array([12, 10])
    left, right = rng.uniform(0, 6, 40), rng.uniform(0, 6, 40)
    pad, shape = 200, (25, 30)
    large = (shape[0] + 2 * pad, shape[1] + 2 * pad)
    expected = whole(*fill_ribbon(center + pad, left, right, large), large)
    expected = expected[pad : pad + shape[0], pad : pad + shape[1]]
    found = whole(*fill_ribbon(center, left, right, shape), shape)
    assert (found != expected).sum() <= 1  # rounding of a pixel exactly on an edge


@pytest.mark.parametrize("width", [0.0, 0.3])
def test_a_thin_ribbon_is_an_unbroken_line(width):
    t = np.linspace(0, 6, 40)
    center = np.column_stack((20 + 15 * np.cos(t), 20 + 15 * np.sin(t)))
    half = np.full(40, width)
    full = whole(*fill_ribbon(center, half, half, (45, 45)), (45, 45))
    assert label(full, EIGHT)[1] == 1
    nearest = np.floor(center + 0.5).astype(int)
    assert full[nearest[:, 1], nearest[:, 0]].all()


def test_a_gap_between_samples_is_bridged():
    mask, origin = fill_ribbon([(2.0, 3.0), (30.0, 12.0)], [0.0, 0.0], [0.0, 0.0], (20, 40))
    assert origin == (2, 3)
    assert mask.shape == (10, 29)
    assert mask.sum() == 29


def test_a_single_point_marks_its_pixel():
    mask, origin = fill_ribbon([(4.4, 7.6)], [0.1], [0.1], (20, 20))
    assert origin == (4, 8)
    assert mask.tolist() == [[1]]


def test_malformed_input_is_refused():
    with pytest.raises(ValueError, match="left"):
        fill_ribbon([(1.0, 1.0)], [1.0, 2.0], [1.0], (5, 5))
    with pytest.raises(ValueError, match="right"):
        fill_ribbon([(1.0, 1.0)], [1.0], [-1.0], (5, 5))
    with pytest.raises(ValueError, match="centerline"):
        fill_ribbon([1.0, 1.0], [1.0], [1.0], (5, 5))
    with pytest.raises(ValueError, match="shape"):
        fill_ribbon([(1.0, 1.0)], [1.0], [1.0], (0, 5))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.2, 5.0))
def test_resample_keeps_ends_and_spacing(seed, spacing):
    points = np.cumsum(np.random.default_rng(seed).normal(0, 1, (20, 2)), axis=0)
    points[7] = points[8]
    even = resample(points, spacing)
    assert even[0] == pytest.approx(points[0])
    assert even[-1] == pytest.approx(points[-1])
    assert np.hypot(*np.diff(even, axis=0).T).max() <= spacing * (1 + 1e-9)
    assert polyline_length(even) <= polyline_length(points) + 1e-9


def test_resample_of_a_straight_line_is_even():
    even = resample([(0.0, 0.0), (1.0, 0.0), (10.0, 0.0)], 0.75)
    assert np.diff(even[:, 0]) == pytest.approx(10 / 14)
    assert resample([(3.0, 4.0), (3.0, 4.0)], 1.0).tolist() == [[3.0, 4.0]]
    with pytest.raises(ValueError, match="spacing"):
        resample([(0.0, 0.0), (1.0, 0.0)], 0.0)


def test_polyline_length_of_a_triangle_path():
    assert polyline_length([(0.0, 0.0), (3.0, 4.0), (3.0, 10.0)]) == pytest.approx(11.0)
    assert polyline_length([(2.0, 2.0)]) == 0.0
