"""Sparse immutable rasters in blocks: an edit copies the blocks that it touches and no others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Box = tuple[int, int, int, int]
"""(x0, y0, x1, y1) in pixels, the last two exclusive."""

BLOCK_SIDE = 128

Block = NDArray[np.uint8]
BlockKey = tuple[int, int]
"""Column and row of a block, counted in blocks from the top-left corner of the image."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class BlockRaster:
    """A uint8 raster over the plane of an image; zero wherever there is no block.

    Blocks are read-only and shared between a raster and those made from it, so that keeping the
    states before and after an edit costs only what the edit changed.
    """

    blocks: Mapping[BlockKey, Block] = field(default_factory=dict[BlockKey, Block])

    @staticmethod
    def from_array(x: int, y: int, values: NDArray[np.uint8]) -> "BlockRaster":
        """Return the raster that holds ``values`` with their top-left pixel at (x, y)."""
        return BlockRaster().with_values(x, y, values)

    @property
    def is_empty(self) -> bool:
        """Tell whether all pixels are zero."""
        return not self.blocks

    @property
    def nbytes(self) -> int:
        """Memory of the blocks."""
        return len(self.blocks) * BLOCK_SIDE**2

    @property
    def box(self) -> Box:
        """Tight box of the pixels that are not zero, (0, 0, 0, 0) where there are none."""
        if not self.blocks:
            return 0, 0, 0, 0
        columns, rows = zip(*self.blocks, strict=True)
        left = min(_first(self.blocks[k], 0) for k in self.blocks if k[0] == min(columns))
        right = max(_last(self.blocks[k], 0) for k in self.blocks if k[0] == max(columns))
        top = min(_first(self.blocks[k], 1) for k in self.blocks if k[1] == min(rows))
        bottom = max(_last(self.blocks[k], 1) for k in self.blocks if k[1] == max(rows))
        return (
            min(columns) * BLOCK_SIDE + left,
            min(rows) * BLOCK_SIDE + top,
            max(columns) * BLOCK_SIDE + right + 1,
            max(rows) * BLOCK_SIDE + bottom + 1,
        )

    def has_any(self, keys: Iterable[BlockKey]) -> bool:
        """Tell whether any of these blocks is there."""
        return not self.blocks.keys().isdisjoint(keys)

    def read(self, box: Box) -> NDArray[np.uint8]:
        """Return a copy of the pixels in a box, which may reach beyond the blocks."""
        x0, y0, x1, y1 = box
        values = np.zeros((max(y1 - y0, 0), max(x1 - x0, 0)), np.uint8)
        for key, inner, outer in _overlaps(box):
            block = self.blocks.get(key)
            if block is not None:
                values[outer] = block[inner]
        return values

    def with_values(self, x: int, y: int, values: NDArray[np.uint8]) -> "BlockRaster":
        """Return a raster with the pixels from (x, y) on replaced; blocks elsewhere are shared."""
        height, width = values.shape
        blocks = dict(self.blocks)
        for key, inner, outer in _overlaps((x, y, x + width, y + height)):
            old = blocks.get(key)
            if old is None and not values[outer].any():
                continue
            new = np.zeros((BLOCK_SIDE, BLOCK_SIDE), np.uint8) if old is None else old.copy()
            new[inner] = values[outer]
            if not new.any():
                blocks.pop(key, None)
            elif old is None or not np.array_equal(old, new):
                new.flags.writeable = False
                blocks[key] = new
        return BlockRaster(blocks)

    def paint_into(self, image: NDArray[np.uint8]) -> None:
        """Replace the pixels of a full-size image by those of this raster that are not zero."""
        height, width = image.shape
        for (column, row), block in self.blocks.items():
            x, y = column * BLOCK_SIDE, row * BLOCK_SIDE
            target = image[y : min(y + BLOCK_SIDE, height), x : min(x + BLOCK_SIDE, width)]
            part = block[: target.shape[0], : target.shape[1]]
            np.copyto(target, part, where=part != 0)

    def equals(self, other: "BlockRaster") -> bool:
        """Tell whether two rasters hold the same pixels."""
        return self.blocks.keys() == other.blocks.keys() and all(
            block is other.blocks[key] or np.array_equal(block, other.blocks[key])
            for key, block in self.blocks.items()
        )


def block_keys(box: Box) -> list[BlockKey]:
    """Return the keys of the blocks under a box."""
    x0, y0, x1, y1 = box
    return [
        (column, row)
        for row in range(y0 // BLOCK_SIDE, -(-y1 // BLOCK_SIDE))
        for column in range(x0 // BLOCK_SIDE, -(-x1 // BLOCK_SIDE))
    ]


def _first(block: Block, axis: int) -> int:
    return int(np.flatnonzero(block.any(axis=axis))[0])


def _last(block: Block, axis: int) -> int:
    return int(np.flatnonzero(block.any(axis=axis))[-1])


def _overlaps(
    box: Box,
) -> Iterator[tuple[BlockKey, tuple[slice, slice], tuple[slice, slice]]]:
    """Yield the blocks under a box: key, the part of the block, the same part of the box."""
    x0, y0, x1, y1 = box
    for row in range(y0 // BLOCK_SIDE, -(-y1 // BLOCK_SIDE)):
        top, bottom = max(y0, row * BLOCK_SIDE), min(y1, (row + 1) * BLOCK_SIDE)
        for column in range(x0 // BLOCK_SIDE, -(-x1 // BLOCK_SIDE)):
            left, right = max(x0, column * BLOCK_SIDE), min(x1, (column + 1) * BLOCK_SIDE)
            inner = (
                slice(top - row * BLOCK_SIDE, bottom - row * BLOCK_SIDE),
                slice(left - column * BLOCK_SIDE, right - column * BLOCK_SIDE),
            )
            yield (column, row), inner, (slice(top - y0, bottom - y0), slice(left - x0, right - x0))
