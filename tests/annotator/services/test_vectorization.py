"""Masks to cracks: the pixels are kept exactly, thin parts become few long courses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw

from annotator.document.mask import MaskPatch, union_mask
from annotator.document.pixel_source import PixelSource
from annotator.services.vectorization import vectorize
from geodesic import TraceParameters
from geodesic.rasterize import fill_ribbon


def drawn(size, *lines, width=5):
    """Return a mask with lines, each a list of points (x, y)."""
    picture = Image.new("L", size)
    draw = ImageDraw.Draw(picture)
    for line in lines:
        draw.line([tuple(point) for point in line], fill=1, width=width, joint="curve")
    return np.asarray(picture).copy()


def cracks_of(mask, **options):
    cracks = vectorize(MaskPatch(0, 0, mask), **options)
    assert np.array_equal(union_mask(cracks, mask.shape), mask)
    assert sum(int(crack.mask_patch().data.sum()) for crack in cracks) == mask.sum()
    return cracks


masks = arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)).map(
    lambda values: (values % 3 > 0).astype(np.uint8)
)


@settings(deadline=None)
@given(masks, st.integers(0, 300), st.integers(0, 300))
def test_the_pixels_are_kept_exactly_whatever_they_are(mask, x, y):
    cracks = vectorize(MaskPatch(x, y, mask))
    whole = np.zeros((mask.shape[0] + y, mask.shape[1] + x), np.uint8)
    whole[y:, x:] = mask
    assert np.array_equal(union_mask(cracks, whole.shape), whole)


@st.composite
def networks(draw):
    points = st.tuples(st.integers(-10, 160), st.integers(-10, 110))
    lines = draw(st.lists(st.lists(points, min_size=2, max_size=4), min_size=1, max_size=6))
    return drawn((150, 100), *lines, width=draw(st.integers(1, 9)))


@settings(deadline=None)
@given(networks())
def test_networks_keep_their_pixels_and_have_sound_courses(mask):
    for crack in cracks_of(mask):
        assert crack.source == "imported"
        path = crack.path
        if path is not None:
            assert len(path.centerline) == len(path.half_widths) == len(path.confidence)
            assert np.array_equal(path.waypoints[[0, -1]], path.centerline[[0, -1]])
            assert (path.half_widths > 0).all()
            assert path.edge_visible.all()
            assert np.isfinite(path.centerline).all()


@pytest.mark.parametrize("width", [1, 2, 3, 5, 9, 15])
@pytest.mark.parametrize("end", [(230, 20), (230, 90), (150, 180), (20, 180)])
def test_a_straight_crack_is_measured(width, end):
    mask = drawn((250, 200), [(20, 20), end], width=width)
    (crack,) = cracks_of(mask)
    path = crack.path
    assert path is not None
    length = np.hypot(end[0] - 20, end[1] - 20)
    assert path.length_px == pytest.approx(length, abs=width + 3)
    assert path.width_px["median"] == pytest.approx(mask.sum() / length, abs=0.7)
    assert len(path.waypoints) == 2
    assert path.parameters == TraceParameters().to_dict()
    assert path.confidence.min() == 1.0
    off = np.hypot(*(path.centerline[[0, -1], None] - [(20, 20), end]).transpose(2, 0, 1))
    assert off.min(axis=1).max() <= width / 2 + 2


def test_left_and_right_are_those_of_the_direction_of_travel():
    mask = np.zeros((40, 120), np.uint8)
    mask[18:21, 10:110] = 1
    mask[14:18, 60:110] = 1  # wider, above, in the second half
    (crack,) = cracks_of(mask)
    left, right = fill_ribbon(crack.path.centerline, *crack.path.half_widths.T, mask.shape)
    ribbon = np.zeros_like(mask)
    height, width = left.shape
    ribbon[right[1] : right[1] + height, right[0] : right[0] + width] = left
    agree = (ribbon & mask).sum() / (ribbon | mask).sum()
    assert agree > 0.85


def test_a_main_crack_stays_one_object_where_others_join_it():
    main = [(10, 60), (290, 70)]
    mask = drawn((300, 140), main, [(90, 62), (120, 5)], [(200, 66), (230, 130)])
    cracks = cracks_of(mask)
    assert len(cracks) == 3
    assert cracks[0].path.length_px == pytest.approx(280, abs=8)
    assert all(30 < crack.path.length_px < 90 for crack in cracks[1:])


@pytest.mark.parametrize("width", [1, 3, 7])
def test_a_crossing_is_two_cracks(width):
    mask = drawn((200, 160), [(10, 20), (190, 140)], [(10, 130), (190, 30)], width=width)
    cracks = cracks_of(mask)
    assert len(cracks) == 2
    assert all(crack.path.length_px == pytest.approx(211, abs=14) for crack in cracks)


def test_a_bend_becomes_a_waypoint():
    (crack,) = cracks_of(drawn((200, 200), [(20, 20), (180, 30), (170, 180)], width=4))
    assert len(crack.path.waypoints) == 3
    assert np.hypot(*(crack.path.waypoints[1] - (180, 30))) < 8


def test_a_ring_is_one_crack():
    picture = Image.new("L", (120, 120))
    ImageDraw.Draw(picture).ellipse([15, 15, 105, 105], outline=1, width=4)
    (crack,) = cracks_of(np.asarray(picture).copy())
    assert crack.path.length_px == pytest.approx(np.pi * 87, rel=0.08)


def test_ragged_edges_and_pinholes_make_no_branches():
    mask = drawn((300, 60), [(10, 30), (290, 32)], width=8)
    random = np.random.default_rng(0)
    for x in random.integers(12, 288, 40):
        mask[random.choice([25, 26, 35, 36]), x : x + 2] ^= 1
        mask[30:32, x] = 0
    cracks = cracks_of(mask)
    assert len([crack for crack in cracks if crack.path]) == 1


def test_an_island_in_a_pinhole_belongs_to_a_crack_around_it():
    mask = drawn((300, 200), [(20, 100), (280, 100)], [(150, 100), (150, 190)], width=15)
    mask[99:102, 60:63] = 0
    mask[100, 61] = 1
    assert len(cracks_of(mask)) == 2


def test_a_blob_stays_a_region():
    mask = np.zeros((90, 90), np.uint8)
    mask[20:70, 15:80] = 1
    mask[40:43, 30:34] = 0
    (crack,) = cracks_of(mask)
    assert crack.path is None
    assert crack.source == "imported"
    assert set(np.unique(crack.pixels.read((0, 0, 90, 90)))) == {0, PixelSource.IMPORTED}


def test_specks_are_one_object():
    mask = drawn((200, 80), [(10, 10), (190, 12)], width=3)
    mask[40:80:5, 5:200:7] = 1
    cracks = cracks_of(mask)
    assert [crack.path is None for crack in cracks] == [False, True]


def test_large_regions_are_apart_and_before_the_specks():
    mask = np.zeros((60, 120), np.uint8)
    mask[5:25, 5:25] = mask[30:55, 60:90] = mask[2, 100] = mask[50, 5] = 1
    assert [int(crack.mask_patch().data.sum()) for crack in cracks_of(mask)] == [750, 400, 2]


def test_without_courses_all_are_regions():
    mask = drawn((200, 80), [(10, 10), (190, 12)], [(10, 60), (190, 50)])
    cracks = cracks_of(mask, with_courses=False)
    assert [crack.path for crack in cracks] == [None, None]


def test_known_tracks_are_the_courses():
    mask = drawn((200, 100), [(10, 50), (190, 50)], width=7)
    tracks = [
        np.column_stack((np.linspace(12.0, 100, 80), np.full(80, 49.0))),
        np.column_stack((np.linspace(100.0, 188, 80), np.full(80, 51.0))),
    ]
    first, second = cracks_of(mask, tracks=tracks)
    assert {first.path.centerline[0, 1], second.path.centerline[0, 1]} == {49, 51}
    left, right = first.path.half_widths[40]
    assert sorted([left, right]) == pytest.approx([2.5, 4.5], abs=0.3)


def test_a_track_beside_the_mask_is_ignored():
    mask = drawn((200, 100), [(10, 50), (190, 50)], width=7)
    track = np.column_stack((np.linspace(12.0, 188, 80), np.full(80, 90.0)))
    (crack,) = cracks_of(mask, tracks=[track, track + 500])
    assert crack.path.centerline[:, 1].max() < 60


def test_an_empty_mask_has_no_cracks():
    assert vectorize(MaskPatch(3, 4, np.zeros((5, 6), np.uint8))) == []


@pytest.mark.parametrize(
    ("folder", "most", "median"),
    [("CFD", 20, 4), ("UAV75", 10, 3), ("DeepCrack_native12", 16, 9)],
)
def test_few_objects_on_masks_drawn_by_people(shared_dir, folder, most, median):
    counts = []
    for file in sorted((shared_dir / "data" / folder / "masks").iterdir())[::4]:
        mask = (np.asarray(Image.open(file).convert("L")) > 127).astype(np.uint8)
        counts.append(len(cracks_of(mask)))
    assert max(counts) <= most
    assert np.median(counts) <= median
