"""Cracks cut, joined, merged and filled: what becomes of their pixels and of their courses.

None of this is for the GUI thread: rasters of long cracks are large.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import BLOCK_SIDE, Block, BlockKey, BlockRaster
from annotator.document.crack import Crack, CrackSource, new_identifier
from annotator.document.pixel_source import PixelSource, mask_of
from annotator.errors import AnnotatorError
from annotator.services.course_editing import joined_path, split_path

TraceThrough = Callable[[NDArray[np.float64]], Crack]
"""Traces a crack through waypoints, with the engine."""


def split_crack(crack: Crack, sample: int) -> tuple[Crack, Crack]:
    """Cut a traced crack at a sample of its centerline.

    Each pixel, painted and erased ones included, goes to the part of the course it is nearer to.
    The first part keeps the identifier.
    """
    from scipy.spatial import KDTree

    tree = KDTree(crack.course.centerline)
    first: dict[BlockKey, Block] = {}
    second: dict[BlockKey, Block] = {}
    for key, block in crack.pixels.blocks.items():
        rows, columns = np.nonzero(block)
        places = np.column_stack((columns + key[0] * BLOCK_SIDE, rows + key[1] * BLOCK_SIDE))
        is_second = np.zeros(block.shape, bool)
        is_second[rows, columns] = tree.query(places)[1] > sample
        first[key] = np.where(is_second, np.uint8(0), block)
        second[key] = np.where(is_second, block, np.uint8(0))
    paths = split_path(crack.course, sample)
    return (
        replace(crack, pixels=_raster(first), path=paths[0]),
        replace(crack, pixels=_raster(second), path=paths[1], identifier=new_identifier()),
    )


def joined_crack(first: Crack, second: Crack, parts: Sequence[Crack]) -> Crack:
    """Return two traced cracks as one that keeps the identifier of the first.

    ``parts`` are the cracks, turned to face each other, and perhaps the bridge between them. What
    was painted and erased by hand stays, on the bridge too.
    """
    pixels = _united(first.pixels, second.pixels)
    for bridge in parts[1:-1]:
        pixels = _laid_under(pixels, bridge.pixels)
    path = joined_path([part.course for part in parts])
    return replace(first, pixels=pixels, path=path, source="traced")


def merged_crack(cracks: Sequence[Crack]) -> Crack:
    """Return the union of cracks as one that keeps the identifier of the first.

    A single course among them is kept. Several are not one course: then it becomes a region.
    """
    pixels = cracks[0].pixels
    for crack in cracks[1:]:
        pixels = _united(pixels, crack.pixels)
    paths = [crack.path for crack in cracks if crack.path]
    path = paths[0] if len(paths) == 1 else None
    sources: list[CrackSource] = [c.source for c in cracks if c.path is path or path is None]
    source: CrackSource = sources[0] if len(set(sources)) == 1 else "painted"
    return replace(cracks[0], pixels=pixels, path=path, source=source)


def filled_crack(crack: Crack) -> Crack:
    """Fill the holes of a crack as if by brush; the same crack where there are none.

    A hole larger than the crack itself is no hole but something that the crack goes round.
    """
    import cv2

    x0, y0, x1, y1 = crack.box
    codes = crack.pixels.read((x0 - 1, y0 - 1, x1 + 1, y1 + 1))
    mask = mask_of(codes)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    is_hole = stats[:, cv2.CC_STAT_AREA] <= np.count_nonzero(mask)
    is_hole[[0, int(labels[0, 0])]] = False  # the crack, and all around it
    if not is_hole.any():
        return crack
    codes[np.asarray(is_hole)[np.asarray(labels, np.intp)]] = PixelSource.PAINTED
    return replace(crack, pixels=crack.pixels.with_values(x0, y0, codes[1:-1, 1:-1]))


def traced_along(region: Crack, trace_through: TraceThrough) -> list[Crack]:
    """Trace cracks along the thin parts of a region; none where no part is thin.

    What of the region is not thin, or shows nothing to trace, stays as it is. The first crack
    keeps the identifier.
    """
    from annotator.services.vectorization import vectorize

    cracks: list[Crack] = []
    rest = BlockRaster()
    for part in vectorize(region.mask_patch()):
        trace = _trace_of(part, trace_through)
        if trace:
            cracks.append(trace)
        else:
            rest = _united(rest, _masked(region.pixels, part.pixels))
    if not cracks:
        return []
    cracks[0] = replace(cracks[0], identifier=region.identifier)
    return cracks if rest.is_empty else [*cracks, Crack(rest, region.source)]


def _trace_of(part: Crack, trace_through: TraceThrough) -> Crack | None:
    try:
        return trace_through(part.path.waypoints) if part.path else None
    except AnnotatorError:
        return None


def _united(one: BlockRaster, other: BlockRaster) -> BlockRaster:
    """Unite rasters: pixels of a crack before erased ones, and those painted before others."""

    def unite(a: Block, b: Block) -> Block:
        in_a, in_b = mask_of(a) != 0, mask_of(b) != 0
        takes_b = in_b & (~in_a | (b == PixelSource.PAINTED))
        takes_b |= ~in_a & (a == PixelSource.NONE)
        return np.where(takes_b, b, a)

    return _combined(one, other, unite)


def _laid_under(one: BlockRaster, other: BlockRaster) -> BlockRaster:
    """Add the pixels of another raster where nothing is known in the first."""
    return _combined(one, other, lambda a, b: np.where(a == PixelSource.NONE, b, a))


def _masked(codes: BlockRaster, mask: BlockRaster) -> BlockRaster:
    """Keep the codes where another raster is not zero."""
    return _combined(codes, mask, lambda a, b: np.where(b != 0, a, np.uint8(0)))


def _combined(
    one: BlockRaster, other: BlockRaster, combine: Callable[[Block, Block], Block]
) -> BlockRaster:
    nothing = np.zeros((BLOCK_SIDE, BLOCK_SIDE), np.uint8)
    keys = dict.fromkeys((*one.blocks, *other.blocks))
    return _raster(
        {key: combine(one.blocks.get(key, nothing), other.blocks.get(key, nothing)) for key in keys}
    )


def _raster(blocks: dict[BlockKey, Block]) -> BlockRaster:
    kept = {key: block for key, block in blocks.items() if block.any()}
    for block in kept.values():
        block.flags.writeable = False
    return BlockRaster(kept)
