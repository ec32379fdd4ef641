"""Rasters and courses of cracks as bytes: grey PNG with its place in the image, and NPZ.

The PNG is written and read here, not by Pillow: without line filters, and compressed by runs, the
large and nearly empty rasters of long cracks take a third of the time. Any program reads them.
"""

import json
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import BLOCK_SIDE, BlockRaster
from annotator.document.crack_path import CrackPath

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_LARGEST = 400_000_000  # px, so that a garbled header asks for no more memory
_ARRAYS = ("waypoints", "centerline", "half_widths", "confidence", "edge_visible")


def encode_raster(raster: BlockRaster) -> bytes:
    """Return the codes in the box of a raster that is not empty as PNG.

    The chunk oFFs holds the position of the box, so that a file says by itself where it belongs.
    """
    x0, y0, x1, y1 = raster.box
    compressor = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, 9, zlib.Z_RLE)
    data: list[bytes] = []
    for top in range(y0 - y0 % BLOCK_SIDE, y1, BLOCK_SIDE):
        strip = raster.read((x0, max(top, y0), x1, min(top + BLOCK_SIDE, y1)))
        lines = np.zeros((strip.shape[0], strip.shape[1] + 1), np.uint8)  # column 0: no filter
        lines[:, 1:] = strip
        data.append(compressor.compress(lines.data))
    data.append(compressor.flush())
    header = struct.pack(">IIBBBBB", x1 - x0, y1 - y0, 8, 0, 0, 0, 0)
    chunks = (
        _chunk(b"IHDR", header),
        _chunk(b"oFFs", struct.pack(">iiB", x0, y0, 0)),
        _chunk(b"IDAT", b"".join(data)),
        _chunk(b"IEND", b""),
    )
    return _SIGNATURE + b"".join(chunks)


def decode_raster(encoded: bytes) -> BlockRaster:
    """Return the raster of a file that `encode_raster` made; a ValueError says what is wrong."""
    chunks = dict(_chunks(encoded))
    try:
        width, height, *kind = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
        x, y, unit = struct.unpack(">iiB", chunks[b"oFFs"])
        compressed = chunks[b"IDAT"]
    except (KeyError, struct.error) as error:
        raise ValueError("not a mask of this program") from error
    if kind != [8, 0, 0, 0, 0] or unit != 0 or not 0 < width * height <= _LARGEST:
        raise ValueError("not a mask of this program")
    lines = _inflate(compressed, height * (width + 1)).reshape(height, width + 1)
    if lines[:, 0].any():
        raise ValueError("line filters are not expected")
    return BlockRaster.from_array(x, y, lines[:, 1:])


def _chunk(kind: bytes, data: bytes) -> bytes:
    check = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)


def _chunks(encoded: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not encoded.startswith(_SIGNATURE):
        raise ValueError("not a PNG file")
    start = len(_SIGNATURE)
    while start < len(encoded):
        length = int.from_bytes(encoded[start : start + 4], "big")
        chunk = encoded[start + 4 : start + 12 + length]
        if len(chunk) < length + 8:
            raise ValueError("the file ends early")
        kind, data = chunk[:4], chunk[4:-4]
        if zlib.crc32(chunk[:-4]) != int.from_bytes(chunk[-4:], "big"):
            raise ValueError("the content does not match its checksum")
        yield kind, data
        start += length + 12


def _inflate(compressed: bytes, expected: int) -> NDArray[np.uint8]:
    decompressor = zlib.decompressobj()
    try:
        data = decompressor.decompress(compressed, expected)
    except zlib.error as error:
        raise ValueError(f"the pixels cannot be decompressed ({error})") from error
    if len(data) != expected:
        raise ValueError("pixels are missing")
    return np.frombuffer(data, np.uint8)


def encode_path(path: CrackPath) -> bytes:
    """Return a course as NPZ; nothing is rounded."""
    facts = {
        "length_px": path.length_px,
        "width_px": path.width_px,
        "parameters": path.parameters,
        "seconds": path.seconds,
        "notes": path.notes,
    }
    text = np.frombuffer(json.dumps(facts, sort_keys=True).encode(), np.uint8)
    arrays: dict[str, NDArray[Any]] = {name: getattr(path, name) for name in _ARRAYS}
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, facts=text, **arrays)
    return buffer.getvalue()


def decode_path(encoded: bytes) -> CrackPath:
    """Return the course of a file that `encode_path` made; a ValueError says what is wrong."""
    try:
        with np.load(BytesIO(encoded), allow_pickle=False) as archive:
            arrays: dict[str, NDArray[Any]] = {name: archive[name] for name in _ARRAYS}
            facts = cast("dict[str, Any]", json.loads(archive["facts"].tobytes()))
        _check_arrays(arrays)
        return CrackPath(
            **arrays,
            length_px=float(facts["length_px"]),
            width_px=facts["width_px"],
            parameters=facts["parameters"],
            seconds=facts["seconds"],
            notes=tuple(facts["notes"]),
        )
    except Exception as error:  # readers of zip, npy and JSON raise whatever they meet
        raise ValueError(f"not a course of a crack ({error})") from error


def _check_arrays(arrays: dict[str, NDArray[Any]]) -> None:
    n_points = len(arrays["centerline"])
    shapes = {
        "waypoints": (len(arrays["waypoints"]), 2),
        "centerline": (n_points, 2),
        "half_widths": (n_points, 2),
        "confidence": (n_points,),
        "edge_visible": (n_points,),
    }
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has the shape {arrays[name].shape}")
