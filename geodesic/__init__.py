"""Geodesic crack tracing: numerics only, no Qt and no torch.

Conventions
-----------
Arrays are indexed ``[row, col]`` or ``[row, col, theta]``; points are ``(x, y)`` = (col, row) in
pixels with pixel centers at integers. theta is the direction of the line in radians, from +x
towards +y (down), n(theta) = (cos theta, sin theta). Grey images are float32 in [0, 1]; lengths are
in pixels.
"""

from geodesic.parameters import PRESETS, TraceParameters
from geodesic.prepared_image import PreparedImage
from geodesic.tracing import trace, warm_up
from geodesic.types import Trace, TraceCancelled, TraceError

__all__ = [
    "PRESETS",
    "PreparedImage",
    "Trace",
    "TraceCancelled",
    "TraceError",
    "TraceParameters",
    "trace",
    "warm_up",
]
