"""All that changes while a run goes on, and its way into a checkpoint and back."""

import copy
import random
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from segmentation.config import Precision, RunConfig
from segmentation.data.transforms import find_augmentation
from segmentation.losses import build_loss
from segmentation.losses.modules import DeepSupervisionLoss
from segmentation.models import build_model, options_record
from segmentation.models.base import CrackModel
from segmentation.toml_records import read_record
from segmentation.training.checkpoint import Checkpoint
from segmentation.training.distributed import Team
from segmentation.training.optim import build_optimizer

CHANGEABLE: Final = frozenset({"preset", "data.on_damage", "train.epochs", "train.patience"})
"""What may be another value when a run goes on."""


class TrainingError(Exception):
    """A run cannot go on; the message says why and what to do."""


@dataclass(slots=True)
class Progress:
    """How far a run is.

    Attributes
    ----------
    epoch, step
        The current epoch from 0, and the steps done in it.
    n_steps
        Done since the start of the run.
    loss_sum, n_images
        Over this epoch.
    best_score, best_epoch
        Of the kept epoch; None and -1 before there is one. Higher is better.
    n_bad_in_row, n_bad
        Steps left out because their gradient was not finite: the latest in a row, and all.
    precision
        Of the forward pass.
    """

    epoch: int = 0
    step: int = 0
    n_steps: int = 0
    loss_sum: float = 0.0
    n_images: int = 0
    best_score: float | None = None
    best_epoch: int = -1
    n_bad_in_row: int = 0
    n_bad: int = 0
    precision: Precision = "float32"

    def start_next_epoch(self) -> None:
        """Count the epoch and begin another."""
        self.epoch += 1
        self.step = self.n_images = 0
        self.loss_sum = 0.0


@dataclass(slots=True)
class RunState:
    """Everything that a step reads and changes.

    Attributes
    ----------
    model, learner
        The network, and what gradients go through: itself, or its wrapper over processes.
    average
        Its averaged weights, or None.
    waiting_rng
        Random states to be put back once the batches that are done have been passed over.
    """

    config: RunConfig
    team: Team
    model: CrackModel
    learner: nn.Module
    loss: DeepSupervisionLoss
    optimizer: torch.optim.Optimizer
    scaler: torch.amp.GradScaler
    average: CrackModel | None
    progress: Progress = field(default_factory=Progress)
    waiting_rng: Mapping[str, Any] | None = None

    @property
    def judged(self) -> CrackModel:
        """The weights that are validated and kept."""
        return self.average or self.model

    def update_average(self) -> None:
        """Move the averaged weights, and running statistics, towards the current ones.

        The decay begins low, ``(1 + n) / (10 + n)`` after ``n`` steps, so that the random
        weights of the start are soon forgotten.
        """
        if self.average is None:
            return
        n = self.progress.n_steps
        decay = min(self.config.train.ema_decay, (1 + n) / (10 + n))
        with torch.no_grad():
            for old, new in zip(_tensors(self.average), _tensors(self.model), strict=True):
                if old.is_floating_point():
                    old.lerp_(new, 1.0 - decay)
                else:
                    old.copy_(new)

    def to_checkpoint(self) -> dict[str, Any]:
        """Return all of it as `segmentation.training.checkpoint.save_checkpoint` takes it."""
        return {
            "config": self.config.to_toml(),
            "progress": asdict(self.progress),
            "model": self.model.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "rng": random_states(self.team.device),
        }

    def go_on_from(self, checkpoint: Checkpoint) -> None:
        """Take over the state of a checkpoint.

        Raises
        ------
        TrainingError
            It is of a run with other values.
        """
        state = checkpoint.state
        _refuse_other_run(self.config, state["config"], checkpoint)
        self.model.load_state_dict(state["model"])
        if self.average is not None:
            self.average.load_state_dict(state["average"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.progress = Progress(**state["progress"])
        self.scaler = gradient_scaler(self.progress.precision, self.team)
        if self.scaler.is_enabled() and state["scaler"]:
            self.scaler.load_state_dict(state["scaler"])
        if self.progress.step and self.team.is_first:
            self.waiting_rng = state["rng"]


def check_config(config: RunConfig) -> None:
    """Raise a TrainingError if a name or an option of network, loss or augmentation is unknown."""
    try:
        read_record(options_record(config.model.name), config.model.options, "model.options")
        build_loss(config.loss)
        find_augmentation(config.data.augmentation)
    except ValueError as error:
        raise TrainingError(str(error)) from error


def new_run(config: RunConfig, team: Team, weights: Mapping[str, Tensor] | None) -> RunState:
    """Return a run at its start.

    Parameters
    ----------
    config
        Its seed decides the weights of the start.
    team
        The processes of the run.
    weights
        To start from instead.

    Raises
    ------
    TrainingError
        The configuration does not fit, or the weights belong to another network.
    """
    check_config(config)
    torch.manual_seed(config.train.seed)
    try:
        model = build_model(config.model)
    except ValueError as error:
        raise TrainingError(str(error)) from error
    if weights is not None:
        try:
            model.load_state_dict(dict(weights))
        except RuntimeError as error:
            raise TrainingError(
                f"The weights to start from do not fit model {config.model.name!r} with its "
                f"options ({str(error).splitlines()[-1].strip()})."
            ) from error
    model.to(team.device)
    return RunState(
        config=config,
        team=team,
        model=model,
        learner=team.shared(model),
        loss=build_loss(config.loss),
        optimizer=build_optimizer(model, config.optimizer),
        scaler=gradient_scaler(config.train.precision, team),
        average=copy.deepcopy(model).eval() if config.train.ema_decay else None,
        progress=Progress(precision=config.train.precision),
    )


def gradient_scaler(precision: Precision, team: Team) -> torch.amp.GradScaler:
    """Return what keeps float16 gradients from vanishing; idle in other precisions."""
    return torch.amp.GradScaler(team.device.type, enabled=precision == "float16")


def seed_epoch(seed: int, epoch: int, rank: int) -> None:
    """Seed torch's and Python's generators for an epoch, differently in each process."""
    sequence = np.random.SeedSequence([seed, epoch, rank])
    first, second = (int(value) for value in sequence.generate_state(2, np.uint64))
    torch.manual_seed(first)
    random.seed(second)


def random_states(device: torch.device) -> dict[str, Any]:
    """Return the states of torch's and Python's generators."""
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
        "python": random.getstate(),
    }


def put_back(states: Mapping[str, Any], device: torch.device) -> None:
    """Set the generators to states that `random_states` returned."""
    torch.set_rng_state(states["torch"])
    if states["cuda"] is not None and device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
    random.setstate(states["python"])


def _tensors(model: nn.Module) -> chain[Tensor]:
    return chain(model.parameters(), model.buffers())


def _refuse_other_run(config: RunConfig, toml: str, checkpoint: Checkpoint) -> None:
    old = RunConfig.from_table(tomllib.loads(toml)).values()
    new = config.values()
    names = sorted({*old, *new} - CHANGEABLE)
    different = [name for name in names if old.get(name) != new.get(name)]
    if different:
        listed = ", ".join(
            f"{name} was {old.get(name)} and is {new.get(name)}" for name in different[:5]
        )
        raise TrainingError(
            f"The run in {checkpoint.path.parent.parent} was started with other values: {listed}. "
            "Go on with its own values, or start in another folder."
        )
