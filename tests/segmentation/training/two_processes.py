"""A short run of a network without batch normalization, alone or as one of several processes."""

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.utils.data import BatchSampler, DataLoader, SequentialSampler, TensorDataset

from segmentation.config import ModelConfig, RunConfig
from segmentation.models import MODELS
from segmentation.models.base import CrackModel, Network
from segmentation.toml_records import Record
from segmentation.training.distributed import SlicedBatches, joined_team
from segmentation.training.loop import LoopOptions, train

CONFIG = RunConfig.from_table(
    {
        "model": {"name": "plain"},
        "optimizer": {"name": "sgd", "learning_rate": 0.5},
        "train": {"epochs": 2, "batch_size": 5, "ema_decay": 0.9, "clip_norm": 1.0},
    }
)


class Plain(Network):
    stride = 1

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 1, 1))

    def forward(self, images: Tensor) -> tuple[Tensor, list[Tensor]]:
        return self.layers(images), []


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(Record):
    """None."""


def build(_config: ModelConfig) -> CrackModel:
    return CrackModel(Plain())


def run(folder: Path) -> None:
    """Twelve images in batches of 5, 5 and 2, so that slices differ in size."""
    generator = torch.Generator().manual_seed(1)
    images = torch.rand(12, 3, 8, 8, generator=generator)
    data = TensorDataset(images, (images[:, :1] > 0.8).to(torch.uint8))
    with joined_team("cpu") as team:
        batches = SlicedBatches(BatchSampler(SequentialSampler(data), 5, drop_last=False), team)
        loader = DataLoader(data, batch_sampler=batches)  # pyright: ignore[reportArgumentType]
        train(CONFIG, loader, DataLoader(data, 12), folder, options=LoopOptions(team=team))


if __name__ == "__main__":
    torch.set_num_threads(1)
    MODELS["plain"] = "two_processes"
    run(Path(sys.argv[1]))
