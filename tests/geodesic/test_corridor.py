import numpy as np
import pytest

from geodesic import PreparedImage, TraceParameters
from geodesic.coarse_level import POOLED, coarse_level, finest_level
from geodesic.corridor import ALL_OPEN, N_SECTORS, find_corridor
from geodesic.lifted_track import march_metric
from geodesic.search_window import SearchWindow, search_box
from segmentation.data.synthetic import make_crack, render_cracks

RESOLVED = TraceParameters(polarity="dark", channel="luminance")


def photograph(lines, shape, seed=0):
    """Dark lines 4 px wide on noise; ends inside the image."""
    background = np.full(shape, 0.6, np.float32)
    image = render_cracks(background, [make_crack(line, 4.0) for line in lines], contrast=0.3)
    noise = 0.05 * np.random.default_rng(seed).standard_normal((200, 200))
    tiles = [-(-n // 200) for n in shape]
    image += np.tile(noise, tiles)[: shape[0], : shape[1]].astype(np.float32)
    return PreparedImage((255 * np.clip(image, 0, 1)).astype(np.uint8))


def wave(x0, x1, y, bow):
    x = np.linspace(x0, x1, 400)
    return np.stack([x, y + bow * np.sin(np.pi * (x - x0) / (x1 - x0))], axis=1)


def corridor_of(prepared, line, **options):
    ends = np.round(line[[0, -1]])
    return find_corridor(prepared, search_box(prepared.shape, ends, 0.5), ends, RESOLVED, **options)


def sectors_at(corridor, points):
    return np.array(
        [corridor.sectors(int(y), int(x), int(y) + 1, int(x) + 1)[0, 0] for x, y in points.round()]
    )


def sector_of(step):
    return round(np.arctan2(step[1], step[0]) * N_SECTORS / (2 * np.pi)) % N_SECTORS


@pytest.mark.parametrize("shape", [(700, 1100), (2500, 2700)])
def test_tube_holds_the_crack_in_its_direction_and_little_else(shape):
    line = wave(60, 1000, 300, 150)
    corridor = corridor_of(photograph([line], shape), line)
    open_here = sectors_at(corridor, line)
    for here, step in zip(open_here[40:-40], np.diff(line, axis=0)[40:-40], strict=False):
        assert here >> np.uint32(sector_of(step)) & 1
        assert not here >> np.uint32(sector_of(-step)) & 1
    assert (open_here[[0, -1]] == ALL_OPEN).all()  # a trace may leave a click in any direction
    whole = corridor.sectors(*corridor.box)
    assert (whole > 0).sum() < 45 * 1000
    top, left, bottom, right = corridor.box
    assert all(edge.any() for edge in (whole[0], whole[-1], whole[:, 0], whole[:, -1]))
    assert bottom - top < 300
    assert right - left < 1050


def test_course_follows_the_crack_and_is_told_early():
    line = wave(60, 1000, 300, 150)
    told = []
    corridor = corridor_of(photograph([line], (2500, 2700)), line, on_course=told.append)
    for course, error in ((told[0], 9.0), (corridor.course, 4.0)):
        away = np.array([np.hypot(*(line - point).T).min() for point in course])
        assert away.max() < error
        np.testing.assert_array_equal(course[[0, -1]], np.round(line[[0, -1]]))


def test_other_ways_stay_open_in_all_directions():
    ways = [wave(60, 900, 350, 120), wave(60, 900, 350, -120)]
    prepared = photograph(ways, (700, 1000))
    corridor = corridor_of(prepared, ways[0])
    middles = np.stack([way[200] for way in ways])
    assert sorted(sectors_at(corridor, middles) == ALL_OPEN) == [False, True]
    junctions = np.stack([way[6] for way in ways])
    assert (sectors_at(corridor, junctions) == ALL_OPEN).all()


@pytest.mark.parametrize("gear", ["forward", "symmetric"])
@pytest.mark.parametrize("bend", [0.0, 1.0])
def test_cost_is_that_of_the_tile_where_a_heading_is_open(gear, bend):
    line = wave(60, 1000, 300, 150)
    prepared = photograph([line], (700, 1100))
    parameters = RESOLVED.with_overrides(gear=gear, bend_lambda=bend)
    metric = march_metric(parameters)
    window = SearchWindow(prepared, np.round(line[[0, -1]]), parameters, metric, lambda: None)
    assert window.n_cost == metric.n_theta
    x, y = line[150].round().astype(int)
    row, col, cost, classes = window.cost_block(y - window.top, x - window.left)
    here = cost[y - window.top - row, x - window.left - col]
    tile = (
        int(np.searchsorted(prepared.rows, y, "right")) - 1,
        int(np.searchsorted(prepared.cols, x, "right")) - 1,
    )
    expected = prepared.cost_tile(tile, parameters)[y - prepared.rows[tile[0]]][
        x - prepared.cols[tile[1]]
    ]
    is_open = np.isfinite(here)
    np.testing.assert_array_equal(here[is_open], np.resize(expected, here.size)[is_open])
    # 11 sectors of 32 forward; the same and their opposites, of 16, where both ways are free
    assert is_open.sum() in ({11, 12, 13} if gear == "forward" else {11, 12, 13, 14})
    if bend:
        assert classes.shape == cost.shape


def test_levels_are_shared_and_the_finest_is_the_image_itself():
    small, large = (
        PreparedImage(np.zeros((300, 400), np.uint8)),
        PreparedImage(np.zeros((2500, 2700), np.uint8)),
    )
    assert finest_level(small, "luminance", dark=True) is coarse_level(
        small, "luminance", dark=True
    )
    finest = finest_level(large, "luminance", dark=True)
    assert finest.cell == POOLED < coarse_level(large, "luminance", dark=True).cell
    assert finest_level(large, "luminance", dark=True) is finest


def test_what_is_known_from_elsewhere_leads_the_corridor():
    line = wave(60, 1000, 300, 150)
    prepared = photograph([], (700, 1101))
    assert (sectors_at(corridor_of(prepared, line), line) == 0).any()
    prepared = photograph([], (700, 1101))
    prepared.evidence = np.zeros((700, 1101), np.float32)
    cols, rows = line.round().astype(int).T
    prepared.evidence[rows, cols] = 0.5
    corridor = corridor_of(prepared, line)
    assert (sectors_at(corridor, line) > 0).all()
