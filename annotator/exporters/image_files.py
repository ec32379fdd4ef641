"""Photographs in an export: copied byte for byte, or upright as PNG where a tag rotates them."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.exporters.frame import ExportRun
from annotator.exporters.selection import SourceImage
from annotator.storage.image_io import decode, image_header, load_image, load_reduced

_SPACES = {b"RGB ": 3, b"GRAY": 2}
"""Color space named in an ICC profile, to the dimensions of the pixels that it describes."""


def place_photograph(run: ExportRun, image: SourceImage, folder: str) -> str:
    """Put a photograph into a folder of the export and return its name there.

    Readers of a data set do not turn images as the EXIF tag says, so that one with such a tag is
    rewritten; all others stay as they are, byte for byte. Raises AnnotatorError where it cannot be
    read.
    """
    _, orientation = image_header(image.path)
    if orientation == 1:
        load_reduced(image.path, 1)  # a file that ends early has a sound header
        name = f"{folder}/{image.stem}{image.path.suffix}"
        if run.copy(name, image.path) != image.sha256:
            run.take_back(name)
            raise AnnotatorError(f"{image.path} was changed while it was exported; export again.")
        return name
    name = f"{folder}/{image.stem}.png"
    run.write(name, _upright_png(image.path))
    run.listed.append(
        f"{image.record.shown_name} was rotated by an EXIF tag; it is {name}, upright, as PNG."
    )
    return name


def _upright_png(source: Path) -> bytes:
    """Encode the upright pixels; of all that the file holds beside them only a plain profile."""
    pixels = load_image(source).pixels
    return encoded_png(pixels, _profile(source, pixels.ndim))


def encoded_png(pixels: NDArray[Any], profile: bytes | None = None) -> bytes:
    """Encode grey or RGB pixels of 8 or 16 bit; float ones in [0, 1] become 16 bit."""
    if pixels.dtype.kind == "f":
        pixels = np.rint(pixels * 65535).astype(np.uint16)
    if pixels.dtype == np.uint16 and pixels.ndim == 3:
        import cv2  # Pillow has no color of 16 bit

        _, array = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))
        return array.tobytes()
    encoded = BytesIO()
    Image.fromarray(pixels).save(encoded, format="PNG", compress_level=4, icc_profile=profile)
    return encoded.getvalue()


def encoded_jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Encode grey or RGB pixels with as little loss as JPEG allows: quality 100, full color."""
    encoded = BytesIO()
    Image.fromarray(pixels).save(encoded, format="JPEG", quality=100, subsampling=0)
    return encoded.getvalue()


def mask_pixels(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a 0/1 mask as the 0/255 that files hold."""
    return mask * np.uint8(255)


def mask_digest(mask: NDArray[np.uint8] | NDArray[np.bool_]) -> bytes:
    """Return a digest of a mask's shape and pixels, to compare it with one read back later."""
    shape = np.array(mask.shape, "<i8").tobytes()
    return hashlib.sha256(shape + np.packbits(mask != 0).tobytes()).digest()


def as_8_bit(pixels: NDArray[Any]) -> NDArray[np.uint8]:
    """Return pixels as 8 bit over the full range of their type."""
    if pixels.dtype == np.uint8:
        return pixels
    top = 65535.0 if pixels.dtype == np.uint16 else 1.0
    return np.rint(pixels * np.float32(255 / top)).astype(np.uint8)


def _profile(source: Path, n_dimensions: int) -> bytes | None:
    """Return the ICC profile of a file where it describes the pixels as they are decoded."""

    def find(picture: Image.Image) -> bytes | None:
        profile: bytes = picture.info.get("icc_profile") or b""
        is_plain = picture.mode in {"L", "RGB"}
        return profile if is_plain and _SPACES.get(profile[16:20]) == n_dimensions else None

    return decode(source, find)
