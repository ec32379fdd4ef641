"""Mask files: which of their values are crack, and whether that is clear at all."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.data.image_files import LOSSY_SUFFIXES, open_picture
from segmentation.toml_records import Range, Record

_HALF: Final = 127
_MOST_LISTED: Final = 8
_LARGEST_SHARE: Final = 0.8

Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskValues(Record):
    """What the values of a mask file mean, where two values do not say it by themselves.

    Attributes
    ----------
    crack
        The one value that is crack; -1 leaves it to the file.
    unlabelled
        The value of pixels of which nobody has said what they are; -1 there is none.
    threshold
        What is above it is crack; -1 is off.
    inverted
        Cracks are dark in the masks.
    """

    crack: Annotated[int, Range(-1, 65535)] = -1
    unlabelled: Annotated[int, Range(-1, 65535)] = -1
    threshold: Annotated[int, Range(-1, 65535)] = -1
    inverted: bool = False


def read_mask(path: Path, meaning: MaskValues | None = None) -> Mask:
    """Return a mask of 0, 1 and `UNLABELLED`.

    Two values are background, which is 0 if there is a 0, and crack. Lossy files are crack above
    127.

    Raises
    ------
    DataError
        The file cannot be read, or it does not say clearly what is crack.
    """
    meaning = meaning or MaskValues()
    values = open_picture(path, _values)
    known = values != meaning.unlabelled
    crack = _crack(path, values, known, meaning)
    if meaning.inverted:
        crack = ~crack
    crack &= known
    if np.count_nonzero(crack) > _LARGEST_SHARE * max(np.count_nonzero(known), 1):
        other = "inverted=false" if meaning.inverted else "inverted=true"
        raise DataError(
            f"{path} marks {np.count_nonzero(crack) / crack.size:.0%} of the image as crack; if "
            f"cracks are dark in the masks, give the option {other}."
        )
    mask = crack.astype(np.uint8)
    mask[~known] = UNLABELLED
    return mask


def check_size(mask: Mask, size: tuple[int, int], mask_file: Path, image_file: Path) -> None:
    """Raise a DataError unless a mask has the (width, height) of its image."""
    height, width = mask.shape
    if (width, height) != size:
        raise DataError(
            f"{mask_file} has {width} x {height} pixels, but its image {image_file} has "
            f"{size[0]} x {size[1]}; save the mask again at the size of the image, or remove both."
        )


def mask_of_pixels(pixels: Any, size: tuple[int, int], path: Path) -> Mask:
    """Return the mask of a list of ``[row, column]``; a DataError where one lies outside."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    try:
        places = np.array(pixels, np.int64).reshape(-1, 2)
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(
            f"{path}: the crack pixels are not pairs of a row and a column; export them again."
        ) from error
    if len(places) and (places.min() < 0 or (places.max(axis=0) >= mask.shape).any()):
        raise DataError(
            f"{path} has crack pixels outside of its image of {size[0]} x {size[1]} pixels; put "
            "the image back that was annotated."
        )
    mask[places[:, 0], places[:, 1]] = 1
    return mask


def _crack(
    path: Path, values: NDArray[Any], known: NDArray[np.bool_], meaning: MaskValues
) -> NDArray[np.bool_]:
    if meaning.crack >= 0:
        return values == meaning.crack
    if meaning.threshold >= 0:
        return values > meaning.threshold
    present = np.unique(values[known])
    if len(present) > 2:
        if path.suffix.lower() in LOSSY_SUFFIXES and present.max() <= UNLABELLED:
            return values > _HALF
        raise DataError(f"{path} {_several(present)}")
    if not len(present) or (len(present) == 1 and present[0] in {0, 255} and meaning.inverted):
        return values != 255
    background = 0 if 0 in present or len(present) == 1 else present[0]
    return values != background


def _several(present: NDArray[Any]) -> str:
    if len(present) > _MOST_LISTED:
        return (
            f"has {len(present)} values, so it is soft or no mask; give the value above which is "
            "crack, as in threshold=127."
        )
    listed = ", ".join(str(value) for value in present.tolist())
    return (
        f"has {len(present)} values ({listed}) where a mask has two; say which is crack, as in "
        f"crack={present[-1]}, and which nobody has labelled, as in unlabelled={present[1]}."
    )


def _values(picture: Image.Image) -> NDArray[Any]:
    """Return one whole number for each pixel; colors count as numbers of their own."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in {"P", "PA"}:
        picture = picture.convert("RGB")
    values = np.asarray(picture)
    if values.dtype == bool:
        values = values.astype(np.uint8)
    if picture.mode in {"LA", "RGBA"}:
        # What is transparent is no crack, whatever color it has.
        values = np.where(values[..., -1:] > 0, values[..., :-1], 0)
    if values.ndim == 3:
        first = values[..., :1]
        if (values == first).all():
            return first[..., 0]
        return values[..., :3].astype(np.int64) @ np.array((65536, 256, 1))
    return values
