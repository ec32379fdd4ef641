"""What becomes of the pixels of cracks that are cut, joined, merged and filled."""

from dataclasses import replace

import numpy as np
import pytest

from annotator.document.crack import Crack
from annotator.document.mask import union_mask, union_sources
from annotator.document.pixel_source import PixelSource
from annotator.errors import AnnotatorError
from annotator.services import crack_editing as editing
from tests.crack_factory import painted_crack, traced_crack

SHAPE = (200, 300)


def with_pixels(crack, box, code):
    """Return a crack with a box of pixels set to a code by hand."""
    x0, y0, x1, y1 = box
    values = np.full((y1 - y0, x1 - x0), code, np.uint8)
    return replace(crack, pixels=crack.pixels.with_values(x0, y0, values))


def codes(*cracks):
    return union_sources(cracks, SHAPE)


def raw(crack):
    """Return all codes, erased ones too."""
    image = np.zeros(SHAPE, np.uint8)
    crack.pixels.paint_into(image)
    return image


@pytest.fixture
def corrected():
    """A traced crack with a painted blob right of the middle and an erased gap at the left."""
    crack = traced_crack([(20, 100), (250, 100)])
    crack = with_pixels(crack, (180, 90, 190, 97), PixelSource.PAINTED)
    return with_pixels(crack, (50, 95, 60, 106), PixelSource.ERASED)


def test_the_parts_of_a_split_hold_all_pixels_and_each_only_once(corrected):
    sample = len(corrected.course.centerline) // 2
    first, second = editing.split_crack(corrected, sample)
    assert (first.identifier == corrected.identifier) != (second.identifier == first.identifier)
    assert np.array_equal(raw(first) + raw(second), raw(corrected))
    x = corrected.course.centerline[sample, 0]
    assert np.nonzero(raw(first))[1].max() <= x + 1
    assert np.nonzero(raw(second))[1].min() >= x - 1


def test_corrections_go_with_the_part_that_they_are_near(corrected):
    first, second = editing.split_crack(corrected, len(corrected.course.centerline) // 2)
    assert (raw(second) == PixelSource.PAINTED).sum() == 70
    assert (raw(first) == PixelSource.ERASED).sum() == 110
    assert not (raw(first) == PixelSource.PAINTED).any()


def test_a_join_keeps_corrections_on_the_cracks_and_under_the_bridge(corrected):
    other = traced_crack([(260, 100), (290, 100)])
    bridge = traced_crack([(250, 100), (260, 100)])
    first = with_pixels(corrected, (252, 95, 255, 106), PixelSource.ERASED)
    joined = editing.joined_crack(first, other, [first, bridge, other])
    assert joined.identifier == first.identifier
    assert np.allclose(joined.course.waypoints, [(20, 100), (250, 100), (260, 100), (290, 100)])
    assert joined.course.length_px == pytest.approx(270)
    assert (raw(joined) == PixelSource.PAINTED).sum() == 70
    assert not codes(joined)[95:106, 252:255].any()
    assert codes(joined)[100, 257]
    assert codes(joined)[100, 280]


def test_a_merge_of_regions_is_their_union():
    cracks = [painted_crack((10, 10, 60, 40)), painted_crack((50, 30, 90, 80), "imported")]
    merged = editing.merged_crack(cracks)
    assert np.array_equal(union_mask([merged], SHAPE), union_mask(cracks, SHAPE))
    assert merged.path is None
    assert merged.source == "painted"
    assert codes(merged)[35, 55] == PixelSource.PAINTED  # what is painted by hand wins
    assert codes(merged)[70, 80] == PixelSource.IMPORTED


def test_a_region_merged_into_a_traced_crack_becomes_a_correction_of_it(corrected):
    region = painted_crack((100, 98, 120, 110))
    merged = editing.merged_crack([region, corrected])
    assert merged.path is corrected.path
    assert merged.source == "traced"
    assert (raw(merged) == PixelSource.PAINTED).sum() == 70 + 240
    assert (raw(merged) == PixelSource.ERASED).sum() == 110


def test_erased_pixels_of_one_crack_do_not_erase_another():
    hidden = with_pixels(painted_crack((10, 10, 60, 40)), (20, 20, 30, 30), PixelSource.ERASED)
    merged = editing.merged_crack([hidden, painted_crack((15, 15, 35, 35), "imported")])
    assert codes(merged)[25, 25] == PixelSource.IMPORTED


def test_two_courses_are_not_one():
    merged = editing.merged_crack(
        [traced_crack([(10, 10), (90, 10)]), traced_crack([(10, 30), (90, 30)])]
    )
    assert merged.path is None
    assert merged.source == "traced"


@pytest.mark.parametrize("corner", [(0, 0), (40, 30), (120, 120)])
def test_holes_are_filled_by_hand(corner):
    x, y = corner
    ring = with_pixels(
        painted_crack((x, y, x + 60, y + 40), "imported"), (x + 10, y + 10, x + 14, y + 20), 0
    )
    filled = editing.filled_crack(ring)
    assert union_mask([filled], SHAPE).sum() == 60 * 40
    assert (raw(filled) == PixelSource.PAINTED).sum() == 40


def test_what_a_crack_goes_round_is_no_hole():
    ring = with_pixels(painted_crack((20, 20, 120, 120)), (22, 22, 118, 118), 0)
    assert editing.filled_crack(ring) is ring
    bar = painted_crack((20, 20, 120, 40))
    assert editing.filled_crack(bar) is bar


def test_traces_along_the_thin_parts_of_a_region():
    region = Crack.from_mask(traced_crack([(20, 100), (250, 100)], 2.5).mask_patch(), "painted")
    asked = []

    def trace(waypoints):
        asked.append(waypoints)
        return traced_crack(waypoints)

    cracks = editing.traced_along(region, trace)
    assert [crack.identifier for crack in cracks] == [region.identifier]
    ends = sorted(asked[0][[0, -1], 0])
    assert np.allclose(ends, [20, 250], atol=4)
    assert np.allclose(asked[0][:, 1], 100, atol=1.5)


def test_a_blob_has_no_course():
    assert editing.traced_along(painted_crack((50, 50, 90, 90)), traced_crack) == []


def test_what_cannot_be_traced_stays_a_region():
    region = Crack.from_mask(traced_crack([(20, 100), (250, 100)], 2.5).mask_patch(), "painted")

    def trace(_waypoints):
        raise AnnotatorError("one flat color")

    assert editing.traced_along(region, trace) == []
