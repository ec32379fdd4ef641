"""Training images with masks from the lists of cracks and crack-free tiles on steel bridges.

    python tests/benchmarks/steel_labels.py ../shared/data OUT

The first folder holds the photographs as the lists name them (``FOLDER/images/IMAGE``). What is
written is ``OUT/train`` and ``OUT/test``, each with ``images`` and ``masks``, named
``PHOTOGRAPH_LEFT_TOP.png``: crops of up to 1024 px along the reviewed regions, and the tiles. The
folder is read as a source of data with::

    pairs:OUT?crack=255&unlabelled=128&group=(.+)_[0-9]+_[0-9]+$

Beside this script lie the lists, which hold nothing of the photographs but coordinates:

- ``steel_photographs.csv``: the part that each photograph belongs to;
- ``steel_training_cracks.jsonl``: a crack a line, traced from its clicks ``from``, ``via`` and
  ``to``; ``options`` replaces parameters of the tracing;
- ``steel_regions.csv``: boxes (right and bottom excluded) that were *reviewed*, in which what is
  not traced is no crack, and boxes in them that are *uncertain*;
- ``steel_tiles.csv``: squares without a crack.

Everything else is unlabelled.
"""

import argparse
import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.services.tracing import parameters_from, prepare, trace_crack
from annotator.storage.image_io import load_image

LISTS = Path(__file__).parent
BACKGROUND, UNLABELLED, CRACK = 0, 128, 255
CROP_SIDE = 1024
HELD_OUT = "TUe_steel_pseudoGT"

Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]
"""Left, top, right, bottom; the last two excluded."""


def table(name: str) -> list[dict[str, str]]:
    """Rows of one of the lists."""
    with (LISTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def training_cracks() -> list[dict[str, Any]]:
    """Clicks of the cracks that are traced."""
    text = (LISTS / "steel_training_cracks.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def regions(image: str, kind: str) -> list[Box]:
    """Boxes of a photograph that are "reviewed" or "uncertain"."""
    return [
        (int(row["left"]), int(row["top"]), int(row["right"]), int(row["bottom"]))
        for row in table("steel_regions.csv")
        if (row["image"], row["kind"]) == (image, kind)
    ]


def tiles(image: str) -> list[Box]:
    """Squares of a photograph without a crack."""
    rows = [row for row in table("steel_tiles.csv") if row["image"] == image]
    corners = [(int(row["left"]), int(row["top"]), int(row["side"])) for row in rows]
    return [(left, top, left + side, top + side) for left, top, side in corners]


def photograph_path(photographs: Path, image: str) -> Path:
    """Where a photograph lies."""
    return next(photographs.glob(f"TUe_steel_*/images/{image}"))


def traced(pixels: Pixels, cracks: list[dict[str, Any]]) -> NDArray[np.bool_]:
    """Mask of the cracks of a photograph."""
    mask = np.zeros(pixels.shape[:2], bool)
    prepared = prepare(pixels)
    for crack in cracks:
        clicks = [crack["from"], *crack.get("via", []), crack["to"]]
        parameters = parameters_from(**crack.get("options", {}))
        patch = trace_crack(prepared, clicks, parameters).mask_patch()
        left, top, right, bottom = patch.box
        mask[top:bottom, left:right] |= patch.data > 0
    return mask


def labels(image: str, crack: NDArray[np.bool_]) -> Pixels:
    """What is known of each pixel of a photograph; a crack counts even where it is uncertain."""
    found = np.full(crack.shape, UNLABELLED, np.uint8)
    for boxes, value in (
        (regions(image, "reviewed"), BACKGROUND),
        (regions(image, "uncertain"), UNLABELLED),
        (tiles(image), BACKGROUND),
    ):
        for left, top, right, bottom in boxes:
            found[top:bottom, left:right] = value
    found[crack] = CRACK
    return found


def starts(first: int, last: int, size: int) -> list[int]:
    """Where crops begin that cover a range of pixels as evenly as they can."""
    side = min(CROP_SIDE, size)
    count = -(-(last - first) // side)
    if count == 1:
        return [min(max((first + last - side) // 2, 0), size - side)]
    return [round(start) for start in np.linspace(first, last - side, count)]


def crops(box: Box, shape: tuple[int, ...]) -> list[Box]:
    """Crops along a region."""
    left, top, right, bottom = box
    height, width = min(CROP_SIDE, shape[0]), min(CROP_SIDE, shape[1])
    return [
        (x, y, x + width, y + height)
        for y in starts(top, bottom, shape[0])
        for x in starts(left, right, shape[1])
    ]


def write(folder: Path, stem: str, box: Box, pixels: Pixels, known: Pixels) -> None:
    """Write a crop and its mask."""
    left, top, right, bottom = box
    for name, values in (("images", pixels), ("masks", known)):
        target = folder / name / f"{stem}_{left}_{top}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.ascontiguousarray(values[top:bottom, left:right])).save(target)


def write_photograph(path: Path, folder: Path) -> Counter[str]:
    """Write everything of one photograph; what was written is counted."""
    pixels = load_image(path).pixels
    cracks = [crack for crack in training_cracks() if crack["image"] == path.name]
    if cracks and HELD_OUT in path.parts:
        raise ValueError(f"{path.name} is held out, but there are cracks of it to train with.")
    known = labels(path.name, traced(pixels, cracks))
    along = [crop for box in regions(path.name, "reviewed") for crop in crops(box, known.shape)]
    for left, top, right, bottom in tiles(path.name):
        if (known[top:bottom, left:right] != BACKGROUND).any():
            raise ValueError(f"A crack runs through the tile at {left}, {top} of {path.name}.")
    for box in dict.fromkeys([*along, *tiles(path.name)]):
        write(folder, path.stem, box, pixels, known)
    return Counter(
        cracks=len(cracks),
        crops=len(along),
        tiles=len(tiles(path.name)),
        crack_pixels=int((known == CRACK).sum()),
        background_pixels=int((known == BACKGROUND).sum()),
    )


def main() -> None:
    """Write both parts and print what they hold."""
    parser = argparse.ArgumentParser(description="Training data of steel bridges.")
    parser.add_argument("photographs", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    if arguments.out.exists() and any(arguments.out.iterdir()):
        parser.error(f"{arguments.out} is not empty; name a new folder.")
    totals: dict[str, Counter[str]] = {}
    for row in table("steel_photographs.csv"):
        path = photograph_path(arguments.photographs, row["image"])
        counts = write_photograph(path, arguments.out / row["split"])
        totals.setdefault(row["split"], Counter()).update(counts)
        print(row["split"], row["image"], dict(counts), flush=True)
    for split, counts in totals.items():
        print(split, "in all", dict(counts))


if __name__ == "__main__":
    main()
