"""Models that can predict: those that come with the program, the user's, and the project's."""

import hashlib
import re
import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from annotator.errors import AnnotatorError
from annotator.storage.names import natural_key

if TYPE_CHECKING:
    from segmentation.model_store.card import ModelCard

PROJECT_MODELS: Final = "models"
"""Folder of a project that holds the models trained in it, each in a folder of its own."""
KEY_LENGTH: Final = 12

ModelKind = Literal["bundled", "user", "project"]

_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model as lists show it.

    Attributes
    ----------
    key
        The first hex digits of the SHA-256 of its weights; empty if it cannot be used.
    name
        Short; that `segmentation.model_store.catalog.find_model` takes, or the version's.
    title
        One line.
    kind
        Where it is from.
    folder
        Where it is.
    threshold
        Probability from which a pixel is crack, as its card has it.
    licence
        Of the weights; empty if none is stated.
    terms
        In words, what it may be used for and why.
    is_non_commercial
        Whether the terms of its data forbid commercial use.
    figures
        How good it is, in a line; empty if that was not measured.
    created
        When it was made: ISO 8601, UTC.
    size
        Of its weights in bytes.
    notes
        What a user should know of it.
    problem
        Why it cannot be used, a sentence; empty if it can.
    """

    key: str
    name: str
    title: str
    kind: ModelKind
    folder: Path
    threshold: float = 0.5
    licence: str = ""
    terms: str = ""
    is_non_commercial: bool = False
    figures: str = ""
    created: str = ""
    size: int = 0
    notes: str = ""
    problem: str = ""


def model_choices(project: Path | None) -> list[ModelChoice]:
    """Return all models: of a project (newest first), those bundled, then the user's by name."""
    from segmentation.model_store.catalog import list_models

    versions = [model_choice(path.name, path, "project") for path in reversed(_versions(project))]
    listed = [
        model_choice(each.name, each.folder, each.kind, each.problem, each.card)
        for each in list_models()
    ]
    return versions + listed


def install_model(folder: Path, name: str = "") -> Path:
    """Copy a model into the user's own, to be used in any project; raises AnnotatorError."""
    from segmentation.durable_files import NotSavedError
    from segmentation.model_store import catalog
    from segmentation.model_store.card import ModelError, read_card

    try:
        source = catalog.find_model(folder)
        return catalog.install_model(source, name or _free_name(read_card(source).name))
    except (ModelError, NotSavedError) as error:
        raise AnnotatorError(str(error)) from error


def export_model(choice: ModelChoice, target: Path) -> None:
    """Copy a model into a new folder of that path; raises AnnotatorError."""
    from segmentation.durable_files import NotSavedError, write_folder
    from segmentation.model_store.card import CARD, WEIGHTS

    def copied(file: Path) -> None:
        shutil.copyfile(choice.folder / file.name, file)

    try:
        write_folder(target, {WEIGHTS: copied, CARD: copied})
    except NotSavedError as error:
        raise AnnotatorError(str(error)) from error


def remove_user_model(name: str) -> None:
    """Remove one of the user's own models; raises AnnotatorError."""
    from segmentation.model_store.card import ModelError
    from segmentation.model_store.catalog import remove_model

    try:
        remove_model(name)
    except ModelError as error:
        raise AnnotatorError(str(error)) from error


def _versions(project: Path | None) -> list[Path]:
    folder = project / PROJECT_MODELS if project else None
    if folder is None or not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if path.is_dir() and _VERSION.fullmatch(path.name)]
    return sorted(found, key=lambda path: natural_key(path.name))


def model_choice(
    name: str, folder: Path, kind: ModelKind, problem: str = "", card: "ModelCard | None" = None
) -> ModelChoice:
    """Return the model in a folder as lists show it; its ``problem`` says why it is of no use.

    A ``card`` that was read already is not read again.
    """
    from segmentation.model_store.card import WEIGHTS, ModelError, read_card, weights_size

    try:
        if problem:
            raise ModelError(problem)
        card = card or read_card(folder)
        if not (folder / WEIGHTS).is_file():
            raise ModelError(f"The model in {folder} has no {WEIGHTS}; copy the model anew.")
        key = card.weights_sha256 or _digest(folder / WEIGHTS, (folder / WEIGHTS).stat().st_mtime)
    except (ModelError, OSError) as error:
        return ModelChoice("", name, name, kind, folder, problem=str(error))
    return ModelChoice(
        key=key[:KEY_LENGTH],
        name=name,
        title=card.title or card.name,
        kind=kind,
        folder=folder,
        threshold=card.threshold,
        licence=card.licence,
        terms=card.terms(),
        is_non_commercial=card.use == "non-commercial",
        figures=_figures(card),
        created=card.created,
        size=weights_size(folder),
        notes=card.notes,
    )


@lru_cache(maxsize=64)
def _digest(file: Path, _modified: float) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _figures(card: "ModelCard") -> str:
    if not card.metrics:
        return ""
    first = card.metrics[0]
    return f"F1 {first.f1:.2f} on {first.data} {first.split}".rstrip()


def _free_name(name: str) -> str:
    """Return a name that none of the models has: with a number behind it where it must be."""
    from segmentation.model_store.catalog import list_models

    known = {each.name for each in list_models()}
    numbered = (f"{name}-{number}" for number in range(2, 10_000))
    return next(each for each in (name, *numbered) if each not in known)
