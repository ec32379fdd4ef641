"""Which images "Predict all" means, and what is said of the others."""

from collections.abc import Sequence
from typing import Final, Literal

from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import ImageState

BatchMode = Literal["all", "unannotated", "selected"]

KEPT: Final = (ImageState.APPROVED, ImageState.NO_CRACK)
"""Images in these states are decided: no candidates come to them."""
UNTOUCHED: Final = (ImageState.NEW, ImageState.PREDICTED)
"""States of images on which nobody has worked yet."""

NO_MODEL: Final = "There is no model to predict with; install one (Model > Manage models)."
DECIDED: Final = "{} is marked as {}, so the prediction is only shown: nothing is proposed on it."


def images_meant(entries: Sequence[ImageEntry], mode: BatchMode) -> list[ImageEntry]:
    """Return the images to predict: none that is decided or missing."""
    open_ones = [e for e in entries if e.state not in KEPT and not e.is_missing]
    if mode != "unannotated":
        return open_ones
    return [entry for entry in open_ones if entry.state in UNTOUCHED and not entry.crack_count]


def sentence(entries: Sequence[ImageEntry], chosen: Sequence[ImageEntry]) -> str:
    """Return how many images are predicted, and how many are not, and why."""
    decided = sum(entry.state in KEPT for entry in entries)
    missing = sum(entry.is_missing and entry.state not in KEPT for entry in entries)
    counts = (
        (decided, "approved or without cracks"),
        (len(entries) - len(chosen) - decided - missing, "worked on already"),
        (missing, "missing"),
    )
    parts = [f"{count} {words}" for count, words in counts if count]
    text = f"Predicting {count_images(len(chosen))}" if chosen else "No image is to be predicted"
    return f"{text}; left alone: {', '.join(parts)}" if parts else text


def count_images(count: int) -> str:
    """Return a number of images in words."""
    return "1 image" if count == 1 else f"{count} images"
