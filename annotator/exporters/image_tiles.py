"""What composing patches needs to know of an image, without decoding a photograph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState, Subset
from annotator.errors import AnnotatorError, JobCancelled
from annotator.exporters.frame import IsCancelled, ReportProgress
from annotator.exporters.patch_grid import (
    PATCH_SIDE,
    PatchGrid,
    SmallImages,
    crack_counts,
    has_crack_pixels,
)
from annotator.exporters.selection import load_content
from annotator.storage.image_io import image_size
from annotator.storage.project_records import ImageRecord
from annotator.storage.project_store import ProjectStore


@dataclass(frozen=True, slots=True, eq=False)
class ImageTiles:
    """An image as numbers: the crack pixels of each of its patches."""

    name: str
    sha256: str
    state: ImageState
    subset: Subset
    has_crack: bool
    crack_pixels: NDArray[np.int64]
    """In the order of the grid; empty for an image that is smaller than a patch."""

    @property
    def is_too_small(self) -> bool:
        """Tell whether the image holds no patch."""
        return not len(self.crack_pixels)


def image_tiles(
    record: ImageRecord,
    content: ImageContent,
    size: tuple[int, int],
    sha256: str,
    small_images: SmallImages = "skip",
) -> ImageTiles:
    """Count the crack pixels of each patch of an image."""
    counts = crack_counts(content.cracks, PatchGrid.over(size, PATCH_SIDE, small_images))
    has_crack = has_crack_pixels(content.cracks)
    return ImageTiles(record.shown_name, sha256, record.state, record.subset, has_crack, counts)


def project_tiles(
    store: ProjectStore,
    small_images: SmallImages,
    report: ReportProgress,
    is_cancelled: IsCancelled,
) -> list[ImageTiles]:
    """Count the patches of a whole project, for a dialog; nothing is hashed or decoded.

    Photographs that are missing or annotations that are damaged are left out, as in an export.
    An export hashes the files, and may so find identical ones that are not known to be yet.
    """
    records = [record for record in store.images() if not record.is_missing]
    found: list[ImageTiles] = []
    for index, record in enumerate(records):
        if is_cancelled():
            raise JobCancelled
        report(index / len(records), "Counting patches")
        try:
            content = load_content(store, record)
            size = record.size or image_size(record.path)
        except AnnotatorError:
            continue
        found.append(image_tiles(record, content, size, record.sha256, small_images))
    return found
