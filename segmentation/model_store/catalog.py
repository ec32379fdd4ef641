"""Where models are: those that come with the program, the user's own, and any other folder."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from segmentation.durable_files import PART_PREFIX, write_folder
from segmentation.model_store.card import CARD, WEIGHTS, ModelCard, ModelError, read_card

BUNDLED: Final = ("default", "research")
"""Names of the models that come with the program."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_IN_RUN: Final = "model"


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as lists show it.

    Attributes
    ----------
    name
        That `find_model` takes.
    folder
        Where it is, or would be.
    kind
        Whether it comes with the program or is the user's.
    card
        None if it cannot be read.
    problem
        Why not, a sentence; empty if it can.
    """

    name: str
    folder: Path
    kind: Literal["bundled", "user"]
    card: ModelCard | None
    problem: str = ""


def bundled_models_folder() -> Path:
    """Return the folder of the models that come with the program."""
    return Path(str(files("resources"))) / "models"


def user_models_folder() -> Path:
    """Return the folder of the user's own models; it need not exist."""
    from platformdirs import user_data_path

    return user_data_path("crack-annotator", appauthor=False) / "models"


def find_model(name_or_folder: str | Path) -> Path:
    """Return the folder of a model.

    Parameters
    ----------
    name_or_folder
        "default" or "research"; the name of one of the user's models; or a folder, of a model or
        of a training run that has made one. A name goes before a folder of that name; write
        ``./name`` for the folder.

    Raises
    ------
    ModelError
        There is no such model.
    """
    text = str(name_or_folder)
    if isinstance(name_or_folder, str) and _NAME.fullmatch(text):
        if text in BUNDLED:
            return _bundled(text)
        own = user_models_folder() / text
        if own.is_dir():
            return own
    folder = Path(name_or_folder).expanduser()
    if not (folder / CARD).is_file() and (folder / _IN_RUN / CARD).is_file():
        return folder / _IN_RUN
    if not folder.exists():
        raise ModelError(_unknown(text))
    return folder


def list_models() -> list[ListedModel]:
    """Return the models that come with the program, then the user's by name."""
    listed = [_listed(name, bundled_models_folder() / name, "bundled") for name in BUNDLED]
    return listed + [_listed(path.name, path, "user") for path in _own_folders()]


def install_model(folder: Path, name: str) -> Path:
    """Copy a model into the user's models and return where it is now.

    Its card is checked, its weights are copied as they are.

    Raises
    ------
    ModelError
        It is not a model, or the name is taken or not one.
    segmentation.durable_files.NotSavedError
        The disk is full, or writing is not permitted.
    """
    read_card(folder)
    target = user_models_folder() / checked_name(name)
    if target.exists():
        raise ModelError(
            f"There is a model {name!r} already, in {target}; choose another name with --name, "
            "or remove that one first."
        )
    if not (folder / WEIGHTS).is_file():
        raise ModelError(f"The model in {folder} has no {WEIGHTS}; copy the model anew.")

    def copied(file: Path) -> None:
        shutil.copyfile(folder / file.name, file)

    write_folder(target, {WEIGHTS: copied, CARD: copied})
    return target


def remove_model(name: str) -> Path:
    """Remove one of the user's models and return where it was.

    Raises
    ------
    ModelError
        It is not among the user's models, or may not be removed.
    """
    if name in BUNDLED:
        raise ModelError(f"{name} comes with the program and cannot be removed.")
    folder = user_models_folder() / name
    if not _NAME.fullmatch(name) or not folder.is_dir():
        own = ", ".join(path.name for path in _own_folders()) or "none"
        raise ModelError(f"There is no model {name!r} of yours to remove; you have {own}.")
    doomed = folder.with_name(f"{PART_PREFIX}{name}")  # it is gone at once or not at all
    shutil.rmtree(doomed, ignore_errors=True)  # what an earlier removal left
    try:
        folder.rename(doomed)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"{folder} was not removed ({reason}); check its permissions.") from error
    shutil.rmtree(doomed, ignore_errors=True)
    return folder


def checked_name(name: str) -> str:
    """Return a name for one of the user's models if it can be one.

    Raises
    ------
    ModelError
        It has other characters than a folder can have everywhere, or is that of a bundled model.
    """
    if name in BUNDLED:
        raise ModelError(f"{name} is the name of a model that comes with the program; use another.")
    if not _NAME.fullmatch(name) or name.endswith("."):
        raise ModelError(
            f"{name!r} cannot be the name of a model: use letters, digits, dots, hyphens and "
            "underscores, beginning with a letter or a digit. Choose another with --name."
        )
    return name


def _bundled(name: str) -> Path:
    folder = bundled_models_folder() / name
    if not (folder / CARD).is_file():
        raise ModelError(
            f"The model {name!r} is not part of this installation ({folder} has no {CARD}); "
            "install the program anew, or name the folder of another model."
        )
    return folder


def _own_folders() -> Iterator[Path]:
    folder = user_models_folder()
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def _listed(name: str, folder: Path, kind: Literal["bundled", "user"]) -> ListedModel:
    try:
        card = read_card(_bundled(name) if kind == "bundled" else folder)
    except ModelError as error:
        return ListedModel(name, folder, kind, None, str(error))
    return ListedModel(name, folder, kind, card)


def _unknown(name: str) -> str:
    known = [*BUNDLED, *(path.name for path in _own_folders())]
    close = get_close_matches(name, known, n=1)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    return (
        f"There is no model {name!r}, and no such folder either. {hint}There are "
        f"{', '.join(known)}; or name the folder of a model."
    )
