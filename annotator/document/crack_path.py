"""A traced crack as the document keeps it: a vector object with its mask."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from annotator.document.mask import MaskPatch


def new_identifier() -> str:
    """Return a fresh crack identifier."""
    return uuid4().hex


@dataclass(frozen=True, slots=True, eq=False)
class CrackPath:
    """A crack between its waypoints: centerline, half-widths, confidence and mask.

    Coordinates are (x, y) in upright image pixels with pixel centers at integers; ``half_widths``
    holds left and right distances in px, left along (sin theta, -cos theta) of the direction of
    travel.
    """

    waypoints: NDArray[np.float64]
    centerline: NDArray[np.float64]
    half_widths: NDArray[np.float64]
    confidence: NDArray[np.float64]
    edge_visible: NDArray[np.bool_]
    mask: MaskPatch
    length_px: float
    width_px: dict[str, float]
    parameters: dict[str, Any]
    seconds: dict[str, float]
    notes: tuple[str, ...] = ()
    identifier: str = field(default_factory=new_identifier)
