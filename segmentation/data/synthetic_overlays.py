"""Things on a surface drawn as lists of pixels: strokes, handwriting, seams, pores."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segmentation.data.synthetic_fields import Floats, smooth_profile
from segmentation.data.synthetic_ribbons import find_ribbon, make_crack

# Strokes of characters on a unit square, y down, as inspectors write them beside a crack.
_GLYPHS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (
        ((0.5, 0.0), (0.1, 0.3), (0.15, 0.8), (0.5, 1.0), (0.85, 0.7), (0.85, 0.25), (0.45, 0.0)),
    ),
    "1": (((0.3, 0.2), (0.55, 0.0), (0.5, 1.0)),),
    "2": (((0.1, 0.2), (0.5, 0.0), (0.85, 0.25), (0.5, 0.6), (0.1, 1.0), (0.9, 0.95)),),
    "3": (((0.1, 0.1), (0.6, 0.0), (0.8, 0.25), (0.4, 0.45), (0.85, 0.7), (0.5, 1.0), (0.1, 0.9)),),
    "4": (((0.6, 0.0), (0.1, 0.65), (0.9, 0.6)), ((0.65, 0.35), (0.6, 1.0))),
    "7": (((0.1, 0.05), (0.85, 0.0), (0.4, 1.0)), ((0.3, 0.5), (0.75, 0.48))),
    "9": (((0.8, 0.15), (0.4, 0.0), (0.2, 0.3), (0.6, 0.5), (0.8, 0.15), (0.75, 0.6), (0.4, 1.0)),),
    "D": (((0.2, 0.0), (0.2, 1.0)), ((0.1, 0.0), (0.7, 0.15), (0.85, 0.6), (0.15, 1.0))),
    "L": (((0.2, 0.0), (0.15, 1.0), (0.8, 0.95)),),
    "P": (((0.2, 0.0), (0.2, 1.0)), ((0.15, 0.05), (0.8, 0.1), (0.75, 0.45), (0.25, 0.55))),
    "T": (((0.05, 0.05), (0.95, 0.0)), ((0.5, 0.05), (0.5, 1.0))),
    "V": (((0.05, 0.0), (0.45, 1.0), (0.9, 0.0)),),
    "-": (((0.2, 0.55), (0.8, 0.5)),),
    "=": (((0.2, 0.4), (0.8, 0.38)), ((0.2, 0.65), (0.8, 0.62))),
}


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """Pixels sorted by row, each with an opacity, and one color.

    Attributes
    ----------
    rows, columns
        ``(m,)`` pixel indices.
    alpha
        ``(m,)`` opacity in [0, 1].
    color
        Red, green, blue in [0, 1].
    dryness
        In [0, 1]: how much the paint skips the hollows of the surface.
    """

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    alpha: Floats
    color: tuple[float, float, float]
    dryness: float = 0.0

    def paint(self, image: Floats, start: int, grain: Floats | None = None) -> None:
        """Blend the overlay over rows of an image in place.

        Parameters
        ----------
        image
            ``(n, width, 3)``, its first row being row ``start`` of the whole.
        start
            Row of the whole image.
        grain
            ``(n, width)`` relief of zero mean and unit variance that dry paint catches on.
        """
        low, high = np.searchsorted(self.rows, [start, start + len(image)])
        if low == high:
            return
        rows, columns = self.rows[low:high] - start, self.columns[low:high]
        alpha = self.alpha[low:high]
        if grain is not None and self.dryness > 0:
            catch = np.clip((grain[rows, columns] + 1.6 - 2.0 * self.dryness) / 0.8, 0.0, 1.0)
            alpha = alpha * (1.0 - self.dryness + self.dryness * catch)
        alpha = alpha[:, None].astype(np.float32)
        under = image[rows, columns]
        image[rows, columns] = under + alpha * (np.asarray(self.color, np.float32) - under)


def stroke(
    points: NDArray[np.float64],
    width: float | NDArray[np.float64],
    shape: tuple[int, int],
    color: tuple[float, float, float],
    *,
    opacity: float = 1.0,
    dryness: float = 0.0,
) -> Overlay:
    """Return a line of paint along points, ``width`` pixels wide."""
    ribbon = find_ribbon(make_crack(points, width), shape)
    alpha = (opacity * ribbon.coverage()).astype(np.float32)
    seen = alpha > 0
    return Overlay(ribbon.rows[seen], ribbon.columns[seen], alpha[seen], color, dryness)


def write_text(
    rng: np.random.Generator,
    text: str,
    origin: tuple[float, float],
    size: float,
    shape: tuple[int, int],
    color: tuple[float, float, float],
) -> list[Overlay]:
    """Write a line by hand from the top left corner ``origin`` in letters ``size`` pixels high."""
    overlays = []
    slope = rng.normal(0.0, 0.05)
    slant = rng.normal(0.1, 0.08)
    pen = size * rng.uniform(0.1, 0.16)
    dryness = rng.uniform(0.0, 0.9)
    x = 0.0
    for character in text:
        shrink = rng.uniform(0.85, 1.1)
        for line in _GLYPHS[character]:
            glyph = np.array(line) + rng.normal(0.0, 0.035, (len(line), 2))
            across = x + size * 0.6 * shrink * (glyph[:, 0] - slant * glyph[:, 1])
            down = size * shrink * glyph[:, 1] + slope * across
            curve = _rounded(np.column_stack([across + origin[0], down + origin[1]]))
            pressure = pen * np.exp(0.15 * smooth_profile(rng, len(curve), len(curve) / 3))
            overlays.append(
                stroke(curve, pressure, shape, color, opacity=0.92, dryness=float(dryness))
            )
        x += size * rng.uniform(0.72, 0.85)
    return overlays


def _rounded(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round the corners of a polyline by cutting them three times (Chaikin's scheme)."""
    for _ in range(3):
        cut = np.empty((2 * len(points) - 2, 2))
        cut[0::2] = 0.75 * points[:-1] + 0.25 * points[1:]
        cut[1::2] = 0.25 * points[:-1] + 0.75 * points[1:]
        points = np.vstack([points[:1], cut, points[-1:]])
    return points


def pores(
    rng: np.random.Generator,
    centers: NDArray[np.float64],
    radii: NDArray[np.float64],
    shape: tuple[int, int],
    color: tuple[float, float, float],
    rim: tuple[float, float, float] | None = None,
) -> list[Overlay]:
    """Return holes or spots: dark irregular discs, optionally lit on the lower right edge."""
    dark: list[tuple[NDArray[np.int32], NDArray[np.int32], Floats]] = []
    lit: list[tuple[NDArray[np.int32], NDArray[np.int32], Floats]] = []
    for (x, y), radius in zip(centers, radii, strict=True):
        margin = int(np.ceil(1.5 * radius)) + 2
        y0, y1 = max(int(y) - margin, 0), min(int(y) + margin + 1, shape[0])
        x0, x1 = max(int(x) - margin, 0), min(int(x) + margin + 1, shape[1])
        lobes = rng.normal(0.0, [0.12, 0.08, 0.05])
        phases = rng.uniform(0.0, 2 * np.pi, 3)
        if y1 <= y0 or x1 <= x0:
            continue
        dy, dx = np.mgrid[y0:y1, x0:x1].astype(np.float64) - np.array([y, x])[:, None, None]
        angle = np.arctan2(dy, dx)
        edge = radius * (1 + sum(lobes[k] * np.cos((k + 2) * angle + phases[k]) for k in range(3)))
        distance = np.hypot(dx, dy)
        alpha = np.clip(edge - distance + 0.5, 0.0, 1.0)
        _collect(dark, alpha, y0, x0)
        if rim is not None:
            facing = np.clip((dx + dy) / np.maximum(1.4 * distance, 1e-6), 0.0, 1.0)
            ring = np.exp(-(((distance - edge - 0.6) / 0.8) ** 2))
            _collect(lit, 0.6 * facing * ring, y0, x0)
    overlays = [_merge(lit, rim)] if rim is not None and lit else []
    return overlays + ([_merge(dark, color)] if dark else [])


def _collect(
    pieces: list[tuple[NDArray[np.int32], NDArray[np.int32], Floats]],
    alpha: NDArray[np.float64],
    y0: int,
    x0: int,
) -> None:
    """Append the visible pixels of one patch."""
    rows, columns = np.nonzero(alpha > 0.01)
    values = alpha[rows, columns].astype(np.float32)
    pieces.append(((rows + y0).astype(np.int32), (columns + x0).astype(np.int32), values))


def _merge(
    pieces: Sequence[tuple[NDArray[np.int32], NDArray[np.int32], Floats]],
    color: tuple[float, float, float],
) -> Overlay:
    """Join patches; where they overlap, the more opaque pixel is kept."""
    rows, columns, alpha = (np.concatenate(arrays) for arrays in zip(*pieces, strict=True))
    order = np.lexsort((-alpha, columns, rows))
    rows, columns, alpha = rows[order], columns[order], alpha[order]
    first = np.ones(len(rows), bool)
    first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    return Overlay(rows[first], columns[first], alpha[first], color)


def paint_all(
    overlays: Iterable[Overlay],
    image: Floats,
    start: int,
    grain: Floats | None = None,
) -> None:
    """Blend overlays over rows of an image in place, in order."""
    for overlay in overlays:
        overlay.paint(image, start, grain)
