"""An order drawn from a seed, the same on every machine and for every version of a library.

Nothing is drawn in sequence: the rank of an item follows from the seed and the item alone, so that
one image more does not shuffle the others, and a smaller choice lies inside a larger one.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

Ranks = NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def name_rank(seed: int, name: str) -> int:
    """Return a 64 bit rank of a name."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{name}".encode()).digest()[:8], "big")


def item_ranks(name_ranks: Ranks, indices: NDArray[np.int64]) -> Ranks:
    """Return ranks of numbered items of named things (the finalizer of SplitMix64)."""
    ranks = name_ranks + (indices.astype(np.uint64) + np.uint64(1)) * _STEP
    for shift, factor in zip(_SHIFTS, _FACTORS, strict=False):
        ranks = (ranks ^ (ranks >> shift)) * factor
    return ranks ^ (ranks >> _SHIFTS[2])
