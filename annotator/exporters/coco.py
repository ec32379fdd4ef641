"""COCO: cracks as instances in cracks.json, boxes in boxes.json, photographs in images/.

Boxes have a file of their own, because a reader of the instances would take their rectangles for
masks. Coordinates count from the outer corner of the first pixel, as COCO's do.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from annotator import __version__
from annotator.document.bounding_box import BOX_CLASSES, BoundingBox
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import FINISHED, ImageState
from annotator.document.mask import union_mask
from annotator.errors import AnnotatorError
from annotator.exporters.annotated_images import write_images
from annotator.exporters.frame import ExportRun, export_with
from annotator.exporters.image_files import mask_digest, place_photograph
from annotator.exporters.selection import SourceImage
from annotator.storage.coco_segmentation import (
    CocoShapes,
    patch_of_segmentation,
    segmentation_of,
)
from annotator.storage.project_store import ProjectStore

IMAGES, CRACKS_FILE, BOXES_FILE = "images", "cracks.json", "boxes.json"
BOX_SUPERCATEGORY = "bounding box"


@dataclass(frozen=True, slots=True)
class CocoOptions:
    """Options of the export."""

    states: tuple[ImageState, ...] = FINISHED
    shapes: CocoShapes = "rle"

    def __post_init__(self) -> None:
        if self.shapes not in get_args(CocoShapes):
            known = ", ".join(get_args(CocoShapes))
            raise AnnotatorError(f"COCO knows no shapes {self.shapes!r}; use one of {known}.")


class _Coco:
    """The export under way."""

    def __init__(self, store: ProjectStore, options: CocoOptions) -> None:
        self._store = store
        self._options = options
        self._images: list[dict[str, Any]] = []
        self._cracks: list[dict[str, Any]] = []
        self._boxes: list[dict[str, Any]] = []
        self._categories: dict[str, int] = {}
        self._masks: list[bytes] = []

    def write(self, run: ExportRun) -> None:
        own = [item["name"] for item in self._store.get("box_classes", [])]
        for name in (*(item.name for item in BOX_CLASSES), *own):
            self._category(name)
        write_images(self._store, run, self._options.states, self._writer(run))
        crack = {"id": 1, "name": "crack", "supercategory": "crack"}
        run.write(CRACKS_FILE, self._json("cracks", [crack], self._cracks))
        if self._boxes:
            categories = [
                {"id": number, "name": name, "supercategory": BOX_SUPERCATEGORY}
                for name, number in self._categories.items()
            ]
            run.write(BOXES_FILE, self._json("boxes", categories, self._boxes))

    def verify(self, run: ExportRun) -> None:
        record = json.loads((run.folder / CRACKS_FILE).read_text("utf-8"))
        by_image: dict[int, list[Any]] = {image["id"]: [] for image in record["images"]}
        for annotation in record["annotations"]:
            by_image[annotation["image_id"]].append(annotation)
        for index, image in enumerate(record["images"]):
            run.progress(index / len(self._images), f"Reading back {image['file_name']}")
            size = image["width"], image["height"]
            if mask_digest(_united(by_image[image["id"]], size)) != self._masks[index]:
                run.mismatch(f"{image['file_name']} does not have the annotated pixels.")

    def _writer(self, run: ExportRun) -> Any:
        def write_image(image: SourceImage, content: ImageContent) -> None:
            name = place_photograph(run, image, IMAGES)
            number = len(self._images) + 1
            width, height = image.size
            self._images.append({
                "id": number,
                "file_name": name.rpartition("/")[2],
                "width": width,
                "height": height,
            })  # fmt: skip
            for crack in content.cracks:
                self._cracks += self._instances(crack, number, image.shape)
            for box in content.boxes:
                self._boxes.append(self._box(box, number))
            self._masks.append(mask_digest(union_mask(content.cracks, image.shape)))
            run.counts |= {"cracks": len(self._cracks), "boxes": len(self._boxes)}

        return write_image

    def _instances(
        self, crack: Crack, image: int, shape: tuple[int, int]
    ) -> Iterator[dict[str, Any]]:
        """Yield the annotation of a crack, unless all of it was erased."""
        patch = crack.mask_patch().tight()
        if not patch.data.size:
            return
        x0, y0, x1, y1 = patch.box
        yield {
            "id": len(self._cracks) + 1,
            "image_id": image,
            "category_id": 1,
            "iscrowd": 0,
            "area": int(patch.data.sum()),
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            "segmentation": segmentation_of(patch, shape, self._options.shapes),
            "attributes": _attributes(crack),
        }

    def _box(self, box: BoundingBox, image: int) -> dict[str, Any]:
        x0, y0, x1, y1 = box.box
        return {
            "id": len(self._boxes) + 1,
            "image_id": image,
            "category_id": self._category(box.class_name),
            "iscrowd": 0,
            "area": (x1 - x0) * (y1 - y0),
            "bbox": [x0, y0, x1 - x0, y1 - y0],
            # Some readers fail without one.
            "segmentation": [[x0, y0, x1, y0, x1, y1, x0, y1]],
        }

    def _category(self, name: str) -> int:
        return self._categories.setdefault(name, len(self._categories) + 1)

    def _json(self, what: str, categories: list[Any], annotations: list[Any]) -> str:
        """Return a file with one line for each image and annotation."""
        info = {
            "description": f"{self._store.name}: {what}",
            "contributor": f"Crack Annotator {__version__}",
        }
        lists = {"categories": categories, "images": self._images, "annotations": annotations}
        parts = [f'"info": {_dumped(info)}', '"licenses": []']
        for key, values in lists.items():
            rows = ",\n".join(_dumped(value) for value in values)
            parts.append(f'"{key}": [\n{rows}\n]')
        return "{\n" + ",\n".join(parts) + "\n}\n"


export_coco = export_with(_Coco)
"""Export cracks as COCO instances; each crack is one, so that they may overlap."""


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _attributes(crack: Crack) -> dict[str, Any]:
    facts: dict[str, Any] = {"source": crack.source}
    if crack.path is not None:
        facts["length_px"] = round(crack.path.length_px, 3)
        facts["median_width_px"] = round(crack.path.width_px["median"], 3)
    return facts


def _united(annotations: list[Any], size: tuple[int, int]) -> NDArray[np.uint8]:
    mask = np.zeros((size[1], size[0]), np.uint8)
    for annotation in annotations:
        patch = patch_of_segmentation(annotation["segmentation"], size)
        x0, y0, x1, y1 = patch.box
        mask[y0:y1, x0:x1] |= patch.data
    return mask
