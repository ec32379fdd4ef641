"""Optimizers with learning rates by encoder stage, and learning rates over the epochs."""

import math
from collections.abc import Callable
from typing import Any, Final

import torch
from torch import nn

from segmentation.config import OptimizerConfig, ScheduleConfig
from segmentation.models.base import CrackModel

_VECTOR_DIMENSIONS: Final = 1

ParameterGroup = dict[str, Any]


def parameter_groups(model: CrackModel, config: OptimizerConfig) -> list[ParameterGroup]:
    """Return the parameters of a model in groups with a learning rate and a weight decay each.

    Encoder stage ``n`` of ``N`` learns at ``λ k^(N + 1 - n)``, the stem with the first stage; all
    else (decoder, attention, heads) at ``λ``.

    Parameters
    ----------
    model
        Every parameter that is to learn goes into exactly one group.
    config
        λ is its ``learning_rate``, k its ``stage_decay``.

    Returns
    -------
    list of dict
        As torch's optimizers take them, with a ``name`` for logs and the rate at the start as
        ``base_lr``; empty groups are left out.

    References
    ----------
    Kompanets et al., arXiv 2403.17725 (2024), Eq. (8).
    """
    stages = model.encoder_stages()
    rates = [
        config.learning_rate * config.stage_decay ** (len(stages) - number)
        for number in range(len(stages))
    ]
    staged = {id(parameter) for stage in stages for parameter in stage}
    rest = tuple(each for each in model.parameters() if id(each) not in staged)
    groups: list[ParameterGroup] = []
    for number, (rate, parameters) in enumerate(zip(rates, stages, strict=True), 1):
        groups += _split(f"stage {number}", parameters, rate, config)
    return groups + _split("decoder", rest, config.learning_rate, config)


def _split(
    name: str, parameters: tuple[nn.Parameter, ...], rate: float, config: OptimizerConfig
) -> list[ParameterGroup]:
    """Return up to two groups: what decays, and vectors (biases, scales) that may not."""
    learning = [each for each in parameters if each.requires_grad]
    vectors = [
        each for each in learning if each.ndim <= _VECTOR_DIMENSIONS and not config.decay_vectors
    ]
    is_vector = {id(each) for each in vectors}
    weights = [each for each in learning if id(each) not in is_vector]
    common = {"lr": rate, "base_lr": rate}
    groups: list[ParameterGroup] = [
        {**common, "name": name, "params": weights, "weight_decay": config.weight_decay},
        {**common, "name": f"{name}, vectors", "params": vectors, "weight_decay": 0.0},
    ]
    return [group for group in groups if group["params"]]


def _adamw(groups: list[ParameterGroup], config: OptimizerConfig) -> torch.optim.Optimizer:
    first, second = config.betas
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(first, second))


def _sgd(groups: list[ParameterGroup], config: OptimizerConfig) -> torch.optim.Optimizer:
    return torch.optim.SGD(groups, lr=config.learning_rate, momentum=config.momentum)


OPTIMIZERS: dict[str, Callable[[list[ParameterGroup], OptimizerConfig], torch.optim.Optimizer]] = {
    "adamw": _adamw,
    "sgd": _sgd,
}
"""Optimizers by the name that `OptimizerConfig.name` takes."""


def build_optimizer(model: CrackModel, config: OptimizerConfig) -> torch.optim.Optimizer:
    """Return the optimizer of a model's parameters, at the learning rates of its start."""
    return OPTIMIZERS[config.name](parameter_groups(model, config), config)


def _constant(config: ScheduleConfig, epoch: float, n_epochs: int) -> float:
    del config, epoch, n_epochs
    return 1.0


def _exponential(config: ScheduleConfig, epoch: float, n_epochs: int) -> float:
    del n_epochs
    return config.gamma ** math.floor(epoch)


def _cosine(config: ScheduleConfig, epoch: float, n_epochs: int) -> float:
    start = config.warmup_epochs
    progress = min(max(epoch - start, 0.0) / max(n_epochs - start, 1e-12), 1.0)
    wave = 0.5 * (1.0 + math.cos(math.pi * progress))
    return config.final_factor + (1.0 - config.final_factor) * wave


SCHEDULES: dict[str, Callable[[ScheduleConfig, float, int], float]] = {
    "constant": _constant,
    "exponential": _exponential,
    "cosine": _cosine,
}
"""Factor of the learning rate at an epoch, by the name that `ScheduleConfig.name` takes."""


def learning_rate_factor(config: ScheduleConfig, epoch: float, n_epochs: int) -> float:
    """Return by what the learning rates of the start are multiplied at a moment of a run.

    It depends on nothing but the moment, so a resumed run goes on exactly as it would have.

    Parameters
    ----------
    config
        Which schedule.
    epoch
        Epochs done before the coming step, with their fraction: step ``i`` of ``n`` in epoch
        ``e`` comes at ``e + i / n``, both counted from 0.
    n_epochs
        Epochs of the whole run.

    Returns
    -------
    float
        Exponential: ``γ^⌊epoch⌋``; cosine: from 1 down to ``final_factor`` as half a period,
        after the warm-up; constant: 1. While warming up, a step that begins at epoch ``e`` has
        the share ``e / warmup_epochs`` of that.

    References
    ----------
    Kompanets et al., arXiv 2403.17725 (2024), Eq. (7), for the exponential; Loshchilov, Hutter:
    SGDR, ICLR 2017, Eq. (5), for the cosine.
    """
    factor = SCHEDULES[config.name](config, epoch, n_epochs)
    if epoch < config.warmup_epochs:
        factor *= epoch / config.warmup_epochs
    return factor


def set_learning_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    """Set every group of an optimizer to its starting rate times a factor, in place."""
    for group in optimizer.param_groups:
        group["lr"] = group["base_lr"] * factor
