"""Probabilities of an image from half its resolution, for what need not be looked at closely."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.inference.tiling import FULL_CODE, Box

SKIP_BELOW: Final = 0.2
"""A tile whose probability is nowhere this high at half the resolution is not refined.

On twelve photographs of steel bridges this leaves out half of their area and no crack pixel, at
any threshold from 0.3 up (``tests/benchmarks/half_pass.py``)."""

_MARGIN: Final = 2


class CoarseMap:
    """Probabilities at half the resolution.

    Parameters
    ----------
    codes
        ``(ceil(H / 2), ceil(W / 2))``: the probability times 65535.
    shape
        (H, W) of the image.
    """

    def __init__(self, codes: NDArray[np.uint16], shape: tuple[int, int]) -> None:
        self._codes = codes
        self._scales = codes.shape[0] / shape[0], codes.shape[1] / shape[1]

    def is_empty(self, box: Box) -> bool:
        """Tell whether no probability in a box, or next to it, reaches `SKIP_BELOW`."""
        return self.highest(box) < SKIP_BELOW

    def highest(self, box: Box) -> float:
        """Return the highest probability in a box, or next to it."""
        return int(self._codes[self._near(box)].max()) / FULL_CODE

    def enlarged(self, box: Box) -> NDArray[np.float32]:
        """Return the probabilities of a box at full resolution, interpolated linearly."""
        near = self._near(box)
        # A pixel's center x lies at (x + 0.5) * scale - 0.5 of the smaller image.
        top, left = (
            (region.start + 0.5) * scale - 0.5 - part.start
            for region, scale, part in zip(box.slices, self._scales, near, strict=True)
        )
        matrix = np.array([[self._scales[1], 0.0, left], [0.0, self._scales[0], top]])
        codes = cv2.warpAffine(
            np.ascontiguousarray(self._codes[near]),  # OpenCV does not warp images of any size
            matrix,
            box.shape[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(codes, np.float32) / np.float32(FULL_CODE)

    def _near(self, box: Box) -> tuple[slice, slice]:
        """Return the part that a box is interpolated from."""
        rows, columns = (
            slice(
                max(int(region.start * scale) - _MARGIN, 0), int(region.stop * scale) + 1 + _MARGIN
            )
            for region, scale in zip(box.slices, self._scales, strict=True)
        )
        return rows, columns
