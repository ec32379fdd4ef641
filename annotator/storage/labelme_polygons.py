"""Polygons as labelme turns them into masks: all pixels that the line itself runs through count.

So a polygon leads through the centers of the outermost pixels, which lie at (0.5, 0.5), (1.5, 0.5),
..., and one that is thinner than a pixel still has pixels.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from annotator.document.mask import MaskPatch
from annotator.storage.outlines import pieces

Points = NDArray[np.float64]
"""(n, 2) points (x, y), counted from the outer corner of the first pixel."""

_FEWEST_POINTS = 3


def labelme_polygons(patch: MaskPatch) -> list[Points]:
    """Return polygons that `drawn` turns into exactly this mask together."""
    return [_contour(piece) + np.array([piece.x, piece.y]) + 0.5 for piece in pieces(patch)]


def drawn(points: Points, size: tuple[int, int]) -> MaskPatch:
    """Return the mask of a polygon in a (width, height) image, as labelme draws it."""
    # Whole pixels apart from the image's corner, so that rounding is the same.
    low = np.clip(np.floor(points.min(axis=0)), 0, size).astype(int)
    high = np.clip(np.floor(points.max(axis=0)) + 1, low, size).astype(int)
    width, height = (high - low).tolist()
    if not width or not height:
        return MaskPatch(0, 0, np.zeros((0, 0), np.uint8))
    picture = Image.new("1", (width, height))
    corners = [(x, y) for x, y in (points - low).tolist()]
    ImageDraw.Draw(picture).polygon(corners, outline=1, fill=1)
    return MaskPatch(int(low[0]), int(low[1]), np.asarray(picture).astype(np.uint8)).tight()


def _contour(piece: MaskPatch) -> Points:
    import cv2

    contours, _ = cv2.findContours(piece.data, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    contour = contours[0][:, 0].astype(np.float64)
    missing = max(_FEWEST_POINTS - len(contour), 0)
    return np.concatenate((contour, contour[:1].repeat(missing, axis=0)))
