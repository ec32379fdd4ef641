"""The old and the new model side by side, in the words and numbers that a dialog shows."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AnnotatorError

if TYPE_CHECKING:
    from segmentation.evaluation.comparison import ComparedImage, ComparedSet, Difference

Kind = Literal["found now", "lost now", "false now", "false no more"]
Box = tuple[int, int, int, int]

COMPARED: Final = "comparison"
BEFORE: Final = "held out before"
"""Name of the row of those images that the old model was judged by already."""
_CRACK: Final = 255
_UNLABELLED: Final = 128
_FULL: Final = 255.0
_OPACITY: Final = 0.8
FOUND, FALSE, MISSED = (0xE6, 0x9F, 0x00), (0xCC, 0x79, 0xA7), (0x56, 0xB4, 0xE9)
"""Colors of what a model found, of what it found where nothing is, and of what it missed."""


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of some images together, or of one; shares from 0 to 1, with 2 px tolerance.

    Attributes
    ----------
    name
        Of the image or the data.
    n_images
        How many.
    old, new
        Precision, recall and F1 of either model.
    n_true
        Crack pixels; without any, only false alarms can be counted.
    is_worse
        The new model is worse by more than a point.
    """

    name: str
    n_images: int
    old: tuple[float, float, float]
    new: tuple[float, float, float]
    n_true: int
    is_worse: bool = False

    @property
    def gain(self) -> float:
        """F1 of the new model less that of the old one."""
        return self.new[2] - self.old[2]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the models differ; ``box`` are first column and row, and those behind the last."""

    image: str
    kind: Kind
    box: Box
    n_pixels: int


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """All that a dialog shows of it.

    Attributes
    ----------
    folder
        Of the comparison.
    old_title, new_title, old_threshold, new_threshold
        Of the models.
    sets
        Sums: images held out, of these the ones that the old model was judged by, older data.
    images
        Each image held out, the worst change first.
    places
        The largest first.
    files
        Of each image: photograph, mask, and its name together with that of its data.
    """

    folder: Path
    old_title: str
    new_title: str
    old_threshold: float
    new_threshold: float
    sets: tuple[Row, ...]
    images: tuple[Row, ...]
    places: tuple[Place, ...]
    files: dict[str, tuple[str, str, str]]

    @property
    def flags(self) -> tuple[str, ...]:
        """Sentences on what got worse."""
        return tuple(
            f"Worse on {row.name}: F1 {100 * row.old[2]:.1f} before, {100 * row.new[2]:.1f} now."
            for row in self.sets
            if row.is_worse
        )

    @property
    def own(self) -> Row | None:
        """The sums of the images held out, None where none is."""
        return self.sets[0] if self.images else None

    def places_of(self, image: str) -> tuple[Place, ...]:
        """Return where the models differ on an image."""
        return tuple(place for place in self.places if place.image == image)


@dataclass(frozen=True, slots=True)
class ComparedPicture:
    """An image ``(H, W, 3)`` twice, with what the old and the new model make of it drawn in."""

    old: NDArray[np.uint8]
    new: NDArray[np.uint8]


def load_comparison(run: Path, held_out_before: Iterable[str] = ()) -> ModelComparison:
    """Return the comparison of a run; an AnnotatorError says why there is none.

    ``held_out_before`` names the images that the old model was judged by when it was new.
    """
    from segmentation.data.errors import DataError
    from segmentation.evaluation.comparison import Comparison
    from segmentation.training.assignment import REPLAY

    folder = run / COMPARED
    try:
        found = Comparison.load(folder)
    except DataError as error:
        raise AnnotatorError(str(error)) from error
    own = [each for each in found.images if each.data != REPLAY]
    sets: list[Row] = []
    for data in dict.fromkeys(each.data for each in own):
        sets.append(_set_row(found.summed(data), "images held out"))
        before = set(held_out_before)
        names = [each.name for each in own if each.data == data and _short(each.name) in before]
        if names and len(names) < sets[-1].n_images:
            sets.append(_set_row(found.summed(data, names), f"images {BEFORE}"))
    if any(each.data == REPLAY for each in found.images):
        sets.append(_set_row(found.summed(REPLAY), "older data (generated photographs)"))
    return ModelComparison(
        folder,
        str(found.old.get("title") or found.old.get("name")),
        str(found.new.get("title") or found.new.get("name")),
        float(found.old["threshold"]),
        float(found.new["threshold"]),
        tuple(sets),
        tuple(sorted((_image_row(each) for each in own), key=lambda row: row.gain)),
        tuple(_place(each) for each in found.differences),
        {_short(each.name): (each.image, each.mask, each.name) for each in own},
    )


def compared_picture(comparison: ModelComparison, name: str) -> ComparedPicture:
    """Read an image with its truth and both predictions; an AnnotatorError says what is missing."""
    from segmentation.data.errors import DataError
    from segmentation.data.image_files import read_image
    from segmentation.training.side_by_side import map_file

    image, mask, full_name = comparison.files[name]
    try:
        pixels, truth = read_image(Path(image)), _gray(Path(mask)) == _CRACK
        labelled = _gray(Path(mask)) != _UNLABELLED
        old, new = (
            _drawn(
                pixels,
                truth,
                (_gray(map_file(comparison.folder, full_name, which)) / _FULL >= threshold)
                & labelled,
            )
            for which, threshold in (
                ("old", comparison.old_threshold),
                ("new", comparison.new_threshold),
            )
        )
        return ComparedPicture(old, new)
    except DataError as error:
        raise AnnotatorError(str(error)) from error


def _drawn(
    pixels: NDArray[np.uint8], truth: NDArray[np.bool_], predicted: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return a photograph in which is drawn what was found, what is false, what was missed."""
    from segmentation.evaluation.boundary import within
    from segmentation.evaluation.comparison import TOLERANCE

    near_truth, near_predicted = within(truth, TOLERANCE), within(predicted, TOLERANCE)
    drawn = pixels.astype(np.float32)
    for color, region in (
        (FOUND, predicted & near_truth),
        (FALSE, predicted & ~near_truth),
        (MISSED, truth & ~near_predicted),
    ):
        drawn[region] = (1.0 - _OPACITY) * drawn[region] + _OPACITY * np.array(color, np.float32)
    return drawn.astype(np.uint8)


def _gray(path: Path) -> NDArray[np.uint8]:
    from segmentation.data.image_files import open_picture

    return open_picture(path, np.asarray)


def _short(name: str) -> str:
    """Return the name of an image without that of its data."""
    return name.partition("/")[2]


def _set_row(found: "ComparedSet", name: str) -> Row:
    old, new = found.old.scores, found.new.scores
    return Row(
        name,
        found.n_images,
        (old.precision, old.recall, old.f1),
        (new.precision, new.recall, new.f1),
        found.new.n_true,
        found.is_worse,
    )


def _image_row(found: "ComparedImage") -> Row:
    old, new = found.old.scores, found.new.scores
    return Row(
        _short(found.name),
        1,
        (old.precision, old.recall, old.f1),
        (new.precision, new.recall, new.f1),
        found.new.n_true,
    )


def _place(found: "Difference") -> Place:
    return Place(_short(found.image), found.kind, found.box, found.n_pixels)
