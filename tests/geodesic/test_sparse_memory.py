import mmap
from pathlib import Path

import numpy as np
import pytest

from geodesic.sparse_memory import LARGE, sparse_zeros


@pytest.mark.parametrize("count", [10, LARGE])
def test_zeros_that_can_be_written(count):
    array = sparse_zeros(count, np.float32)
    assert array.shape == (count,)
    assert array.dtype == np.float32
    array[[0, -1]] = 3
    assert array[:2].tolist() == [3, 0]
    assert array[-2:].tolist() == [0, 3]


@pytest.mark.skipif(not hasattr(mmap, "MADV_NOHUGEPAGE"), reason="pages are not chosen here")
def test_memory_follows_what_is_written():
    def resident():
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * mmap.PAGESIZE

    before = resident()
    array = sparse_zeros(4 * LARGE, np.uint8)
    array[:: 1 << 20] = 1
    assert resident() - before < LARGE
    assert array.sum() == 256
