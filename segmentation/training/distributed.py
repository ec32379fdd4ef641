"""One run over several processes, as torch's own launcher ``torchrun`` starts them.

Each process trains on its slice of every batch; gradients are weighed so that they are those of
the whole batch. Batch normalization is over the whole batch on CUDA; on the CPU, where torch has
no such thing, each process normalizes its slice by itself.
"""

import os
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Final, Protocol, TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from segmentation.inference.engines import resolve_device

_Key = TypeVar("_Key")
_PATIENCE: Final = timedelta(hours=2)  # others wait while the first process validates


@dataclass(frozen=True, slots=True)
class Team:
    """The processes of a run and which one this is.

    Attributes
    ----------
    rank, size
        Number of this process, from 0, and how many there are.
    device
        Of this process.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def is_first(self) -> bool:
        """Whether this process writes files, validates and tells."""
        return self.rank == 0

    def sums(self, *values: float) -> tuple[float, ...]:
        """Return the sums of each value over all processes; each must call it."""
        if self.size == 1:
            return values
        total = torch.tensor(values, dtype=torch.float64, device=self.device)
        distributed.all_reduce(total)
        return tuple(total.tolist())

    def from_first(self, *values: float) -> tuple[float, ...]:
        """Return the values of the first process in all of them; each must call it."""
        return self.sums(*(value if self.is_first else 0.0 for value in values))

    def shared(self, model: nn.Module) -> nn.Module:
        """Return the model to train: itself, or wrapped so that gradients are averaged."""
        if self.size == 1:
            return model
        if self.device.type != "cuda":
            return DistributedDataParallel(model)
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
        return DistributedDataParallel(model, device_ids=[self.device.index])


@contextmanager
def joined_team(device: str = "auto") -> Iterator[Team]:
    """Join the processes that ``torchrun`` started; alone without it.

    Parameters
    ----------
    device
        "cpu", "cuda", a device by its number, or "auto" for CUDA where there is one.

    Yields
    ------
    Team
        To pass to the loop and to `SlicedBatches`.

    Raises
    ------
    segmentation.inference.engines.PredictionError
        There is no such device, or fewer than processes on this machine.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    device = resolve_device(device)
    if device == "cuda":
        device = resolve_device(f"cuda:{os.environ.get('LOCAL_RANK', '0')}")
        torch.cuda.set_device(device)
    if size == 1:
        yield Team(device=torch.device(device))
        return
    backend = "nccl" if device.startswith("cuda") else "gloo"
    distributed.init_process_group(backend, timeout=_PATIENCE)
    try:
        yield Team(rank, size, torch.device(device))
    finally:
        distributed.destroy_process_group()


class Batches(Protocol[_Key]):
    """Batches of indices or keys of a whole run, as torch's ``BatchSampler`` is."""

    def __iter__(self) -> Iterator[list[_Key]]:
        """Yield the indices of each batch."""
        ...

    def __len__(self) -> int:
        """Return the number of batches."""
        ...


class SlicedBatches(Iterable[list[_Key]], Sized):
    """Of each batch of a whole run, the slice of one process.

    Together the processes see what a single one would, in the same batches. Slices differ by at
    most one index; a batch of fewer indices than processes would leave one without and must not
    occur.

    Parameters
    ----------
    batches
        The same in all processes, so its randomness has to follow from a common seed.
    team
        Whose slice.
    """

    def __init__(self, batches: Batches[_Key], team: Team) -> None:
        self.batches = batches
        self.team = team
        self._start = 0

    def __len__(self) -> int:
        return len(self.batches)

    def __iter__(self) -> Iterator[list[_Key]]:
        for batch in islice(self.batches, self._start, None):
            if len(batch) < self.team.size:
                raise ValueError(
                    f"A batch of {len(batch)} cannot be split over {self.team.size} processes; "
                    "leave out the incomplete last batch or start fewer processes."
                )
            edges = [len(batch) * number // self.team.size for number in range(self.team.size + 1)]
            yield list(batch[edges[self.team.rank] : edges[self.team.rank + 1]])

    def go_to(self, epoch: int, first_batch: int = 0) -> None:
        """Choose from which batch of which epoch on to iterate next."""
        self._start = first_batch
        for owner in (self.batches, getattr(self.batches, "sampler", None)):
            for name in ("go_to", "set_epoch"):
                method = getattr(owner, name, None)
                if callable(method):
                    method(epoch)
                    break
