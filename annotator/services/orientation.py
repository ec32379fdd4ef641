"""Annotations made on pixels that an EXIF tag should have turned, turned afterwards."""

from dataclasses import replace

import numpy as np

from annotator.document.block_raster import Box
from annotator.document.mask import MaskPatch
from annotator.importers.annotation import ParsedImage, Size, Track
from annotator.storage.pixels import upright


def turned_upright(parsed: ParsedImage, orientation: int) -> ParsedImage:
    """Return annotations of the pixels as stored as those of the upright image (EXIF 1 to 8).

    Courses of this program are always upright, and stay as they are.
    """
    if parsed.size is None:
        raise ValueError("annotations of an unknown size cannot be turned")
    size = parsed.size
    return replace(
        parsed,
        size=size[::-1] if orientation >= 5 else size,
        masks=tuple(_mask(patch, size, orientation) for patch in parsed.masks),
        boxes=tuple(replace(box, box=_box(box.box, size, orientation)) for box in parsed.boxes),
        tracks=tuple(_points(track + 0.5, size, orientation) - 0.5 for track in parsed.tracks),
    )


def _mask(patch: MaskPatch, size: Size, orientation: int) -> MaskPatch:
    x0, y0, x1, y1 = _box(patch.box, size, orientation)
    data = np.ascontiguousarray(upright(patch.data, orientation))
    if data.shape != (y1 - y0, x1 - x0):
        raise ValueError("the orientation is none of 1 to 8")
    return MaskPatch(x0, y0, data)


def _box(box: Box, size: Size, orientation: int) -> Box:
    corners = _points(np.array(box, np.float64).reshape(2, 2), size, orientation)
    x0, y0, x1, y1 = (int(value) for value in (*corners.min(axis=0), *corners.max(axis=0)))
    return x0, y0, x1, y1


def _points(points: Track, size: Size, orientation: int) -> Track:
    """Turn points that count from the outer corner of the first pixel."""
    x, y = points.T
    width, height = size
    if orientation in {5, 6, 7, 8}:
        x, y, width, height = y, x, height, width
    if orientation in {2, 3, 6, 7}:
        x = width - x
    if orientation in {3, 4, 7, 8}:
        y = height - y
    return np.column_stack((x, y))
