"""The mask of a crack in halving resolutions, in blocks that unchanged cracks share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from annotator.document.block_raster import BLOCK_SIDE, Block, BlockKey, BlockRaster
from annotator.document.pixel_source import mask_of

LEVELS = 6
"""The coarsest level has cells of 32 px."""

HALF = BLOCK_SIDE // 2

Blocks = dict[BlockKey, Block]


@dataclass(frozen=True, slots=True, eq=False)
class MaskPyramid:
    """Blocks of a 0/1 mask by level; a cell of the next level is set where any of its four is."""

    pixels: BlockRaster
    """The codes that the levels were made from."""
    levels: tuple[Blocks, ...]

    @staticmethod
    def of(pixels: BlockRaster) -> "MaskPyramid":
        """Return the pyramid of a raster of codes."""
        empty = MaskPyramid(BlockRaster(), tuple({} for _ in range(LEVELS)))
        return empty.updated(pixels)[0]

    @property
    def nbytes(self) -> int:
        """Memory of all levels."""
        return BLOCK_SIDE**2 * sum(len(level) for level in self.levels)

    def updated(self, pixels: BlockRaster) -> tuple["MaskPyramid", list[set[BlockKey]]]:
        """Return the pyramid of another version, and which blocks of each level changed."""
        changed = changed_keys(self.pixels.blocks, pixels.blocks)
        masks = {key: mask_of(pixels.blocks[key]) for key in changed if key in pixels.blocks}
        levels = [_with_blocks(self.levels[0], changed, masks)]
        all_changed = [changed]
        for old in self.levels[1:]:
            parents = {(column // 2, row // 2) for column, row in changed}
            halved = {key: _halved_children(levels[-1], key) for key in parents}
            levels.append(_with_blocks(old, parents, halved))
            changed = parents
            all_changed.append(changed)
        return MaskPyramid(pixels, tuple(levels)), all_changed


def changed_keys(old: Mapping[BlockKey, Block], new: Mapping[BlockKey, Block]) -> set[BlockKey]:
    """Return the blocks that differ; those that are shared are the same."""
    changed = {key for key, block in new.items() if old.get(key) is not block}
    return changed | (old.keys() - new.keys())


def _with_blocks(old: Blocks, keys: Iterable[BlockKey], new: Blocks) -> Blocks:
    """Return blocks with some replaced; those without any pixel are left out."""
    blocks = dict(old)
    for key in keys:
        block = new.get(key)
        if block is not None and block.any():
            blocks[key] = block
        else:
            blocks.pop(key, None)
    return blocks


def _halved_children(blocks: Blocks, parent: BlockKey) -> Block:
    """Return a block of the next level: cracks stay connected, since any pixel sets its cell."""
    result = np.zeros((BLOCK_SIDE, BLOCK_SIDE), np.uint8)
    for right in (0, 1):
        for down in (0, 1):
            child = blocks.get((2 * parent[0] + right, 2 * parent[1] + down))
            if child is not None:
                rows = np.maximum(child[::2], child[1::2])
                place = (
                    slice(HALF * down, HALF * (down + 1)),
                    slice(HALF * right, HALF * (right + 1)),
                )
                result[place] = np.maximum(rows[:, ::2], rows[:, 1::2])
    return result
