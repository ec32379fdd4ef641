"""Records of the command "trace" of this program: courses, and the mask beside them."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError
from annotator.importers.annotation import (
    Annotation,
    Found,
    ParsedImage,
    ParseOptions,
    Size,
)
from annotator.importers.json_annotations import JsonFile, annotations_in
from annotator.importers.json_files import (
    is_object,
    json_files,
    object_in,
    objects_in,
    size_in,
)
from annotator.storage.mask_io import load_mask

_TEXTS = ("parameters", "seconds", "width_px")


def is_traces(value: Any) -> bool:
    """Tell whether the content of a JSON file is a record of traces."""
    return is_object(value) and "image" in value and ("centerline" in value or "cracks" in value)


def find_traces(path: Path, options: ParseOptions) -> Found:
    """Yield the image of a record, or of each record in a folder."""
    del options

    def refusal(value: Any) -> str:
        return "" if is_traces(value) else 'is no record of traces: it lacks "centerline".'

    def annotate(found: JsonFile) -> Annotation:
        image = object_in(found.value["image"])
        names = found.names(found.beside(image.get("file")))
        size = size_in(image.get("width"), image.get("height"))
        return Annotation(found.file, names, partial(_read, found.file, found.value, size))

    return annotations_in(path, json_files(path), refusal, annotate)


def _read(file: Path, value: dict[str, Any], stated: Size | None, size: Size) -> ParsedImage:
    records = objects_in(value["cracks"]) if "cracks" in value else [value]
    try:
        courses = tuple(_course(record) for record in records)
    except (KeyError, TypeError, ValueError) as error:
        raise AnnotatorError(f"{file} is no complete record of a trace ({error}).") from error
    size = stated or size
    return ParsedImage(size, _mask_beside(file, size), courses=courses)


def _mask_beside(file: Path, size: Size) -> tuple[MaskPatch, ...]:
    """Return the mask that the command wrote with the record, if it is there."""
    path = file.with_suffix(".png")
    if not path.is_file():
        return ()
    mask = load_mask(path)
    return (MaskPatch(0, 0, mask),) if mask.shape == (size[1], size[0]) else ()


def _course(record: dict[str, Any]) -> CrackPath:
    line, halves = _points(record, "centerline"), _points(record, "half_widths")
    confidence = np.array(record["confidence"], np.float64)
    visible = np.array(record["edge_visible"], bool)
    if not len(line) == len(halves) == len(confidence) == len(visible) or (halves < 0).any():
        raise ValueError("its lists do not belong together")
    facts = {key: record.get(key) for key in _TEXTS}
    if not all(is_object(fact) for fact in facts.values()):
        raise ValueError(f"it lacks one of {', '.join(_TEXTS)}")
    return CrackPath(
        waypoints=_points(record, "waypoints"),
        centerline=line,
        half_widths=halves,
        confidence=confidence,
        edge_visible=visible,
        length_px=float(record["length_px"]),
        width_px={str(key): float(each) for key, each in record["width_px"].items()},
        parameters=record["parameters"],
        seconds={str(key): float(each) for key, each in record["seconds"].items()},
        notes=tuple(str(note) for note in record.get("notes", ())),
    )


def _points(record: dict[str, Any], key: str) -> NDArray[np.float64]:
    points = np.array(record[key], np.float64)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(f'"{key}" is no list of pairs')
    if not np.isfinite(points).all():
        raise ValueError(f'"{key}" holds what is no number')
    return points
