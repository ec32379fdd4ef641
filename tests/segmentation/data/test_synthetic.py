"""The synthetic generator: reproducible, and its truth is exactly what it drew."""

import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from segmentation.data.synthetic import (
    SURFACES,
    SyntheticCancelled,
    SyntheticParameters,
    crack_mask,
    generate,
    make_crack,
    render_cracks,
    sample_parameters,
)
from segmentation.data.synthetic_camera import compress

SMALL = SyntheticParameters(width=160, height=112, n_cracks=2, branches=2.0, seed=5)
EXACT = SyntheticParameters(
    width=256,
    height=192,
    surface="plain",
    texture=0.0,
    shot_noise=0.0,
    noise=0.02,
    blur=0.0,
    shading=0.0,
    depth_variation=0.0,
    illumination=0.0,
    vignetting=0.0,
    jpeg_quality=None,
    contrast_to_noise=5.0,
    crack_width=(6.0, 6.0),
    width_variation=0.0,
    edge_roughness=0.0,
    branches=0.0,
)


def curve(n=400, amplitude=25.0):
    s = np.linspace(0.0, 1.0, n)
    return np.column_stack([15.0 + 130.0 * s, 55.0 + amplitude * np.sin(5.0 * s)])


def in_ribbon(points, crack):
    """Distance to every segment, by brute force: inside if within the half-width at the foot."""
    a, b = crack.centerline[:-1], crack.centerline[1:]
    step = b - a
    squared = (step**2).sum(1)
    along = ((points[:, None] - a) * step).sum(2) / squared
    t = np.clip(along, 0.0, 1.0)
    distance = np.linalg.norm(points[:, None] - a - t[..., None] * step, axis=2)
    nearest = distance.argmin(1)
    rows = np.arange(len(points))
    t, along = t[rows, nearest], along[rows, nearest]
    half = (1 - t) * crack.half_width[nearest] + t * crack.half_width[nearest + 1]
    past = (nearest == 0) & (along < 0) | (nearest == len(a) - 1) & (along > 1)
    return (distance[rows, nearest] <= half) & ~past


@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_same_parameters_same_arrays_other_seed_other_arrays(surface):
    parameters = replace(SMALL, surface=surface, seams=1, marks=1.0, stains=1.0)
    first, again = generate(parameters), generate(parameters)
    other = generate(replace(parameters, seed=6))
    assert np.array_equal(first.image, again.image)
    assert np.array_equal(first.mask, again.mask)
    assert len(first.cracks) == len(again.cracks)
    assert all(
        np.array_equal(a.centerline, b.centerline) and np.array_equal(a.half_width, b.half_width)
        for a, b in zip(first.cracks, again.cracks, strict=True)
    )
    assert not np.array_equal(first.image, other.image)
    assert not np.array_equal(first.mask, other.mask)
    assert first.image.shape == (112, 160, 3)
    assert first.image.dtype == first.mask.dtype == np.uint8
    assert set(np.unique(first.mask)) == {0, 1}


@pytest.mark.parametrize("surface", sorted(SURFACES))
def test_image_does_not_depend_on_the_bands_it_is_made_in(surface, monkeypatch):
    parameters = replace(SMALL, surface=surface, seams=1, marks=2.0, stains=1.0)
    whole = generate(parameters)
    monkeypatch.setattr("segmentation.data.synthetic._BAND_PIXELS", 16 * parameters.width)
    assert np.array_equal(generate(parameters).image, whole.image)


def test_mask_is_the_pixel_centers_in_the_ribbon_and_the_line():
    widths = 3.0 + 2.5 * np.sin(np.linspace(0, 9, 400))
    crack = make_crack(curve(), widths)
    shape = (110, 160)
    points = np.argwhere(np.ones(shape))[:, ::-1].astype(float)
    expected = in_ribbon(points, crack).reshape(shape)
    mask = crack_mask([crack], shape).astype(bool)
    line = mask & ~expected
    assert not (expected & ~mask).any()
    rows, columns = np.nonzero(line)
    extra = np.column_stack([columns, rows]).astype(float)
    nearest = np.linalg.norm(extra[:, None] - crack.centerline, axis=2).min(1)
    # Only pixels that the centerline passes: half a diagonal off it, half a spacing along it.
    assert (nearest <= np.hypot(np.sqrt(0.5), 0.375) + 0.01).all()
    assert len(extra) < 0.1 * mask.sum()


def test_generated_mask_agrees_with_generated_geometry():
    sample = generate(replace(SMALL, crack_length=0.4, width=96, height=80))
    points = np.argwhere(np.ones(sample.mask.shape))[:, ::-1].astype(float)
    inside = np.any([in_ribbon(points, crack) for crack in sample.cracks], axis=0)
    inside = inside.reshape(sample.mask.shape)
    mask = sample.mask.astype(bool)
    assert not (inside & ~mask)[2:-2, 2:-2].any()
    assert (mask & ~ndimage.binary_dilation(inside, np.ones((3, 3)))).sum() <= 4


def test_mask_is_nowhere_thinner_than_a_line():
    crack = make_crack(curve(), 0.2)
    mask = crack_mask([crack], (110, 160))
    _, components = ndimage.label(mask, np.ones((3, 3)))
    assert components == 1
    assert mask[:, 15:146].any(axis=0).all()


@pytest.mark.parametrize("angle", [0.0, 17.0, 45.0, 90.0, 131.0])
def test_straight_crack_covers_each_pixel_by_its_true_area(angle):
    size, width, fine = 48, 3.3, 16
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    middle = np.array([23.6, 24.3])
    crack = make_crack(np.array([middle - 15 * direction, middle + 15 * direction]), width)
    drawn = 1.0 - render_cracks(np.ones((size, size)), [crack], contrast=1.0)
    steps = (np.arange(size * fine) + 0.5) / fine - 0.5
    x, y = np.meshgrid(steps - middle[0], steps - middle[1])
    across, along = direction[0] * y - direction[1] * x, direction[0] * x + direction[1] * y
    inside = (np.abs(across) <= width / 2) & (np.abs(along) <= 15)
    area = inside.reshape(size, fine, size, fine).mean(axis=(1, 3))
    ends = np.abs(np.abs(along[::fine, ::fine]) - 15) < 2  # corners are approximate
    assert np.abs(drawn - area)[~ends].max() < 0.03
    assert np.abs(drawn - area)[ends].max() < 0.2
    assert drawn.sum() == pytest.approx(30 * width, rel=0.01)


def test_crossing_cracks_are_not_darkened_twice():
    crossing = [
        make_crack(np.array([[5.0, 20.0], [35.0, 20.0]]), 5.0),
        make_crack(np.array([[20.0, 5.0], [20.0, 35.0]]), 5.0),
    ]
    image = render_cracks(np.full((41, 41, 3), 0.8), crossing, contrast=0.3)
    assert image[20, 20] == pytest.approx([0.5, 0.5, 0.5])
    assert image.min() == pytest.approx(0.5)


def test_blur_and_bright_polarity_keep_the_amount_of_contrast():
    crack = make_crack(curve(), 4.0)
    background = np.full((110, 160), 0.4)
    dark = render_cracks(background, [crack], contrast=0.2, blur=1.5)
    bright = render_cracks(background, [crack], contrast=0.2, blur=1.5, polarity="bright")
    assert (0.4 - dark).sum() == pytest.approx(0.2 * 4.0 * crack.length, rel=0.01)
    assert np.allclose(bright - 0.4, 0.4 - dark, atol=1e-5)
    assert np.array_equal(background, np.full((110, 160), 0.4))


def test_shading_and_rim_lighten_the_edges():
    crack = make_crack(np.array([[5.0, 20.0], [35.0, 20.0]]), 9.0)
    flat = render_cracks(np.full((41, 41), 0.5), [crack], contrast=0.4)
    lit = render_cracks(np.full((41, 41), 0.5), [crack], contrast=0.4, shading=0.5, rim=0.5)
    assert lit[20, 20] == pytest.approx(flat[20, 20], abs=1e-3)
    assert lit[23, 20] > flat[23, 20] + 0.05
    assert lit[25, 20] > 0.6  # the far wall faces the light from above
    assert lit[15, 20] == pytest.approx(0.5, abs=0.01)


def test_centerlines_are_dense_inside_and_smooth_in_width():
    sample = generate(replace(SMALL, seed=11, width_variation=0.5, crack_width=(2.0, 9.0)))
    assert len(sample.cracks) >= 2
    for crack in sample.cracks:
        spacing = np.hypot(*np.diff(crack.centerline, axis=0).T)
        assert 0 < spacing.min() <= spacing.max() <= 1.0
        assert (crack.centerline >= 0).all()
        assert (crack.centerline <= [159, 111]).all()
        assert len(crack.half_width) == len(crack.visibility) == len(crack.centerline)
        assert (crack.half_width > 0).all()
        assert crack.half_width.max() <= 4.5
        assert (crack.visibility >= 0).all()
        assert (crack.visibility <= 1).all()
        assert np.abs(np.diff(crack.half_width)).max() < 0.7


def test_half_width_is_honored_by_the_mask():
    crack = make_crack(curve(), np.linspace(4.0, 12.0, 400))
    mask = np.pad(crack_mask([crack], (110, 160)), 1)
    depth = ndimage.distance_transform_edt(mask)[1:-1, 1:-1]
    inner = slice(15, -15)
    x, y = crack.centerline[inner].T
    peak = ndimage.maximum_filter(depth, 3)[np.rint(y).astype(int), np.rint(x).astype(int)]
    # The transform measures to the center of the first pixel outside, half a pixel further.
    assert np.abs(peak - 0.5 - crack.half_width[inner]).mean() < 0.4


def test_constant_width_and_straightness_are_honored():
    sample = generate(replace(EXACT, tortuosity=0.0, taper=0.0))
    (crack,) = sample.cracks
    chord = np.hypot(*(crack.centerline[-1] - crack.centerline[0]))
    assert crack.length == pytest.approx(chord, rel=1e-6)
    assert np.all(crack.half_width == 3.0)
    assert sample.mask.sum() == pytest.approx(6.0 * crack.length, rel=0.06)


def test_tips_taper_but_not_at_the_border():
    cracks = [
        crack
        for seed in range(12)
        for crack in generate(replace(EXACT, seed=seed, taper=0.2, crack_length=0.5)).cracks
    ]
    limit = np.array([255.0, 191.0])
    tips = [(c.centerline[i], c.half_width[i]) for c in cracks for i in (0, -1)]
    on_border = [bool(np.any(p <= 0) or np.any(p >= limit)) for p, _ in tips]
    assert True in on_border
    assert False in on_border
    for (_, half), border in zip(tips, on_border, strict=True):
        assert half == 3.0 if border else half < 0.5


def test_branches_start_on_their_parent():
    sample = generate(replace(SMALL, branches=6.0, width=320, height=240, seed=2))
    branches = [crack for crack in sample.cracks if crack.parent is not None]
    assert len(branches) >= 3
    assert sum(crack.parent is None for crack in sample.cracks) == 2
    for index, crack in enumerate(sample.cracks):
        if crack.parent is None:
            continue
        assert crack.parent < index
        trunk = sample.cracks[crack.parent].centerline
        assert np.hypot(*(trunk - crack.centerline[0]).T).min() < 1e-9


def test_contrast_to_noise_is_honored():
    sample = generate(EXACT)
    level = sample.image.astype(float).mean(axis=2) / 255
    core = ndimage.binary_erosion(sample.mask, iterations=2)
    surface = ~ndimage.binary_dilation(sample.mask, iterations=3)
    luma = sample.image @ np.array([0.299, 0.587, 0.114]) / 255
    assert luma[surface].std() == pytest.approx(0.02, rel=0.04)
    assert level[surface].mean() == pytest.approx(0.5, abs=0.002)
    assert (level[surface].mean() - level[core].mean()) / 0.02 == pytest.approx(5.0, abs=0.3)
    assert sample.contrast == pytest.approx(0.1)


def test_contrast_to_noise_counts_texture_and_polarity():
    sample = generate(replace(EXACT, texture=1.0, grain_size=1.5, polarity="bright"))
    luma = sample.image @ np.array([0.299, 0.587, 0.114]) / 255
    core = ndimage.binary_erosion(sample.mask, iterations=2)
    surface = ~ndimage.binary_dilation(sample.mask, iterations=3)
    ratio = (luma[core].mean() - luma[surface].mean()) / luma[surface].std()
    assert ratio == pytest.approx(5.0, abs=0.5)


@pytest.mark.parametrize("surface", ["asphalt", "concrete", "steel"])
def test_cracks_are_darker_than_their_surroundings(surface):
    sample = generate(sample_parameters(surface, 480, 320, seed=3))
    level = sample.image.astype(float).mean(axis=2)
    near = ndimage.binary_dilation(sample.mask, iterations=8)
    near &= ~ndimage.binary_dilation(sample.mask, iterations=3)
    assert level[sample.mask > 0].mean() < 0.8 * level[near].mean()
    assert 25 < level.mean() < 220


def test_bridged_stretches_hide_the_crack_but_not_from_the_mask():
    # The same seed gives the same geometry: only the visibility differs.
    whole = generate(replace(EXACT, contrast_to_noise=20.0))
    bridged = generate(replace(EXACT, contrast_to_noise=20.0, bridged=0.4))
    assert np.array_equal(whole.mask, bridged.mask)
    (crack,) = bridged.cracks
    hidden = crack.visibility < 0.01
    assert 0.2 < hidden.mean() < 0.6
    level = bridged.image.mean(axis=2)
    x, y = np.rint(crack.centerline).astype(int).T
    assert level[y[hidden], x[hidden]].mean() == pytest.approx(127.5, abs=4)
    visible = crack.visibility > 0.99
    assert level[y[visible], x[visible]].mean() < 60


def test_illumination_and_jpeg_change_the_image_as_said():
    flat = replace(EXACT, n_cracks=0, noise=0.0, contrast_to_noise=None)
    assert np.ptp(generate(flat).image) == 0
    lit = generate(replace(flat, illumination=0.4)).image.astype(float)
    assert 0.15 * 127 < np.ptp(lit[..., 0]) < 0.9 * 127
    noisy = replace(flat, noise=0.05)
    raw = generate(noisy).image.astype(float)
    errors = [
        np.abs(generate(replace(noisy, jpeg_quality=q)).image - raw).mean() for q in (95, 75, 20)
    ]
    assert 0 < errors[0] < errors[1] < errors[2]


def test_jpeg_loss_is_that_of_a_real_encoder():
    image_module = pytest.importorskip("PIL.Image")
    raw = generate(replace(SMALL, jpeg_quality=None)).image
    buffer = io.BytesIO()
    image_module.fromarray(raw).save(buffer, "JPEG", quality=60, subsampling=2)
    real = np.asarray(image_module.open(buffer).convert("RGB")).astype(float)
    ours = compress(raw.astype(np.float32), 60)
    assert np.abs(ours - real).mean() < 0.35 * np.abs(raw - real).mean()


def test_progress_rises_to_one_and_cancelling_stops():
    seen: list[float] = []
    generate(SMALL, on_progress=seen.append, is_cancelled=lambda: False)
    assert seen[0] == 0.0
    assert seen[-1] == pytest.approx(1.0)
    assert seen == sorted(seen)
    seen.clear()
    with pytest.raises(SyntheticCancelled):
        generate(SMALL, on_progress=seen.append, is_cancelled=lambda: len(seen) >= 3)
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"width": 1, "height": 1}, "width"),
        ({"height": 0}, "height"),
        ({"width": 20000, "height": 20000}, "width x height"),
        ({"width": 99.5}, "width"),
        ({"surface": "wood"}, "surface"),
        ({"polarity": "grey"}, "polarity"),
        ({"seed": -1}, "seed"),
        ({"n_cracks": -1}, "n_cracks"),
        ({"crack_width": (5.0, 2.0)}, "crack_width"),
        ({"crack_width": 3.0}, "crack_width"),
        ({"contrast": 1.5}, "contrast"),
        ({"noise": float("nan")}, "noise"),
        ({"blur": -1.0}, "blur"),
        ({"jpeg_quality": 0}, "jpeg_quality"),
        (
            {"contrast_to_noise": 5.0, "noise": 0.0, "shot_noise": 0.0, "texture": 0.0},
            "contrast_to",
        ),
    ],
)
def test_invalid_parameters_are_named(changes, name):
    with pytest.raises(ValueError, match=name):
        SyntheticParameters(**changes)


def test_contrast_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="at most 25"):
        generate(replace(EXACT, contrast_to_noise=30.0))


@pytest.mark.parametrize(
    ("points", "width"),
    [
        (np.zeros((3, 2)), 2.0),
        (np.zeros((4, 3)), 2.0),
        (np.array([[0.0, 0.0], [np.nan, 1.0]]), 2.0),
        (np.array([[0.0, 0.0], [5.0, 1.0]]), 0.0),
    ],
)
def test_invalid_crack_geometry_is_refused(points, width):
    with pytest.raises(ValueError, match=r"points|width|centerline"):
        make_crack(points, width)


@pytest.mark.parametrize("surface", sorted(SURFACES))
@pytest.mark.parametrize("shape", [(16, 16), (16, 203), (203, 17)])
def test_small_and_odd_sizes_work(surface, shape):
    height, width = shape
    sample = generate(sample_parameters(surface, width, height, seed=1))
    assert sample.image.shape == (height, width, 3)
    assert sample.mask.any()


def test_parameters_survive_json():
    parameters = sample_parameters("steel", 640, 480, seed=9)
    values = json.loads(json.dumps(parameters.to_dict()))
    values["crack_width"] = tuple(values["crack_width"])
    assert SyntheticParameters(**values) == parameters


def test_generator_loads_neither_torch_nor_image_libraries():
    code = (
        "import sys, segmentation.data.synthetic;"
        "print([m for m in ('torch', 'PIL', 'cv2', 'skimage', 'numba') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.strip() == "[]"
