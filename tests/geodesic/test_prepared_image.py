import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from geodesic import PreparedImage, TraceParameters, prepared_image

RESOLVED = TraceParameters(polarity="dark", channel="luminance")


@pytest.fixture
def prepared():
    return PreparedImage(np.random.default_rng(2).integers(0, 255, (400, 700), np.uint8))


@pytest.fixture
def computed(monkeypatch):
    """Threads that computed a response, in order."""
    usual, threads = prepared_image.crack_response, []

    def noted(*args, **options):
        threads.append(threading.current_thread().name)
        return usual(*args, **options)

    monkeypatch.setattr(prepared_image, "crack_response", noted)
    return threads


def test_a_tile_that_many_ask_for_is_computed_once(prepared, computed):
    with ThreadPoolExecutor(4) as pool:
        tiles = list(pool.map(lambda _: prepared.cost_tile((0, 1), RESOLVED), range(8)))
    assert len(computed) == 1
    assert all(tile is tiles[0] for tile in tiles)


def test_tiles_ahead_are_there_when_they_are_wanted(prepared, computed):
    prepared.begin_tiles([(0, 1), (0, 0)], RESOLVED)
    tile = prepared.cost_tile((0, 0), RESOLVED)
    assert tile is prepared.cost_tile((0, 0), RESOLVED)
    prepared.cost_tile((0, 1), RESOLVED)
    assert len(computed) == 2


def test_tiles_ahead_can_be_given_up(prepared, computed, monkeypatch):
    held = threading.Event()
    usual = prepared.levels_for
    monkeypatch.setattr(prepared, "levels_for", lambda p: held.wait(20) and usual(p))
    monkeypatch.setattr(prepared, "_ahead", ThreadPoolExecutor(1))
    give_up = prepared.begin_tiles([(0, 0), (0, 1)], RESOLVED)
    give_up()
    held.set()
    prepared._ahead.shutdown(wait=True)
    assert len(computed) <= 1


def test_an_error_reaches_all_who_wait_and_the_next_may_try_again(prepared, monkeypatch):
    def fail(*_args, **_options):
        raise MemoryError("full")

    with monkeypatch.context() as broken:
        broken.setattr(prepared_image, "crack_response", fail)
        for _ in range(2):
            with pytest.raises(MemoryError):
                prepared.cost_tile((0, 0), RESOLVED)
    assert prepared.cost_tile((0, 0), RESOLVED).max() <= 1
