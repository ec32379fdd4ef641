"""The course of a traced crack: what the engine found between the clicks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CrackPath:
    """A geodesic between waypoints with its edges.

    Coordinates are (x, y) in upright image pixels with pixel centers at integers; ``half_widths``
    holds left and right distances in px, left along (sin theta, -cos theta) of the direction of
    travel.
    """

    waypoints: NDArray[np.float64]
    centerline: NDArray[np.float64]
    half_widths: NDArray[np.float64]
    confidence: NDArray[np.float64]
    edge_visible: NDArray[np.bool_]
    length_px: float
    width_px: dict[str, float]
    parameters: dict[str, Any]
    seconds: dict[str, float]
    notes: tuple[str, ...] = ()

    @property
    def nbytes(self) -> int:
        """Memory of the arrays."""
        arrays = (self.waypoints, self.centerline, self.half_widths, self.confidence)
        return sum(array.nbytes for array in arrays) + self.edge_visible.nbytes
