"""The events of a run, from its state."""

from segmentation.training.events import Ended, EndReason, EpochDone, OnEvent, Started
from segmentation.training.run_state import RunState
from segmentation.training.stopwatch import Stopwatch


def ignore(_event: object) -> None:
    """Tell nobody."""


def teller(run: RunState, on_event: OnEvent) -> OnEvent:
    """Return whom this process tells: nobody, unless it is the first."""
    return on_event if run.team.is_first else ignore


def current_rate(run: RunState) -> float:
    """Return the highest learning rate of the last step."""
    return max(group["lr"] for group in run.optimizer.param_groups)


def started(run: RunState, n_per_epoch: int) -> Started:
    """Return that the first steps follow."""
    progress, team = run.progress, run.team
    return Started(
        epoch=progress.epoch,
        step=progress.n_steps,
        n_epochs=run.config.train.epochs,
        steps_per_epoch=n_per_epoch,
        device=str(team.device),
        precision=progress.precision,
        n_processes=team.size,
    )


def epoch_done(
    run: RunState, metrics: dict[str, float], watch: Stopwatch, *, is_best: bool
) -> EpochDone:
    """Return how the current epoch went; each process must call it."""
    progress = run.progress
    loss_sum, n_images = run.team.sums(progress.loss_sum, progress.n_images)
    return EpochDone(
        epoch=progress.epoch,
        step=progress.n_steps,
        loss=loss_sum / n_images if n_images else float("nan"),
        learning_rate=current_rate(run),
        is_best=is_best,
        seconds=watch.seconds,
        eta_seconds=watch.eta(progress.n_steps),
        busy=watch.busy,
        metrics=metrics,
    )


def ended(run: RunState, reason: EndReason) -> Ended:
    """Return why the run ends."""
    progress = run.progress
    score = float("nan") if progress.best_score is None else progress.best_score
    return Ended(reason, progress.epoch, progress.n_steps, progress.best_epoch, score)
