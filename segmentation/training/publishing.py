"""From the best epoch of a run to a model to pass on: calibrated, judged, with a card."""

import json
import shutil
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from segmentation.config import ModelConfig, RunConfig
from segmentation.data.errors import DataError
from segmentation.data.manifest import Item, Manifest
from segmentation.durable_files import PART_PREFIX, write_file
from segmentation.evaluation.calibration import calibrate
from segmentation.evaluation.card_metrics import metric_records
from segmentation.evaluation.data_items import DataItems
from segmentation.evaluation.report import Protocol, evaluate
from segmentation.inference.predictor import Predictor
from segmentation.model_store.card import DataRecord, Descent, ModelCard, data_records
from segmentation.model_store.model_folder import LoadedModel, save_model
from segmentation.models import build_model
from segmentation.toml_records import Record, read_record, to_table
from segmentation.training.loop import load_best
from segmentation.training.run_state import TrainingError

MODEL: Final = "model"
WORDING: Final = "wording.json"
OWN: Final = "validation images of the run"
"""Note on the figures that a run itself puts on a card."""
_AT_MOST: Final = 60
"""Validation images that are looked at; more change neither temperature nor threshold."""

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording(Record):
    """What a card says beyond what was measured.

    Attributes
    ----------
    name, title, licence, notes
        As in `segmentation.model_store.card.ModelCard`.
    inherited
        Data of the model whose weights the run began with.
    ancestry
        As in the card.
    """

    name: str = ""
    title: str = ""
    licence: str = ""
    notes: str = ""
    inherited: tuple[DataRecord, ...] = ()
    ancestry: tuple[Descent, ...] = ()

    def save(self, folder: Path) -> None:
        """Keep it in the folder of a run, for when that is gone on with."""
        text = json.dumps(to_table(self), ensure_ascii=False, indent=1)
        write_file(folder / WORDING, f"{text}\n".encode())


def kept_wording(folder: Path) -> Wording:
    """Return what `Wording.save` kept in the folder of a run; a blank one if nothing did.

    Raises
    ------
    TrainingError
        The file is damaged.
    """
    file = folder / WORDING
    if not file.is_file():
        return Wording()
    try:
        return read_record(Wording, json.loads(file.read_text("utf-8")))
    except (ValueError, TypeError, OSError) as error:
        raise TrainingError(f"{file} is damaged ({error}); remove it to go on.") from error


def publish(
    folder: Path,
    manifest: Manifest,
    wording: Wording,
    report: Report = lambda _: None,
    threads: int | None = None,
) -> Path:
    """Write the model of a run's best epoch to ``FOLDER/model``, in place of an earlier one.

    Temperature, threshold and the card's figures come from the validation images, predicted
    whole; without any, or without a crack in them, probabilities stay as they are and the
    threshold is 0.5.

    Parameters
    ----------
    folder
        Of the run.
    manifest
        Its data, with splits.
    wording
        Name, title, terms.
    report
        Told what is being done.
    threads
        Of the CPU; by default all that this process may use.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    TrainingError
        No epoch has ended yet.
    segmentation.training.checkpoint.CheckpointError, segmentation.durable_files.NotSavedError
        The weights cannot be read, or the model cannot be written.
    segmentation.data.errors.DataError
        A validation image cannot be read.
    """
    loaded = best_of_run(folder, wording.name)
    card = replace(
        loaded.card,
        title=wording.title,
        licence=wording.licence,
        notes=wording.notes,
        data=data_records(manifest, wording.inherited),
        ancestry=wording.ancestry,
    )
    judged = manifest.with_items(_spread(manifest.of_split("val").items, _AT_MOST))
    if judged.items:
        report(f"calibrating on {len(judged.items)} validation images")
        card = _judged(LoadedModel(loaded.model, card, folder), judged, threads)
    report("writing the model")
    return _put(folder / MODEL, LoadedModel(loaded.model, card, folder))


def best_of_run(folder: Path, name: str = "") -> LoadedModel:
    """Return the best epoch of a run as a model that is not calibrated.

    Raises
    ------
    TrainingError
        No epoch has ended yet.
    segmentation.training.checkpoint.CheckpointError
        The checkpoint is damaged.
    """
    found = load_best(folder)
    if found is None:
        raise TrainingError(f"The run in {folder} has no epoch yet that a model could be made of.")
    weights, facts = found
    run = RunConfig.from_table(tomllib.loads(facts["config"]))
    config = replace(run.model, pretrained=False)
    model = build_model(config)
    model.load_state_dict(weights)
    card = _bare_card(name or folder.resolve().name, config, run, facts)
    return LoadedModel(model.eval(), card, folder)


def without_folders(run: RunConfig) -> RunConfig:
    """Return a run whose sources keep their names, but not where they lie on this machine."""
    sources: list[str] = []
    for source in run.data.sources:
        place, mark, options = source.partition("?")
        head, slash, name = place.replace("\\", "/").rstrip("/").rpartition("/")
        layout, colon, _ = head.partition(":")
        kept = f"{layout}:" if slash and colon and len(layout) > 1 else ""
        sources.append(f"{kept}{name}{mark}{options}")
    return run.with_changes({"data.sources": sources})


def _bare_card(name: str, config: ModelConfig, run: RunConfig, facts: dict[str, Any]) -> ModelCard:
    return ModelCard(
        name=name,
        model=config,
        preset=run.preset,
        run=without_folders(run).to_toml(),
        epoch=int(facts["epoch"]) + 1,
    )


def _judged(loaded: LoadedModel, manifest: Manifest, threads: int | None) -> ModelCard:
    """Return the card with temperature, threshold and figures of validation images."""
    card = _calibrated(loaded, manifest, threads)
    judged = LoadedModel(loaded.model, card, loaded.folder)
    final = Predictor(judged, engine="torch", threads=threads)
    records = []
    for origin in manifest.origins:
        part = manifest.with_items(each for each in manifest.items if each.origin == origin.name)
        if part.items:
            items = DataItems(part, lambda _, image: final.predict(image))
            protocol = Protocol(threshold=card.threshold, n_worst=0, center_lines=False)
            records += metric_records(evaluate(items, protocol), origin.name, "val", OWN)
    return replace(card, metrics=tuple(records))


def _calibrated(loaded: LoadedModel, manifest: Manifest, threads: int | None) -> ModelCard:
    """Return the card with temperature and threshold, or with why there are none."""
    predictor = Predictor(loaded, engine="torch", threads=threads)
    try:
        found = calibrate(DataItems(manifest, lambda _, image: predictor.predict(image)))
    except DataError:
        raise
    except ValueError as error:  # such as validation images without any crack
        notes = f"{loaded.card.notes} Not calibrated: {error}".strip()
        return replace(loaded.card, notes=notes)
    return replace(loaded.card, temperature=found.temperature, threshold=found.threshold)


def _spread(items: tuple[Item, ...], most: int) -> Iterable[Item]:
    if len(items) <= most:
        return items
    return (items[len(items) * number // most] for number in range(most))


def _put(target: Path, loaded: LoadedModel) -> Path:
    """Write a model; the one that was there goes only when the new one is complete."""
    fresh, old = (target.with_name(f"{PART_PREFIX}{word}-model") for word in ("new", "old"))
    for rest in (fresh, old):
        shutil.rmtree(rest, ignore_errors=True)
    save_model(fresh, loaded.model, loaded.card)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return target
