"""The grid of patches over an image and the crack pixels in each, from block rasters alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import BLOCK_SIDE, BlockKey, Box
from annotator.document.mask import HasPixels
from annotator.document.pixel_source import mask_of

PATCH_SIDE = 512

SmallImages = Literal["skip", "mirror"]
SMALL_IMAGES: tuple[SmallImages, ...] = get_args(SmallImages)
"""What becomes of an image that is smaller than a patch: left out, or continued by its mirror."""


@dataclass(frozen=True, slots=True)
class PatchGrid:
    """Square patches side by side, row by row; only the last row and column overlap others."""

    lefts: tuple[int, ...]
    tops: tuple[int, ...]
    side: int = PATCH_SIDE

    @staticmethod
    def over(
        size: tuple[int, int], side: int = PATCH_SIDE, small_images: SmallImages = "skip"
    ) -> "PatchGrid":
        """Return the grid over an image of (width, height), empty where it is too small."""
        if small_images == "skip" and min(size) < side:
            return PatchGrid((), (), side)
        return PatchGrid(_starts(size[0], side), _starts(size[1], side), side)

    def __len__(self) -> int:
        return len(self.lefts) * len(self.tops)

    def box(self, index: int) -> Box:
        """Return the box of a patch; in a small image it reaches beyond the image."""
        row, column = divmod(index, len(self.lefts))
        x, y = self.lefts[column], self.tops[row]
        return x, y, x + self.side, y + self.side


def crack_counts(cracks: Iterable[HasPixels], grid: PatchGrid) -> NDArray[np.int64]:
    """Return the number of crack pixels of each patch, in the order of the grid.

    Pixels of several cracks count once.
    """
    counts = np.zeros((len(grid.tops), len(grid.lefts)), np.int64)
    for (column, row), block in _union(cracks).items():
        for i, rows in _overlaps(grid.tops, grid.side, row * BLOCK_SIDE):
            for j, columns in _overlaps(grid.lefts, grid.side, column * BLOCK_SIDE):
                counts[i, j] += np.count_nonzero(block[rows, columns])
    return counts.ravel()


def has_crack_pixels(cracks: Iterable[HasPixels]) -> bool:
    """Tell whether any pixel is crack, once what was erased is away."""
    return any(mask_of(block).any() for crack in cracks for block in crack.pixels.blocks.values())


def _starts(length: int, side: int) -> tuple[int, ...]:
    starts = list(range(0, length - side + 1, side)) or [0]
    if starts[-1] + side < length:
        starts.append(length - side)
    return tuple(starts)


def _union(cracks: Iterable[HasPixels]) -> dict[BlockKey, NDArray[np.uint8]]:
    united: dict[BlockKey, NDArray[np.uint8]] = {}
    for crack in cracks:
        for key, block in crack.pixels.blocks.items():
            mask = mask_of(block)
            united[key] = mask | united[key] if key in united else mask
    return united


def _overlaps(starts: tuple[int, ...], side: int, block_start: int) -> list[tuple[int, slice]]:
    """Return the patches along an axis that a block reaches into, and the part of it there."""
    return [
        (index, slice(max(start - block_start, 0), min(start + side - block_start, BLOCK_SIDE)))
        for index, start in enumerate(starts)
        if start < block_start + BLOCK_SIDE and start + side > block_start
    ]
