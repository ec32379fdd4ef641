"""Two models on the same images: figures, and each place where they differ."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
from scipy import ndimage

from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.durable_files import write_file
from segmentation.evaluation.boundary import Mask, Region, tolerant_counts, within
from segmentation.evaluation.counts import Counts

COMPARISON: Final = "comparison.json"
TOLERANCE: Final = 2.0
"""Pixels, symmetric with a disk; what all figures here are counted with."""
MIN_PIXELS: Final = 12
"""Smaller differences are not listed."""
MOST_OF_IMAGE: Final = 40
WORSE_BY: Final = 0.01
"""A fall of F1 by more than this on data that the old model was judged by is flagged."""

Kind = Literal["found now", "lost now", "false now", "false no more"]
_FORMAT: Final = 1
_SQUARE: Final = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where one model is right and the other is not.

    Attributes
    ----------
    image
        Name of the `ComparedImage`.
    kind
        What the new one does there.
    box
        First column and row, and those behind the last.
    n_pixels
        How large it is.
    """

    image: str
    kind: Kind
    box: tuple[int, int, int, int]
    n_pixels: int


@dataclass(frozen=True, slots=True)
class ComparedImage:
    """One image and what both models made of it.

    Attributes
    ----------
    name, data
        Of the image, and of the data that it belongs to.
    old, new
        Counts at each model's own threshold.
    image, mask
        Files, empty for what was generated.
    """

    name: str
    data: str
    old: Counts
    new: Counts
    image: str = ""
    mask: str = ""

    @property
    def gain(self) -> float:
        """F1 of the new model less that of the old one."""
        return self.new.f1 - self.old.f1


@dataclass(frozen=True, slots=True)
class ComparedSet:
    """All images of one data set together."""

    data: str
    n_images: int
    old: Counts
    new: Counts

    @property
    def gain(self) -> float:
        """F1 of the new model less that of the old one."""
        return self.new.f1 - self.old.f1

    @property
    def is_worse(self) -> bool:
        """Tell whether the new model is worse by more than chance."""
        return self.gain < -WORSE_BY


@dataclass(slots=True)
class Comparison:
    """All that is known of two models side by side.

    Attributes
    ----------
    old, new
        Name, title, threshold and so on of each, for headlines.
    images
        Row by row.
    differences
        The largest first.
    """

    old: Mapping[str, Any] = field(default_factory=dict[str, Any])
    new: Mapping[str, Any] = field(default_factory=dict[str, Any])
    images: list[ComparedImage] = field(default_factory=list[ComparedImage])
    differences: list[Difference] = field(default_factory=list[Difference])

    def sets(self) -> list[ComparedSet]:
        """Return the sums of each data set, in the order in which they came."""
        return [self.summed(data) for data in dict.fromkeys(each.data for each in self.images)]

    def summed(self, data: str, names: Iterable[str] | None = None) -> ComparedSet:
        """Return the sums of a data set, or of those of its images that are named."""
        wanted = None if names is None else set(names)
        rows = [
            each
            for each in self.images
            if each.data == data and (wanted is None or each.name in wanted)
        ]
        old = sum((row.old for row in rows), Counts())
        new = sum((row.new for row in rows), Counts())
        return ComparedSet(data, len(rows), old, new)

    def add(
        self, row: ComparedImage, old: Region, new: Region, mask: Mask, *, is_listed: bool = True
    ) -> None:
        """Take in an image with what both models predict."""
        self.images.append(row)
        if is_listed:
            self.differences += differences(row.name, old, new, mask)
            self.differences.sort(key=lambda each: -each.n_pixels)

    def save(self, folder: Path) -> None:
        """Write it into a folder."""
        table = {"format": _FORMAT, **asdict(self)}
        write_file(folder / COMPARISON, json.dumps(table, ensure_ascii=False, indent=1).encode())

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; a DataError says what is wrong with it."""
        file = folder / COMPARISON
        try:
            table = json.loads(file.read_text("utf-8"))
            return cls(
                old=table["old"],
                new=table["new"],
                images=[
                    ComparedImage(
                        **{**row, "old": Counts(**row["old"]), "new": Counts(**row["new"])}
                    )
                    for row in table["images"]
                ],
                differences=[
                    Difference(**{**row, "box": tuple(row["box"])}) for row in table["differences"]
                ],
            )
        except OSError as error:
            raise DataError(f"{file} cannot be read ({error.strerror or error}).") from error
        except (ValueError, TypeError, KeyError) as error:
            raise DataError(f"{file} is damaged ({error}); train anew.") from error


def counts_of(predicted: Region, mask: Mask) -> Counts:
    """Return what a comparison counts of one model."""
    return tolerant_counts(predicted, mask, TOLERANCE)


def differences(image: str, old: Region, new: Region, mask: Mask) -> list[Difference]:
    """Return where two predictions differ by more than the tolerance, the largest first.

    Parameters
    ----------
    image
        Its name.
    old, new
        ``(H, W)``, true where a crack is predicted.
    mask
        ``(H, W)``: 0, 1, or `UNLABELLED`, where nothing is compared.
    """
    labelled = mask != UNLABELLED
    truth = mask == 1
    old, new = old & labelled, new & labelled
    near_truth = within(truth, TOLERANCE)
    near_old, near_new = within(old, TOLERANCE), within(new, TOLERANCE)
    regions: dict[Kind, Region] = {
        "found now": truth & near_new & ~near_old,
        "lost now": truth & near_old & ~near_new,
        "false now": new & ~near_truth & ~near_old,
        "false no more": old & ~near_truth & ~near_new,
    }
    found = [each for kind, region in regions.items() for each in _parts(image, kind, region)]
    return sorted(found, key=lambda each: -each.n_pixels)[:MOST_OF_IMAGE]


def _parts(image: str, kind: Kind, region: Region) -> Iterable[Difference]:
    labels, n_parts = ndimage.label(region, _SQUARE)
    if not n_parts:
        return
    sizes = np.bincount(labels.ravel(), minlength=n_parts + 1)
    for number, place in enumerate(ndimage.find_objects(labels), 1):
        if sizes[number] >= MIN_PIXELS:
            rows, columns = place
            box = (columns.start, rows.start, columns.stop, rows.stop)
            yield Difference(image, kind, box, int(sizes[number]))
