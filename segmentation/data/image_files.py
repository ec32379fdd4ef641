"""Photographs as upright 8-bit RGB arrays; what is wrong with a file in one sentence.

Pillow decodes, because it reports files that end early; others return half a picture.
"""

import hashlib
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from segmentation.data.errors import DataError

IMAGE_SUFFIXES: Final = frozenset(
    (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".jp2", ".pgm", ".ppm")
)
LOSSY_SUFFIXES: Final = frozenset((".jpg", ".jpeg", ".webp", ".jp2"))
_FORMATS: Final = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "JPEG2000", "PPM")
_MAX_PIXELS: Final = 400_000_000
_ORIENTATION_TAG: Final = 0x0112
_DAMAGED: Final = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    struct.error,
)  # fmt: skip

# Pillow's own limit warns at 89 megapixels; the one here is checked before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

_T = TypeVar("_T")


def read_image(path: Path) -> NDArray[np.uint8]:
    """Return a photograph as ``(height, width, 3)`` red, green, blue; 16 bit become 8.

    Raises
    ------
    DataError
        The file is missing, damaged or no image.
    """
    return open_picture(path, lambda picture: _rgb(ImageOps.exif_transpose(picture)))


def read_thumbnail(path: Path, side: int) -> NDArray[np.uint8]:
    """Return a grey picture, reduced while decoding where the format allows it.

    It has at least ``side`` pixels each way, unless the photograph has fewer itself.
    """

    def convert(picture: Image.Image) -> NDArray[np.uint8]:
        picture.draft("L", (side, side))
        return np.asarray(Image.fromarray(_rgb(ImageOps.exif_transpose(picture))).convert("L"))

    return open_picture(path, convert)


def image_size(path: Path) -> tuple[int, int]:
    """Return the upright (width, height) from the header."""

    def convert(picture: Image.Image) -> tuple[int, int]:
        turned = picture.getexif().get(_ORIENTATION_TAG, 1) in {5, 6, 7, 8}
        width, height = picture.size
        return (height, width) if turned else (width, height)

    return open_picture(path, convert)


def open_picture(path: Path, convert: Callable[[Image.Image], _T]) -> _T:
    """Return ``convert(picture)``; a DataError names the file and what is wrong with it."""
    try:
        with path.open("rb") as file, Image.open(file, formats=_FORMATS) as picture:
            if picture.width * picture.height > _MAX_PIXELS:
                raise DataError(
                    f"{path} has {picture.width} x {picture.height} pixels, more than "
                    f"{_MAX_PIXELS // 1_000_000} megapixels; cut it into parts."
                )
            return convert(picture)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist; put it back or leave it out.") from error
    except UnidentifiedImageError as error:
        raise DataError(
            f"{path} is empty, damaged or no image; copy it again from its source."
        ) from error
    except _DAMAGED as error:
        reason = str(error).strip().rstrip(".") or type(error).__name__
        raise DataError(
            f"{path} cannot be decoded ({reason}); copy it again from its source."
        ) from error


def list_images(folder: Path) -> list[Path]:
    """Return the images directly in a folder by name; "._X" that macOS leaves are no images."""
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; check the path.")
    return sorted(path for path in folder.iterdir() if is_image(path))


def is_image(path: Path) -> bool:
    """Tell by its name whether a file is an image."""
    return path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".")


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror or error}); check the path and the disk."
        ) from error


def eight_bit(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Reduce whole numbers of 16 bit, and fractions from 0 to 1, to 8 bit."""
    scale = 255.0 if values.dtype.kind == "f" else 255.0 / 65535.0
    return (np.clip(values * scale, 0.0, 255.0) + 0.5).astype(np.uint8)


def _rgb(picture: Image.Image) -> NDArray[np.uint8]:
    if picture.mode.startswith("I") or picture.mode == "F":
        grey = eight_bit(np.asarray(picture))
        return np.repeat(grey[..., None], 3, axis=2)
    return np.asarray(picture.convert("RGB"))
