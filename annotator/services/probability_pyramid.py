"""Probabilities in halving resolutions, quick to show at any zoom while tiles still arrive."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import Box
from annotator.services.resolution import halvings

SMALLEST_LEVEL: Final = 64
STEPS: Final = 255
"""The step of a level that stands for probability 1."""
_CODES_PER_STEP: Final = 257
_ROWS: Final = 256

Codes = NDArray[np.uint16]
Level = NDArray[np.uint8]


class ProbabilityPyramid:
    """The probabilities of an image in 8 bit; a cell of a coarser level has the highest of four.

    So a thin crack stays as sure as it is, however far one zooms out. Written by one thread while
    others read: they see the old or the new values.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        width, height = size
        levels = [np.zeros((height, width), np.uint8)]
        while max(levels[-1].shape) > SMALLEST_LEVEL:
            height, width = (height + 1) // 2, (width + 1) // 2
            levels.append(np.zeros((height, width), np.uint8))
        self.levels: tuple[Level, ...] = tuple(levels)

    @staticmethod
    def of(codes: Codes) -> "ProbabilityPyramid":
        """Return the pyramid of all codes of an image."""
        height, width = codes.shape
        pyramid = ProbabilityPyramid((width, height))
        pyramid.write((0, 0, width, height), codes)
        return pyramid

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the image."""
        height, width = self.levels[0].shape
        return width, height

    @property
    def nbytes(self) -> int:
        """Memory of all levels."""
        return sum(level.nbytes for level in self.levels)

    def level_for(self, scale: float) -> int:
        """Return the coarsest level with at least one cell per screen pixel at that scale."""
        return halvings(scale, len(self.levels) - 1)

    def write(self, box: Box, codes: Codes) -> None:
        """Replace the probabilities in a box, on all levels."""
        x0, y0, x1, y1 = box
        for top in range(0, y1 - y0, _ROWS):
            part = codes[top : top + _ROWS]
            target = self.levels[0][y0 + top : y0 + top + len(part), x0:x1]
            np.floor_divide(part, _CODES_PER_STEP, out=target, casting="unsafe")
        for fine, coarse in zip(self.levels, self.levels[1:], strict=False):
            x0, y0, x1, y1 = x0 // 2, y0 // 2, (x1 + 1) // 2, (y1 + 1) // 2
            _pool(fine[2 * y0 : 2 * y1, 2 * x0 : 2 * x1], coarse[y0:y1, x0:x1])


def threshold_step(threshold: float) -> int:
    """Return the lowest step whose probability reaches a threshold; at least 1."""
    return min(max(int(np.ceil(threshold * STEPS - 1e-6)), 1), STEPS)


def _pool(fine: Level, coarse: Level) -> None:
    """Write the maximum of each two by two cells; a last odd row or column counts alone."""
    height, width = fine.shape
    rows = np.maximum(fine[0 : height - height % 2 : 2], fine[1::2])
    n_rows, n_columns = rows.shape[0], width // 2
    np.maximum(
        rows[:, 0 : 2 * n_columns : 2], rows[:, 1 : 2 * n_columns : 2],
        out=coarse[:n_rows, :n_columns],
    )  # fmt: skip
    if width % 2:
        coarse[:n_rows, n_columns] = rows[:, -1]
    if height % 2:
        last = fine[-1]
        np.maximum(
            last[0 : 2 * n_columns : 2], last[1 : 2 * n_columns : 2],
            out=coarse[n_rows, :n_columns],
        )  # fmt: skip
        if width % 2:
            coarse[n_rows, n_columns] = last[-1]
