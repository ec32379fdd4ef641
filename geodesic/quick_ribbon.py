"""The ribbon of a crack along a track, at the rate of mouse moves.

A short cut through `geodesic.refinement` and `geodesic.width`: one strip of normals gives the
middle line, as the minimal path through the evidence of a line, and both banks, as the strongest
steps on either side of it. What is shown until the full measurement is there.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from geodesic.bank_spacing import likely_width
from geodesic.polyline import left_normals, polyline_length, resample, smooth
from geodesic.strip import cheapest_column_path, filter_columns, filter_rows, sample_strip
from geodesic.types import Points

MOST_SAMPLES = 1200
SPACING = 1.0
STEP = 0.5
"""Between columns of the strip, in px."""

HALF_WIDTH = 12.0
"""Banks are looked for up to this far from the middle, in px."""

STIFFNESS = 3.0
"""Smoothing of the track before normals are taken, in samples."""

ALONG = 1.5
"""Smoothing along the track, in samples."""

LINE_SIGMA = 1.75
BANK_SIGMA = 0.75
"""Scales of the second and the first derivative across, in px."""

SURE_LINE = 5.0
"""Evidence of a line that is sure, in robust deviations."""

SURE_BANK = 4.9
"""Contrast-to-noise ratio of a bank at confidence 1 - 1/e, as this strip measures it.

With it the confidence is about that of `geodesic.width` on photographs of steel.
"""

JUMP_PENALTY = 0.15
DRIFT_PENALTY = 0.1
"""Of the minimal path: per squared column and row, and at the largest drift."""

BANK_DECAY = 0.05
"""How much less a bank counts per px of distance from the middle."""

OPTICAL_BLUR = 0.95
PRIOR_WIDTH = 2.8
"""As the defaults of `geodesic.width.WidthParameters`."""

PROFILE_SMOOTHING = 4.0
"""In samples."""

Columns = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ribbon:
    """Samples of a middle line, its half-widths left and right, and how sure its banks are."""

    points: Points
    left: Columns
    right: Columns
    confidence: Columns

    def part(self, start: int, stop: int) -> "Ribbon":
        """Return the samples from start to stop."""
        keep = slice(start, stop)
        return Ribbon(self.points[keep], self.left[keep], self.right[keep], self.confidence[keep])

    def with_next(self, other: "Ribbon") -> "Ribbon":
        """Return this ribbon with another behind it."""
        return Ribbon(
            np.concatenate((self.points, other.points)),
            np.concatenate((self.left, other.left)),
            np.concatenate((self.right, other.right)),
            np.concatenate((self.confidence, other.confidence)),
        )


def _kernel(sigma: float, order: int) -> NDArray[np.float32]:
    """Correlation kernel of a derivative of a Gaussian, in columns; unit response per column."""
    reach = int(np.ceil(3 * sigma))
    x = np.arange(-reach, reach + 1, dtype=np.float64)
    kernel = np.exp(-0.5 * (x / sigma) ** 2)
    kernel /= kernel.sum()
    if order == 1:
        kernel *= x
        kernel /= (x * kernel).sum()
    elif order == 2:
        kernel *= x**2 / sigma**2 - 1
        kernel -= kernel.mean()
        kernel /= 0.5 * (x**2 * kernel).sum()
    return kernel.astype(np.float32)


_SMOOTHING = _kernel(ALONG, 0)
_LINE = _kernel(LINE_SIGMA / STEP, 2)
_BANK = _kernel(BANK_SIGMA / STEP, 1)
_PROFILE = _kernel(PROFILE_SMOOTHING, 0)


def _along(*columns: Columns) -> list[Columns]:
    """Smooth columns of numbers along the track."""
    strip = np.stack(columns, axis=1).astype(np.float32)
    return list(filter_rows(strip, _PROFILE).T.astype(np.float64))


def quick_ribbon(
    plane: NDArray[Any], track: Points, drift: float, *, dark: bool, offset: float = 0.0
) -> Ribbon:
    """Measure the ribbon along a track.

    Parameters
    ----------
    plane : ndarray, shape (height, width)
        Grey values of any type.
    track : ndarray, shape (n, 2)
        Points (x, y) in px; the ends stay.
    drift : float
        How far the middle line may lie from the track, in px.
    dark : bool
        Whether the crack is darker than its surroundings.
    offset : float
        Added to each half-width, in px.
    """
    spacing = max(SPACING, polyline_length(track) / MOST_SAMPLES)
    curve = resample(track, spacing)
    if len(curve) < 3:
        half = np.full(len(curve), max(0.5 * PRIOR_WIDTH + offset, 0.0))
        return Ribbon(curve, half, half.copy(), np.zeros(len(curve)))
    curve = smooth(curve, STIFFNESS)
    normals = -left_normals(curve, 4)
    span, reach = int(drift / STEP), int(HALF_WIDTH / STEP)
    most = max(len(_LINE), len(_BANK)) // 2
    half = span + reach + most
    strip = sample_strip(plane, curve, normals, np.full(len(curve), STEP), half)
    strip = filter_rows(strip if dark else -strip, _SMOOTHING)
    column = _middle(filter_columns(strip, _LINE), span)
    edge = half - span - reach - len(_BANK) // 2
    contrast = filter_columns(np.ascontiguousarray(strip[:, edge : strip.shape[1] - edge]), _BANK)
    shift, *banks = _banks(contrast, column + span + reach, reach, offset)
    middle = STEP * column + shift
    held = np.minimum(np.arange(len(curve)), np.arange(len(curve))[::-1]) * spacing / 6.0
    (middle,) = _along(middle)
    middle *= np.minimum(held, 1.0)
    return Ribbon(curve + middle[:, None] * normals, *banks)


def _middle(line: NDArray[np.float32], span: int) -> NDArray[np.int64]:
    """Column of the middle line at each sample, from the middle of the strip."""
    level = SURE_LINE * 1.4826 * float(np.median(np.abs(line[::2, ::3]))) + 1e-12
    edge = line.shape[1] // 2 - span
    cost = -np.clip(line[:, edge : edge + 2 * span + 1] / np.float32(level), 0.0, 1.5)
    away = np.abs(np.arange(-span, span + 1)) / max(span, 1)
    cost += (DRIFT_PENALTY * away**2).astype(np.float32)
    return cheapest_column_path(cost, JUMP_PENALTY, 1) - span


def _banks(
    contrast: NDArray[np.float32], middle: NDArray[np.int64], reach: int, offset: float
) -> tuple[Columns, Columns, Columns, Columns]:
    """Correction of the middle in px, half-widths left and right, and confidence."""
    rows = np.arange(len(contrast))[:, None]
    steps = np.arange(1, reach + 1)
    weight = np.exp(-BANK_DECAY * STEP * steps)
    noise = 1.4826 * float(np.median(np.abs(contrast))) + 1e-12
    distances, ratios = [], []
    for side in (-1, 1):
        found = side * contrast[rows, middle[:, None] + side * steps]
        best = np.argmax(found * weight, axis=1)
        distances.append(STEP * steps[best].astype(np.float64))
        ratios.append(np.maximum(found[rows[:, 0], best], 0.0) / noise)
    trust = np.minimum(*ratios).astype(np.float64)
    weights = np.minimum(trust, 6.0) ** 2 + 0.05
    left, right, weights, trust = _along(
        weights * distances[0], weights * distances[1], weights, trust
    )
    left, right = left / weights, right / weights
    blur = np.full(len(left), np.sqrt(OPTICAL_BLUR**2 + 1 / 6 + BANK_SIGMA**2))
    full = likely_width(left + right, blur, np.maximum(trust, 0.3), PRIOR_WIDTH)
    half = np.maximum(0.5 * full + offset, 0.0)
    confidence = 1.0 - np.exp(-((trust / SURE_BANK) ** 3))
    return 0.5 * (right - left), half, half.copy(), confidence
