"""Small models with weights and statistics as if they had been trained, for tests."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from segmentation.config import ModelConfig
from segmentation.model_store.card import DataRecord, MetricRecord, ModelCard
from segmentation.model_store.model_folder import save_model
from segmentation.models import build_model
from segmentation.models.base import CrackModel
from tests.segmentation.models.test_models import SMALL

FREE = DataRecord(origin="synthetic", layout="synthetic", licence="generated", use="any")
LIMITED = DataRecord(
    origin="CFD", layout="cfd", citation="Shi et al. 2016", use="non-commercial", n_images=71
)
MEASURED = MetricRecord(
    data="CFD",
    split="val",
    measure="2 px symmetric (disk)",
    n_images=15,
    precision=0.9,
    recall=0.8,
    f1=0.847,
)


def toy_card(name: str = "residual_unet", **changes) -> ModelCard:
    config = ModelConfig.from_table({"name": name, "options": SMALL[name]})
    return replace(ModelCard(name="toy", model=config, data=(FREE,)), **changes)


def toy_model(card: ModelCard) -> CrackModel:
    torch.manual_seed(1)
    model = build_model(card.model).eval()
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            nn.init.uniform_(part.running_mean, -0.5, 0.5)
            nn.init.uniform_(part.running_var, 0.5, 2.0)
    return model


def saved_toy(folder: Path, name: str = "residual_unet", **changes) -> Path:
    card = toy_card(name, **changes)
    return save_model(folder, toy_model(card), card)
