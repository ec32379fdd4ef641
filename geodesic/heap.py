"""A 4-ary min-heap in two flat arrays.

Entries are never moved from outside; stale ones are skipped on pop.
"""

import numpy as np
from numpy.typing import NDArray

from geodesic._jit import njit

Keys = NDArray[np.float32]
Items = NDArray[np.int64]


@njit
def push(keys: Keys, items: Items, size: int, key: np.float32, item: int) -> int:
    """Insert an entry; the arrays must have room. Returns the new size."""
    child = size
    while child > 0:
        parent = (child - 1) >> 2
        if keys[parent] <= key:
            break
        keys[child] = keys[parent]
        items[child] = items[parent]
        child = parent
    keys[child] = key
    items[child] = item
    return size + 1


@njit
def drop_smallest(keys: Keys, items: Items, size: int) -> int:
    """Remove the entry at the root (``keys[0]``, ``items[0]``). Returns the new size."""
    size -= 1
    key = keys[size]
    item = items[size]
    parent = 0
    while True:
        child = 4 * parent + 1
        if child >= size:
            break
        best = child
        smallest = keys[child]
        last = min(child + 4, size)
        for other in range(child + 1, last):
            if keys[other] < smallest:
                best = other
                smallest = keys[other]
        if smallest >= key:
            break
        keys[parent] = smallest
        items[parent] = items[best]
        parent = best
    keys[parent] = key
    items[parent] = item
    return size
