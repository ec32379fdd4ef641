import heapq

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geodesic.heap import drop_smallest, push


@given(st.lists(st.floats(0, 100, width=32), max_size=60), st.integers(1, 4))
def test_order_is_that_of_heapq(values, every):
    keys, items = np.empty(64, np.float32), np.empty(64, np.int64)
    size, reference, seen, expected = 0, [], [], []
    for i, value in enumerate(values):
        size = push(keys, items, size, np.float32(value), i)
        heapq.heappush(reference, np.float32(value))
        if i % every == 0:
            seen.append(keys[0])
            size = drop_smallest(keys, items, size)
            expected.append(heapq.heappop(reference))
    while size:
        seen.append(keys[0])
        size = drop_smallest(keys, items, size)
        expected.append(heapq.heappop(reference))
    assert seen == expected
