"""Large arrays of which a small part is touched, and only that part takes memory.

numpy asks the system for large pages. Then an array that is touched here and there in each of its
rows takes memory as a whole.
"""

import mmap
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

LARGE = 64 << 20
"""Smaller arrays are ordinary ones, in bytes."""

_Scalar = TypeVar("_Scalar", bound=np.generic)


def sparse_zeros(count: int, dtype: type[_Scalar]) -> NDArray[_Scalar]:
    """Return zeros, shape (count,), whose pages take memory only once they are written."""
    size = count * np.dtype(dtype).itemsize
    if size < LARGE or not hasattr(mmap, "MADV_NOHUGEPAGE"):
        return np.zeros(count, dtype)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, dtype)
