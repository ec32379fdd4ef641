"""Where each pixel of a crack comes from: the codes that crack rasters hold."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class PixelSource(IntEnum):
    """Code of a pixel. From ERASED on a pixel is no crack, although something is known of it."""

    NONE = 0
    TRACED = 1
    PAINTED = 2
    IMPORTED = 3
    PREDICTED = 4
    ERASED = 128
    """Taken away by hand: stays away when the crack is traced anew."""


def mask_of(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the 0/1 mask of codes."""
    return ((codes > PixelSource.NONE) & (codes < PixelSource.ERASED)).astype(np.uint8)


def keep_corrections(traced: NDArray[np.uint8], before: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the codes of a new trace (0/1) with what was painted and erased by hand before."""
    codes = np.where(traced != 0, np.uint8(PixelSource.TRACED), np.uint8(PixelSource.NONE))
    is_kept = (before == PixelSource.PAINTED) | (before == PixelSource.ERASED)
    return np.where(is_kept, before, codes)
