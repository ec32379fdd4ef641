"""The image unrolled along the course of a crack, so that a long crack is looked at like a tape."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotator.document.crack_path import CrackPath

Floats = NDArray[np.float64]

LEAST_REACH = 20.0
"""Pixels that are shown on each side of the course, at least."""
REACH_PER_WIDTH = 2.5
"""... and so many times the largest half width."""
MOST_REACH = 160.0
BEYOND = 30
"""Pixels that are shown beyond both ends: a crack may well go on there."""
SMOOTHING = 12.0
"""Of the axis along itself, in px: a strip along each wiggle of the course would hide it."""


@dataclass(frozen=True, slots=True, eq=False)
class CrackStrip:
    """A straight picture of a crack: one column for each pixel of its axis, left of it on top.

    Rows are pixels across, the axis in the middle one; columns 0 to ``len(axis)`` - 1. The course
    begins at column ``BEYOND`` and ends as many columns before the last one.
    """

    pixels: NDArray[Any]
    """(rows, columns) or (rows, columns, channels), sampled from the image."""
    axis: Floats
    """(columns, 2) points (x, y) of the image."""
    normals: Floats
    """(columns, 2) unit vectors to the left, which is up in the strip."""
    center: Floats
    """Rows of the course itself."""
    edges: Floats
    """(columns, 2) rows of the left and the right edge."""
    samples: NDArray[np.intp]
    """The sample of the course at each column."""

    @property
    def middle(self) -> int:
        """Row of the axis."""
        return self.pixels.shape[0] // 2

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.axis)

    def point_at(self, column: float, row: float) -> tuple[float, float]:
        """Return the point of the image at a place of the strip."""
        k = min(max(round(column), 0), self.columns - 1)
        x, y = self.axis[k] + (self.middle - row) * self.normals[k]
        return float(x), float(y)

    def column_of(self, sample: int) -> int:
        """Return the column at which a sample of the course lies."""
        inner = self.samples[BEYOND : self.columns - BEYOND]
        return BEYOND + int(np.abs(inner - sample).argmin())

    def place_of(self, x: float, y: float, sample: int) -> tuple[int, float]:
        """Return column and row of a point near a sample of the course."""
        column = self.column_of(sample)
        away = np.array((x, y)) - self.axis[column]
        left_x, left_y = self.normals[column]
        column += round(float(away @ (-left_y, left_x)))
        return column, self.middle - float(away @ (left_x, left_y))


def unroll(image: NDArray[Any], path: CrackPath) -> CrackStrip:
    """Return the strip of an image, of any depth and number of channels, along a course."""
    from geodesic.polyline import arc_length, left_normals

    line = path.centerline
    if len(line) < 2:
        raise ValueError("a course of one point cannot be unrolled")
    travelled = arc_length(line)
    count = max(round(travelled[-1]), 1) + 1
    steps = np.linspace(0.0, travelled[-1], count)
    course = _at(steps, travelled, line)
    halves = _at(steps, travelled, path.half_widths)
    axis = _smoothed(course)
    normals = left_normals(axis)
    aside = ((course - axis) * normals).sum(axis=1)
    reach = float(np.clip(REACH_PER_WIDTH * halves.max(), LEAST_REACH, MOST_REACH))
    rows = int(np.ceil(reach + np.abs(aside).max()))
    axis, normals = _lengthened(axis), np.pad(normals, ((BEYOND, BEYOND), (0, 0)), mode="edge")
    aside, halves = (np.pad(v, _ends(v), mode="edge") for v in (aside, halves))
    samples = np.searchsorted(travelled, steps).clip(0, len(line) - 1).astype(np.intp)
    return CrackStrip(
        pixels=_sampled(image, axis, normals, rows),
        axis=axis,
        normals=normals,
        center=rows - aside,
        edges=(rows - aside)[:, None] + halves * (-1.0, 1.0),
        samples=np.pad(samples, BEYOND, mode="edge"),
    )


def _at(steps: Floats, travelled: Floats, values: Floats) -> Floats:
    return np.column_stack([np.interp(steps, travelled, column) for column in values.T])


def _ends(values: Floats) -> list[tuple[int, int]]:
    return [(BEYOND, BEYOND), *[(0, 0)] * (values.ndim - 1)]


def _smoothed(course: Floats) -> Floats:
    """Return the course without its wiggles, its ends where they were."""
    from scipy.ndimage import gaussian_filter1d

    sigma = min(SMOOTHING, len(course) / 6)
    straight = np.linspace(0.0, 1.0, len(course))[:, None]
    chord = course[0] * (1 - straight) + course[-1] * straight
    # What departs from the chord is nothing at both ends: mirrored there with its sign turned.
    apart = course - chord
    padded = np.concatenate((-apart[:0:-1], apart, -apart[-2::-1]))
    smooth = gaussian_filter1d(padded, sigma, axis=0)[len(course) - 1 : 2 * len(course) - 1]
    return chord + smooth


def _lengthened(axis: Floats) -> Floats:
    """Return the axis with straight ends."""
    reach = min(8, len(axis) - 1)
    ahead = _unit(axis[-1] - axis[-1 - reach])
    behind = _unit(axis[0] - axis[reach])
    far = np.arange(1, BEYOND + 1)[:, None]
    return np.concatenate((axis[0] + far[::-1] * behind, axis, axis[-1] + far * ahead))


def _unit(vector: Floats) -> Floats:
    return vector / max(float(np.hypot(*vector)), 1e-9)


def _sampled(image: NDArray[Any], axis: Floats, normals: Floats, reach: int) -> NDArray[Any]:
    """Sample the image on the normals; beyond its border its last pixels go on."""
    import cv2

    offsets = np.arange(reach, -reach - 1, -1.0)[:, None]
    across = axis[:, 0] + offsets * normals[:, 0]
    down = axis[:, 1] + offsets * normals[:, 1]
    height, width = image.shape[:2]
    # Only what is needed: OpenCV takes no image with a side of more than 32767 pixels.
    x0, y0 = (int(np.clip(v.min() - 1, 0, s - 1)) for v, s in ((across, width), (down, height)))
    x1, y1 = (int(np.clip(v.max() + 2, 1, s)) for v, s in ((across, width), (down, height)))
    part = np.ascontiguousarray(image[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)])
    maps = (across - x0).astype(np.float32), (down - y0).astype(np.float32)
    sampled = cv2.remap(part, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled)
