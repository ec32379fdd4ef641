"""Masks as lossless files: 8 bit PNG, 0 and 255 on disk, 0 and 1 in memory."""

from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.storage.atomic import write_atomically
from annotator.storage.image_io import decode

_LOSSY = {"JPEG", "MPO", "WEBP", "AVIF", "JPEG2000"}


def save_mask(path: Path, mask: NDArray[np.bool_] | NDArray[np.uint8]) -> None:
    """Save a (height, width) mask, non-zero = crack, as an 8 bit 0/255 PNG, whole or not at all."""
    if mask.ndim != 2 or mask.size == 0:
        raise ValueError(f"mask has shape {mask.shape}; it must be (height, width) and not empty.")
    if path.suffix.lower() != ".png":
        raise AnnotatorError(f"{path} is not a PNG name; masks are saved without loss as .png.")
    # Encoded in memory first: encoders that meet a full disk report codes of their own, no errno.
    encoded = BytesIO()
    Image.fromarray(np.where(mask != 0, np.uint8(255), np.uint8(0))).save(encoded, format="PNG")

    def write(file: BinaryIO) -> None:
        file.write(encoded.getbuffer())

    write_atomically(path, write)


def load_mask(path: Path) -> NDArray[np.uint8]:
    """Read a mask as (height, width) uint8, 1 = crack.

    Whatever is not 0 (in an RGBA file: neither black nor transparent) is crack; in a lossy file
    such as JPEG, whatever is brighter than half.
    """
    return decode(path, _mask_pixels)


def _mask_pixels(picture: Image.Image) -> NDArray[np.uint8]:
    alpha: NDArray[Any] | None = None
    if picture.mode in {"LA", "PA", "RGBA", "La", "RGBa"}:
        alpha = np.asarray(picture.getchannel("A" if picture.mode[-1] == "A" else "a"))
    colors = np.asarray(picture)
    threshold = 127 if picture.format in _LOSSY else 0
    if colors.ndim == 3:
        colors = colors[..., : colors.shape[2] - (alpha is not None)].max(axis=2)
    crack = colors > threshold
    if alpha is not None:
        crack &= alpha > 0
    return crack.astype(np.uint8)
