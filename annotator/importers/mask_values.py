"""The values of a mask file: which of them are crack, and whether that is clear at all."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError
from annotator.importers.annotation import ParseOptions
from annotator.storage.image_io import decode
from annotator.storage.pixels import grey_if_equal, upright

_LOSSY = {"JPEG", "MPO", "WEBP", "AVIF", "JPEG2000"}
_HALF = 127
_ORIENTATION_TAG = 0x0112
_MOST_CLASSES = 16
THRESHOLD_HINT = "give the grey value above which is crack (“Brighter than”, --threshold)"
_LARGEST_SHARE = 0.8
"""Where more of an image is crack, the mask is inverted."""


@dataclass(frozen=True, slots=True, eq=False)
class _Values:
    """Upright values, one for each pixel; colors are numbers of their own."""

    values: NDArray[Any]
    is_lossy: bool
    is_colored: bool


def read_mask(path: Path, options: ParseOptions) -> MaskPatch:
    """Return the mask of a file in 0/1, upright by its own EXIF tag; all of it, not its box.

    An AnnotatorError says why the file is no mask with two values, and what to do.
    """
    found = decode(path, _values)
    if options.threshold is not None:
        if found.is_colored:
            raise AnnotatorError(f"{path} has colors, for which there is no threshold; leave it.")
        crack = found.values > options.threshold
    elif found.is_lossy:
        crack = _of_lossy(path, found)
    else:
        crack = _of_two_values(path, found)
    if options.is_inverted:
        crack = ~crack
    share = float(crack.mean())
    if share > _LARGEST_SHARE:
        other = "without" if options.is_inverted else "with"
        raise AnnotatorError(
            f"{path} marks {share:.0%} of the image as crack; if cracks are dark in it, import it "
            f"{other} --invert."
        )
    return MaskPatch(0, 0, crack.astype(np.uint8))


def _of_two_values(path: Path, found: _Values) -> NDArray[np.bool_]:
    values, counts = _distinct(found.values)
    if len(values) > 2:
        raise AnnotatorError(f"{path} {_several(values, found.is_colored)}")
    background = 0 if 0 in values or len(values) == 1 else values[counts.argmax()]
    return found.values != background


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp]]:
    if values.dtype.kind == "u" and values.dtype.itemsize <= 2:
        counts = np.bincount(values.ravel())
        present = np.flatnonzero(counts)
        return present, counts[present]
    return np.unique(values, return_counts=True)


def _several(values: NDArray[Any], is_colored: bool) -> str:
    if len(values) > _MOST_CLASSES:
        kind = "colors and is no mask" if is_colored else "grey values: it is soft, or no mask"
        hint = "" if is_colored else f"; {THRESHOLD_HINT}"
        return f"has {len(values)} {kind}{hint}."
    if is_colored:
        return (
            f"has {len(values)} colors, of which several may be cracks; save the cracks alone as "
            "black and white."
        )
    listed = ", ".join(f"{value:g}" for value in values.tolist())
    return f"has {len(values)} values ({listed}); {THRESHOLD_HINT}."


def _of_lossy(path: Path, found: _Values) -> NDArray[np.bool_]:
    """Return what is brighter than half; refuse what has much between black and white."""
    if not found.is_colored and len(_distinct(found.values)[0]) <= 2:
        return _of_two_values(path, found)  # no loss after all
    crack = found.values > _HALF
    between = (found.values > _HALF // 2) & (found.values < 255 - _HALF // 2)
    if found.is_colored or np.count_nonzero(between) > np.count_nonzero(crack) / 2:
        raise AnnotatorError(
            f"{path} has too much between black and white for a mask; if it is one, "
            f"{THRESHOLD_HINT}."
        )
    return crack


def _values(picture: Image.Image) -> _Values:
    orientation = picture.getexif().get(_ORIENTATION_TAG, 1)
    is_lossy = picture.format in _LOSSY
    if picture.mode in {"P", "PA"}:
        is_clear = picture.mode == "PA" or "transparency" in picture.info
        picture = picture.convert("RGBA" if is_clear else "RGB")
    values = np.asarray(picture)
    if values.dtype == bool:
        values = values.astype(np.uint8)
    if picture.mode in {"LA", "RGBA", "La", "RGBa"}:
        # What is transparent is no crack, whatever color it has.
        values = np.where(values[..., -1:] > 0, values[..., :-1], 0)
        values = values[..., 0] if values.shape[2] == 1 else values
    values = grey_if_equal(values) if values.ndim == 3 else values
    is_colored = values.ndim == 3
    if is_colored:
        values = values[..., :3].astype(np.int64) @ np.array((65536, 256, 1))
    turned = upright(values, orientation if isinstance(orientation, int) else 1)
    return _Values(turned, is_lossy, is_colored)
