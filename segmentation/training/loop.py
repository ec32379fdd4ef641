"""The training loop.

A run that was stopped, or killed, goes on from its last checkpoint, also in the middle of an
epoch. In one process on the CPU it then ends with the same bits as a run that was never
stopped, given that what the loader yields follows from the epoch it is told
(`segmentation.training.epoch_batches`) and from torch's and Python's generators, which are seeded
at the start of each epoch. (Those of torch's ``persistent_workers`` are seeded once: with them, as
in `segmentation.data.loader.make_loader`, samples must follow from the epoch alone.)
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from segmentation.config import RunConfig
from segmentation.durable_files import NotSavedError, write_file
from segmentation.models.base import CrackModel
from segmentation.training.checkpoint import (
    Series,
    holds_run,
    load_checkpoint,
    remove_unfinished,
    save_checkpoint,
)
from segmentation.training.distributed import Team
from segmentation.training.epoch_batches import Loader, batches_left
from segmentation.training.events import EndReason, OnEvent, Saved, StepDone, Warned
from segmentation.training.run_events import (
    current_rate,
    ended,
    epoch_done,
    ignore,
    started,
    teller,
)
from segmentation.training.run_state import RunState, TrainingError, gradient_scaler, new_run
from segmentation.training.step import train_step
from segmentation.training.stopwatch import Stopwatch
from segmentation.training.validation import Batch, fastest_precision, score_of, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopOptions:
    """What does not change the result, only how it is reached.

    Attributes
    ----------
    team
        The processes and devices of the run.
    resume
        Go on in a folder with checkpoints; if false, such a folder is refused.
    time_budget
        Seconds after which the run stops, to be gone on with later; 0 is off.
    save_every
        Seconds between checkpoints within an epoch; each epoch ends with one anyway.
    weights
        To start a new run from.
    measure_precision
        Take bfloat16 instead of float32 if it is measured to be faster on this machine. It does
        change the result.
    on_judged
        Called in the first process after each epoch with the weights that were judged, and its
        number.
    """

    team: Team = field(default_factory=Team)
    resume: bool = False
    time_budget: float = 0.0
    save_every: float = 600.0
    weights: Mapping[str, Tensor] | None = None
    measure_precision: bool = False
    on_judged: Callable[[CrackModel, int], None] | None = None


@dataclass(frozen=True, slots=True)
class TrainResult:
    """How a run ended.

    Attributes
    ----------
    reason
        Why.
    n_epochs
        Whole epochs done.
    best_epoch
        The kept one, from 0; -1 if there is none.
    best_score
        In what it was chosen by; None if there is none.
    """

    reason: EndReason
    n_epochs: int
    best_epoch: int
    best_score: float | None


def _never() -> bool:
    return False


def train(
    config: RunConfig,
    train_loader: Loader,
    validation: Iterable[Batch] | None,
    folder: Path,
    on_event: OnEvent = ignore,
    is_cancelled: Callable[[], bool] = _never,
    options: LoopOptions | None = None,
) -> TrainResult:
    """Train a network, or go on with it.

    Parameters
    ----------
    config
        What is trained and how; its ``data`` section is for who makes the loaders.
    train_loader, validation
        Batches of images ``(B, 3, H, W)`` and masks ``(B, 1, H, W)``; the second is iterated
        after each epoch, in the first process only, and may be absent.
    folder
        Of this run alone: ``run.toml`` and ``checkpoints/last-…`` and ``best-…``; the best
        weights are read by `load_best`.
    on_event
        Called in the first process with each `segmentation.training.events.Event`.
    is_cancelled
        Asked after each step.
    options
        Device, processes, resuming, time.

    Returns
    -------
    TrainResult
        Stopped runs can be gone on with.

    Raises
    ------
    TrainingError
        The loss is no longer a number, the loader is empty, or the folder holds another run.
    segmentation.training.checkpoint.CheckpointError
        No checkpoint of the folder can be used.
    segmentation.durable_files.NotSavedError
        The end of the run cannot be saved; failures before that are told and tried again.
    """
    options = options or LoopOptions()
    if not len(train_loader):
        raise TrainingError("There is nothing to train on: the loader of the images is empty.")
    run = _open(config, train_loader, folder, options, on_event)
    watch = Stopwatch(
        run.team,
        is_cancelled,
        len(train_loader) * config.train.epochs,
        time_budget=options.time_budget,
        save_every=options.save_every,
    )
    tell, progress = teller(run, on_event), run.progress
    tell(started(run, len(train_loader)))
    while progress.epoch < config.train.epochs and not _is_patience_over(run):
        watch.start_epoch()
        for batch in watch.timed(batches_left(train_loader, run)):
            loss = train_step(run, batch, len(train_loader), tell)
            rate, eta = current_rate(run), watch.eta(progress.n_steps)
            tell(StepDone(progress.epoch, progress.step, loss, rate, eta))
            reason = watch.why_stop()
            if reason:
                if reason == "out of time" and progress.best_epoch < 0:
                    _save_first(run, folder, validation, tell)
                _save(run, folder, "last", run.to_checkpoint(), tell, is_end=True)
                return _ended(run, reason, tell)
            if watch.is_time_to_save():
                _save(run, folder, "last", run.to_checkpoint(), tell)
        metrics, score = _judge(run, validation)
        is_best = progress.best_score is None or score > progress.best_score
        tell(epoch_done(run, metrics, watch, is_best=is_best))
        _show(run, options)
        if is_best and _save(run, folder, "best", _best_state(run, metrics), tell):
            progress.best_score, progress.best_epoch = score, progress.epoch
        progress.start_next_epoch()
        is_end = progress.epoch == config.train.epochs or _is_patience_over(run)
        _save(run, folder, "last", run.to_checkpoint(), tell, is_end=is_end)
    stopped = progress.epoch < config.train.epochs
    return _ended(run, "stopped early" if stopped else "finished", tell)


def refuse_used_folder(folder: Path) -> None:
    """Raise a TrainingError if a folder holds a run already."""
    if holds_run(folder):
        raise TrainingError(
            f"{folder} holds a run already; go on with it by resuming, or choose another folder."
        )


def load_best(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Return the weights of the best epoch of a run and what is known about them.

    Parameters
    ----------
    folder
        Of the run.

    Returns
    -------
    tuple or None
        The state of a `segmentation.models.base.CrackModel`, and ``config`` (TOML), ``epoch``,
        ``metrics`` and ``is_averaged``; None if no epoch has ended yet.

    Raises
    ------
    segmentation.training.checkpoint.CheckpointError
        It is damaged.
    """
    found = load_checkpoint(folder, "best")
    if found is None:
        return None
    facts = dict(found.state)
    return facts.pop("weights"), facts


def _open(
    config: RunConfig, loader: Loader, folder: Path, options: LoopOptions, on_event: OnEvent
) -> RunState:
    """Return the run in the folder, or a new one."""
    if not options.resume:
        refuse_used_folder(folder)
    found = load_checkpoint(folder)
    run = new_run(config, options.team, None if found else options.weights)
    if found:
        run.go_on_from(found)
        for text in found.passed_over:
            teller(run, on_event)(Warned(text))
    elif options.measure_precision and config.train.precision == "float32":
        _choose_precision(run, loader)
    if run.team.is_first:
        remove_unfinished(folder)
        write_file(folder / "run.toml", config.to_toml().encode())  # a refused one stays as it was
    return run


def _choose_precision(run: RunState, loader: Loader) -> None:
    batch = next(iter(loader))
    chosen = 0.0
    if run.team.is_first:
        fastest = fastest_precision(run.model, run.loss, batch, run.team.device)
        chosen = float(fastest == "bfloat16")
    if run.team.from_first(chosen)[0]:
        run.progress.precision = "bfloat16"
        run.scaler = gradient_scaler("bfloat16", run.team)


def _judge(run: RunState, validation: Iterable[Batch] | None) -> tuple[dict[str, float], float]:
    """Validate in the first process; return the metrics there, and the score in all."""
    progress, team = run.progress, run.team
    metrics: dict[str, float] = {}
    score = 0.0
    if team.is_first:
        if validation is not None:
            metrics = validate(run.judged, run.loss, validation, team.device, progress.precision)
        score = score_of(metrics, run.config.train.select_by, progress.epoch)
    (score,) = team.from_first(score)
    return metrics, score


def _show(run: RunState, options: LoopOptions) -> None:
    if options.on_judged is not None and run.team.is_first:
        options.on_judged(run.judged, run.progress.epoch)


def _save_first(
    run: RunState, folder: Path, validation: Iterable[Batch] | None, tell: OnEvent
) -> None:
    """Keep the weights of a run that is over before an epoch was; any epoch is better."""
    metrics, _score = _judge(run, validation)
    _save(run, folder, "best", _best_state(run, metrics), tell)


def _is_patience_over(run: RunState) -> bool:
    patience, progress = run.config.train.patience, run.progress
    return patience > 0 and progress.epoch - 1 - progress.best_epoch >= patience


def _best_state(run: RunState, metrics: dict[str, float]) -> dict[str, Any]:
    return {
        "config": run.config.to_toml(),
        "epoch": run.progress.epoch,
        "metrics": metrics,
        "is_averaged": run.average is not None,
        "weights": run.judged.state_dict(),
    }


def _save(
    run: RunState,
    folder: Path,
    series: Series,
    state: dict[str, Any],
    tell: OnEvent,
    *,
    is_end: bool = False,
) -> bool:
    """Save in the first process and tell all whether it went well.

    A failure is only told, unless there is no later try.
    """
    is_saved = False
    if run.team.is_first:
        try:
            path = save_checkpoint(folder, series, state)
        except NotSavedError as error:
            if is_end:
                raise
            tell(Warned(f"{error} The training goes on; the last good checkpoint is kept."))
        else:
            is_saved = True
            tell(Saved(str(path), run.progress.epoch, run.progress.n_steps))
    return bool(run.team.from_first(float(is_saved))[0])


def _ended(run: RunState, reason: EndReason, tell: OnEvent) -> TrainResult:
    tell(ended(run, reason))
    progress = run.progress
    return TrainResult(reason, progress.epoch, progress.best_epoch, progress.best_score)
