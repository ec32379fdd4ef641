"""The card of a model: what it is, what it learned from and on which terms, how good it is.

A model is a folder with `CARD` and `WEIGHTS`. The card is JSON and can be read without torch, so
a list of models costs nothing.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Literal, cast

from segmentation.config import ModelConfig
from segmentation.data.manifest import Item, Manifest, Split, Use
from segmentation.durable_files import write_file
from segmentation.toml_records import Options, Range, Record, read_record, to_table

CARD: Final = "card.json"
WEIGHTS: Final = "model.safetensors"
PROGRAM: Final = "crack-annotator"
FORMAT: Final = 1

Share = Annotated[float, Range(0.0, 1.0)]
Count = Annotated[int, Range(0, 2**53)]


class ModelError(Exception):
    """A model cannot be used; the message says which, why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRecord(Record):
    """Images of one origin that a model learned from, or that chose its best epoch.

    Attributes
    ----------
    origin, layout
        Name of the data set and how it lay on the disk.
    split
        "train" for what was learned from, "val" for what chose.
    licence, citation
        As the data set states them.
    use
        What the terms allow a model that learned from it to be used for.
    n_images, n_crack_images
        How many, and how many of them show a crack.
    sha256
        Of the images' hashes, sorted, one per line.
    """

    origin: str
    layout: str = ""
    split: Literal["train", "val", "test"] = "train"
    licence: str = ""
    citation: str = ""
    use: Literal["any", "non-commercial", "unknown"] = "unknown"
    n_images: Count = 0
    n_crack_images: Count = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRecord(Record):
    """How good a model is on one part of one data set, by one way of counting.

    Attributes
    ----------
    data, split
        Which images.
    measure
        The protocol in full, such as ``"2 px symmetric (disk)"``.
    threshold
        Probability from which a pixel counts as crack.
    n_images
        How many.
    precision, recall, f1, iou
        Shares; ``iou`` is None where the counting has none.
    notes
        What else a reader must know.
    """

    data: str
    split: str = ""
    measure: str
    threshold: Share = 0.5
    n_images: Count = 0
    precision: Share
    recall: Share
    f1: Share
    iou: Share | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descent(Record):
    """One training on the way to a model.

    Attributes
    ----------
    model, weights_sha256
        What it began with.
    how
        "quick", "fine" or "full" as the program's Retrain offers it; empty for any other.
    n_images
        Of the project, that it learned from.
    """

    model: str
    weights_sha256: str = ""
    how: Literal["", "quick", "fine", "full"] = ""
    n_images: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard(Record):
    """All that is known of a model besides its weights.

    Attributes
    ----------
    name, title
        Short for lists, and one line.
    licence
        Of the weights, e.g. ``"Apache-2.0"``; empty if none is given.
    model
        The network; never with pretrained weights of its own.
    preset, run
        What the training run began with, and all of its values as TOML text.
    data
        What it learned from and was chosen by.
    metrics
        How good it is, the record to show first in lists in front.
    threshold
        Probability from which a pixel is crack.
    temperature
        The probability is the sigmoid of ``logit / temperature``.
    tile, halo
        Side in px of the tiles that it predicts best in, 0 for any, and the border that is dropped.
    n_parameters, weights_sha256, versions
        Of the weights file; filled in by `segmentation.model_store.model_folder.save_model`.
    epoch
        That was kept, from 1.
    created
        ISO 8601, UTC.
    ancestry
        Trainings that each began with another model, the first one first; empty where it began
        with random weights.
    notes
        What a user should know: what it confuses, what it was made for.
    """

    name: str
    title: str = ""
    licence: str = ""
    model: ModelConfig
    preset: str = ""
    run: str = ""
    data: tuple[DataRecord, ...] = ()
    metrics: tuple[MetricRecord, ...] = ()
    threshold: Share = 0.5
    temperature: Annotated[float, Range(1e-3, 1e3)] = 1.0
    tile: Annotated[int, Range(0, 65_536)] = 0
    halo: Annotated[int, Range(0, 65_536)] = 0
    n_parameters: Count = 0
    epoch: Count = 0
    created: str = ""
    versions: Options = field(default_factory=dict[str, Any])
    weights_sha256: str = ""
    ancestry: tuple[Descent, ...] = ()
    notes: str = ""

    @property
    def n_quick(self) -> int:
        """How many quick adaptations follow each other at the end of its ancestry."""
        others = (
            number for number, step in enumerate(reversed(self.ancestry)) if step.how != "quick"
        )
        return next(others, len(self.ancestry))

    def descent(
        self, how: Literal["", "quick", "fine", "full"], n_images: int = 0
    ) -> tuple[Descent, ...]:
        """Return the ancestry of a model that is trained on from this one."""
        step = Descent(
            model=self.name, weights_sha256=self.weights_sha256, how=how, n_images=n_images
        )
        return (*self.ancestry, step)

    @property
    def use(self) -> Use:
        """What the terms of all its data together allow: the strictest of them."""
        return strictest_use(record.use for record in self.data)

    def terms(self) -> str:
        """Say in words what the model may be used for, and why."""
        use = self.use
        if use == "any":
            return "For any use: no terms of the data that it learned from limit it."
        sources = ", ".join(dict.fromkeys(each.origin for each in self.data if each.use == use))
        if use == "non-commercial":
            return f"For non-commercial use only; so are the terms of {sources}."
        return f"Not known to be free for commercial use; no terms are known of {sources}."

    def to_json(self) -> str:
        """Return the card as JSON text."""
        table = to_table(self)
        head = {"program": PROGRAM, "format": FORMAT, "name": table.pop("name"), "use": self.use}
        return json.dumps(head | table, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def read_card(folder: Path) -> ModelCard:
    """Read the card of a model.

    Raises
    ------
    ModelError
        There is no model, or the card is damaged, of another program or of a newer format.
    """
    check_is_model(folder)
    return card_from_json(_read_text(folder / CARD), folder / CARD)


def write_card(folder: Path, card: ModelCard) -> None:
    """Replace the card of a model, say by one with more metrics; the weights stay.

    Raises
    ------
    ModelError
        The folder's card is not one, or is that of other weights.
    segmentation.durable_files.NotSavedError
        The disk is full, or writing is not permitted.
    """
    if read_card(folder).weights_sha256 != card.weights_sha256:
        raise ModelError(f"The card is not of the weights in {folder}; start from the card there.")
    write_file(folder / CARD, card.to_json().encode())


def card_from_json(text: str, file: Path) -> ModelCard:
    """Return the card that a JSON text holds; ``file`` is for messages.

    Raises
    ------
    ModelError
        It is damaged, of another program or of a newer format.
    """
    table = _parsed(text, file)
    program, version = table.pop("program", None), table.pop("format", None)
    if program != PROGRAM:
        raise ModelError(
            f"{file} is not the card of a model of this program; models of other programs cannot "
            "be used. Choose another folder."
        )
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _damaged(file, f"format is {version!r}; it must be a whole number from 1.")
    if version > FORMAT:
        raise ModelError(
            f"{file} was written by a newer version of this program (format {version}, this one "
            f"knows {FORMAT}); update the program to use the model."
        )
    use = table.pop("use", None)
    try:
        card = read_record(ModelCard, table)
    except TypeError as error:  # a field without a default is not there
        raise _damaged(file, "name, model or a field of data or metrics is missing.") from error
    except ValueError as error:
        raise _damaged(file, str(error)) from error
    if use != card.use:
        raise _damaged(file, f"use is {use!r}, but its data allow {card.use!r}.")
    return card


def check_is_model(folder: Path) -> None:
    """Raise a ModelError that says what is missing if a folder is not a model."""
    if not folder.exists():
        raise ModelError(f"There is no model at {folder}; check the path.")
    if not folder.is_dir():
        raise ModelError(
            f"{folder} is a file, not a model: a model is a folder with {CARD} and {WEIGHTS}. "
            "Name that folder."
        )
    if not (folder / CARD).is_file():
        raise ModelError(
            f"{folder} is not a model: it has no {CARD}. Name a folder that has {CARD} and "
            f"{WEIGHTS}."
        )


def weights_size(folder: Path) -> int:
    """Return the size in bytes of a model's weights file, 0 if it is not there."""
    file = folder / WEIGHTS
    return file.stat().st_size if file.is_file() else 0


def strictest_use(uses: Iterable[Use]) -> Use:
    """Return what data of several terms allow together."""
    present = set(uses)
    for strict in ("non-commercial", "unknown"):
        if strict in present:
            return strict
    return "any"


def data_records(
    manifest: Manifest, inherited: Iterable[DataRecord] = ()
) -> tuple[DataRecord, ...]:
    """Return what a card says of the data of a run.

    Parameters
    ----------
    manifest
        Its training and validation images; those kept for testing are no part of the model.
    inherited
        Records of the model whose weights the run began with: what that one learned from, this
        one has learned from too.

    Returns
    -------
    tuple of DataRecord
        One for each origin and split that has images; training first.
    """
    records = [_record(manifest, name, split) for split, name in _parts(manifest)]
    for record in inherited:
        if record not in records:
            records.append(record)
    return tuple(records)


def _parts(manifest: Manifest) -> list[tuple[Split, str]]:
    parts: list[tuple[Split, str]] = []
    splits: tuple[Split, ...] = ("train", "val")
    for split in splits:
        present = {item.origin for item in manifest.of_split(split).items}
        parts.extend((split, each.name) for each in manifest.origins if each.name in present)
    return parts


def _record(manifest: Manifest, name: str, split: Split) -> DataRecord:
    items: list[Item] = [item for item in manifest.of_split(split).items if item.origin == name]
    origin = manifest.origin_of(items[0])
    lines = "\n".join(sorted(item.image_sha256 for item in items))
    return DataRecord(
        origin=name,
        layout=origin.layout,
        split=split,
        licence=origin.licence,
        citation=origin.citation,
        use=origin.use,
        n_images=len(items),
        n_crack_images=sum(item.crack_pixels > 0 for item in items),
        sha256=hashlib.sha256(lines.encode()).hexdigest(),
    )


def _read_text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise _damaged(file, "it is not text.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"{file} cannot be read ({reason}); check its permissions.") from error


def _parsed(text: str, file: Path) -> dict[str, Any]:
    try:
        table = json.loads(text)
    except json.JSONDecodeError as error:
        raise _damaged(file, f"line {error.lineno} is not JSON ({error.msg}).") from error
    except RecursionError as error:
        raise _damaged(file, "it is nested too deeply.") from error
    if not isinstance(table, dict):
        raise _damaged(file, "it is not a JSON object.")
    return cast("dict[str, Any]", table)


def _damaged(file: Path, reason: str) -> ModelError:
    return ModelError(f"The card {file} is damaged: {reason} Copy the model anew.")
