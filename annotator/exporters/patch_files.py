"""Patches as pairs of files: cut from an image, encoded, and checked to read back as they are."""

from io import BytesIO
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.document.block_raster import Box
from annotator.errors import AnnotatorError
from annotator.exporters.image_files import encoded_jpeg, encoded_png, mask_pixels
from annotator.exporters.verification import HALF

PatchFormat = Literal["jpg", "png"]
PATCH_FORMATS: tuple[PatchFormat, ...] = get_args(PatchFormat)


def cut(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """Return the pixels in a box that starts inside; beyond the image they are mirrored."""
    x0, y0, x1, y1 = box
    part = pixels[y0:y1, x0:x1]
    missing = [(0, y1 - y0 - part.shape[0]), (0, x1 - x0 - part.shape[1])]
    if missing == [(0, 0), (0, 0)]:
        return part
    return np.pad(part, missing + [(0, 0)] * (pixels.ndim - 2), mode="symmetric")


def encoded_pair(
    pixels: NDArray[np.uint8], mask: NDArray[np.uint8], patch_format: PatchFormat
) -> tuple[bytes, bytes]:
    """Encode a patch and its 0/1 mask; raises AnnotatorError if the mask would not read back."""
    values = mask_pixels(mask)
    if patch_format == "png":
        return encoded_png(pixels), encoded_png(values)
    encoded_mask = encoded_jpeg(values)
    read_back: NDArray[Any] = np.asarray(Image.open(BytesIO(encoded_mask)))
    if not np.array_equal(read_back > HALF, mask != 0):
        raise AnnotatorError("its mask changes when it is stored as JPEG; choose PNG.")
    return encoded_jpeg(pixels), encoded_mask
