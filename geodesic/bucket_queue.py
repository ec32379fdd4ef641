"""A queue of points in order of value, up to the width of a bucket: push and take cost O(1).

Buckets are a ring of lists of chunks in flat arrays. Points whose bucket lies beyond the ring wait
in its last bucket and are sorted in when their turn comes.

References
----------
Dial, "Algorithm 360: shortest-path forest with topological ordering", CACM 12 (1969).
Yatziv, Bartesaghi, Sapiro, "O(N) implementation of the fast marching algorithm", J. Comput. Phys.
212 (2006), from where the untidy order within a bucket is taken.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from geodesic._jit import njit

CHUNK = 32
"""Entries of a chunk."""

RING = 1 << 12
"""Buckets of the ring, a power of two; one more holds the entries that are being taken."""

FIRST_FREE, N_FREE, SIZE, CURRENT = range(4)
"""Entries of the state: head of the list of free chunks, their number, number of entries in all,
and the number of the bucket that is being emptied."""


class BucketQueue(NamedTuple):
    """The flat arrays of a queue.

    Attributes
    ----------
    items : ndarray of int, shape (chunks * CHUNK,)
        Entries.
    following : ndarray of int32, shape (chunks,)
        Next chunk of the same list, -1 at its end.
    heads : ndarray of int32, shape (RING + 1,)
        First chunk of each bucket, -1 if it is empty.
    fills : ndarray of int32, shape (RING + 1,)
        Entries in the first chunk of each bucket; all others are full.
    state : ndarray of int64, shape (4,)
        See `FIRST_FREE` and following.
    """

    items: NDArray[np.signedinteger]
    following: NDArray[np.int32]
    heads: NDArray[np.int32]
    fills: NDArray[np.int32]
    state: NDArray[np.int64]

    @property
    def nbytes(self) -> int:
        """Memory of all arrays in bytes."""
        return sum(part.nbytes for part in self)


def empty_queue(item_type: DTypeLike, n_chunks: int = 256) -> BucketQueue:
    """Make a queue with room for `n_chunks` chunks."""
    following = np.arange(1, n_chunks + 1, dtype=np.int32)
    following[-1] = -1
    return BucketQueue(
        np.empty(n_chunks * CHUNK, item_type),
        following,
        np.full(RING + 1, -1, np.int32),
        np.zeros(RING + 1, np.int32),
        np.array([0, n_chunks, 0, 0], np.int64),
    )


def grown(queue: BucketQueue) -> BucketQueue:
    """Return the queue with half as much room again; it takes the old one's place."""
    old = queue.following.size
    extra = max(256, old // 2)
    items = np.empty((old + extra) * CHUNK, queue.items.dtype)
    items[: queue.items.size] = queue.items
    following = np.arange(1, old + extra + 1, dtype=np.int32)
    following[:old] = queue.following
    following[-1] = queue.state[FIRST_FREE]
    queue.state[FIRST_FREE] = old
    queue.state[N_FREE] += extra
    return queue._replace(items=items, following=following)


@njit
def push(queue: BucketQueue, bucket: int, item: int) -> None:
    """Add an entry to a bucket not before the current one; there must be a free chunk."""
    items, following, heads, fills, state = queue
    slot = min(bucket, state[CURRENT] + RING - 1) & (RING - 1)
    chunk = heads[slot]
    if chunk < 0 or fills[slot] == CHUNK:
        free = state[FIRST_FREE]
        state[FIRST_FREE] = following[free]
        state[N_FREE] -= 1
        following[free] = chunk
        heads[slot] = free
        fills[slot] = 0
        chunk = free
    items[chunk * CHUNK + fills[slot]] = item
    fills[slot] += 1
    state[SIZE] += 1


@njit
def take(queue: BucketQueue) -> int:
    """Remove and return an entry of the current bucket, or -1 if it has none.

    Entries that are pushed to the current bucket meanwhile come after all that were in it before.
    """
    items, following, heads, fills, state = queue
    if heads[RING] < 0:
        slot = state[CURRENT] & (RING - 1)
        if heads[slot] < 0:
            return -1
        heads[RING] = heads[slot]
        fills[RING] = fills[slot]
        heads[slot] = -1
    chunk = heads[RING]
    fills[RING] -= 1
    item = int(items[chunk * CHUNK + fills[RING]])
    if fills[RING] == 0:
        heads[RING] = following[chunk]
        fills[RING] = CHUNK
        following[chunk] = state[FIRST_FREE]
        state[FIRST_FREE] = chunk
        state[N_FREE] += 1
    state[SIZE] -= 1
    return item


@njit
def put_back(queue: BucketQueue, item: int) -> None:
    """Return the entry just taken to the current bucket."""
    push(queue, queue.state[CURRENT], item)


@njit
def advance(queue: BucketQueue) -> None:
    """Go on to the next bucket that holds anything; the queue must not be empty."""
    current = queue.state[CURRENT] + 1
    while queue.heads[current & (RING - 1)] < 0:
        current += 1
    queue.state[CURRENT] = current
