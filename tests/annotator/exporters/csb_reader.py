"""A reader of the CSB layout that knows the published layout and nothing of the exporter."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

GROUPS = ("crack_train", "nocrack_train", "crack_test", "nocrack_test")
IMAGE_ENDINGS = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp"}


def read_entire_images(root: Path) -> dict[str, dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Return for each group the pixels and the mask of each image, by its file name."""
    found = {}
    for group in GROUPS:
        folder = root / "entire images" / group
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        images = [
            file
            for file in files
            if file.suffix.lower() in IMAGE_ENDINGS and not file.name.startswith("._")
        ]
        found[group] = {file.name: (_pixels(file), _mask(file)) for file in images}
    return found


def read_patches(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the pixels and the mask of every patch in or below a folder, by its stem."""
    patches = {}
    for file in sorted(folder.rglob("*")):
        if file.suffix not in {".jpg", ".png"} or file.name.startswith("._"):
            continue
        if not file.stem.endswith("mask"):
            mask = _pixels(file.with_name(file.stem + "mask" + file.suffix))
            patches[file.stem] = _pixels(file), mask > 127
    return patches


def _pixels(file: Path) -> np.ndarray:
    with Image.open(file) as picture:
        return np.asarray(picture)


def _mask(file: Path) -> np.ndarray:
    record = json.loads(file.with_suffix(".json").read_text("utf-8"))
    pixels = record["crack pixels"] if "crack pixels" in record else _annotated(record)
    with Image.open(file) as picture:
        mask = np.zeros((picture.height, picture.width), bool)
    for row, column in pixels:
        mask[row, column] = True
    return mask


def _annotated(record: dict) -> list:
    annotations = record["annotations"]
    return annotations.get("crack_pixels", annotations.get("crack pixels", []))
