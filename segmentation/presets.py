"""Presets: complete training runs that say of every value where it comes from.

A preset is a TOML file of ``resources/presets``. Each value is written as
``{ value = ..., paper = "where the source says so" }``, or with ``chosen`` where the source is
silent, or ``deviating`` where we knowingly differ. ``extends`` names a preset to start from, and
``[variants.NAME]`` holds changes such as the rows of an ablation table; variants are not handed
on. Needs no torch.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, cast, get_args

from segmentation.config import RunConfig, flatten
from segmentation.toml_records import Table, read_record

OriginKind = Literal["paper", "chosen", "deviating"]

_OVERRIDDEN = "set for this run"
_NAMES_WITH_OPTIONS = ("model.name", "loss.name")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: the paper, our choice where it is silent, or against it."""

    kind: OriginKind
    note: str


@dataclass(frozen=True, slots=True)
class Preset:
    """A named training run.

    Attributes
    ----------
    name
        What `load_preset` takes, ``"preset"`` or ``"preset/variant"``.
    title
        One line for lists.
    reference
        The publication that "paper" means, empty for systems of our own.
    config
        The run.
    origins
        Origin of every value of the run, by dotted name.
    variants
        Title of each variant, by name.
    """

    name: str
    title: str
    reference: str
    config: RunConfig
    origins: Mapping[str, Origin]
    variants: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A preset file: its heads, values, their origins and the tables of its variants."""

    title: str
    reference: str
    values: dict[str, object]
    origins: dict[str, Origin]
    variants: dict[str, Table]


def preset_names() -> list[str]:
    """Return the names of all presets, variants not counted."""
    return sorted(
        entry.name.removesuffix(".toml")
        for entry in _folder().iterdir()
        if entry.name.endswith(".toml")
    )


def load_preset(name: str) -> Preset:
    """Read a preset.

    Parameters
    ----------
    name
        One of `preset_names`, with ``/variant`` behind it for one of its variants.

    Returns
    -------
    Preset
        The run and the origin of each of its values.

    Raises
    ------
    ValueError
        There is no such preset or variant, or its file is not what it should be.
    """
    base, _, variant = name.partition("/")
    sheet = _read_sheet(base)
    values, origins, title = dict(sheet.values), dict(sheet.origins), sheet.title
    if variant:
        if variant not in sheet.variants:
            known = ", ".join(sheet.variants) or "none"
            raise ValueError(f"The preset {base} has no variant {variant!r}; it has {known}.")
        changes = dict(sheet.variants[variant])
        title = f"{title}: {changes.pop('title')}"
        _take(changes, values, origins, name)
    config = RunConfig(preset=name).with_changes(values)
    variants = {key: str(table["title"]) for key, table in sheet.variants.items()}
    return Preset(name, title, sheet.reference, config, origins, variants)


def field_origins(config: RunConfig) -> dict[str, Origin]:
    """Return where each value of a run comes from, as reports state it.

    Parameters
    ----------
    config
        A run; where its values differ from those of its preset, what was "paper" has become
        "deviating", and the rest is "chosen".

    Returns
    -------
    dict
        Origin by dotted name, for every value but the preset's name.
    """
    before: dict[str, object] = {}
    known: Mapping[str, Origin] = {}
    if config.preset:
        preset = load_preset(config.preset)
        before, known = preset.config.values(), preset.origins
    origins: dict[str, Origin] = {}
    for name, value in config.values().items():
        origin = known.get(name)
        if origin is None or value != before.get(name):
            is_against = origin is not None and origin.kind != "chosen"
            origin = Origin("deviating" if is_against else "chosen", _OVERRIDDEN)
        origins[name] = origin
    origins.pop("preset")
    return origins


def load_config(file: Path) -> RunConfig:
    """Read the TOML file of a run.

    Parameters
    ----------
    file
        Its values replace those of the preset that its line ``preset = "..."`` names, or the
        defaults.

    Raises
    ------
    ValueError
        The file is not TOML, a key is unknown or a value does not fit; the message names both.
    OSError
        The file cannot be read.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        preset = table.get("preset", "")
        if not preset:
            return read_record(RunConfig, table)
        if not isinstance(preset, str):
            raise ValueError(f"preset is {preset!r}; it must be a text.")
        return load_preset(preset).config.with_changes(flatten(table))
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def _folder() -> Any:
    return files("resources") / "presets"


def _read_sheet(name: str) -> _Sheet:
    if name not in preset_names():
        raise ValueError(f"There is no preset {name!r}; there are {', '.join(preset_names())}.")
    table = tomllib.loads((_folder() / f"{name}.toml").read_text(encoding="utf-8"))
    title, reference = str(table.pop("title")), str(table.pop("reference", ""))
    base = str(table.pop("extends", ""))
    variants = cast("dict[str, Table]", table.pop("variants", {}))
    parent = _read_sheet(base) if base else _Sheet("", "", {}, {}, {})
    sheet = _Sheet(
        title,
        reference or parent.reference,
        dict(parent.values),
        dict(parent.origins),
        variants,
    )
    _take(table, sheet.values, sheet.origins, name)
    return sheet


def _take(table: Table, values: dict[str, object], origins: dict[str, Origin], preset: str) -> None:
    """Add the values of a table of ``{ value, paper | chosen | deviating }`` and their origins."""
    for name, entry in _entries(table, ""):
        kinds = [kind for kind in get_args(OriginKind) if kind in entry]
        if len(kinds) != 1 or len(entry) != 2 or not isinstance(entry[kinds[0]], str):
            raise ValueError(
                f"Preset {preset}: {name} must have a value and one of "
                f"{', '.join(get_args(OriginKind))} with a note."
            )
        if name in _NAMES_WITH_OPTIONS and values.get(name) != entry["value"]:
            _drop_options(name, values, origins)
        values[name] = entry["value"]
        origins[name] = Origin(kinds[0], str(entry[kinds[0]]))


def _drop_options(name: str, values: dict[str, object], origins: dict[str, Origin]) -> None:
    """Forget the options of a model or a loss that another one replaces."""
    prefix = f"{name.removesuffix('name')}options."
    for key in [key for key in values if key.startswith(prefix)]:
        del values[key], origins[key]


def _entries(table: Table, where: str) -> list[tuple[str, Table]]:
    found: list[tuple[str, Table]] = []
    for key, value in table.items():
        name = f"{where}.{key}" if where else key
        if not isinstance(value, dict):
            raise ValueError(f"{name} stands in a preset without its origin.")
        inner = cast("Table", value)
        found += [(name, inner)] if "value" in inner else _entries(inner, name)
    return found
