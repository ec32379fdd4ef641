import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geodesic.bucket_queue import (
    CHUNK,
    CURRENT,
    N_FREE,
    RING,
    SIZE,
    advance,
    empty_queue,
    grown,
    push,
    take,
)


def drained(queue, buckets):
    """Items with the bucket they came from; those that waited beyond the ring are sorted in."""
    found = []
    while queue.state[SIZE]:
        item = take(queue)
        current = int(queue.state[CURRENT])
        if item < 0:
            advance(queue)
        elif buckets[item] > current:
            push(queue, buckets[item], item)
        else:
            found.append((current, item))
    return found


@given(st.lists(st.integers(0, 5 * RING), max_size=200))
def test_items_come_in_the_order_of_their_buckets(buckets):
    queue = empty_queue(np.int32)
    for item, bucket in enumerate(buckets):
        push(queue, bucket, item)
    assert queue.state[SIZE] == len(buckets)
    found = drained(queue, buckets)
    assert [bucket for bucket, _ in found] == sorted(buckets)
    assert all(buckets[item] == bucket for bucket, item in found)
    assert sorted(item for _, item in found) == list(range(len(buckets)))
    assert queue.state[N_FREE] == queue.following.size  # every chunk came back


def test_a_full_queue_grows_and_keeps_its_items():
    queue = empty_queue(np.int32, 2)
    buckets = [3] * (2 * CHUNK) + [0] * CHUNK
    for item in range(2 * CHUNK):
        push(queue, buckets[item], item)
    assert queue.state[N_FREE] == 0
    queue = grown(queue)
    assert queue.state[N_FREE] > 0
    for item in range(2 * CHUNK, 3 * CHUNK):
        push(queue, buckets[item], item)
    found = drained(queue, buckets)
    assert sorted(item for _, item in found) == list(range(3 * CHUNK))
    assert [bucket for bucket, _ in found] == sorted(buckets)


def test_an_item_pushed_to_the_current_bucket_comes_after_those_before():
    queue = empty_queue(np.int32)
    for item in range(3):
        push(queue, 0, item)
    first = take(queue)
    push(queue, 0, 7)
    assert {take(queue), take(queue)} == {0, 1, 2} - {first}
    assert take(queue) == 7
    assert take(queue) == -1
