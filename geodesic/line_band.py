"""Grey values near a line; the effort follows the line's length, not the area of its box."""

import numpy as np
from numpy.typing import NDArray

from geodesic.parameters import Channel
from geodesic.prepared_image import PreparedImage
from geodesic.sparse_memory import sparse_zeros
from geodesic.types import FloatImage, Points

SMALL_BOX = 1_000_000
"""Boxes up to this many pixels are read as a whole."""

BLOCK = 64
"""Edge in px of the blocks that are read near a line."""


def band_around(
    prepared: PreparedImage, line: Points, pad: int, channel: Channel, *, is_bright: bool
) -> tuple[FloatImage, NDArray[np.float64]]:
    """Read the image near a line.

    Parameters
    ----------
    prepared : PreparedImage
        The image.
    line : ndarray, shape (n, 2)
        Samples (x, y) in px, at most a few px apart.
    pad : int
        Values are right within this distance of the line, in px; farther away they may be 0.
    channel : str
        As in `PreparedImage.block`.
    is_bright : bool
        True turns the values over, so that the crack is dark.

    Returns
    -------
    image : ndarray of float32
        The line's box, widened by `pad` as far as the image goes.
    origin : ndarray, shape (2,)
        Its first pixel (x, y).
    """
    height, width = prepared.shape
    left, top = np.maximum(np.floor(line.min(axis=0)).astype(int) - pad, 0).tolist()
    right = min(int(np.ceil(line[:, 0].max())) + pad + 1, width)
    bottom = min(int(np.ceil(line[:, 1].max())) + pad + 1, height)
    origin = np.array([left, top], np.float64)

    def values(row: int, col: int, edge: int) -> FloatImage:
        y, x = top + row, left + col
        block = prepared.block(y, x, min(y + edge, bottom), min(x + edge, right), channel)
        return 1.0 - block if is_bright else block

    shape = (bottom - top, right - left)
    if shape[0] * shape[1] <= SMALL_BOX:
        return values(0, 0, max(shape)), origin
    image = sparse_zeros(shape[0] * shape[1], np.float32).reshape(shape)
    for row, col in _blocks_near(line - origin, pad, shape).tolist():
        image[row : row + BLOCK, col : col + BLOCK] = values(row, col, BLOCK)
    return image, origin


def _blocks_near(line: Points, pad: int, shape: tuple[int, int]) -> NDArray[np.intp]:
    """(row, col) of the blocks of a box that come near a line in it."""
    near = np.zeros((-(-shape[0] // BLOCK), -(-shape[1] // BLOCK)), bool)
    stride = max(1, BLOCK // 8)
    for x, y in np.append(line[::stride], line[-1:], axis=0):
        low = np.maximum((np.array([y, x]) - pad - BLOCK / 4) // BLOCK, 0).astype(int)
        high = ((np.array([y, x]) + pad + BLOCK / 4) // BLOCK).astype(int) + 1
        near[low[0] : high[0], low[1] : high[1]] = True
    return np.argwhere(near) * BLOCK
