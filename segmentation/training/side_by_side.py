"""Two models applied to the same images, and what both make of them kept as files."""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.data.manifest import Item, Manifest
from segmentation.data.sources import reader_of
from segmentation.durable_files import write_file
from segmentation.evaluation.comparison import ComparedImage, Comparison, counts_of
from segmentation.inference.predictor import Predictor

MAPS: Final = "maps"
OLD, NEW = "old", "new"

Report = Callable[[str, float], None]


def map_file(folder: Path, name: str, which: str) -> Path:
    """Return where the probability of an image is kept, 8 bit, by the old or the new model."""
    safe = "".join(letter if letter.isalnum() else "_" for letter in name)
    return folder / MAPS / f"{safe}.{which}.png"


def compare_models(
    old: Predictor,
    new: Predictor,
    parts: Iterable[Manifest],
    folder: Path,
    report: Report = lambda _text, _share: None,
) -> Comparison:
    """Compare two models, each at its own threshold, and write all of it into a folder.

    Parameters
    ----------
    old, new
        The models.
    parts
        Images with masks; of those that lie in files the probabilities are kept for pictures.
    folder
        What was there is replaced.
    report
        Told what is being done, and the share done.
    """
    shutil.rmtree(folder, ignore_errors=True)
    comparison = Comparison(_facts(old), _facts(new))
    work = [(part, item) for part in parts for item in part.items]
    for number, (part, item) in enumerate(work):
        report("comparing with the old model", number / len(work))
        _take_in(comparison, part, item, (old, new), folder)
    comparison.save(folder)
    return comparison


def _take_in(
    comparison: Comparison,
    part: Manifest,
    item: Item,
    predictors: tuple[Predictor, Predictor],
    folder: Path,
) -> None:
    origin = part.origin_of(item)
    reader, place, options = reader_of(origin)
    image, mask = reader.load(place, item, options)
    probabilities = [each.predict(image) for each in predictors]
    old, new = (
        probability >= np.float32(each.card.threshold)
        for probability, each in zip(probabilities, predictors, strict=True)
    )
    is_file = bool(origin.folder)
    row = ComparedImage(
        item.name,
        origin.name,
        counts_of(old, mask),
        counts_of(new, mask),
        str(place / item.image) if is_file else "",
        str(place / item.mask) if is_file and item.mask else "",
    )
    comparison.add(row, old, new, mask, is_listed=is_file)
    if is_file:
        for which, probability in zip((OLD, NEW), probabilities, strict=True):
            write_file(map_file(folder, item.name, which), _png(probability))


def _facts(predictor: Predictor) -> dict[str, Any]:
    card = predictor.card
    return {
        "name": card.name,
        "title": card.title,
        "threshold": card.threshold,
        "weights_sha256": card.weights_sha256,
    }


def _png(probability: NDArray[np.float32]) -> bytes:
    codes = (probability * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return cv2.imencode(".png", codes)[1].tobytes()
