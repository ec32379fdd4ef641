"""The JSON that lies beside a photograph of the CSB data set, the predecessor's own layout.

Points are (x, y), pixels [row, column], all of the upright image. As in the predecessor, tracks
count from the center of the first pixel, end points and boxes from its outer corner, half a pixel
further: that is where the two differ from a `CrackPath` and its waypoints.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.document.bounding_box import BOX_CLASSES, BoundingBox
from annotator.document.crack_path import CrackPath
from annotator.document.image_content import ImageContent

CORNER_SHIFT = 0.5
"""From coordinates that count from the center of a pixel to those that count from its corner."""

_DECIMALS = 3
_NUMBERS: Mapping[str, int] = {item.name: item.number for item in BOX_CLASSES}


def annotation_json(
    image_name: str,
    content: ImageContent,
    mask: NDArray[np.uint8],
    numbers: Mapping[str, int] = _NUMBERS,
) -> str:
    """Return the annotation of an image whose cracks unite to ``mask`` as JSON text.

    Cracks that were never traced have pixels, but neither end points nor a track. What is empty is
    a list, as the predecessor writes it.
    """
    paths = [crack.path for crack in content.cracks if crack.path is not None]
    annotations: dict[str, Any] = {
        "cracks end-points": {str(n): _ends(path) for n, path in enumerate(paths)} or [],
        "crack_pixels": np.stack(np.nonzero(mask), axis=1).tolist(),
        "tracks": {str(n): _track(path) for n, path in enumerate(paths)} or [],
        "box": {
            str(n): _box(box, numbers) for n, box in enumerate(content.boxes, start=1)
        },
    }  # fmt: skip
    record = {"image_name": image_name, "annotations": annotations}
    return json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def annotated_mask(path: Path, shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the 0/1 mask of (height, width) that a file of this layout holds."""
    record: Any = json.loads(path.read_text("utf-8"))
    mask = np.zeros(shape, np.uint8)
    pixels = np.array(record["annotations"]["crack_pixels"], np.int64).reshape(-1, 2)
    mask[pixels[:, 0], pixels[:, 1]] = 1
    return mask


def class_numbers(names: Iterable[str], own: Mapping[str, int]) -> dict[str, int]:
    """Return the number of each class of boxes; names without one follow in alphabetical order."""
    numbers = {**_NUMBERS, **own}
    for name in sorted(set(names) - numbers.keys()):
        numbers[name] = max(numbers.values()) + 1
    return numbers


def _ends(path: CrackPath) -> list[list[float]]:
    return (path.waypoints[[0, -1]] + CORNER_SHIFT).round(_DECIMALS).tolist()


def _track(path: CrackPath) -> list[list[float]]:
    return path.centerline.T.round(_DECIMALS).tolist()


def _box(box: BoundingBox, numbers: Mapping[str, int]) -> dict[str, Any]:
    x0, y0, x1, y1 = box.box
    return {"bounding_box": [[x0, y0], [x1, y1]], "class": numbers[box.class_name]}
