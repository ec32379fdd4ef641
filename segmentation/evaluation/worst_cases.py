"""Pictures of the images on which a prediction was worst."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation import UNLABELLED
from segmentation.evaluation.boundary import Element, Mask, Region, within

Picture = Callable[[str], NDArray[np.uint8] | None]
"""Gives the photograph of a name, ``(H, W, 3)`` red, green, blue, or None."""

COLORS: Final[dict[str, tuple[int, int, int]]] = {
    "found": (0xE6, 0x9F, 0x00),
    "false": (0xCC, 0x79, 0xA7),
    "missed": (0x56, 0xB4, 0xE9),
    "unlabelled": (0x60, 0x60, 0x60),
}
"""What pixels are drawn in; told apart by the color-blind too."""

_SIDE: Final = 512
_BLOCK: Final = 32


@dataclass(frozen=True, slots=True)
class WorstCase:
    """One image: its name, F1, and as PNG files the part with the most wrong pixels.

    ``photograph`` is empty if there is none; ``corner`` is the row and column where the part
    begins.
    """

    name: str
    f1: float
    n_wrong: int
    corner: tuple[int, int]
    comparison: bytes
    photograph: bytes


@dataclass(slots=True)
class WorstCases:
    """The worst so many images, worst first.

    An image is worse by a lower F1 and, among equals, by more wrong pixels.
    """

    capacity: int
    cases: list[WorstCase] = field(default_factory=list[WorstCase])

    def offer(
        self,
        name: str,
        f1: float,
        predicted: Region,
        mask: Mask,
        *,
        tolerance: float,
        element: Element,
        picture: Picture | None = None,
    ) -> None:
        """Take in an image if it is among the worst so far; one without a wrong pixel never is."""
        labelled = mask != UNLABELLED
        predicted = predicted & labelled
        truth = mask == 1
        false = predicted & ~within(truth, tolerance, element)
        missed = truth & ~within(predicted, tolerance, element)
        n_wrong = int(np.count_nonzero(false)) + int(np.count_nonzero(missed))
        rank = (f1, -n_wrong)
        if not n_wrong or not self._has_place(rank):
            return
        kinds = {
            "unlabelled": ~labelled,
            "found": (truth | predicted) & ~false & ~missed,
            "false": false,
            "missed": missed,
        }
        part = _worst_part(false | missed)
        photograph = picture(name) if picture else None
        case = WorstCase(
            name,
            f1,
            n_wrong,
            (part[0].start, part[1].start),
            _png(_drawn(kinds, part)),
            b"" if photograph is None else _png(photograph[part]),
        )
        self.cases = sorted([*self.cases, case], key=_rank)[: self.capacity]

    def _has_place(self, rank: tuple[float, int]) -> bool:
        if len(self.cases) < self.capacity:
            return True
        return bool(self.cases) and rank < _rank(self.cases[-1])


def data_uri(png: bytes) -> str:
    """Return a PNG file as address that an HTML page can show without another file."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _rank(case: WorstCase) -> tuple[float, int]:
    return case.f1, -case.n_wrong


def _worst_part(wrong: Region) -> tuple[slice, slice]:
    """Return the window with about the most wrong pixels, on a grid of blocks."""
    height, width = wrong.shape
    blocks = np.add.reduceat(
        np.add.reduceat(wrong, np.arange(0, height, _BLOCK), axis=0, dtype=np.int64),
        np.arange(0, width, _BLOCK),
        axis=1,
    )
    reach = _SIDE // _BLOCK
    rows, columns = (max(1, n - reach + 1) for n in blocks.shape)
    sums = np.zeros((blocks.shape[0] + 1, blocks.shape[1] + 1), np.int64)
    sums[1:, 1:] = blocks.cumsum(0).cumsum(1)
    bottom = np.minimum(np.arange(rows) + reach, blocks.shape[0])
    right = np.minimum(np.arange(columns) + reach, blocks.shape[1])
    inside = (
        sums[np.ix_(bottom, right)]
        - sums[:rows][:, right]
        - sums[bottom][:, :columns]
        + sums[:rows, :columns]
    )
    row, column = np.unravel_index(int(inside.argmax()), inside.shape)
    top, left = int(row) * _BLOCK, int(column) * _BLOCK
    return slice(top, min(top + _SIDE, height)), slice(left, min(left + _SIDE, width))


def _drawn(kinds: dict[str, Region], part: tuple[slice, slice]) -> NDArray[np.uint8]:
    shape = next(iter(kinds.values()))[part].shape
    picture = np.zeros((*shape, 3), np.uint8)
    for kind, region in kinds.items():
        picture[region[part]] = COLORS[kind]
    return picture


def _png(picture: NDArray[np.uint8]) -> bytes:
    return cv2.imencode(".png", np.ascontiguousarray(picture[..., ::-1]))[1].tobytes()
