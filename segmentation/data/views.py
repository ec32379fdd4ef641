"""Cutting a scaled and rotated view out of an image and its mask."""

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.data.mask_files import Mask

_SHRUNK: Final = 0.85
"""Below this scale the image is averaged, so that texture does not turn into dots."""
_MARGIN: Final = 2

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle over an image.

    ``center`` is (x, y) with pixel centers at integers, ``size`` (width, height) of the result,
    ``scale`` how many of its pixels are one of the image, ``angle`` in radians.
    """

    center: tuple[float, float]
    size: tuple[int, int]
    scale: float = 1.0
    angle: float = 0.0

    def extent(self) -> tuple[float, float]:
        """Return (width, height) of the upright box around the view in pixels of the image."""
        width, height = (side / self.scale for side in self.size)
        cos, sin = abs(math.cos(self.angle)), abs(math.sin(self.angle))
        return width * cos + height * sin, width * sin + height * cos


def cut_view(image: Pixels, mask: Mask, view: View) -> tuple[Pixels, Mask]:
    """Return what a view shows of an image and of its mask, mirrored beyond the border.

    The image is interpolated or averaged. The mask takes the nearest pixel; where it shrinks or
    turns, a pixel is crack also if the center of a crack pixel comes to lie in it, so that no
    crack breaks, however thin.
    """
    if view.scale == 1.0 and view.angle == 0.0:
        x, y = (round(c - (s - 1) / 2) for c, s in zip(view.center, view.size, strict=True))
        box = (x, y, x + view.size[0], y + view.size[1])
        return _taken(image, box), _taken(mask, box)
    width, height = view.extent()
    box = (
        math.floor(view.center[0] - width / 2) - _MARGIN,
        math.floor(view.center[1] - height / 2) - _MARGIN,
        math.ceil(view.center[0] + width / 2) + _MARGIN + 1,
        math.ceil(view.center[1] + height / 2) + _MARGIN + 1,
    )
    pixels, labels = _taken(image, box), _taken(mask, box)
    local = (view.center[0] - box[0], view.center[1] - box[1])
    matrix = _matrix(local, view, (1.0, 1.0))
    nearest = _warped(labels, matrix, view.size, cv2.INTER_NEAREST)
    if view.scale < 1.0 or view.angle != 0.0:
        _keep_cracks(nearest, labels, matrix)
    if view.scale < _SHRUNK:
        before = pixels.shape[1], pixels.shape[0]
        after = tuple(max(round(side * view.scale), 1) for side in before)
        pixels = cv2.resize(pixels, after, interpolation=cv2.INTER_AREA)
        shrunk = after[0] / before[0], after[1] / before[1]
        matrix = _matrix(local, view, shrunk)
    return _warped(pixels, matrix, view.size, cv2.INTER_LINEAR), nearest


def _keep_cracks(shown: Mask, mask: Mask, matrix: NDArray[np.float64]) -> None:
    """Mark where the crack pixels of a mask go, given the map to it from its view."""
    inverse = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    flat = np.flatnonzero(mask == 1)
    points = np.stack([flat % mask.shape[1], flat // mask.shape[1]], axis=1)
    places = _mapped(points, inverse)
    _mark(shown, places)
    if abs(inverse[0, 0]) + abs(inverse[0, 1]) <= 1.0:
        return  # pixels that touch at a corner stay neighbors
    for step in ((1, 1), (-1, 1)):
        ends = points + np.array(step)
        is_inside = ((ends >= 0) & (ends < mask.shape[::-1])).all(axis=1)
        starts, ends, before = points[is_inside], ends[is_inside], places[is_inside]
        goes_on = mask[ends[:, 1], ends[:, 0]] == 1
        starts, ends, before = starts[goes_on], ends[goes_on], before[goes_on]
        is_apart = (np.abs(_mapped(ends, inverse) - before) > 1).any(axis=1)
        _mark(shown, _mapped((starts[is_apart] + ends[is_apart]) / 2, inverse))


def _mapped(points: NDArray[Any], matrix: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.floor(points @ matrix[:, :2].T + matrix[:, 2] + 0.5).astype(np.intp)


def _mark(mask: Mask, places: NDArray[np.intp]) -> None:
    """Set the places (x, y) that lie inside."""
    columns, rows = places[((places >= 0) & (places < mask.shape[::-1])).all(axis=1)].T
    mask[rows, columns] = 1


def _matrix(
    local: tuple[float, float], view: View, shrunk: tuple[float, float]
) -> NDArray[np.float64]:
    """Return the map from the result to the part of the image that was taken and shrunk."""
    cos, sin = math.cos(view.angle) / view.scale, math.sin(view.angle) / view.scale
    middle = (view.size[0] - 1) / 2, (view.size[1] - 1) / 2
    x0 = local[0] - cos * middle[0] + sin * middle[1]
    y0 = local[1] - sin * middle[0] - cos * middle[1]
    fx, fy = shrunk
    return np.array([
        [fx * cos, -fx * sin, fx * (x0 + 0.5) - 0.5],
        [fy * sin, fy * cos, fy * (y0 + 0.5) - 0.5],
    ])  # fmt: skip


def _warped(
    values: NDArray[Any], matrix: NDArray[np.float64], size: tuple[int, int], interpolation: int
) -> NDArray[np.uint8]:
    flags = interpolation | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(values, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101),
        np.uint8,
    )


def _taken(values: NDArray[Any], box: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Return the part of an array in a box, mirrored where the box lies outside."""
    x0, y0, x1, y1 = box
    height, width = values.shape[:2]
    if x0 >= 0 and y0 >= 0 and x1 <= width and y1 <= height:
        return values[y0:y1, x0:x1]
    inner_x, inner_y = (max(x0, 0), min(x1, width)), (max(y0, 0), min(y1, height))
    pads = (inner_y[0] - y0, y1 - inner_y[1], inner_x[0] - x0, x1 - inner_x[1])
    if _can_pad(inner_x, pads[2:], width) and _can_pad(inner_y, pads[:2], height):
        inner = values[inner_y[0] : inner_y[1], inner_x[0] : inner_x[1]]
        return np.asarray(cv2.copyMakeBorder(inner, *pads, cv2.BORDER_REFLECT_101), np.uint8)
    columns = mirrored(np.arange(x0, x1), width)
    rows = mirrored(np.arange(y0, y1), height)
    return values[rows[:, None], columns[None, :]]


def _can_pad(inner: tuple[int, int], pads: tuple[int, ...], length: int) -> bool:
    """Tell whether mirroring the part inside is mirroring the whole image, and much faster."""
    n_inside = inner[1] - inner[0]
    return 1 < n_inside == length or max(pads) < n_inside


def mirrored(places: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Return places on an axis folded back into it, the pixel at the border not repeated."""
    if length == 1:
        return np.zeros_like(places)
    period = 2 * (length - 1)
    folded = places % period
    return np.where(folded < length, folded, period - folded)
