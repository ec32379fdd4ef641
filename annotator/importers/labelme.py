"""labelme files: cracks as masks, polygons or lines, and boxes as rectangles."""

import base64
import binascii
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError
from annotator.importers.annotation import (
    Annotation,
    Found,
    ParsedBox,
    ParsedImage,
    ParseOptions,
    Size,
)
from annotator.importers.boxes import box_of
from annotator.importers.json_annotations import JsonFile, annotations_in
from annotator.importers.json_files import is_object, json_files, objects_in, size_in
from annotator.storage.labelme_polygons import drawn

_LINES = {"linestrip", "line"}


def is_labelme(value: Any) -> bool:
    """Tell whether the content of a JSON file looks like labelme."""
    return is_object(value) and "shapes" in value and "imagePath" in value


def find_labelme(path: Path, options: ParseOptions) -> Found:
    """Yield the image of a file, or of each file in a folder."""

    def refusal(value: Any) -> str:
        return "" if is_labelme(value) else 'is no labelme file: it lacks "shapes".'

    def annotate(found: JsonFile) -> Annotation:
        found.value.pop("imageData", None)  # a photograph, perhaps; the project has its own
        names = found.names(found.beside(found.value["imagePath"]))
        return Annotation(found.file, names, partial(_read, found.file, found.value, options))

    return annotations_in(path, json_files(path), refusal, annotate)


def _read(file: Path, value: dict[str, Any], options: ParseOptions, size: Size) -> ParsedImage:
    size = size_in(value.get("imageWidth"), value.get("imageHeight")) or size
    objects: dict[Any, list[MaskPatch]] = {}
    boxes: list[ParsedBox] = []
    notes: list[str] = []
    for number, shape in enumerate(objects_in(value["shapes"])):
        label = str(shape.get("label", ""))
        kind = str(shape.get("shape_type") or "polygon")
        if kind == "rectangle" and (box := box_of(shape.get("points"))) is not None:
            boxes.append(ParsedBox(box, label))
        elif not options.is_crack(label):
            notes.append(f"the {kind} {label!r} is no crack by its name and was left out.")
        elif (patch := _patch(file, kind, shape, size)) is not None:
            # Parts of one object are united by their group.
            group = shape.get("group_id")
            objects.setdefault(("single", number) if group is None else group, []).append(patch)
        else:
            notes.append(f"a shape of the kind {kind!r} was left out.")
    masks = tuple(_united(patches) for patches in objects.values())
    return ParsedImage(size, masks, tuple(boxes), notes=tuple(notes))


def _patch(file: Path, kind: str, shape: dict[str, Any], size: Size) -> MaskPatch | None:
    """Return the pixels of a shape, None for a kind that has none."""
    if kind not in {"polygon", "mask", *_LINES}:
        return None
    try:
        points = np.array(shape.get("points"), np.float64)
        if points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
            raise ValueError("its points are no list of [x, y]")
        if kind == "polygon":
            return drawn(points, size)
        return _line(points, size) if kind in _LINES else _mask(points, shape.get("mask"))
    except (TypeError, ValueError, OSError) as error:
        raise AnnotatorError(f"{file}: a {kind} cannot be read: {error}.") from error


def _line(points: NDArray[np.float64], size: Size) -> MaskPatch:
    """Draw a line one pixel wide: the file does not know its width."""
    import cv2

    data = np.zeros((size[1], size[0]), np.uint8)
    pixels = np.floor(np.clip(points, -1, np.array(size))).astype(np.int32)
    cv2.polylines(data, [pixels[:, None]], isClosed=False, color=1)
    return MaskPatch(0, 0, data).tight()


def _mask(points: NDArray[np.float64], encoded: Any) -> MaskPatch:
    if not isinstance(encoded, str):
        raise ValueError("it has no mask")
    try:
        content = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError(f"its mask is not in base64 ({error})") from error
    with Image.open(BytesIO(content), formats=["PNG"]) as picture:
        data = np.asarray(picture.convert("L")) != 0
    x, y = np.rint(points[0]).astype(int).tolist()
    return MaskPatch(x, y, data.astype(np.uint8))


def _united(patches: list[MaskPatch]) -> MaskPatch:
    """Return the union of patches, which may lie anywhere."""
    boxes = np.array([patch.box for patch in patches])
    x0, y0 = boxes[:, :2].min(axis=0).tolist()
    x1, y1 = boxes[:, 2:].max(axis=0).tolist()
    data = np.zeros((y1 - y0, x1 - x0), np.uint8)
    for patch in patches:
        left, top, right, bottom = patch.box
        data[top - y0 : bottom - y0, left - x0 : right - x0] |= patch.data
    return MaskPatch(x0, y0, data)
