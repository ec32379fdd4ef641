"""The predecessor's JSON, also as it lies beside the photographs of the CSB data set."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from annotator.document.image_state import Subset
from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError
from annotator.importers.annotation import (
    Annotation,
    Found,
    ParsedBox,
    ParsedImage,
    ParseOptions,
    Size,
    Track,
)
from annotator.importers.boxes import box_of
from annotator.importers.json_annotations import JsonFile, annotations_in
from annotator.importers.json_files import (
    is_object,
    json_files,
    object_in,
    objects_in,
    values_in,
)

_CSB_GROUPS: dict[str, Subset] = {
    "crack_train": "train",
    "nocrack_train": "train",
    "crack_test": "test",
    "nocrack_test": "test",
}
_PIXEL_KEYS = ("crack_pixels", "crack pixels")


def is_predecessor(value: Any) -> bool:
    """Tell whether the content of a JSON file looks like the predecessor's."""
    return is_object(value) and (
        any(key in value for key in _PIXEL_KEYS)
        or (is_object(value.get("annotations")) and bool({"image_name", "file_name"} & set(value)))
    )


def is_csb(path: Path) -> bool:
    """Tell whether a folder holds whole photographs in the layout of the CSB data set."""
    return path.is_dir() and next(_csb_folders(path), None) is not None


def find_predecessor(path: Path, options: ParseOptions) -> Found:
    """Yield the image of a file, or of each file of the predecessor in a folder."""
    del options
    return _annotations(path, json_files(path))


def find_csb(path: Path, options: ParseOptions) -> Found:
    """Yield the images of a CSB data set, with their side of the split."""
    del options
    files = [file for folder in _csb_folders(path) for file in json_files(folder)]
    if not files:
        names = ", ".join(_CSB_GROUPS)
        raise AnnotatorError(
            f"{path} is no CSB data set: there are no JSON files in folders called {names}."
        )
    return _annotations(path, files)


def _csb_folders(path: Path) -> Iterator[Path]:
    folders = (path, *sorted(each for each in path.rglob("*") if each.is_dir()))
    return (folder for folder in folders if folder.name.casefold() in _CSB_GROUPS)


def _annotations(path: Path, files: Sequence[Path]) -> Found:
    def refusal(value: Any) -> str:
        is_it = is_predecessor(value)
        return "" if is_it else 'is no file of the predecessor: it lacks "crack_pixels".'

    def annotate(found: JsonFile) -> Annotation:
        # Its own name lacks what follows a first dot, so that the stated one comes first.
        return Annotation(
            file=found.file,
            names=found.names(found.value.get("image_name") or found.value.get("file_name")),
            read=partial(_read, found.file, found.value),
            subset=_CSB_GROUPS.get(found.file.parent.name.casefold(), "auto"),
        )

    return annotations_in(path, files, refusal, annotate)


def _read(file: Path, value: dict[str, Any], size: Size) -> ParsedImage:
    parts = value | object_in(value.get("annotations"))
    try:
        masks = _masks(next((parts[key] for key in _PIXEL_KEYS if key in parts), ()), size)
        tracks = tuple(_track(each) for each in values_in(parts.get("tracks")))
    except (TypeError, ValueError, OverflowError) as error:
        raise AnnotatorError(f"{file} cannot be read: {error}.") from error
    boxes: list[ParsedBox] = []
    notes: list[str] = []
    for item in objects_in(parts.get("box")):
        box, number = box_of(item.get("bounding_box")), item.get("class")
        if box is None or not isinstance(number, int):
            notes.append("a box has no corners or no class and was left out.")
        else:
            boxes.append(ParsedBox(box, class_number=number))
    return ParsedImage(None, masks, tuple(boxes), tracks=tracks, notes=tuple(notes))


def _masks(pixels: Any, size: Size) -> tuple[MaskPatch, ...]:
    places = np.array(pixels, np.float64)
    if not places.size:
        return ()
    if places.ndim != 2 or places.shape[1] != 2 or not np.isfinite(places).all():
        raise ValueError("its crack pixels are no list of [row, column]")
    rows, columns = np.rint(places).astype(np.int64).T
    if min(rows.min(), columns.min()) < 0 or rows.max() >= size[1] or columns.max() >= size[0]:
        raise ValueError(
            f"it has crack pixels at column {columns.max()} and row {rows.max()}, but the image "
            f"has {size[0]} x {size[1]} pixels"
        )
    x, y = int(columns.min()), int(rows.min())
    data = np.zeros((int(rows.max()) - y + 1, int(columns.max()) - x + 1), np.uint8)
    data[rows - y, columns - x] = 1
    return (MaskPatch(x, y, data),)


def _track(value: Any) -> Track:
    track = np.array(value, np.float64)
    if track.ndim != 2 or len(track) != 2 or not np.isfinite(track).all():
        raise ValueError("a track is no pair of lists [x, ...], [y, ...]")
    return np.ascontiguousarray(track.T)
