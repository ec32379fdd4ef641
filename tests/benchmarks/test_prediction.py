"""Speed of prediction with the network of the bundled models. Measure with

    python -m pytest tests/benchmarks/test_prediction.py --benchmark-enable --benchmark-only

Threads are those that the process may use. The group "pipeline" is to be read against the same
tiles as bare forward passes.
"""

import numpy as np
import pytest
import torch

from segmentation.inference.engines import ENGINES, Request, available_threads, make_engine
from segmentation.inference.predictor import Predictor
from segmentation.inference.tiling import tile_grid
from segmentation.model_store.card import ModelCard
from segmentation.model_store.model_folder import load_model, save_model
from segmentation.models import build_model
from segmentation.presets import load_preset

SHAPE = (3456, 4608)
SMALL = (700, 900)
ON_CPU = [name for name, kind in ENGINES.items() if "cpu" in kind.devices and kind.is_installed()]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The default network with random weights; its normalization has seen numbers."""
    torch.manual_seed(0)
    config = load_preset("subpixel_unet").config.model
    model = build_model(config)
    with torch.no_grad():
        model(torch.rand(2, 3, 128, 128))
    card = ModelCard(name="random", model=config)
    return load_model(save_model(tmp_path_factory.mktemp("model") / "random", model.eval(), card))


@pytest.fixture(scope="module")
def request_(loaded, tmp_path_factory):
    """A request for engines."""
    return Request(loaded, "cpu", available_threads(), tmp_path_factory.mktemp("cache"))


@pytest.fixture
def image(benchmark):
    """An image of 16 megapixels, a small one where nothing is measured."""
    shape = SMALL if benchmark.disabled else SHAPE
    return np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)


def _predictor(request, name):
    options = {"threads": request.threads, "cache": request.cache}
    return Predictor(request.loaded, engine=name, device="cpu", **options)


@pytest.mark.benchmark(group="tile of 512 px")
@pytest.mark.parametrize("name", ON_CPU)
def test_tile(benchmark, request_, name):
    engine = make_engine(name, request_)
    batch = np.random.default_rng(0).random((1, 3, 512, 512)).astype(np.float32)
    engine.run(batch)
    assert benchmark(engine.run, batch).shape == (1, 1, 512, 512)


@pytest.mark.benchmark(group="4608 x 3456")
@pytest.mark.parametrize("name", ON_CPU)
def test_whole_image(benchmark, request_, name, image):
    predictor = _predictor(request_, name)
    predictor.predict(image[:512, :512])
    probability = benchmark.pedantic(predictor.predict, (image,), rounds=2)
    assert probability.shape == image.shape[:2]


@pytest.mark.benchmark(group="pipeline")
@pytest.mark.parametrize("way", ["bare forward passes", "pipeline"])
def test_pipeline_over_bare_forward_passes(benchmark, request_, way, image):
    engine = make_engine("torch", request_)
    predictor = _predictor(request_, "torch")
    tiles = tile_grid(image.shape[:2], predictor.tile, predictor.halo, predictor.stride)
    height, width = tiles[0].window.shape
    batch = np.random.default_rng(0).random((1, 3, height, width)).astype(np.float32)

    def bare():
        for _ in tiles:
            engine.run(batch)

    run = bare if way == "bare forward passes" else lambda: predictor.predict(image)
    benchmark.pedantic(run, rounds=2, warmup_rounds=1)
