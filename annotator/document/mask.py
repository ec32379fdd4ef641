"""Dense masks: boxed patches and the union of all cracks of an image."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import BlockRaster, Box
from annotator.document.pixel_source import PixelSource, mask_of


@dataclass(frozen=True, slots=True, eq=False)
class MaskPatch:
    """A mask inside its bounding box: ``data`` (0/1) with its top-left pixel at column x, row y."""

    x: int
    y: int
    data: NDArray[np.uint8]

    @property
    def box(self) -> Box:
        """Bounding box."""
        height, width = self.data.shape
        return self.x, self.y, self.x + width, self.y + height

    def tight(self) -> "MaskPatch":
        """Return the same mask without empty margins; an empty one has no pixels left."""
        rows, columns = (np.flatnonzero(self.data.any(axis=axis)) for axis in (1, 0))
        if not len(rows):
            return MaskPatch(self.x, self.y, self.data[:0, :0])
        top, left = int(rows[0]), int(columns[0])
        data = self.data[top : rows[-1] + 1, left : columns[-1] + 1]
        return MaskPatch(self.x + left, self.y + top, data)


class HasPixels(Protocol):
    """Something with a raster of `PixelSource` codes: a crack."""

    @property
    def pixels(self) -> BlockRaster:
        """The codes."""
        ...


def union_sources(cracks: Iterable[HasPixels], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Return for each pixel of a (height, width) image the `PixelSource` of the crack it is in.

    Zero where there is no crack. Where cracks overlap, the later one answers.
    """
    sources = np.zeros(shape, np.uint8)
    for crack in cracks:
        shown = {
            key: np.where(block < PixelSource.ERASED, block, np.uint8(0))
            for key, block in crack.pixels.blocks.items()
        }
        BlockRaster(shown).paint_into(sources)
    return sources


def union_mask(cracks: Iterable[HasPixels], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Unite cracks in one 0/1 mask of (height, width)."""
    return mask_of(union_sources(cracks, shape))
