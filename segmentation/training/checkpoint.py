"""Checkpoints: a folder of tensors and JSON each, nothing in them is executed on loading.

A checkpoint appears under its name only when all of it is on the disk, and the two newest are
kept, so a run that is killed at any moment finds a whole one. The JSON file holds the hash of
the tensors: what is damaged later is passed over in favor of the older one.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, Literal

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from segmentation.durable_files import PART_PREFIX, write_folder

Series = Literal["last", "best"]

FORMAT: Final = 1
_KEPT: Final = 2
_TENSORS: Final = "tensors.safetensors"
_TABLE: Final = "state.json"
_TENSOR, _PAIRS, _TUPLE = "__tensor__", "__pairs__", "__tuple__"


class CheckpointError(Exception):
    """A checkpoint cannot be used; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What `load_checkpoint` found.

    Attributes
    ----------
    path
        Its folder.
    state
        As it was saved; tensors lie on the CPU.
    passed_over
        A sentence for each newer checkpoint that is damaged.
    """

    path: Path
    state: dict[str, Any]
    passed_over: tuple[str, ...] = ()


def save_checkpoint(folder: Path, series: Series, state: Mapping[str, Any]) -> Path:
    """Save a state as the newest of a series, then remove all but the two newest.

    Parameters
    ----------
    folder
        Of the run.
    series
        "last" to go on from, "best" to use.
    state
        Nested mappings, lists and tuples of tensors, numbers, texts and None.

    Returns
    -------
    Path
        The folder of the checkpoint.

    Raises
    ------
    segmentation.durable_files.NotSavedError
        The disk is full, or writing is not permitted; the earlier checkpoints are unchanged.
    """
    tensors: dict[str, Tensor] = {}
    table = _packed(state, tensors, "")
    present = _existing(folder, series)
    number = _number(present[-1]) + 1 if present else 1
    path = folder / "checkpoints" / f"{series}-{number:06d}"

    def write_tensors(target: Path) -> None:
        try:
            save_file(tensors, target)
        except SafetensorError as error:  # its text names the cause, its type does not
            raise _as_os_error(error) from error

    def write_table(target: Path) -> None:
        head = {
            "format": FORMAT,
            "versions": {name: version(name) for name in ("torch", "safetensors")},
            "sha256": _hash(target.with_name(_TENSORS)),
        }
        target.write_text(json.dumps(head | {"state": table}), "utf-8")

    write_folder(path, {_TENSORS: write_tensors, _TABLE: write_table})
    for old in present[: max(0, len(present) + 1 - _KEPT)]:
        _remove(old)
    return path


def load_checkpoint(folder: Path, series: Series = "last") -> Checkpoint | None:
    """Return the newest whole checkpoint of a series, or None if none was ever saved.

    Parameters
    ----------
    folder
        Of the run.
    series
        As for `save_checkpoint`.

    Raises
    ------
    CheckpointError
        There are checkpoints, but all are damaged, or the newest is of a newer format.
    """
    problems: list[str] = []
    for path in reversed(_existing(folder, series)):
        try:
            return Checkpoint(path, _load(path), tuple(problems))
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            problems.append(f"The checkpoint {path} is damaged ({error}) and is passed over.")
    if problems:
        raise CheckpointError(
            " ".join(problems) + " No older one is left; start again in another folder."
        )
    return None


def holds_run(folder: Path) -> bool:
    """Return whether a run has saved anything in a folder that it could go on from."""
    return bool(_existing(folder, "last"))


def remove_unfinished(folder: Path) -> None:
    """Remove what killed runs left half-written. Nobody else may write into the folder now."""
    for path in (folder / "checkpoints").glob(f"{PART_PREFIX}*"):
        _remove(path)


def _load(path: Path) -> dict[str, Any]:
    table = json.loads((path / _TABLE).read_text("utf-8"))
    if table["format"] > FORMAT:
        raise CheckpointError(
            f"The checkpoint {path} was written by a newer version of this program (format "
            f"{table['format']}, this one knows {FORMAT}); update the program."
        )
    if _hash(path / _TENSORS) != table["sha256"]:
        raise ValueError(f"{_TENSORS} is not what was written")
    return _unpacked(table["state"], load_file(path / _TENSORS))


def _existing(folder: Path, series: Series) -> list[Path]:
    """Return the checkpoints of a series, oldest first."""
    pattern = re.compile(rf"{series}-\d+")
    found = [each for each in (folder / "checkpoints").glob(f"{series}-*") if each.is_dir()]
    return sorted((each for each in found if pattern.fullmatch(each.name)), key=_number)


def _number(path: Path) -> int:
    return int(path.name.rsplit("-", 1)[1])


def _remove(path: Path) -> None:
    """Remove a folder so that a kill half-way leaves nothing that looks like a checkpoint."""
    doomed = path.with_name(f"{PART_PREFIX}{path.name}")
    try:
        path.rename(doomed)
    except OSError:
        doomed = path
    shutil.rmtree(doomed, ignore_errors=True)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _as_os_error(error: SafetensorError) -> OSError:
    found = re.search(r"os error (\d+)|code: (\d+)", str(error))
    number = int(found.group(1) or found.group(2)) if found else 0
    return OSError(number, str(error))


def _packed(value: Any, tensors: dict[str, Tensor], name: str) -> Any:
    """Return a state as JSON knows it; tensors go aside and leave their names."""
    if isinstance(value, Tensor):
        tensors[name] = value.detach().cpu().clone(memory_format=torch.contiguous_format)
        return {_TENSOR: name}
    if isinstance(value, Mapping):
        pairs = [[key, _packed(inner, tensors, f"{name}/{key}")] for key, inner in value.items()]
        is_plain = all(isinstance(key, str) for key, _ in pairs)
        return dict(pairs) if is_plain else {_PAIRS: pairs}
    if isinstance(value, list | tuple):
        items = [_packed(inner, tensors, f"{name}/{i}") for i, inner in enumerate(value)]
        return {_TUPLE: items} if isinstance(value, tuple) else items
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name} is a {type(value).__name__}, which a checkpoint cannot hold.")


def _unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_unpacked(inner, tensors) for inner in value]
    if not isinstance(value, dict):
        return value
    if _TENSOR in value:
        return tensors[value[_TENSOR]]
    if _PAIRS in value:
        return {key: _unpacked(inner, tensors) for key, inner in value[_PAIRS]}
    if _TUPLE in value:
        return tuple(_unpacked(value[_TUPLE], tensors))
    return {key: _unpacked(inner, tensors) for key, inner in value.items()}
