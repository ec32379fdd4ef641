"""Lists of cracks to trace: JSON lines, a crack each, checked before anything runs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from annotator.errors import AnnotatorError
from annotator.storage.names import safe_mask_name

Point = tuple[float, float]

_FAR = 1e9  # px; no image is that large


@dataclass(frozen=True, slots=True)
class BatchItem:
    """A crack to trace: its line in the list, its image, its mask and the points in order."""

    line: int
    image: str
    mask: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line was skipped."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class BatchList:
    """The lines of a list that can be used, in their order, and what is wrong with the others."""

    items: tuple[BatchItem, ...]
    problems: tuple[LineProblem, ...]

    def by_mask(self) -> list[list[BatchItem]]:
        """Group the items by mask, in the order in which the masks appear first."""
        groups: dict[str, list[BatchItem]] = {}
        for item in self.items:
            groups.setdefault(item.mask, []).append(item)
        return list(groups.values())


def read_items(path: Path, *, needs_masks: bool = True) -> BatchList:
    """Read a list; bad lines become problems, an unreadable file an AnnotatorError.

    Where masks are not needed, lines without one are grouped by image.
    """
    items: list[BatchItem] = []
    problems: list[LineProblem] = []
    first_of: dict[str, BatchItem] = {}
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            item = _item(number, line, needs_masks)
            _check_mask_is_alone(item, first_of.setdefault(item.mask.casefold(), item))
        except AnnotatorError as error:
            problems.append(LineProblem(number, error.text))
        else:
            items.append(item)
    return BatchList(tuple(items), tuple(problems))


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        # PowerShell writes UTF-16, Windows editors put a mark before UTF-8.
        encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise AnnotatorError(f"{path} is not a text file in UTF-8; save it as UTF-8.") from error
    except FileNotFoundError as error:
        raise AnnotatorError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise AnnotatorError(f"{path} cannot be read ({reason}); choose another file.") from error


def _item(number: int, line: str, needs_masks: bool) -> BatchItem:
    try:
        entry: Any = json.loads(line)
    except ValueError as error:
        raise AnnotatorError("this is not JSON; write one object {...} a line.") from error
    if not isinstance(entry, dict):
        raise AnnotatorError("this is not a JSON object; write one object {...} a line.")
    values = cast("dict[str, Any]", entry)
    for key in ("image", "mask", "from", "to") if needs_masks else ("image", "from", "to"):
        if key not in values:
            raise AnnotatorError(f'"{key}" is missing.')
    via: Any = values.get("via") or []
    if not isinstance(via, list):
        raise AnnotatorError('"via" must be a list of points [[x, y], ...].')
    between = [_point("via", value) for value in cast("list[Any]", via)]
    points = (_point("from", values["from"]), *between, _point("to", values["to"]))
    image = _name("image", values["image"])
    if "mask" not in values:
        return BatchItem(number, image, f"{image}\n", points)  # no mask of a list is called so
    return BatchItem(number, image, safe_mask_name(_name("mask", values["mask"])), points)


def _name(key: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise AnnotatorError(f'"{key}" must be a file name.')
    return value


def _point(key: str, value: Any) -> Point:
    if isinstance(value, list):
        numbers = cast("list[Any]", value)
        if len(numbers) == 2 and all(_is_coordinate(number) for number in numbers):
            return float(numbers[0]), float(numbers[1])
    raise AnnotatorError(f'"{key}" must be a point [x, y] of two numbers.')


def _is_coordinate(value: Any) -> bool:
    # bool is an int to Python, NaN a number to its JSON reader; the limit keeps an int of 400
    # digits out, which no float holds.
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and -_FAR < value < _FAR  # False for NaN
    )


def _check_mask_is_alone(item: BatchItem, first: BatchItem) -> None:
    if item.mask != first.mask:
        raise AnnotatorError(
            f"mask {item.mask!r} differs from {first.mask!r} in line {first.line} only in upper "
            "and lower case, which is one file on Windows; rename it."
        )
    if item.image != first.image:
        raise AnnotatorError(
            f"mask {item.mask!r} belongs to image {first.image!r} since line {first.line}; "
            f"give image {item.image!r} another mask."
        )
