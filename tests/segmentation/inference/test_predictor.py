"""Prediction of images of any size, watched, stopped, and with too little memory."""

import numpy as np
import pytest
import torch
from scipy.special import expit

from segmentation.inference.engines import PredictionError
from segmentation.inference.predictor import PredictionCancelled, Predictor
from segmentation.inference.recall_loss import measure_recall_loss
from segmentation.inference.tiling import Box
from tests.segmentation.inference.models_for_tests import (
    RedIsLogit,
    load_small_model,
    noise,
    predictor_with,
)


def _red(image):
    return expit(20.0 * image[..., 0].astype(np.float32) / 255.0 - 10.0)


def test_tiles_give_what_the_whole_image_gives(loaded, tmp_path):
    image = noise(200, 264)
    said = []
    predictor = Predictor(
        loaded, engine="torch", device="cpu", threads=1, cache=tmp_path, on_notice=said.append
    )
    with torch.no_grad():
        whole = torch.from_numpy(image.transpose(2, 0, 1)[None].astype(np.float32) / 255.0)
        expected = loaded.model(whole).logits.sigmoid().numpy()[0, 0]
    assert expected.std() > 0.05
    probability = predictor.predict(image)
    assert probability.dtype == np.float32
    np.testing.assert_allclose(probability, expected, atol=1e-3)
    np.testing.assert_allclose(predictor.predict_codes(image) / 65535, probability, atol=3e-5)
    assert said == ["Engine torch, as asked for."]


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (7, 5), (63, 64), (65, 200)])
def test_images_of_any_size(shape, loaded, tmp_path):
    predictor = Predictor(loaded, engine="torch", device="cpu", threads=1, cache=tmp_path)
    for half_pass in (False, True):
        probability = predictor.predict(noise(*shape), half_pass=half_pass)
        assert probability.shape == shape
        assert np.isfinite(probability).all()


def test_the_temperature_of_the_card_divides_the_logits(tmp_path, monkeypatch):
    loaded = load_small_model(tmp_path / "model", temperature=2.0)
    predictor = predictor_with(loaded, RedIsLogit(), monkeypatch)
    image = noise(50, 70)
    expected = expit(10.0 * image[..., 0] / 255.0 - 5.0)
    np.testing.assert_allclose(predictor.predict(image), expected, atol=1e-5)


def test_tiles_are_shown_nearest_first_with_their_place(loaded, monkeypatch):
    predictor = predictor_with(loaded, RedIsLogit(), monkeypatch)
    image = noise(300, 300)
    seen, shares = [], []

    def on_tile(box, probability):
        seen.append(box)
        np.testing.assert_allclose(probability, _red(image)[box.slices], atol=1e-5)

    predictor.predict(
        image,
        viewport=Box(280, 280, 290, 290),
        on_tile=on_tile,
        report=lambda share, _text: shares.append(share),
    )
    assert seen[0].left <= 285 < seen[0].right
    assert seen[0].top <= 285 < seen[0].bottom
    assert (seen[-1].left, seen[-1].top) == (0, 0)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def test_it_stops_before_the_next_tile(loaded, monkeypatch):
    engine = RedIsLogit()
    predictor = predictor_with(loaded, engine, monkeypatch)
    with pytest.raises(PredictionCancelled):
        predictor.predict(noise(300, 300), is_cancelled=lambda: len(engine.shapes) >= 3)
    assert len(engine.shapes) == 3


def test_too_little_memory_halves_the_tiles_says_so_and_goes_on(loaded, monkeypatch):
    engine, said = RedIsLogit(longest=300), []
    predictor = predictor_with(loaded, engine, monkeypatch, tile=1024, on_notice=said.append)
    image = noise(700, 1300)
    np.testing.assert_allclose(predictor.predict(image), _red(image), atol=1e-5)
    assert predictor.tile == 256
    assert [text for text in said if "memory" in text] == [
        "The memory does not suffice for tiles of 1024 px; going on with tiles of 512 px.",
        "The memory does not suffice for tiles of 512 px; going on with tiles of 256 px.",
    ]
    engine.shapes.clear()
    predictor.predict(image)
    assert max(max(shape[2:]) for shape in engine.shapes) <= 256
    assert len(said) == 3


def test_memory_that_suffices_for_no_tile_is_an_error(loaded, monkeypatch):
    predictor = predictor_with(loaded, RedIsLogit(longest=1), monkeypatch)
    with pytest.raises(PredictionError, match="memory does not suffice"):
        predictor.predict(noise(100, 100))


def test_tiles_that_are_empty_at_half_the_resolution_are_skipped(loaded, monkeypatch):
    image = np.zeros((1200, 1200, 3), np.uint8)
    image[30:40, 30:60] = 255
    engine = RedIsLogit()
    predictor = predictor_with(loaded, engine, monkeypatch, tile=512)
    full = predictor.predict(image)
    n_full = sum(np.prod(shape) for shape in engine.shapes)
    engine.shapes.clear()
    fast = predictor.predict(image, half_pass=True)
    assert sum(np.prod(shape) for shape in engine.shapes) < 0.6 * n_full
    np.testing.assert_allclose(fast, full, atol=1e-4)
    assert fast.max() > 0.99


def test_skipped_tiles_keep_the_first_pass_in_its_place(loaded, monkeypatch):
    # Red rises slowly and stays below what would be refined.
    image = np.zeros((601, 903, 3), np.uint8)
    image[..., 0] = np.linspace(40, 85, 903).astype(np.uint8)
    predictor = predictor_with(loaded, RedIsLogit(), monkeypatch, tile=512)
    fast = predictor.predict(image, half_pass=True)
    np.testing.assert_allclose(fast, _red(image), atol=2.5e-3)
    assert np.corrcoef(fast.ravel(), _red(image).ravel())[0, 1] > 0.999


def test_what_skipping_costs_in_recall_is_measured(loaded, monkeypatch):
    # One pixel that stands alone is lost at half the resolution, the block is not.
    image = np.zeros((1200, 1200, 3), np.uint8)
    image[30:40, 30:60] = 255
    image[1001, 1001] = 255
    mask = (image[..., 0] > 0).astype(np.uint8)
    mask[500, 500] = 255  # nobody has said
    predictor = predictor_with(loaded, RedIsLogit(), monkeypatch, tile=512)
    monkeypatch.setattr("segmentation.inference.coarse_map.SKIP_BELOW", 0.5)
    measured = measure_recall_loss(predictor, [(image, mask)])
    assert measured.n_crack_pixels == 301
    assert measured.full_recall == 1.0
    assert measured.loss == pytest.approx(100.0 / 301)
    with pytest.raises(ValueError, match="No mask has a crack"):
        measure_recall_loss(predictor, [(image, np.zeros_like(mask))])


@pytest.mark.parametrize(
    "image",
    [np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3), np.float32)],
)
def test_other_arrays_are_refused(image, loaded, monkeypatch):
    predictor = predictor_with(loaded, RedIsLogit(), monkeypatch)
    with pytest.raises(ValueError, match="must be \\(height, width, 3\\) and uint8"):
        predictor.predict(image)


def test_a_tile_without_room_for_the_halo_is_refused(loaded, tmp_path):
    with pytest.raises(PredictionError, match="too small for this model"):
        Predictor(loaded, engine="torch", tile=32, cache=tmp_path)
