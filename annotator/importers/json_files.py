"""Finding and reading JSON files whose content is not to be trusted."""

import json
from pathlib import Path
from typing import Any, TypeGuard, cast

from annotator.errors import AnnotatorError

LARGEST = 2_000_000_000
"""Bytes; a larger file is refused instead of filling the memory."""


def json_files(path: Path) -> list[Path]:
    """Return a file itself, or all JSON files below a folder, hidden ones left out."""
    if path.is_file():
        return [path]
    try:
        found = [
            file
            for file in path.rglob("*")
            if file.suffix.lower() == ".json"
            and not any(part.startswith(".") for part in file.relative_to(path).parts)
            and file.is_file()
        ]
    except OSError as error:
        raise AnnotatorError(
            f"The folder {path} cannot be read ({error.strerror or error}); check its permissions."
        ) from error
    return sorted(found)


def read_json(path: Path) -> Any:
    """Return the content of a file; raises AnnotatorError with one sentence."""
    try:
        if path.stat().st_size > LARGEST:
            raise AnnotatorError(f"{path} is larger than 2 GB; split it into several files.")
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise AnnotatorError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise AnnotatorError(f"{path} cannot be read ({reason}); check its permissions.") from error
    except UnicodeDecodeError as error:
        raise AnnotatorError(f"{path} is not in UTF-8; save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise AnnotatorError(
            f"{path} is not sound JSON ({error}); export it again from where it was made."
        ) from error


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Tell whether a value is a JSON object."""
    return isinstance(value, dict)


def object_in(value: Any) -> dict[str, Any]:
    """Return a value that is an object, an empty one for anything else."""
    return value if is_object(value) else {}


def values_in(value: Any) -> list[Any]:
    """Return the values of a list or an object; nothing of anything else."""
    if is_object(value):
        return list(value.values())
    return list(cast("list[Any]", value)) if isinstance(value, list) else []


def objects_in(value: Any) -> list[dict[str, Any]]:
    """Return the objects among the values of a list or an object."""
    return [item for item in values_in(value) if is_object(item)]


def size_in(width: Any, height: Any) -> tuple[int, int] | None:
    """Return a size that a file states, None where it states none."""
    if isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0:
        return width, height
    return None
