"""How long a step of training takes on this machine."""

import statistics
import time
import tomllib
from pathlib import Path
from typing import Final

import torch

from segmentation.config import RunConfig
from segmentation.inference.engines import resolve_device
from segmentation.losses import build_loss
from segmentation.model_store.model_folder import load_model
from segmentation.training.validation import lower_precision

_WARM_UP: Final = 1
_MEASURED: Final = 3


def measured_step(model: Path, device: str, crop: int, batch: int) -> float:
    """Return the seconds that a step takes, reading the images not included.

    Parameters
    ----------
    model
        Folder of a model; its run says precision and loss.
    device
        "auto", "cpu", "cuda" or "cuda:N".
    crop, batch
        Side of the crops in px, and how many go into a step.
    """
    loaded = load_model(model)
    run = RunConfig.from_table(tomllib.loads(loaded.card.run))
    place = torch.device(resolve_device(device))
    network = loaded.model.to(place).train()
    loss = build_loss(run.loss)
    images = torch.rand(batch, 3, crop, crop, device=place)
    masks = (torch.rand(batch, 1, crop, crop, device=place) > 0.97).to(torch.uint8)
    seconds: list[float] = []
    for _step in range(_WARM_UP + _MEASURED):
        begin = time.perf_counter()
        with lower_precision(run.train.precision, place):
            output = network(images)
        loss(output, masks).backward()
        network.zero_grad(set_to_none=True)
        if place.type == "cuda":
            torch.cuda.synchronize(place)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[_WARM_UP:])
