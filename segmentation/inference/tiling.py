"""Images cut into overlapping tiles, and what is predicted of each put together again.

Each tile is read with a halo, a border whose prediction is dropped because the network saw too
little around it. What is kept of neighbors overlaps in a strip where one fades into the other.
Windows begin at multiples of the network's stride, as if the whole image were one tile. The
weights along an axis add up to 1, so tiles can be added in any order and nothing has to be divided
in the end.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

FULL_CODE: Final = 65535
"""The whole number that stands for probability 1 where 16 bits hold one."""

_BLEND_SHARE: Final = 32
"""What fades between neighbors is a strip of the tile's side divided by this."""


@dataclass(frozen=True, slots=True)
class Box:
    """Rectangle of pixels; right and bottom are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width)."""
        return self.bottom - self.top, self.right - self.left

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the box in an array of rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True, slots=True)
class Span:
    """A tile along one axis: what is read, what is kept of it, and the weights of the latter."""

    start: int
    stop: int
    kept_start: int
    kept_stop: int
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile of an image.

    Attributes
    ----------
    rows, columns
        Along each axis.
    """

    rows: Span
    columns: Span

    @property
    def window(self) -> Box:
        """What the network sees; it may reach beyond an image that is smaller than a tile."""
        return Box(self.columns.start, self.rows.start, self.columns.stop, self.rows.stop)

    @property
    def kept(self) -> Box:
        """What its prediction is for; neighbors overlap where they fade."""
        return Box(
            self.columns.kept_start, self.rows.kept_start,
            self.columns.kept_stop, self.rows.kept_stop,
        )  # fmt: skip

    @property
    def kept_in_window(self) -> tuple[slice, slice]:
        """Index of what is kept in the window's prediction."""
        rows, columns = self.rows, self.columns
        return (
            slice(rows.kept_start - rows.start, rows.kept_stop - rows.start),
            slice(columns.kept_start - columns.start, columns.kept_stop - columns.start),
        )


def tile_grid(shape: tuple[int, int], tile: int, halo: int, stride: int) -> list[Tile]:
    """Cut an image into tiles.

    Parameters
    ----------
    shape
        (height, width), each at least 1.
    tile
        Longest side of a window in pixels; the sides that are used are the shortest with which
        the same number of tiles covers the image.
    halo
        Border that is dropped, in pixels; not at the border of the image.
    stride
        Sides of windows are multiples of this.

    Returns
    -------
    list of Tile
        Row by row. All windows have the same shape.

    Raises
    ------
    ValueError
        The tile has no room for its halo, or the image has no pixels.
    """
    if min(shape) < 1:
        raise ValueError(f"The image has {shape[1]} x {shape[0]} pixels; it needs one at least.")
    if tile < smallest_tile(halo, stride):
        raise ValueError(
            f"Tiles of {tile} px are too small for a halo of {halo} px on each side; take at "
            f"least {smallest_tile(halo, stride)} px."
        )
    rows, columns = (_spans(size, tile, halo, stride) for size in shape)
    return [Tile(row, column) for row in rows for column in columns]


def smallest_tile(halo: int, stride: int) -> int:
    """Return the shortest side of a tile; at least a third of it is kept."""
    return _up(3 * halo + 2 * stride, stride)


def nearest_first(tiles: Iterable[Tile], viewport: Box | None) -> list[Tile]:
    """Order tiles by their distance to what is looked at, nearest to its center first."""
    ordered = list(tiles)
    if viewport is None:
        return ordered
    center = (viewport.top + viewport.bottom) / 2, (viewport.left + viewport.right) / 2

    def distance(tile: Tile) -> tuple[float, float]:
        kept = tile.kept
        outside = math.hypot(
            max(viewport.top - kept.bottom, kept.top - viewport.bottom, -1) + 1,
            max(viewport.left - kept.right, kept.left - viewport.right, -1) + 1,
        )
        middle = (kept.top + kept.bottom) / 2, (kept.left + kept.right) / 2
        return outside, math.dist(middle, center)

    return sorted(ordered, key=distance)


def cut(image: NDArray[np.uint8], window: Box) -> NDArray[np.uint8]:
    """Return the pixels of a window; beyond the right and lower border the image is mirrored."""
    pixels = image[window.slices]
    missing = window.shape[0] - pixels.shape[0], window.shape[1] - pixels.shape[1]
    if not any(missing):
        return pixels
    return np.pad(pixels, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="reflect")


class Mosaic:
    """Probabilities of an image, tile by tile.

    Parameters
    ----------
    shape
        (height, width).
    dtype
        float32, or uint16 to take half of the memory: whole numbers of which 65535 stands for 1.
        The rounding is at most 2 / 65535 where four tiles meet.
    """

    def __init__(
        self, shape: tuple[int, int], dtype: type[np.float32] | type[np.uint16] = np.float32
    ) -> None:
        self.values: NDArray[Any] = np.zeros(shape, dtype)

    def add(self, tile: Tile, probability: NDArray[np.float32]) -> None:
        """Add a tile's share, ``probability`` being that of what is kept of it."""
        share = probability * tile.rows.weights[:, None]
        share *= tile.columns.weights
        part = self.values[tile.kept.slices]
        if part.dtype == np.float32:
            part += share
            return
        share *= FULL_CODE
        share += 0.5
        # Saturates, so that what rounding adds cannot turn 1 into 0.
        part[...] = cv2.add(part, share.astype(np.uint16))


def _spans(size: int, tile: int, halo: int, stride: int) -> Sequence[Span]:
    longest = tile // stride * stride
    if size <= longest:
        return (Span(0, _up(size, stride), 0, size, np.ones(size, np.float32)),)
    strip = max(longest // _BLEND_SHARE, 1)
    shared = 2 * halo + strip
    n_tiles, side = _fewest(_up(size, stride), longest, shared, stride)
    n_steps = (_up(size, stride) - side) // stride
    # All starts are multiples of the stride, so that every tile is halved where the whole is.
    starts = [k * n_steps // (n_tiles - 1) * stride for k in range(n_tiles)]
    # Where tiles share more than they must, the strip lies in the middle and the halos are wider.
    fades = [(start + side + after - strip) // 2 for start, after in pairwise(starts)]
    spans: list[Span] = []
    for k, start in enumerate(starts):
        first = fades[k - 1] if k else 0
        last = fades[k] + strip if k < n_tiles - 1 else size
        weights = np.ones(last - first, np.float32)
        if k:
            weights[:strip] = _ramp(strip)
        if k < n_tiles - 1:
            weights[-strip:] = np.float32(1.0) - _ramp(strip)
        spans.append(Span(start, start + side, first, last, weights))
    return spans


def _fewest(size: int, longest: int, shared: int, stride: int) -> tuple[int, int]:
    """Return how many tiles a size needs that share so much, and their shortest side."""
    for n_tiles in count(2):
        for side in range(_up(-(-size // n_tiles), stride), longest + 1, stride):
            largest_step = _up(-(-(size - side) // (n_tiles - 1)), stride)
            if side - largest_step >= shared:
                return n_tiles, side
    raise AssertionError("unreachable: longest has room for what is shared")


def _ramp(n: int) -> NDArray[np.float32]:
    return ((np.arange(n, dtype=np.float32) + 0.5) / n).astype(np.float32)


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple
