"""Trace records as strict JSON: no NaN, one key per line."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from annotator.storage.atomic import write_atomically


def save_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record as UTF-8 JSON, whole or not at all."""
    text = record_text(record)

    def write(file: BinaryIO) -> None:
        file.write(text.encode())

    write_atomically(path, write)


def record_text(record: Mapping[str, Any]) -> str:
    """Return a record as JSON; NaN and infinity become null."""
    lines = [f"  {_dump(key)}: {_dump(_strict(value))}" for key, value in record.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _strict(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _strict(item) for key, item in cast("Mapping[str, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_strict(item) for item in cast("list[Any]", value)]
    return value
