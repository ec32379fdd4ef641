"""What a reader of a layout does, and the options that all readers take."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from segmentation.data.image_files import file_sha256, image_size, read_image, read_thumbnail
from segmentation.data.manifest import Item, Split, Use
from segmentation.data.mask_files import Mask, check_size
from segmentation.data.perceptual_hash import THUMBNAIL_SIDE, perceptual_hash
from segmentation.toml_records import Range, Record

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOptions(Record):
    """Options of every source.

    Attributes
    ----------
    origin
        Name of the data set in the manifest; empty takes the folder's.
    licence, citation
        Of the data, where the reader does not know them, or knows others.
    use
        What the licence allows; empty takes what the reader knows.
    weight
        Share of what is drawn in an epoch, relative to other sources; 0 goes by their size.
    group
        Regular expression whose first group is the photograph that a file's stem names, so that
        parts of one are never split; empty takes what the reader knows.
    split
        Part that all images go to; empty leaves it to the data set.
    """

    origin: str = ""
    licence: str = ""
    citation: str = ""
    use: Literal["", "any", "non-commercial", "unknown"] = ""
    weight: Annotated[float, Range(0.0, 1e6)] = 0.0
    group: str = ""
    split: Literal["", "train", "val", "test"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An image with its mask as a reader finds them: files relative to the folder searched."""

    name: str
    image: str
    mask: str = ""
    split: Split | None = None
    source: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Reader(ABC):
    """Knows a layout: finds its images and loads them with their masks.

    Attributes
    ----------
    title
        For lists.
    options
        Record of its options, a `SourceOptions`.
    group
        Regular expression for `SourceOptions.group`.
    licence, citation, use
        Terms that the data set is published under, if there is only one of the layout.
    """

    title: ClassVar[str]
    options: ClassVar[type[SourceOptions]] = SourceOptions
    group: ClassVar[str] = ""
    licence: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    use: ClassVar[Use] = "unknown"

    @abstractmethod
    def recognizes(self, folder: Path) -> bool:
        """Tell whether a folder has this layout."""

    @abstractmethod
    def find(self, folder: Path, options: Any) -> Iterable[Found]:
        """Return the images with their masks; a DataError says what is missing."""

    @abstractmethod
    def load_mask(self, folder: Path, item: Item, options: Any) -> Mask:
        """Return the mask of an item: 0, 1 and `UNLABELLED`."""

    def load_image(self, folder: Path, item: Item, options: Any) -> Pixels:
        """Return the image of an item, red, green, blue."""
        return read_image(folder / item.image)

    def load(self, folder: Path, item: Item, options: Any, epoch: int = 0) -> tuple[Pixels, Mask]:
        """Return image and mask, of the same size; ``epoch`` counts for what changes by itself."""
        image = self.load_image(folder, item, options)
        mask = self.load_mask(folder, item, options)
        size = image.shape[1], image.shape[0]
        check_size(mask, size, folder / (item.mask or item.image), folder / item.image)
        return image, mask

    def size_of(self, folder: Path, found: Found) -> tuple[int, int]:
        """Return (width, height) of an image."""
        return image_size(folder / found.image)

    def hashes(self, folder: Path, found: Found) -> tuple[str, str, str]:
        """Return SHA-256 of image and mask, and the perceptual hash of the image."""
        thumbnail = read_thumbnail(folder / found.image, THUMBNAIL_SIDE)
        mask = file_sha256(folder / found.mask) if found.mask else ""
        return file_sha256(folder / found.image), mask, perceptual_hash(thumbnail)
