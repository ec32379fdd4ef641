"""A training run from its configuration: data, loaders, logs, the loop.

The folder of a run holds ``manifest.json`` (what was shown, with hashes), ``run.toml``,
``checkpoints``, ``events.jsonl`` (one JSON object per line) and ``epochs.csv``.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from torch.utils.data import DataLoader

from segmentation.config import OnDamage, RunConfig
from segmentation.data.dataset import PatchDataset, training_dataset, validation_dataset
from segmentation.data.errors import DataError
from segmentation.data.loader import EpochBatches, make_loader
from segmentation.data.manifest import Manifest, load_manifest
from segmentation.data.sources import Report, changed_items, collect
from segmentation.data.splits import assign_splits, drop_leaks
from segmentation.training.distributed import SlicedBatches, Team
from segmentation.training.events import EpochTable, Event, EventFile, OnEvent, Warned
from segmentation.training.loop import LoopOptions, TrainResult, refuse_used_folder, train
from segmentation.training.run_state import TrainingError

MANIFEST: Final = "manifest.json"
EVENTS: Final = "events.jsonl"
EPOCHS: Final = "epochs.csv"
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class RunData:
    """What a run learns from and is validated on.

    Attributes
    ----------
    manifest
        With splits, without leaks.
    notes
        Sentences for the log: what was left out or is scarce.
    """

    manifest: Manifest
    notes: tuple[str, ...] = ()


def gather_data(config: RunConfig, report: Report | None = None) -> RunData:
    """Read the sources of a run, split them and take out what leaks into a later split.

    Parameters
    ----------
    config
        Its ``data`` section and the seed count.
    report
        Called with the share done and the name of an item.

    Raises
    ------
    DataError
        There is no source, nothing to train on, or something in them is missing or unclear.
    """
    data = config.data
    if not data.sources:
        raise DataError("No data was named; give a folder with --data, or data.sources in the run.")
    damaged: list[str] = []
    manifest = collect(data.sources, report, damaged.append if data.on_damage == "skip" else None)
    manifest = assign_splits(manifest, data.validation, data.validation_share, config.train.seed)
    manifest, leaks = drop_leaks(manifest)
    notes: list[str] = []
    if damaged:
        notes.append(f"{_images(len(damaged))} left out as damaged: {_first(damaged)}")
    if leaks:
        n_gone = len({leak.first for leak in leaks})
        shown = _first([str(leak) for leak in leaks])
        notes.append(f"{_images(n_gone)} left out, to keep validation and test unseen: {shown}")
    if not manifest.of_split("train").items:
        raise DataError(
            "No image is left to train on: all belong to validation or test; name more data, or "
            "lower data.validation_share."
        )
    if not manifest.of_split("val").items:
        notes.append("There are no validation images; the last epoch will be the one that is kept.")
    return RunData(manifest, tuple(notes))


def data_of_run(folder: Path, on_damage: OnDamage = "stop") -> RunData:
    """Return the data of a run that was begun in a folder, as its manifest names it.

    Parameters
    ----------
    folder
        Of the run.
    on_damage
        "skip" accepts files that cannot be read any more; the run shows others in their place.

    Raises
    ------
    DataError
        There is no manifest, or files are no longer those it names.
    """
    manifest = load_manifest(folder / MANIFEST)
    damaged: list[str] = []
    changed = list(changed_items(manifest, damaged.append if on_damage == "skip" else None))
    if changed:
        raise DataError(
            f"The run in {folder} cannot go on, its data has changed: {_first(changed)}"
        )
    return RunData(manifest, tuple(damaged))


def run_experiment(
    config: RunConfig,
    data: RunData,
    folder: Path,
    *,
    on_event: OnEvent | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
    options: LoopOptions | None = None,
    workers: int = 0,
) -> TrainResult:
    """Train in a folder, or go on there, and keep the logs.

    Parameters
    ----------
    config
        The run.
    data
        From `gather_data`, or from `data_of_run` to go on.
    folder
        Of this run alone.
    on_event, is_cancelled, options
        As for `segmentation.training.loop.train`.
    workers
        Processes that load images; 0 loads between the steps.

    Returns
    -------
    TrainResult
        How it ended.

    Raises
    ------
    DataError
        An image cannot be read, or nothing is there to show.
    segmentation.training.run_state.TrainingError, segmentation.durable_files.NotSavedError
        As `segmentation.training.loop.train` raises them.
    """
    options = options or LoopOptions()
    team = options.team
    if not options.resume:
        refuse_used_folder(folder)
    if config.train.batch_size < team.size:
        raise TrainingError(
            f"A batch of {config.train.batch_size} cannot be split over {team.size} processes; "
            "raise train.batch_size, or start fewer processes."
        )
    shown, notes = training_dataset(data.manifest, config.data, config.train.seed)
    shown.preload()
    batches = EpochBatches(
        shown,
        config.train.batch_size,
        config.train.seed,
        epoch_samples=config.data.epoch_samples,
    )
    loader = _loader(shown, batches, team, workers)
    validation = _validation(data.manifest, config) if team.is_first else None
    if team.is_first:
        data.manifest.save(folder / MANIFEST)
    tell = _logging(folder, on_event)
    if team.is_first:
        for text in (*data.notes, *notes):
            tell(Warned(text))
    if not data.manifest.of_split("val").items:
        config = replace(config, train=replace(config.train, select_by="last"))
    return train(config, loader, validation, folder, tell, is_cancelled, options)


def _loader(
    dataset: PatchDataset, batches: EpochBatches, team: Team, workers: int
) -> DataLoader[Any]:
    pins = team.device.type == "cuda"
    if team.size == 1:
        return make_loader(dataset, batches, workers=workers, pin_memory=pins)
    sliced = SlicedBatches(batches, team)
    return make_loader(dataset, sliced, workers=workers, pin_memory=pins)


def _validation(manifest: Manifest, config: RunConfig) -> DataLoader[Any] | None:
    """Return batches of one, since whole images differ in size; None without images."""
    if not manifest.of_split("val").items:
        return None
    dataset = validation_dataset(manifest, config.data)
    return make_loader(dataset, EpochBatches(dataset, 1, shuffle=False))


def _images(number: int) -> str:
    return "1 image was" if number == 1 else f"{number} images were"


def _first(sentences: list[str]) -> str:
    """Return the first sentences, and how many more there are."""
    n_more = len(sentences) - _NAMED
    shown = " ".join(sentences[:_NAMED])
    return f"{shown} And {n_more} more." if n_more > 0 else shown


def _logging(folder: Path, on_event: OnEvent | None) -> OnEvent:
    """Return what writes the logs and passes events on; a log that fails is told of once."""
    logs = (EventFile(folder / EVENTS), EpochTable(folder / EPOCHS))
    problems: set[str] = set()

    def tell(event: Event) -> None:
        for log in logs:
            log(event)
        if on_event is None:
            return
        on_event(event)
        for log in logs:
            if log.problem and log.problem not in problems:
                problems.add(log.problem)
                on_event(Warned(log.problem))

    return tell
