"""What importers hand on: annotations that know their image by name and are read when it is theirs.

Coordinates are pixels of the picture that the file is about: centers of pixels at integers in
courses; boxes count from the outer corner of the first pixel, the last two values exclusive.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import Box
from annotator.document.crack_path import CrackPath
from annotator.document.image_state import Subset
from annotator.document.mask import MaskPatch

Size = tuple[int, int]
"""Width and height."""

Track = NDArray[np.float64]
"""(n, 2) points (x, y) along a crack, pixel centers at integers."""


@dataclass(frozen=True, slots=True)
class ParseOptions:
    """How files are to be understood.

    ``labels`` are the names by which a file calls cracks; without any, names that contain "crack"
    do. Masks brighter than ``threshold`` are crack; without one, a mask must have two values.
    """

    labels: tuple[str, ...] = ()
    threshold: int | None = None
    is_inverted: bool = False
    """Cracks are dark in the masks."""

    def is_crack(self, label: str) -> bool:
        """Tell whether a label means a crack."""
        name = label.strip().casefold()
        wanted = {each.strip().casefold() for each in self.labels}
        return name in wanted if wanted else "crack" in name


@dataclass(frozen=True, slots=True)
class ParsedBox:
    """A box with the name of its class, or its number where the file knows numbers only."""

    box: Box
    class_name: str = ""
    class_number: int = -1


@dataclass(frozen=True, slots=True, eq=False)
class ParsedImage:
    """What a file says about an image.

    ``masks`` are objects, each of one or more cracks. ``courses`` are cracks traced by this
    program; they share the pixels of the masks, or, where there are none, have a ribbon each.
    ``tracks`` are lines along cracks of the masks.
    """

    size: Size | None = None
    masks: tuple[MaskPatch, ...] = ()
    boxes: tuple[ParsedBox, ...] = ()
    courses: tuple[CrackPath, ...] = ()
    tracks: tuple[Track, ...] = ()
    notes: tuple[str, ...] = ()
    """What of the file was left out, a sentence each."""

    @property
    def is_empty(self) -> bool:
        """Tell whether the file says that there is nothing."""
        has_pixels = any(patch.data.any() for patch in self.masks)
        return not (has_pixels or self.boxes or self.courses or self.notes)


@dataclass(frozen=True, slots=True, eq=False)
class Annotation:
    """The part of a file that is about one image, not read yet.

    ``names`` are what the image may be called, the likeliest first: with folders and forward
    slashes, with or without a suffix.
    """

    file: Path
    names: tuple[str, ...]
    read: Callable[[Size], ParsedImage]
    """Reads, given the upright size of the image; an AnnotatorError says what is wrong."""
    is_name_unique: bool = True
    """No other file of the import has this name in another folder."""
    subset: Subset = "auto"
    fraction: float = 0.0
    """How much of the import lies before this."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file, or a part of one, from which nothing was imported, and why."""

    file: Path
    text: str


Found = Iterator[Annotation | Unreadable]
Importer = Callable[[Path, ParseOptions], Found]


def repeated(stems: Iterable[str]) -> set[str]:
    """Return the names that occur more than once, ignoring case, in lower case."""
    seen: set[str] = set()
    twice: set[str] = set()
    for stem in stems:
        name = stem.casefold()
        (twice if name in seen else seen).add(name)
    return twice
