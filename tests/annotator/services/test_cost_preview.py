"""The cost in view as tiles, from the caches that traces use."""

import numpy as np
import pytest

from annotator.services import cost_preview
from annotator.services.cost_preview import next_tile, parameters_for, prepare_reduced
from geodesic import PreparedImage, TraceParameters

PARAMETERS = TraceParameters(n_orientations=8)


@pytest.fixture(scope="module")
def pixels():
    """A noisy photograph with a dark horizontal crack at y = 350 and a bright one at y = 100."""
    rng = np.random.default_rng(4)
    rows = np.arange(700)[:, None]
    grey = rng.normal(150, 4, (700, 900))
    grey = grey - 90 * np.exp(-(((rows - 350) / 2.0) ** 2))
    grey = grey + 90 * np.exp(-(((rows - 100) / 2.0) ** 2))
    return np.clip(grey, 0, 255).astype(np.uint8)


def all_tiles(prepared, box, parameters):
    tiles = {}
    while (tile := next_tile(prepared, (900, 700), box, tiles.keys(), parameters)) is not None:
        tiles[tile.key] = tile
    return list(tiles.values())


def test_the_tiles_cover_the_view_from_its_middle_outwards(pixels):
    tiles = all_tiles(PreparedImage(pixels), (10, 10, 890, 690), parameters_for(PARAMETERS, 1))
    edges = np.array([tile.area for tile in tiles])
    assert (edges[:, :2].min(axis=0) == 0).all()
    assert tuple(edges[:, 2:].max(axis=0)) == (900, 700)
    middles = (edges[:, :2] + edges[:, 2:]) / 2
    away = np.hypot(*(middles - (450, 350)).T)
    assert (np.diff(away) >= -1e-6).all()
    for tile in tiles:
        x0, y0, x1, y1 = tile.area
        assert tile.values.shape == (y1 - y0, x1 - x0)


def test_only_the_tiles_of_the_view_are_computed(pixels):
    (tile,) = all_tiles(PreparedImage(pixels), (5, 5, 20, 20), parameters_for(PARAMETERS, 1))
    assert tile.key == (0, 0)


@pytest.mark.parametrize("step", [1, 2])
def test_cracks_are_bright_and_plain_ground_is_dark(pixels, step):
    prepared = PreparedImage(pixels) if step == 1 else prepare_reduced(pixels, step)
    for polarity, y, other in (("auto", 350, 100), ("bright", 100, 350)):
        parameters = parameters_for(PARAMETERS.with_overrides(polarity=polarity), step)
        picture = np.zeros((700, 900), np.uint8)
        for tile in all_tiles(prepared, (0, 0, 900, 700), parameters):
            x0, y0, x1, y1 = (round(edge) for edge in tile.area)
            picture[y0:y1, x0:x1] = np.kron(tile.values, np.ones((step, step), np.uint8))
        assert picture[y, 50:850].min() > 150
        assert np.median(picture) < 60
        assert np.median(picture[other, 50:850]) < picture[y, 50:850].min()


def test_the_tiles_are_those_of_the_traces(pixels, monkeypatch):
    prepared = PreparedImage(pixels)
    parameters = parameters_for(PARAMETERS, 1)
    prepared.cost_tile((1, 1), parameters)
    monkeypatch.setattr(
        "geodesic.prepared_image.crack_response", lambda *_all, **_named: pytest.fail("again")
    )
    assert next_tile(prepared, (900, 700), (440, 400, 460, 420), set(), parameters) is not None


def test_scales_are_reduced_with_the_image_but_not_below_what_it_can_hold():
    assert parameters_for(TraceParameters(), 1).scales == (1.0, 2.0, 4.0)
    assert parameters_for(TraceParameters(), 4).scales == (cost_preview.SMALLEST_SCALE, 1.0)


def test_a_reduced_image_covers_all_of_an_odd_size():
    prepared = prepare_reduced(np.full((101, 203, 3), 90, np.uint8), 4)
    assert prepared.shape == (26, 51)
    tile = next_tile(prepared, (203, 101), (0, 0, 203, 101), set(), parameters_for(PARAMETERS, 4))
    assert tile is not None
    assert tile.area == pytest.approx((0, 0, 203, 101))
