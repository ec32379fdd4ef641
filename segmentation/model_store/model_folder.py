"""Models on the disk: weights in half precision with their card, checked when they are read."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from segmentation.durable_files import write_folder
from segmentation.model_store.card import (
    CARD,
    FORMAT,
    PROGRAM,
    WEIGHTS,
    ModelCard,
    ModelError,
    read_card,
)
from segmentation.model_store.half_precision import compact_tensors
from segmentation.models import MODELS, build_model
from segmentation.models.base import CrackModel

_VERSIONED: Final = ("crack-annotator", "torch", "timm", "safetensors")
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that is ready to predict: in evaluation mode, float32, on the CPU."""

    model: CrackModel
    card: ModelCard
    folder: Path


def save_model(folder: Path, model: CrackModel, card: ModelCard) -> Path:
    """Write a model into a new folder.

    Parameters
    ----------
    folder
        Must not exist yet; appears with all of its files or not at all.
    model
        Of the architecture that the card names; it is not changed.
    card
        Its hash, number of parameters, date and versions are filled in.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ModelError
        The weights are not finite.
    segmentation.durable_files.NotSavedError
        The folder exists, the disk is full, or writing is not permitted.
    """
    tensors = compact_tensors(model)
    head = {"program": PROGRAM, "format": str(FORMAT), "name": card.name}

    def write_weights(file: Path) -> None:
        try:
            save_file(tensors, file, head)
        except SafetensorError as error:
            raise OSError(str(error)) from error

    def write_card(file: Path) -> None:
        full = replace(
            card,
            model=replace(card.model, pretrained=False),
            n_parameters=sum(parameter.numel() for parameter in model.parameters()),
            created=card.created or datetime.now(UTC).isoformat(timespec="seconds"),
            versions=_versions() | dict(card.versions),
            weights_sha256=_sha256(file.with_name(WEIGHTS)),
        )
        file.write_text(full.to_json(), "utf-8")
        file.with_name(WEIGHTS).chmod(file.stat().st_mode)  # safetensors lets only its user read

    write_folder(folder, {WEIGHTS: write_weights, CARD: write_card})
    return folder


def load_model(folder: Path) -> LoadedModel:
    """Read a model, and check that its weights are what its card says.

    Random numbers of torch go on as if nothing had been loaded, and the weights can be trained.

    Raises
    ------
    ModelError
        There is no model, its card is not one, or the weights are missing, damaged or of another
        architecture.
    """
    card = read_card(folder)
    tensors = read_weights(folder, card)
    if card.model.name not in MODELS:
        raise ModelError(
            f"The model in {folder} has the architecture {card.model.name!r}, which this version "
            f"does not have; it has {', '.join(MODELS)}. Update the program."
        )
    with torch.random.fork_rng(devices=[]), torch.inference_mode(False):
        try:
            model = build_model(replace(card.model, pretrained=False))
        except ValueError as error:
            raise ModelError(
                f"The model in {folder} cannot be built: {error} Copy the model anew, or update "
                "the program."
            ) from error
        _check_fit(model.state_dict(), tensors, folder)
        model.load_state_dict(tensors)
    return LoadedModel(model.eval(), card, folder)


def read_weights(folder: Path, card: ModelCard) -> dict[str, Tensor]:
    """Return the tensors of a model, floating ones as float32.

    Raises
    ------
    ModelError
        The file is missing, damaged, or not the one that the card was written for.
    """
    file = folder / WEIGHTS
    if not file.is_file():
        raise ModelError(f"The model in {folder} has no {WEIGHTS}; copy the model anew.")
    try:
        is_as_written = _sha256(file) == card.weights_sha256
        tensors = _tensors(file)
    except SafetensorError as error:
        raise ModelError(
            f"The weights {file} are truncated or not a safetensors file ({error}); copy the "
            "model anew."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"{file} cannot be read ({reason}); check its permissions.") from error
    if not is_as_written:
        raise ModelError(
            f"The weights {file} are not those that the card was written for: their SHA-256 is "
            "another. Copy the model anew, weights and card together."
        )
    return tensors


def _tensors(file: Path) -> dict[str, Tensor]:
    with safe_open(file, framework="pt", device="cpu") as content:
        tensors = {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    return {
        name: value.float() if value.is_floating_point() else value
        for name, value in tensors.items()
    }


def _check_fit(wanted: Mapping[str, Tensor], given: Mapping[str, Tensor], folder: Path) -> None:
    problems = [f"{name} is missing" for name in wanted if name not in given]
    problems += [f"{name} is not known" for name in given if name not in wanted]
    problems += [
        f"{name} is {tuple(given[name].shape)} instead of {tuple(wanted[name].shape)}"
        for name in wanted
        if name in given and given[name].shape != wanted[name].shape
    ]
    if problems:
        more = f" and {len(problems) - _NAMED} more" if len(problems) > _NAMED else ""
        raise ModelError(
            f"The weights in {folder} do not fit the network that the card describes: "
            f"{', '.join(problems[:_NAMED])}{more}. Copy the model anew, weights and card together."
        )


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _VERSIONED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
