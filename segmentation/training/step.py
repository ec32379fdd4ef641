"""One step of training."""

import math
from typing import Final

import torch
from torch import Tensor

from segmentation.training.events import OnEvent, Warned
from segmentation.training.optim import learning_rate_factor, set_learning_rates
from segmentation.training.run_state import RunState, TrainingError
from segmentation.training.validation import Batch, lower_precision, on_device

MAX_BAD_STEPS: Final = 20
"""So many steps in a row without a finite gradient end a run."""


def train_step(run: RunState, batch: Batch, n_per_epoch: int, tell: OnEvent) -> float:
    """Change the weights once.

    Parameters
    ----------
    run
        Its weights, optimizer and progress are changed.
    batch
        The slice of this process.
    n_per_epoch
        Steps of an epoch, for the learning rate.
    tell
        Hears of a step that is left out.

    Returns
    -------
    float
        The loss before the change.

    Raises
    ------
    TrainingError
        The gradient has not been finite for `MAX_BAD_STEPS` steps.
    """
    config, progress, team = run.config, run.progress, run.team
    moment = progress.epoch + progress.step / n_per_epoch
    factor = learning_rate_factor(config.schedule, moment, config.train.epochs)
    set_learning_rates(run.optimizer, factor)
    images, masks = on_device(batch, team.device)
    for text in getattr(batch, "skipped", ()):
        tell(Warned(text))
    kept = [buffer.clone() for buffer in run.model.buffers()]

    run.learner.train()
    with lower_precision(progress.precision, team.device):
        output = run.learner(images)
    loss = run.loss(output, masks)
    (n_images,) = team.sums(len(images))
    share = len(images) * team.size / n_images  # gradients are averaged over the processes
    run.scaler.scale(loss * share).backward()
    run.scaler.unscale_(run.optimizer)
    limit = config.train.clip_norm or float("inf")
    norm = torch.nn.utils.clip_grad_norm_(run.model.parameters(), limit)
    # The same in every process, as the gradients are.
    if torch.isfinite(norm):
        run.scaler.step(run.optimizer)
        progress.n_bad_in_row = 0
    else:
        _pass_over(run, kept, tell)
    run.scaler.update()
    run.optimizer.zero_grad(set_to_none=True)
    run.update_average()
    progress.step += 1
    progress.n_steps += 1
    value = loss.item()
    if math.isfinite(value):
        progress.loss_sum += value * len(images)
        progress.n_images += len(images)
    return value


def _pass_over(run: RunState, kept: list[Tensor], tell: OnEvent) -> None:
    """Leave out a step whose gradient is not finite; raise TrainingError if there are too many."""
    progress = run.progress
    with torch.no_grad():
        for buffer, old in zip(run.model.buffers(), kept, strict=True):
            buffer.copy_(old)  # running statistics would stay spoiled for good
    progress.n_bad += 1
    progress.n_bad_in_row += 1
    where = f"epoch {progress.epoch + 1}, step {progress.step + 1}"
    if progress.n_bad_in_row >= MAX_BAD_STEPS:
        raise TrainingError(
            f"The gradient has not been a finite number for {MAX_BAD_STEPS} steps, the last in "
            f"{where}. The last checkpoint is from before that. Lower optimizer.learning_rate "
            f"(now {run.config.optimizer.learning_rate:g}), limit the gradient with "
            f"train.clip_norm, or set train.precision to float32 (now {progress.precision})."
        )
    if progress.n_bad_in_row == 1 and not run.scaler.is_enabled():
        tell(
            Warned(
                f"The gradient in {where} is not a finite number; the step is left out. If this "
                "happens often, lower the learning rate or look for damaged images."
            )
        )
