"""Smaller patches out of patches of 512 px, placed so that the crack stays inside.

The crop of a crack patch keeps as many of its crack pixels as any crop of that size can: all of
them wherever they fit. Among equally good places, and anywhere in a background patch, the seed
decides.
"""

import numpy as np
from numpy.typing import NDArray


def crop_origin(mask: NDArray[np.uint8], side: int, rank: int) -> tuple[int, int]:
    """Return (x, y) of the crop of a 0/1 mask; ``rank`` is any large number drawn by the seed."""
    n_rows, n_columns = (length - side + 1 for length in mask.shape)
    if mask.any():
        kept = _window_sums(mask, side)
        candidates = np.flatnonzero(kept == kept.max())
        place = int(candidates[rank % len(candidates)])
    else:
        place = rank % (n_rows * n_columns)
    y, x = divmod(place, n_columns)
    return x, y


def _window_sums(mask: NDArray[np.uint8], side: int) -> NDArray[np.int32]:
    """Return the crack pixels in every window, from the summed-area table."""
    table = np.pad(mask.cumsum(0, np.int32).cumsum(1, np.int32), ((1, 0), (1, 0)))
    lower = table[side:] - table[:-side]
    return lower[:, side:] - lower[:, :-side]
