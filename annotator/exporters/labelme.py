"""labelme: a JSON beside each photograph, in images/.

A crack is a shape of the kind "mask", which keeps holes; or polygons without holes, through the
centers of the outermost pixels, with the number of the crack as their group: labelme makes exactly
the annotated mask of either. Boxes are rectangles. Coordinates count from the outer corner of the
first pixel, as labelme draws them; the corners of a mask are pixels, both inclusive.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import FINISHED, ImageState
from annotator.document.mask import MaskPatch, union_mask
from annotator.errors import AnnotatorError
from annotator.exporters.annotated_images import write_images
from annotator.exporters.frame import ExportRun, export_with
from annotator.exporters.image_files import (
    as_8_bit,
    encoded_png,
    mask_digest,
    place_photograph,
)
from annotator.exporters.selection import SourceImage
from annotator.storage.image_io import load_image
from annotator.storage.labelme_polygons import drawn, labelme_polygons
from annotator.storage.project_store import ProjectStore

IMAGES = "images"
LABEL = "crack"
FORMAT_VERSION = "5.5.0"
"""Of labelme, the oldest whose files have all that is written here."""

LabelmeShapes = Literal["masks", "polygons"]

_SHOWN_MODES = {"1", "L", "P", "RGB", "RGBA", "LA", "PA"}


@dataclass(frozen=True, slots=True)
class LabelmeOptions:
    """Options of the export."""

    states: tuple[ImageState, ...] = FINISHED
    shapes: LabelmeShapes = "masks"

    def __post_init__(self) -> None:
        if self.shapes not in get_args(LabelmeShapes):
            known = " or ".join(get_args(LabelmeShapes))
            raise AnnotatorError(f"labelme knows no shapes {self.shapes!r}; use {known}.")


class _Labelme:
    """The export under way; of the masks only digests are kept."""

    def __init__(self, store: ProjectStore, options: LabelmeOptions) -> None:
        self._store = store
        self._options = options
        self._masks: list[tuple[str, bytes]] = []

    def write(self, run: ExportRun) -> None:
        def write_image(image: SourceImage, content: ImageContent) -> None:
            name = place_photograph(run, image, IMAGES)
            annotation = f"{IMAGES}/{image.stem}.json"
            run.write(annotation, self._json(run, name, image, content))
            run.count("cracks", len(content.cracks))
            run.count("boxes", len(content.boxes))
            self._masks.append((annotation, mask_digest(union_mask(content.cracks, image.shape))))

        write_images(self._store, run, self._options.states, write_image)

    def verify(self, run: ExportRun) -> None:
        for index, (annotation, digest) in enumerate(self._masks):
            run.progress(index / len(self._masks), f"Reading back {annotation}")
            record = json.loads((run.folder / annotation).read_text("utf-8"))
            if mask_digest(_united(record)) != digest:
                run.mismatch(f"{annotation} does not hold the annotated pixels; export again.")

    def _json(self, run: ExportRun, name: str, image: SourceImage, content: ImageContent) -> str:
        shapes = [
            shape
            for group, crack in enumerate(content.cracks, start=1)
            for shape in self._crack_shapes(crack, group)
        ]
        record: dict[str, Any] = {
            "version": FORMAT_VERSION,
            "flags": {},
            "shapes": [*shapes, *map(_box_shape, content.boxes)],
            "imagePath": name.rpartition("/")[2],
            "imageData": _embedded(run, run.folder / name),
            "imageHeight": image.size[1],
            "imageWidth": image.size[0],
        }
        return json.dumps(record, ensure_ascii=False, allow_nan=False, indent=1) + "\n"

    def _crack_shapes(self, crack: Crack, group: int) -> Iterator[dict[str, Any]]:
        patch = crack.mask_patch().tight()
        if not patch.data.size:
            return
        if self._options.shapes == "masks":
            x0, y0, x1, y1 = patch.box
            corners = [[float(x0), float(y0)], [x1 - 1.0, y1 - 1.0]]
            encoded = base64.b64encode(_mask_png(patch.data)).decode()
            yield _shape("mask", LABEL, corners, group, crack.source) | {"mask": encoded}
            return
        for points in labelme_polygons(patch):
            yield _shape("polygon", LABEL, points.tolist(), group, crack.source)


export_labelme = export_with(_Labelme)
"""Export each photograph with a file that labelme opens."""


def _shape(
    kind: str, label: str, points: list[list[float]], group: int | None, description: str
) -> dict[str, Any]:
    return {
        "label": label,
        "points": points,
        "group_id": group,
        "description": description,
        "shape_type": kind,
        "flags": {},
        "mask": None,
    }


def _box_shape(box: BoundingBox) -> dict[str, Any]:
    x0, y0, x1, y1 = box.box
    return _shape(
        "rectangle", box.class_name, [[float(x0), float(y0)], [float(x1), float(y1)]], None, ""
    )


def _mask_png(mask: NDArray[np.uint8]) -> bytes:
    encoded = BytesIO()
    Image.fromarray(mask != 0).save(encoded, format="PNG")
    return encoded.getvalue()


def _embedded(run: ExportRun, path: Path) -> str | None:
    """Return an 8 bit copy of a photograph that labelme would not open, None for all others."""
    try:
        with Image.open(path) as picture:
            is_shown = picture.mode in _SHOWN_MODES
    except UnidentifiedImageError:
        is_shown = False
    if is_shown:
        return None
    run.listed.append(
        f"{path.name} cannot be opened by labelme itself; its annotation holds a copy of 8 bit."
    )
    return base64.b64encode(encoded_png(as_8_bit(load_image(path).pixels))).decode()


def _united(record: Any) -> NDArray[np.uint8]:
    """Return the mask of all cracks of a file."""
    size = record["imageWidth"], record["imageHeight"]
    mask = np.zeros(size[::-1], np.uint8)
    for shape in record["shapes"]:
        patch = _patch(shape, size)
        x0, y0, x1, y1 = patch.box
        mask[y0:y1, x0:x1] |= patch.data
    return mask


def _patch(shape: Any, size: tuple[int, int]) -> MaskPatch:
    if shape["shape_type"] == "polygon":
        return drawn(np.array(shape["points"]), size)
    if shape["shape_type"] == "mask":
        with Image.open(BytesIO(base64.b64decode(shape["mask"]))) as picture:
            x, y = (int(value) for value in shape["points"][0])
            return MaskPatch(x, y, np.asarray(picture).astype(np.uint8))
    return MaskPatch(0, 0, np.zeros((0, 0), np.uint8))
