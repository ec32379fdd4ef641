"""Array aliases and the result record of a trace."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from geodesic.parameters import TraceParameters

FloatImage = NDArray[np.float32]
"""Grey image, ``(height, width)``, values in [0, 1]."""

Points = NDArray[np.float64]
"""Polyline or point set, ``(n, 2)``, columns (x, y) in pixels, pixel centers at integers."""

MaskArray = NDArray[np.uint8]
"""Raster of 0 (background) and 1 (crack), ``(height, width)``."""


class TraceError(ValueError):
    """A crack cannot be traced; the message is a sentence for the user."""


class TraceCancelled(Exception):  # noqa: N818 - a signal, not an error
    """The caller asked to stop; nothing was produced."""


@dataclass(frozen=True)
class Trace:
    """A traced crack: centerline, widths and mask.

    Attributes
    ----------
    waypoints : ndarray, shape (m, 2)
        The points the trace goes through (x, y), after snapping, in px.
    centerline : ndarray, shape (n, 2)
        Samples (x, y) from the first to the last waypoint, spacing at most 1 px.
    half_widths : ndarray, shape (n, 2)
        Distance to the left and to the right edge in px; left lies along (sin theta, -cos theta) of
        the direction of travel theta.
    confidence : ndarray, shape (n,)
        Edge contrast against the noise of the neighborhood, in [0, 1].
    edge_visible : ndarray of bool, shape (n,)
        False where no edge was seen and the width is interpolated.
    mask : ndarray of uint8, shape (h, w)
        1 on the crack, inside its bounding box.
    mask_origin : tuple of int
        (x, y) of the mask's top-left pixel in the image.
    seconds : dict
        Wall-clock time of each stage and their ``total``.
    parameters : TraceParameters
        What was used, with ``polarity`` and ``channel`` resolved.
    notes : tuple of str
        Remarks worth showing, e.g. which polarity was found.
    """

    waypoints: Points
    centerline: Points
    half_widths: Points
    confidence: NDArray[np.float64]
    edge_visible: NDArray[np.bool_]
    mask: MaskArray
    mask_origin: tuple[int, int]
    seconds: dict[str, float]
    parameters: TraceParameters
    notes: tuple[str, ...] = ()

    @cached_property
    def length_px(self) -> float:
        """Arc length of the centerline in px."""
        steps = np.diff(self.centerline, axis=0)
        return float(np.hypot(steps[:, 0], steps[:, 1]).sum())

    @cached_property
    def width_px(self) -> dict[str, float]:
        """Mean, median, 95th percentile and maximum of the full width in px."""
        width = self.half_widths.sum(axis=1)
        return {
            "mean": float(width.mean()),
            "median": float(np.median(width)),
            "p95": float(np.quantile(width, 0.95)),
            "max": float(width.max()),
        }
