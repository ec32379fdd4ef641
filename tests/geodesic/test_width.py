"""Width measurement against synthetic cracks whose centerline and width are known."""

from functools import lru_cache

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from geodesic.bank_spacing import likely_width, unblurred_width
from geodesic.polyline import left_normals, polyline_length
from geodesic.width import WidthParameters, measure_width

SHAPE = (130, 300)
DEPTH = 0.25
SUPERSAMPLING = 4


class Crack:
    """A sine-shaped band ``v = amplitude * sin(2 pi u / period)`` along a rotated axis."""

    def __init__(self, width, *, amplitude=0.0, period=150.0, angle=0.0, swell=0.0, center=None):
        self.width, self.swell = width, swell
        self.amplitude, self.wave = amplitude, 2 * np.pi / period
        self.axis = np.array([np.cos(angle), np.sin(angle)])
        self.across = np.array([-np.sin(angle), np.cos(angle)])
        self.center = np.array(center if center else (SHAPE[1] / 2 - 0.3, SHAPE[0] / 2 + 0.4))

    def width_at(self, u):
        return self.width * (1 + self.swell * np.sin(2 * np.pi * u / 170.0))

    def project(self, x, y):
        """Parameter of the nearest point of the curve and the signed distance to it."""
        du, dv = x - self.center[0], y - self.center[1]
        u0 = du * self.axis[0] + dv * self.axis[1]
        v0 = du * self.across[0] + dv * self.across[1]
        u = np.copy(u0)
        a, k = self.amplitude, self.wave
        for _ in range(6 if a else 0):
            f, f1, f2 = a * np.sin(k * u), a * k * np.cos(k * u), -a * k * k * np.sin(k * u)
            slope = (u - u0) + (f - v0) * f1
            bend = np.maximum(1 + f1 * f1 + (f - v0) * f2, 0.5)
            u = u - slope / bend
        f = a * np.sin(k * u)
        return u, np.hypot(u - u0, f - v0)

    def points(self, start, stop, spacing=0.9):
        u = np.linspace(start, stop, 6 * int(stop - start) + 2)
        curve = self.center + u[:, None] * self.axis
        curve = curve + (self.amplitude * np.sin(self.wave * u))[:, None] * self.across
        along = np.concatenate(([0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))))
        at = np.arange(0, along[-1], spacing)
        return np.column_stack([np.interp(at, along, curve[:, k]) for k in (0, 1)])

    def coverage(self, shape=SHAPE):
        n = SUPERSAMPLING
        y, x = np.mgrid[: shape[0] * n, : shape[1] * n]
        u, distance = self.project((x + 0.5) / n - 0.5, (y + 0.5) / n - 0.5)
        inside = distance <= self.width_at(u) / 2
        return inside.reshape(shape[0], n, shape[1], n).mean(axis=(1, 3))


def render(cracks, *, blur=0.8, noise=DEPTH / 5, texture=0.3, gradient=0.2, seed=0, shape=SHAPE):
    """Gray image: darkness of the union of cracks, blurred, on a tilted and textured ground."""
    rng = np.random.default_rng(seed)
    dark = cracks
    if not isinstance(cracks, np.ndarray):
        dark = np.max([crack.coverage(shape) for crack in cracks], axis=0)
    image = 0.6 - DEPTH * gaussian_filter(dark, blur)
    grain = gaussian_filter(rng.standard_normal(shape), 2.5)
    image += texture * noise * grain / grain.std()
    image += noise * rng.standard_normal(shape)
    image += (
        gradient * np.linspace(-0.5, 0.5, shape[1])
        + 0.1 * np.linspace(-0.5, 0.5, shape[0])[:, None]
    )
    return image.astype(np.float32)


def wiggled(points, amplitude, seed=1, correlation=6.0):
    """The track pushed sideways by a smooth random function of the given standard deviation."""
    noise = gaussian_filter1d(np.random.default_rng(seed).standard_normal(len(points)), correlation)
    return points + (amplitude * noise / noise.std())[:, None] * left_normals(points)


def errors(profile, crack):
    u, distance = crack.project(*profile.centerline.T)
    width = profile.left + profile.right
    return distance.mean(), np.abs(width - crack.width_at(u)).mean()


SHAPES = {
    "straight": {"angle": 0.3},
    "sine": {"amplitude": 12.0, "period": 110.0, "swell": 0.15},
    "crossed": {"angle": -0.12},
}


@lru_cache(maxsize=4)
def darkness(kind, width):
    crack = Crack(width, **SHAPES[kind])
    others = [Crack(4, angle=1.1)] if kind == "crossed" else []
    return crack, np.max([c.coverage() for c in (crack, *others)], axis=0)


@pytest.mark.parametrize("kind", SHAPES)
@pytest.mark.parametrize("width", [2, 3, 5, 8, 12])
def test_errors_stay_below_half_a_pixel_at_contrast_to_noise_5(kind, width):
    crack, dark = darkness(kind, width)
    found = []
    for seed, blur in enumerate((0.7, 0.85, 1.0)):
        image = render(dark, blur=blur, seed=seed)
        track = wiggled(crack.points(-130, 130), 1.0, seed=seed + 5)
        found.append(errors(measure_width(image, track), crack))
    center_error, width_error = np.mean(found, axis=0)
    assert center_error < 0.5
    assert width_error < 0.5


@pytest.mark.parametrize("width", [8, 12])
@pytest.mark.parametrize("share", [-0.5, 0.5])
def test_a_track_along_one_bank_of_a_wide_crack_finds_both_banks(width, share):
    crack, dark = darkness("sine", width)
    points = crack.points(-130, 130)
    track = points + share * width * left_normals(points)
    center_error, width_error = errors(measure_width(render(dark), track), crack)
    assert center_error < 0.5
    assert width_error < 0.5


@pytest.mark.parametrize("shift", [-2.0, 2.0])
def test_a_track_two_pixels_beside_a_thin_crack_is_moved_onto_it(shift):
    crack, dark = darkness("sine", 3)
    points = crack.points(-130, 130)
    center_error, _ = errors(
        measure_width(render(dark), points + shift * left_normals(points)), crack
    )
    assert center_error < 0.3


def horizontal(top, bottom, shape=(80, 200), noise=0.02, blur=0.8):
    """An image dark from y = top to y = bottom (in pixel-center coordinates)."""
    y = (np.arange(shape[0] * 8) + 0.5) / 8 - 0.5
    dark = ((y >= top) & (y <= bottom)).reshape(-1, 8).mean(axis=1)
    image = 0.6 - DEPTH * gaussian_filter1d(dark, blur)[:, None] * np.ones(shape[1])
    return (image + noise * np.random.default_rng(2).standard_normal(shape)).astype(np.float32)


def row_track(y, start, stop):
    return np.column_stack([np.arange(start, stop, dtype=float), np.full(stop - start, float(y))])


def test_left_is_up_for_travel_to_the_right_when_the_track_is_kept():
    image = horizontal(34.0, 44.0)
    kept = measure_width(image, row_track(41.0, 20, 180), WidthParameters(recentre=False))
    assert np.abs(kept.centerline[:, 1] - 41.0).max() < 1e-9
    assert kept.left.mean() == pytest.approx(7.0, abs=0.3)
    assert kept.right.mean() == pytest.approx(3.0, abs=0.3)
    moved = measure_width(image, row_track(41.0, 20, 180))
    assert np.abs(moved.centerline[:, 1] - 39.0).mean() < 0.3
    assert (moved.left + moved.right).mean() == pytest.approx(10.0, abs=0.3)


def test_reversing_the_track_swaps_left_and_right():
    image = horizontal(34.0, 44.0)
    parameters = WidthParameters(recentre=False)
    there = measure_width(image, row_track(41.0, 20, 180), parameters)
    back = measure_width(image, row_track(41.0, 20, 180)[::-1], parameters)
    assert np.abs(there.left - back.right[::-1]).mean() < 0.05


def test_turning_the_image_turns_the_result():
    image = horizontal(37.0, 43.0)
    track = row_track(40.5, 20, 180)
    upright = measure_width(image, track)
    turned = measure_width(np.ascontiguousarray(image.T), track[:, ::-1])
    assert np.abs(upright.centerline - turned.centerline[:, ::-1]).max() < 0.05
    assert np.abs(upright.left - turned.right).max() < 0.05


def test_offset_is_added_to_each_side():
    image, track = horizontal(37.0, 43.0), row_track(40.0, 20, 180)
    plain = measure_width(image, track)
    wider = measure_width(image, track, WidthParameters(offset=0.75))
    assert wider.left == pytest.approx(plain.left + 0.75)
    assert wider.right == pytest.approx(plain.right + 0.75)
    narrower = measure_width(image, track, WidthParameters(offset=-20.0))
    assert (narrower.left == 0).all()


def test_half_widths_respect_the_limit():
    image = horizontal(30.0, 50.0)
    limited = measure_width(image, row_track(40.0, 20, 180), WidthParameters(max_half_width=4.0))
    assert max(limited.left.mean(), limited.right.mean()) <= 4.0
    assert measure_width(image, row_track(40.0, 20, 180)).left.mean() == pytest.approx(10, abs=0.4)


def test_contrast_and_brightness_do_not_matter():
    image, track = horizontal(37.0, 43.0), row_track(40.0, 20, 180)
    plain = measure_width(image, track)
    faint = measure_width(0.3 + 0.25 * image, track)
    assert np.abs(faint.left - plain.left).mean() < 0.05
    assert np.abs(faint.confidence - plain.confidence).mean() < 0.05


def test_measures_up_to_the_border_of_the_image():
    image = horizontal(3.0, 9.0)
    profile = measure_width(image, row_track(6.5, 0, 200))
    width = profile.left + profile.right
    for part in (slice(0, 30), slice(-30, None)):
        assert width[part].mean() == pytest.approx(6.0, abs=0.5)
        assert profile.visible[part].all()
    assert profile.centerline[0, 0] == pytest.approx(0.0, abs=0.5)
    assert profile.centerline[-1, 0] == pytest.approx(199.0, abs=0.5)


def test_a_gap_is_flagged_and_bridged():
    image = horizontal(36.0, 44.0)
    image[:, 80:120] = horizontal(-9.0, -8.0)[:, 80:120]
    profile = measure_width(image, row_track(40.0, 10, 190))
    x = profile.centerline[:, 0]
    gap, crack = (x > 85) & (x < 115), (x < 70) | (x > 130)
    assert profile.visible[crack].all()
    assert profile.confidence[crack].min() > 0.9
    assert profile.visible[gap].mean() < 0.3
    assert profile.confidence[gap].mean() < 0.3
    width = profile.left + profile.right
    assert np.abs(width[crack] - 8.0).mean() < 0.4
    assert width[gap].max() < 12.0


def test_noise_alone_shows_no_banks():
    image = (0.5 + 0.05 * np.random.default_rng(4).standard_normal((200, 400))).astype(np.float32)
    profile = measure_width(image, row_track(100.0, 30, 370))
    assert profile.visible.mean() < 0.15
    assert profile.confidence.mean() < 0.15
    width = profile.left + profile.right
    assert width.mean() == pytest.approx(WidthParameters().prior_width, abs=1.0)


def test_confidence_grows_with_contrast_and_tells_good_from_bad():
    crack, dark = darkness("sine", 5)
    track = wiggled(crack.points(-130, 130), 1.0)
    confidence, error = [], []
    for ratio in (0.7, 1.5, 3.0, 6.0):
        profile = measure_width(render(dark, noise=DEPTH / ratio), track)
        confidence.append(profile.confidence.mean())
        error.append(errors(profile, crack)[1])
    assert confidence == sorted(confidence)
    assert confidence[0] < 0.3
    assert confidence[-1] > 0.95
    assert error[-1] < 0.5 < error[0]


@pytest.mark.parametrize("points", [[(5.0, 7.0)], [(5.0, 7.0), (5.0, 7.0)]])
def test_a_track_without_length_gives_one_sample(points):
    profile = measure_width(horizontal(5.0, 9.0), points, WidthParameters(offset=0.5))
    assert profile.centerline.tolist() == [[5.0, 7.0]]
    assert (profile.left.tolist(), profile.right.tolist()) == ([1.0], [1.0])
    assert not profile.visible[0]
    assert profile.confidence[0] == 0


@pytest.mark.parametrize("length", [0.3, 1.0, 2.0, 5.0])
def test_very_short_tracks(length):
    profile = measure_width(horizontal(37.0, 43.0), [(90.0, 40.0), (90.0 + length, 40.0)])
    assert len(profile.centerline) >= 2
    assert polyline_length(profile.centerline) == pytest.approx(length, abs=0.5)
    assert (profile.left + profile.right).mean() == pytest.approx(6.0, abs=1.5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 3)])
def test_tiny_images(shape):
    profile = measure_width(np.full(shape, 0.5, np.float32), [(0.0, 0.0), (shape[1] - 1.0, 2.0)])
    assert np.isfinite(profile.left).all()
    assert not profile.visible.any()


def test_a_zigzag_whose_normals_cross_stays_finite_and_ordered():
    image = horizontal(34.0, 46.0)
    x = np.arange(30, 170, 0.7)
    track = np.column_stack([x, 40 + 2 * np.sin(x)])
    profile = measure_width(image, track)
    for values in (profile.centerline, profile.left, profile.right, profile.confidence):
        assert np.isfinite(values).all()
    steps = np.hypot(*np.diff(profile.centerline, axis=0).T)
    assert steps.max() <= 1.0
    inner = slice(20, -20)  # the ends of the track are fixed, wherever its wiggle left them
    assert np.abs(profile.centerline[inner, 1] - 40).mean() < 0.5
    assert (profile.left + profile.right)[inner].mean() == pytest.approx(12.0, abs=0.6)


@pytest.mark.parametrize("blur", [0.8, 1.3, 3.0])
@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0, 5.0])
def test_unblurred_width_inverts_the_blur_of_a_box(blur, ratio):
    width = ratio * blur
    x = np.linspace(-width - 5 * blur, width + 5 * blur, 200_001)
    slope = np.exp(-(((x + width / 2) / blur) ** 2) / 2) - np.exp(
        -(((x - width / 2) / blur) ** 2) / 2
    )
    spacing = x[slope.argmin()] - x[slope.argmax()]
    assert unblurred_width(spacing, blur) == pytest.approx(width, abs=0.03 * blur)


def test_unblurred_width_has_its_limits():
    assert unblurred_width(1.9, 1.0) == 0.0
    assert unblurred_width(40.0, 1.0) == pytest.approx(40.0, abs=1e-2)
    assert (np.diff(unblurred_width(np.linspace(2, 20, 500), 1.5)) >= 0).all()


def test_the_prior_decides_only_where_contrast_is_low():
    spacing, blur = np.array([8.0, 8.0]), np.array([1.2, 1.2])
    sure, unsure = likely_width(spacing, blur, np.array([8.0, 0.5]), 2.5)
    assert sure == pytest.approx(unblurred_width(8.0, 1.2), abs=0.05)
    assert unsure == pytest.approx(2.5, abs=0.3)
    # A spacing that no width could cause says nothing: the prior is the answer, not zero.
    impossible = likely_width(np.array([1.5]), np.array([1.2]), np.array([4.0]), 2.5)
    assert 0.5 < impossible[0] <= 2.5


def test_malformed_input_is_refused():
    image = horizontal(37.0, 43.0)
    with pytest.raises(ValueError, match="image"):
        measure_width(image[..., None], [(1.0, 1.0), (5.0, 5.0)])
    with pytest.raises(ValueError, match="centerline"):
        measure_width(image, np.zeros((0, 2)))
    with pytest.raises(ValueError, match="centerline"):
        measure_width(image, [(1.0, np.nan), (5.0, 5.0)])
    holed = image.copy()
    holed[40, 100] = np.nan
    with pytest.raises(ValueError, match="image"):
        measure_width(holed, row_track(40.0, 90, 110))
    with pytest.raises(ValueError, match="max_half_width"):
        WidthParameters(max_half_width=0.5)
    with pytest.raises(ValueError, match="offset"):
        WidthParameters(offset=np.nan)
