"""TIFF files that Pillow cannot keep at full depth: 16 bit, wide integer and float samples."""

from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from annotator.storage.pixels import Pixels, flatten_alpha, unit_range, upright

SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ORIENTATION, _EXTRA_SAMPLES, _GDAL_NODATA, _DNG_VERSION = 274, 338, 42113, 50706
_WHITE_IS_ZERO, _RGB, _CMYK = 0, 2, 5
_SUPPORTED_PHOTOMETRIC = {_WHITE_IS_ZERO, 1, _RGB, _CMYK}


@dataclass(frozen=True, slots=True)
class TiffPage:
    """What the first page of a TIFF says about itself; ``width`` and ``height`` as stored."""

    width: int
    height: int
    orientation: int
    n_pages: int
    is_deep: bool
    is_raw: bool


def describe(file: BinaryIO) -> TiffPage:
    """Read the tags of the first page."""
    from tifffile import TiffFile

    file.seek(0)
    with TiffFile(file) as tiff:
        page: Any = tiff.pages.first
        dtype = page.dtype
        return TiffPage(
            width=page.imagewidth,
            height=page.imagelength,
            orientation=_orientation(page),
            n_pages=len(tiff.pages),
            is_deep=dtype is not None and not (dtype.kind in "bu" and dtype.itemsize == 1),
            is_raw=_DNG_VERSION in page.tags,
        )


def read_deep(file: BinaryIO, notes: list[str]) -> Pixels:
    """Decode the first page to upright uint16 or float32 pixels, or raise ValueError."""
    from tifffile import TiffFile

    file.seek(0)
    with TiffFile(file) as tiff:
        page: Any = tiff.pages.first
        photometric = int(page.photometric)
        if photometric not in _SUPPORTED_PHOTOMETRIC:
            raise ValueError(
                f"color model {page.photometric.name} at {page.dtype} is not supported"
            )
        extra_samples = page.tags.valueof(_EXTRA_SAMPLES, default=())
        nodata = page.tags.valueof(_GDAL_NODATA, default=None)
        orientation = _orientation(page)
        try:
            stored = _channels_last(page.asarray(), page.axes)
        except ValueError as error:
            if "imagecodecs" not in str(error):
                raise
            # LZW and the like: OpenCV brings libtiff.
            stored = _read_with_opencv(file, str(error))
    if stored.dtype.kind not in "uif":
        raise ValueError(f"samples of type {stored.dtype} are not supported")
    values = _without_nodata(stored, nodata)
    if values.dtype != np.uint16:
        values = unit_range(values, notes)
    if photometric == _WHITE_IS_ZERO:
        values = (65535 if values.dtype == np.uint16 else np.float32(1)) - values
    has_alpha = bool(extra_samples) and _first(extra_samples) in {1, 2}
    return upright(_grey_or_rgb(values, photometric, has_alpha, notes), orientation)


def _orientation(page: Any) -> int:
    value = page.tags.valueof(_ORIENTATION, default=1)
    return int(value) if isinstance(value, int) else 1


def _first(value: Any) -> int:
    return int(cast("tuple[int, ...]", value)[0] if isinstance(value, tuple) else value)


def _channels_last(stored: NDArray[Any], axes: str) -> Pixels:
    """Bring any axes to (y, x) or (y, x, samples), the first plane of everything else."""
    for axis in [axis for axis in axes if axis not in "YXS"]:
        stored = np.take(stored, 0, axis=axes.index(axis))
        axes = axes.replace(axis, "", 1)
    return np.moveaxis(stored, axes.index("S"), -1) if "S" in axes else stored


def _read_with_opencv(file: BinaryIO, reason: str) -> Pixels:
    import cv2

    file.seek(0)
    encoded = np.frombuffer(file.read(), np.uint8)
    stored = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    if stored is None:
        raise ValueError(reason)
    if stored.ndim == 3:
        order = [2, 1, 0, *range(3, stored.shape[2])]  # OpenCV gives blue, green, red
        stored = stored[..., order]
    return stored


def _without_nodata(stored: Pixels, nodata: Any) -> Pixels:
    """Turn the value that a GIS uses for 'nothing here' into NaN."""
    if nodata is None or stored.dtype.kind != "f":
        return stored
    try:
        value = float(str(nodata).strip("\0 "))
    except ValueError:
        return stored
    return np.where(stored == stored.dtype.type(value), np.nan, stored)


def _grey_or_rgb(values: Pixels, photometric: int, has_alpha: bool, notes: list[str]) -> Pixels:
    if values.ndim == 2:
        return values
    n_channels = values.shape[2]
    if photometric == _CMYK and n_channels >= 4:
        notes.append("CMYK colors were converted to RGB without a color profile.")
        top = 65535 if values.dtype == np.uint16 else 1
        ink = values[..., :4].astype(np.float32) / top
        rgb = (1 - ink[..., :3]) * (1 - ink[..., 3:]) * top
        return np.rint(rgb).astype(np.uint16) if values.dtype == np.uint16 else rgb
    n_colors = 3 if n_channels >= 3 else 1
    colors = values[..., :3] if n_colors == 3 else values[..., 0]
    if n_channels == n_colors + 1 and has_alpha and values.dtype == np.uint16:
        return flatten_alpha(colors, values[..., -1], notes)
    if n_channels > n_colors:
        notes.append(f"Of {n_channels} channels the first {n_colors} were read.")
    return colors
