"""The batches of the current epoch, also where a run goes on in the middle of one."""

from collections.abc import Iterator
from typing import Any, Protocol

from segmentation.training.run_state import RunState, put_back, seed_epoch
from segmentation.training.validation import Batch


class Loader(Protocol):
    """What the training batches come from, for instance torch's ``DataLoader``.

    It, its ``dataset``, ``sampler`` or ``batch_sampler`` may have a method ``set_epoch``, which
    is called with the number of the coming epoch; or ``go_to``, which is called with that number
    and the first batch wanted, so that those before it are not loaded again. The latter must not
    draw its batches from torch's or Python's generators. Over several processes each has its own
    slices, as `segmentation.training.distributed.SlicedBatches` makes them.
    """

    def __iter__(self) -> Iterator[Any]:
        """Yield batches."""
        ...

    def __len__(self) -> int:
        """Return the number of steps of an epoch."""
        ...


def batches_left(loader: Loader, run: RunState) -> Iterator[Batch]:
    """Yield what is left of the current epoch, the generators as they would be without a stop."""
    progress, team = run.progress, run.team
    n_passed_over = _announce(loader, progress.epoch, progress.step)
    seed_epoch(run.config.train.seed, progress.epoch, team.rank)
    batches = iter(loader)
    for _done in range(n_passed_over):
        next(batches)
    if run.waiting_rng is not None:
        put_back(run.waiting_rng, team.device)
        run.waiting_rng = None
    elif progress.step:  # the states of the other processes are not saved
        seed_epoch(run.config.train.seed, progress.n_steps, team.rank)
    yield from batches


def _announce(loader: Loader, epoch: int, first_batch: int) -> int:
    """Tell which batches come next; return how many the loader will yield before them."""
    n_before = first_batch
    parts = (getattr(loader, name, None) for name in ("dataset", "sampler", "batch_sampler"))
    for owner in (loader, *parts):
        go_to, set_epoch = (getattr(owner, name, None) for name in ("go_to", "set_epoch"))
        if callable(go_to):
            go_to(epoch, first_batch)
            n_before = 0
        elif callable(set_epoch):
            set_epoch(epoch)
    return n_before
