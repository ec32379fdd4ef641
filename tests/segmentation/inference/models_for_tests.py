"""Models whose output is known: small networks, and engines that answer by a formula."""

from pathlib import Path

import numpy as np
import torch

from segmentation.config import ModelConfig
from segmentation.inference import predictor as predictor_module
from segmentation.inference.engines import EngineMemoryError
from segmentation.inference.predictor import Predictor
from segmentation.model_store.card import ModelCard
from segmentation.model_store.model_folder import LoadedModel, load_model, save_model
from segmentation.models import build_model

CONFIG = ModelConfig(name="subpixel_unet", options={"widths": (4, 6), "depths": (1, 1)})
HALO = 32


def save_small_model(folder: Path, **card: object) -> Path:
    """Write a small network whose normalization has seen numbers.

    It sees less than `HALO` around a pixel.
    """
    torch.manual_seed(0)
    model = build_model(CONFIG)
    with torch.no_grad():
        for _ in range(20):
            model(torch.rand(2, 3, 32, 32))
        for name, value in model.named_parameters():
            if name == "network.detail.head.weight":
                value.mul_(200.0)  # so that probabilities differ from pixel to pixel
    values = {"name": "small", "model": CONFIG, "halo": HALO, "tile": 128} | card
    return save_model(folder, model.eval(), ModelCard(**values))


def load_small_model(folder: Path, **card: object) -> LoadedModel:
    """Return what `save_small_model` writes."""
    return load_model(save_small_model(folder, **card))


class RedIsLogit:
    """An engine whose logit is 20 times the red value less 10, for batches up to a side."""

    def __init__(self, longest: int = 1 << 30) -> None:
        self.longest = longest
        self.shapes: list[tuple[int, ...]] = []

    def run(self, batch):
        if max(batch.shape[2:]) > self.longest:
            raise EngineMemoryError("too large")
        self.shapes.append(batch.shape)
        return (20.0 * batch[:, :1] - 10.0).astype(np.float32)


def predictor_with(loaded: LoadedModel, engine, monkeypatch, **options) -> Predictor:
    """Return a predictor that runs an engine of ours."""
    monkeypatch.setattr(predictor_module, "make_engine", lambda _name, _request: engine)
    return Predictor(loaded, engine="torch", **options)


def noise(height: int, width: int, seed: int = 0):
    """Return an image of random pixels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
