"""A small perceptual hash: near-duplicate photographs differ in few of its bits.

Whether the picture grows brighter to the right and downwards, on a grid of 16 x 16 over the whole
picture, so that size and aspect do not matter. Mirrored and rotated copies are not found.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

_SIDE: Final = 16
N_BITS: Final = 2 * _SIDE * _SIDE
NEAR_DISTANCE: Final = 60
"""Copies of another size and quality differ in up to 27 bits of public crack photographs, different
pictures in 76 and more; of unrelated ones half of the bits differ."""
THUMBNAIL_SIDE: Final = 8 * _SIDE


def perceptual_hash(grey: NDArray[np.uint8]) -> str:
    """Return the hash of a grey picture in hexadecimal."""
    blurred = cv2.resize(grey, (4 * (_SIDE + 1), 4 * (_SIDE + 1)), interpolation=cv2.INTER_AREA)
    small = cv2.resize(blurred.astype(np.float32), (_SIDE + 1, _SIDE + 1),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    right = small[:-1, 1:] > small[:-1, :-1]
    down = small[1:, :-1] > small[:-1, :-1]
    return np.packbits(np.stack([right, down])).tobytes().hex()


def near_pairs(
    first: list[str], second: list[str], distance: int = NEAR_DISTANCE
) -> list[tuple[int, int]]:
    """Return the places of all pairs of hashes that differ in at most ``distance`` bits.

    Empty hashes are near to nothing.
    """
    rows = [place for place, text in enumerate(first) if text]
    columns = [place for place, text in enumerate(second) if text]
    if not rows or not columns:
        return []
    others = _bits([second[place] for place in columns])
    pairs: list[tuple[int, int]] = []
    for row in rows:
        # Of centered bits, the product counts agreements less disagreements.
        differing = (N_BITS - others @ _bits([first[row]])[0]) / 2
        pairs += [(row, columns[place]) for place in np.flatnonzero(differing <= distance).tolist()]
    return pairs


def _bits(hashes: list[str]) -> NDArray[np.float32]:
    """Return the bits of hashes as -1 and 1."""
    packed = np.frombuffer(bytes.fromhex("".join(hashes)), np.uint8).reshape(len(hashes), -1)
    return np.unpackbits(packed, axis=1).astype(np.float32) * 2 - 1
