"""Frozen dataclasses that are read from TOML tables and checked by their annotations.

A field is annotated with ``bool``, ``int``, ``float``, ``str``, a ``Literal``, ``tuple[X, ...]``,
another record, or `Options` for values whose names are known elsewhere;
``Annotated[X, Range(low, high)]`` bounds numbers. None does not exist in TOML: what can be off
says in its description which value that is. Records that are written as JSON may have ``X | None``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    Self,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

Scalar = bool | int | float | str
OptionValue = Scalar | tuple[Scalar, ...]
Options = Mapping[str, OptionValue]
"""Values by name; who uses them checks them with `read_record`."""

Table = dict[str, Any]
"""A TOML table as `tomllib` gives it."""

_T = TypeVar("_T")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_KIND_NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a number, both included."""

    low: float
    high: float


class Record:
    """Base of the frozen dataclasses here: checks every field when it is made.

    Raises
    ------
    ValueError
        A field has the wrong kind or lies outside its range; the message names it.
    """

    __slots__ = ()

    def __post_init__(self) -> None:
        """Check each field against its annotation."""
        for name, form in field_forms(type(self)).items():
            convert(form, getattr(self, name), name)

    @classmethod
    def from_table(cls, table: Mapping[str, object], where: str = "") -> Self:
        """Return the record of a TOML table, as `read_record` does."""
        return read_record(cls, table, where)


@cache
def field_forms(record: type) -> dict[str, Any]:
    """Return the resolved annotation of each field of a record, in order."""
    hints = get_type_hints(record, include_extras=True)
    return {item.name: hints[item.name] for item in fields(record)}


def read_record(record: type[_T], table: Mapping[str, object], where: str = "") -> _T:
    """Build a record from a table; fields that the table lacks keep their defaults.

    Parameters
    ----------
    record
        A dataclass whose fields are annotated as the module describes.
    table
        Values by field; lists become tuples, whole numbers become floats where one is due.
    where
        Dotted name of the table, which error messages begin with.

    Returns
    -------
    record
        The record.

    Raises
    ------
    ValueError
        A key is unknown, or a value is not what its field takes; the message names it.
    """
    forms = field_forms(record)
    unknown = [key for key in table if key not in forms]
    if unknown:
        known = ", ".join(forms) or "none"
        raise ValueError(f"{_dotted(where, unknown[0])} is not known; known here: {known}.")
    return record(**{key: convert(forms[key], table[key], _dotted(where, key)) for key in table})


def convert(form: Any, value: object, where: str) -> Any:
    """Return a value in the form that a field wants it.

    Raises
    ------
    ValueError
        The value does not fit; the message names ``where``, the value and what is allowed.
    """
    if get_origin(form) is Annotated:
        inner, bounds = get_args(form)
        return _bounded(convert(inner, value, where), bounds, where)
    if get_origin(form) in {Union, UnionType}:
        return None if value is None else convert(get_args(form)[0], value, where)
    if get_origin(form) is Literal:
        return _chosen(get_args(form), value, where)
    if get_origin(form) is tuple:
        return tuple(convert(get_args(form)[0], item, where) for item in _sequence(value, where))
    if form == Options:
        return _options(value, where)
    convert_one = _record if is_dataclass(form) else _scalar
    return convert_one(cast("Any", form), value, where)


def to_table(record: object) -> Table:
    """Return a record as nested plain values, tuples as lists."""
    return {name: _plain(getattr(record, name)) for name in field_forms(type(record))}


def write_toml(table: Mapping[str, Any]) -> str:
    """Return a table as TOML text; `tomllib` reads the same values back."""
    return "\n".join(_lines(table, "")).strip("\n") + "\n"


def _dotted(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _bounded(value: Any, bounds: Range, where: str) -> Any:
    numbers = cast("tuple[float, ...]", value if isinstance(value, tuple) else (value,))
    for number in numbers:
        if not bounds.low <= number <= bounds.high:
            raise ValueError(
                f"{where} is {number:g}; it must lie in {bounds.low:g} to {bounds.high:g}."
            )
    return cast("Any", value)


def _chosen(choices: tuple[object, ...], value: object, where: str) -> object:
    if value not in choices or isinstance(value, bool):
        allowed = ", ".join(str(choice) for choice in choices)
        raise ValueError(f"{where} is {value!r}; it must be one of {allowed}.")
    return value


def _sequence(value: object, where: str) -> list[object] | tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError(f"{where} is {value!r}; it must be a list.")
    return cast("list[object]", value)


def _options(value: object, where: str) -> dict[str, OptionValue]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} is {value!r}; it must be a table.")
    table = cast("Mapping[str, object]", value)
    return {key: _option(item, _dotted(where, key)) for key, item in table.items()}


def _option(value: object, where: str) -> OptionValue:
    if isinstance(value, bool | int | float | str):
        return value
    items = _sequence(value, where)
    if not all(isinstance(item, bool | int | float | str) for item in items):
        raise ValueError(f"{where} is {value!r}; a list may hold plain values only.")
    return tuple(cast("list[Scalar]", items))


def _record(form: type[_T], value: object, where: str) -> _T:
    if isinstance(value, form):
        return value
    if not isinstance(value, Mapping):
        raise ValueError(f"{where} is {value!r}; it must be a table.")
    return read_record(form, cast("Mapping[str, object]", value), where)


def _scalar(form: Any, value: object, where: str) -> Any:
    if form is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not form:
        raise ValueError(f"{where} is {value!r}; it must be {_KIND_NAMES[form]}.")
    return value


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return to_table(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in cast("Mapping[str, Any]", value).items()}
    return [_plain(item) for item in cast("Any", value)] if isinstance(value, tuple) else value


def _lines(table: Mapping[str, Any], name: str) -> list[str]:
    """Return the lines of a table: its own values first, then its tables under their headings."""
    nested: dict[str, Mapping[str, Any]] = {
        key: value for key, value in table.items() if isinstance(value, Mapping)
    }
    lines = [f"{_key(key)} = {_value(table[key])}" for key in table if key not in nested]
    for key, value in nested.items():
        heading = _dotted(name, _key(key))
        lines += ["", f"[{heading}]", *_lines(value, heading)]
    return lines


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _quoted(key)


def _quoted(text: str) -> str:
    # JSON leaves one character as it is that TOML does not allow.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(item) for item in cast("list[Any]", value)) + "]"
    return repr(value)
