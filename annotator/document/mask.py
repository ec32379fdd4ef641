"""Mask rasters and their bounding-box patches."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class MaskPatch:
    """A mask inside its bounding box: ``data`` (0/1) with its top-left pixel at column x, row y."""

    x: int
    y: int
    data: NDArray[np.uint8]

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Bounding box as (x0, y0, x1, y1), the last two exclusive."""
        height, width = self.data.shape
        return self.x, self.y, self.x + width, self.y + height

    def paint_into(self, mask: NDArray[np.uint8]) -> None:
        """Unite this patch with a full-size 0/1 mask in place."""
        x0, y0, x1, y1 = self.box
        np.maximum(mask[y0:y1, x0:x1], self.data, out=mask[y0:y1, x0:x1])


def union_mask(patches: Iterable[MaskPatch], shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Unite patches in one 0/1 mask of (height, width)."""
    mask = np.zeros(shape, np.uint8)
    for patch in patches:
        patch.paint_into(mask)
    return mask
