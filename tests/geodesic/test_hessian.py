import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodesic import PreparedImage, TraceParameters, trace
from geodesic.cake_wavelets import CakeDesign
from geodesic.fast_marching import DistanceMap
from geodesic.frames import derive_across, derive_along, derive_angular
from geodesic.hessian import (
    ANGULAR_STEPS,
    N_CLASSES,
    PARTS,
    bend_classes,
    class_directions,
    class_of,
    hessian_filters,
    left_invariant_hessian,
)
from geodesic.metric import DataDrivenMetric, LeftInvariantMetric, TensorField
from geodesic.orientation_score import orientation_score

LENGTHS = LeftInvariantMetric(0.4, 0.1, 16, False).unit_lengths


def circle_image(radius, size=96):
    """A dark ring of that radius around the center."""
    y, x = np.mgrid[:size, :size] - size / 2
    away = np.hypot(x, y) - radius
    return (0.8 - 0.4 * np.exp(-0.5 * (away / 1.5) ** 2)).astype(np.float32)


def test_the_filters_are_those_of_the_moving_frame():
    # The same derivatives, applied one after the other to the score itself.
    rng = np.random.default_rng(1)
    image = rng.random((64, 60)).astype(np.float32)
    filters = hessian_filters(image.shape, 8, 1.5)
    design = CakeDesign(n_orientations=16)
    omega = [2 * np.pi * np.fft.fftfreq(n) for n in image.shape]
    gaussian = np.exp(-0.5 * 1.5**2 * (omega[0][:, None] ** 2 + omega[1][None, :] ** 2))
    smooth = np.fft.ifft2(np.fft.fft2(image) * gaussian).real.astype(np.float32)
    score = orientation_score(smooth, design, margin=0).score[:8].real.astype(np.float64)
    turns = 2 * np.fft.fftfreq(8, 1 / 8)[:, None, None]
    blur = np.exp(-0.5 * (ANGULAR_STEPS * np.pi / 8 * turns) ** 2)
    score = np.fft.ifft(np.fft.fft(score, axis=0) * blur, axis=0).real
    angles = design.angles[:8]
    derive = (
        lambda u: derive_along(u, angles),
        lambda u: derive_across(u, angles),
        lambda u: derive_angular(u, np.pi),
    )
    for part, (i, j) in enumerate(PARTS):
        if part == 3:
            continue  # twice over theta differs at the highest frequency, see the next test
        # Spatial derivatives depend on theta: A_j A_i U, the frame turning with the orientation.
        first = derive[i](score)
        if j < 2:
            expected = derive[j](first)
        else:
            # The frame of a layer turns with it: d/dtheta (A1 U) = A1 A3 U + A2 U, and so on.
            turned = derive[i](derive_angular(score, np.pi))
            expected = turned + (derive_across(score, angles) if i == 0 else 0)
            expected = expected - (derive_along(score, angles) if i == 1 else 0)
        for k in range(8):
            found = left_invariant_hessian(image, filters, k)[part]
            np.testing.assert_allclose(found, expected[k], atol=2e-4 * np.abs(expected).max())


def test_the_angular_curvature_is_that_of_the_sampled_score():
    # A bar's score falls off on both sides of its orientation.
    image = np.full((64, 64), 0.8, np.float32)
    image[31:34] = 0.3
    filters = hessian_filters(image.shape, 16, 2.0)
    at_bar = [left_invariant_hessian(image, filters, k)[3][32, 32] for k in range(16)]
    assert at_bar[0] == max(at_bar)  # the score is negative on a dark bar: a minimum over theta
    assert at_bar[0] > 0


@given(st.tuples(*[st.floats(-1, 1) for _ in range(3)]).filter(lambda v: np.linalg.norm(v) > 0.1))
def test_a_class_is_near_its_directions(vector):
    direction = np.array(vector, np.float32)
    direction /= np.linalg.norm(direction)
    number = class_of(direction)
    assert 0 <= number < N_CLASSES
    assert abs(class_directions()[number] @ direction) > np.cos(np.radians(46))
    if abs(direction[2]) > 0.95 and abs(direction[1]) < 0.02:
        assert abs(class_directions()[number] @ direction) > np.cos(np.radians(2.5))
    if abs(direction[2]) > 1e-6:
        assert class_of(-direction) == number


@pytest.mark.parametrize("radius", [12.0, 20.0, 30.0])
def test_the_cheap_direction_bends_with_the_crack(radius):
    # On a ring, theta turns by 1 / radius per px; e is normal to that motion and to nothing else.
    image = circle_image(radius)
    filters = hessian_filters(image.shape, 16, 2.0)
    classes = bend_classes(image, filters, LENGTHS, (slice(0, 96), slice(0, 96)))
    directions = class_directions()[classes]
    bends = []
    exact = []
    for k in range(16):
        theta = np.pi * k / 16
        # n(theta) is tangent to the ring at center + radius * (sin theta, -cos theta)
        x, y = 48 + radius * np.sin(theta), 48 - radius * np.cos(theta)
        hessian = np.zeros((3, 3))
        entries = left_invariant_hessian(image, filters, k)[:, round(y), round(x)]
        for value, (i, j) in zip(entries, PARTS, strict=True):
            hessian[i, j] = value
        hessian[1, 0] = hessian[0, 1]
        _, values, right = np.linalg.svd(hessian * LENGTHS[:, None] * LENGTHS)
        assert values[1] < 0.05 * values[0]  # one direction is enough
        # <e, M v> = 0 for v = (1, 0, bend)
        exact.append(-right[0, 0] / LENGTHS[0] / right[0, 2])
        along, _, turning = directions[round(y), round(x), k]
        bends.append(-along / LENGTHS[0] / turning)
    np.testing.assert_allclose(exact, 1 / radius, rtol=0.12)
    np.testing.assert_allclose(bends, 1 / radius, rtol=0.25)


def test_a_straight_crack_has_no_bend():
    image = np.full((64, 64), 0.8, np.float32)
    image[31:34] = 0.3
    filters = hessian_filters(image.shape, 16, 2.0)
    classes = bend_classes(image, filters, LENGTHS, (slice(16, 48), slice(16, 48)))
    assert classes.shape == (32, 32, 16)
    np.testing.assert_allclose(np.abs(class_directions()[classes[16, :, 0]]), [[0, 0, 1]] * 32)


def test_no_strength_is_the_metric_without_data():
    base = LeftInvariantMetric(0.4, 0.1, 32, True)
    dual = DataDrivenMetric(base, 0.0, class_directions()).dual().reshape(N_CLASSES, 32, 3, 3)
    np.testing.assert_allclose(dual, np.broadcast_to(base.dual(), dual.shape), atol=1e-12)


def test_tensors_are_those_of_the_definition():
    base = LeftInvariantMetric(0.4, 0.1, 16, False)
    direction = np.array([[0.3, -0.2, np.sqrt(0.87)]])
    dual = DataDrivenMetric(base, 5.0, direction).dual()
    for k, theta in enumerate(base.angles):
        ahead = np.array([np.cos(theta), np.sin(theta), 0])
        aside = np.array([-np.sin(theta), np.cos(theta), 0])
        frame = np.stack([ahead, aside, [0, 0, base.step]]) / LENGTHS[:, None]  # velocity to M v
        metric = frame.T @ (np.eye(3) + 5.0 * np.outer(direction, direction)) @ frame
        np.testing.assert_allclose(dual[k], np.linalg.inv(metric), rtol=1e-9, atol=1e-9)


def solved(metric, cost, seed, layer, classes=None, **options):
    distances = DistanceMap(cost.shape[:2], metric, n_cost=cost.shape[2], **options)
    distances.set_cost(0, 0, cost, classes)
    start = np.full(metric.n_theta, np.inf, np.float32)
    start[layer] = 0
    distances.seed(*seed, start)
    distances.run()
    return distances.values


def test_classes_give_the_map_of_a_tensor_at_each_point():
    # The same metric twice: by classes, and by full tensors at every point of the grid.
    rng = np.random.default_rng(5)
    shape = (20, 22, 8)
    base = LeftInvariantMetric(0.4, 0.3, 8, False)
    directions = class_directions()
    classes = rng.integers(0, N_CLASSES, shape).astype(np.uint8)
    cost = rng.uniform(0.3, 1.0, shape).astype(np.float32)
    metric = DataDrivenMetric(base, 2.0, directions)
    duals = metric.dual().reshape(N_CLASSES, 8, 3, 3)[classes, np.arange(8)]
    scale = np.array([1.0, 1.0, base.step])
    tensors = np.linalg.inv(duals * scale[:, None] * scale[None, :])
    field = TensorField(tensors * cost[..., None, None].astype(float) ** 2, np.pi)
    expected = solved(field, np.ones((*shape[:2], 1), np.float32), (10, 9), 3)
    found = solved(metric, cost, (10, 9), 3, classes)
    np.testing.assert_allclose(found, expected, rtol=1e-4)
    rough = solved(metric, cost, (10, 9), 3, classes, queue="approximate")
    assert (rough >= expected * (1 - 1e-4)).all()
    assert (rough <= expected * 1.0091).all()


def test_headings_share_the_tensors_of_their_line():
    base = LeftInvariantMetric(0.4, 0.3, 16, True)
    dual = DataDrivenMetric(base, 3.0, class_directions()).dual().reshape(N_CLASSES, 16, 3, 3)
    np.testing.assert_allclose(dual[:, :8], dual[:, 8:])
    half = DataDrivenMetric(LeftInvariantMetric(0.4, 0.3, 8, False), 3.0, class_directions())
    np.testing.assert_allclose(dual[:, :8], half.dual().reshape(N_CLASSES, 8, 3, 3))


def test_a_forward_way_is_as_long_when_it_is_turned_round():
    # From A to B is what it is from B to A with the headings reversed, as lines have no heading.
    rng = np.random.default_rng(6)
    classes = np.broadcast_to(rng.integers(0, N_CLASSES, 8).astype(np.uint8), (60, 60, 8))
    cost = np.ones((60, 60, 8), np.float32)
    base = LeftInvariantMetric(0.4, 0.5, 16, True)
    metric = DataDrivenMetric(base, 1.0, class_directions())
    there = solved(metric, cost, (30, 12), 1, classes)[34, 46, 0]
    back = solved(metric, cost, (34, 46), 8, classes)[30, 12, 9]
    assert there == pytest.approx(back, rel=0.03)


def test_following_the_bend_is_cheaper_than_leaving_it():
    # On a constant field of tensors that bend, the cheapest way of a given length is a circle.
    base = LeftInvariantMetric(0.2, 0.1, 64, False)
    bend = 1 / 25
    e = np.array([-bend * base.unit_lengths[0], 0.0, 1.0])
    metric = DataDrivenMetric(base, 8.0, (e / np.linalg.norm(e))[None])
    u = solved(metric, np.ones((70, 70, 64), np.float32), (10, 35), 0)
    # From the top of a circle of radius 25, heading right, theta grows with the arc.
    arc = np.pi / 2
    x, y = 35 + 25 * np.sin(arc), 10 + 25 * (1 - np.cos(arc))
    layer = round(arc / base.step)
    on_circle = u[round(y), round(x), layer]
    mirrored = u[round(y), round(35 - 25 * np.sin(arc)), layer]
    length = 25 * arc * np.hypot(0.2, bend)
    assert on_circle == pytest.approx(length, rel=0.15)
    assert mirrored > 1.2 * on_circle


def test_traces_with_the_data_term_follow_a_ring():
    image = (circle_image(30.0) * 255).astype(np.uint8)
    image[:2, :2] = 10
    clicks = [(48, 18), (48, 78)]
    result = trace(image, clicks, TraceParameters(bend_lambda=5.0, snap_radius=0.0))
    away = np.hypot(*(result.centerline - 48).T) - 30
    assert np.abs(away).mean() < 0.8


def test_classes_do_not_depend_on_the_tile():
    rng = np.random.default_rng(8)
    image = np.clip(0.6 + 0.1 * rng.standard_normal((320, 640)), 0, 1).astype(np.float32)
    image[:, 318:321] = 0.2
    parameters = TraceParameters(polarity="dark", channel="luminance", bend_lambda=1.0)
    whole, part = PreparedImage(image), PreparedImage(image[:, 100:])
    joined = np.concatenate(
        [whole.bend_tile((0, j), parameters) for j in range(len(whole.cols) - 1)], axis=1
    )
    other = np.concatenate(
        [part.bend_tile((0, j), parameters) for j in range(len(part.cols) - 1)], axis=1
    )
    first = class_directions()[joined[60:260, 180:560]]
    second = class_directions()[other[60:260, 80:460]]
    assert (np.abs((first * second).sum(axis=3)) > np.cos(np.radians(12))).mean() > 0.97
