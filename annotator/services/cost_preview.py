"""The cost that traces are searched in, tile by tile, as a picture of what is in view.

At full resolution the tiles are those of the traces, from the same cache. A wider view is computed
on the image in reduced size with scales reduced likewise: not what a trace reads, but what of it a
screen can show, at the same price for any view.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import Box

if TYPE_CHECKING:  # the window knows tiles before the engine is loaded
    from geodesic import PreparedImage, TraceParameters

SMALLEST_SCALE = 0.5
"""In px; finer structures than this are not there in a reduced image."""

TileKey = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class CostTile:
    """A piece of the picture; ``values`` go from 0, where nothing is, to 255 on a sure crack.

    They are the strengths of a crack that the cost stands for, which fall as the cost rises: the
    cost itself spans three decades, and what is noise fills most of them.
    ``area`` is (x0, y0, x1, y1) in px of the full image.
    """

    key: TileKey
    area: tuple[float, float, float, float]
    values: NDArray[np.uint8]


def prepare_reduced(pixels: NDArray[Any], step: int) -> "PreparedImage":
    """Wrap an image in a size reduced by ``step``."""
    import cv2

    from geodesic import PreparedImage

    height, width = pixels.shape[:2]
    size = (-(-width // step), -(-height // step))
    return PreparedImage(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)))


def parameters_for(parameters: "TraceParameters", step: int) -> "TraceParameters":
    """Return the parameters for an image reduced by ``step``.

    What is found from the clicks of a trace is taken to be the usual: dark cracks, in the
    luminance.
    """
    scales = dict.fromkeys(max(scale / step, SMALLEST_SCALE) for scale in parameters.scales)
    return parameters.with_overrides(
        scales=tuple(scales),
        polarity="dark" if parameters.polarity == "auto" else parameters.polarity,
        channel="luminance" if parameters.channel == "auto" else parameters.channel,
    )


def next_tile(
    prepared: "PreparedImage",
    size: tuple[int, int],
    box: Box,
    known: AbstractSet[TileKey],
    parameters: "TraceParameters",
) -> CostTile | None:
    """Return the tile nearest to the middle of a box that is not known yet; None if all are.

    ``size`` is that of the full image, which ``box`` is in; ``parameters`` fit ``prepared``.
    """
    key = _nearest_missing(prepared, size, box, known)
    if key is None:
        return None
    cost = prepared.cost_tile(key, parameters).min(axis=2)
    strength = ((1 / cost - 1) / parameters.cost_lambda) ** (1 / parameters.cost_power)
    values = np.clip(np.rint(255 * strength), 0, 255).astype(np.uint8)
    step_x, step_y = _steps(prepared, size)
    left, right = (float(edge) * step_x for edge in prepared.cols[key[1] : key[1] + 2])
    top, bottom = (float(edge) * step_y for edge in prepared.rows[key[0] : key[0] + 2])
    return CostTile(key, (left, top, right, bottom), values)


def _nearest_missing(
    prepared: "PreparedImage", size: tuple[int, int], box: Box, known: AbstractSet[TileKey]
) -> TileKey | None:
    step_x, step_y = _steps(prepared, size)
    x0, y0, x1, y1 = box[0] / step_x, box[1] / step_y, box[2] / step_x, box[3] / step_y
    middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
    missing = [
        (np.hypot((left + right) / 2 - middle_x, (top + bottom) / 2 - middle_y), (row, col))
        for row, (top, bottom) in enumerate(pairwise(prepared.rows))
        for col, (left, right) in enumerate(pairwise(prepared.cols))
        if left < x1 and right > x0 and top < y1 and bottom > y0 and (row, col) not in known
    ]
    return min(missing)[1] if missing else None


def _steps(prepared: "PreparedImage", size: tuple[int, int]) -> tuple[float, float]:
    """Return how many px of the full image a px of the prepared one is wide and high."""
    height, width = prepared.shape
    return size[0] / width, size[1] / height
