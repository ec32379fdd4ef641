"""The pixels of cracks as a project keeps them: grey PNG files of codes, each with its place."""

import hashlib
import struct
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segmentation.data.errors import DataError

_DIGEST_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class Codes:
    """Codes of pixels: 1 traced, 2 painted, 3 imported, 4 predicted, from 128 on erased by hand."""

    predicted: int = 4
    erased: int = 128


CODES: Final = Codes()


def add_codes(codes: NDArray[np.uint8], path: Path) -> None:
    """Write a crack's codes to their place; of several at a pixel what is crack wins."""
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH] != path.stem[-_DIGEST_LENGTH:]:
            raise ValueError("its content has changed")
        put_raster(codes, content)
    except (OSError, ValueError, SyntaxError, struct.error) as error:
        raise DataError(
            f"{path} cannot be read ({error}); check the project in the program."
        ) from error


def put_raster(codes: NDArray[np.uint8], content: bytes) -> None:
    """Write the codes of a PNG file to their place; of several at a pixel what is crack wins."""
    x, y = _offset(content)
    with Image.open(BytesIO(content), formats=("PNG",)) as picture:
        block = np.asarray(picture)
    x0, y0 = max(x, 0), max(y, 0)
    place = codes[y0 : y + block.shape[0], x0 : x + block.shape[1]]
    block = block[y0 - y :, x0 - x :][: place.shape[0], : place.shape[1]]
    place[...] = np.where(_order(block) > _order(place), block, place)


def _order(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the order in which codes count: nothing, erased, predicted, drawn by hand."""
    order = np.zeros(256, np.uint8)
    order[CODES.erased :] = 1
    order[1 : CODES.erased] = 3
    order[CODES.predicted] = 2
    return order[codes]


def _offset(content: bytes) -> tuple[int, int]:
    """Return the position (x, y) in the image that the chunk oFFs of a PNG holds."""
    start = 8
    while start + 8 <= len(content):
        length = int.from_bytes(content[start : start + 4], "big")
        if content[start + 4 : start + 8] == b"oFFs":
            x, y, _ = struct.unpack(">iiB", content[start + 8 : start + 8 + length])
            return x, y
        start += length + 12
    raise ValueError("it does not say where it belongs")
