"""CFD (CrackForest): photographs with ``.mat`` ground truth as published, or with PNG masks."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from segmentation.data.errors import DataError
from segmentation.data.image_files import list_images
from segmentation.data.manifest import Item, Split
from segmentation.data.mask_files import Mask
from segmentation.data.readers.base import Found
from segmentation.data.readers.pairs import (
    IMAGE_FOLDERS,
    PairOptions,
    PairReader,
    match_pairs,
)

_TRUTH_FOLDERS: Final = ("groundTruth", "groundtruth")
_MASK_FOLDERS: Final = ("masks", "seg")
_CRACK_LABEL: Final = 2
_DIGITS: Final = 3
_LAST_TRAINING, _LAST_VALIDATION, _LAST = 57, 72, 118


@dataclass(frozen=True, slots=True, kw_only=True)
class CfdOptions(PairOptions):
    """Options of CFD; ``exclude`` are numbers of images left out, 042 for its wrong truth."""

    exclude: tuple[int, ...] = (42,)


class CfdReader(PairReader):
    """Images 001 to 118: up to 057 for training, to 072 for validation, the rest for test."""

    title = "CFD (CrackForest)"
    options = CfdOptions
    licence = "non-commercial research purposes only (README of the data set)"
    citation = "Shi, Cui, Qi, Meng, Chen: IEEE T-ITS 17(12), 3434-3445 (2016)"
    use = "non-commercial"

    def recognizes(self, folder: Path) -> bool:
        """Tell whether all images have numbers of CFD, and there is ground truth for them."""
        images = _folder(folder, IMAGE_FOLDERS)
        if images is None or _folder(folder, (*_TRUTH_FOLDERS, *_MASK_FOLDERS)) is None:
            return False
        stems = [path.stem for path in list_images(images)]
        return bool(stems) and all(_number(stem) for stem in stems)

    def find(self, folder: Path, options: CfdOptions) -> Iterable[Found]:
        """Return the images by number."""
        images = _folder(folder, IMAGE_FOLDERS)
        truth = _folder(folder, _TRUTH_FOLDERS)
        masks = truth or _folder(folder, _MASK_FOLDERS)
        if images is None or masks is None:
            raise DataError(
                f"{folder} is not CFD: it needs the folders {IMAGE_FOLDERS[1]!r} and "
                f"{_TRUTH_FOLDERS[0]!r}, or 'images' and 'masks'; choose the folder above them."
            )
        pairs = (
            ((path, _mat_of(path, truth)) for path in list_images(images))
            if truth
            else match_pairs(images, masks, options)
        )
        for image, mask in pairs:
            number = _number(image.stem)
            if number in options.exclude:
                continue
            yield Found(
                name=image.stem,
                image=image.relative_to(folder).as_posix(),
                mask=mask.relative_to(folder).as_posix() if mask else "",
                split=_split(number),
            )

    def load_mask(self, folder: Path, item: Item, options: Any) -> Mask:
        """Return the mask of a ``.mat`` or of an image file."""
        if item.mask.lower().endswith(".mat"):
            return read_mat(folder / item.mask)
        return super().load_mask(folder, item, options)


def read_mat(path: Path) -> Mask:
    """Return the mask of a ``.mat`` file: crack is label 2 of ``groundTruth.Segmentation``."""
    from scipy.io import loadmat

    try:
        truth = loadmat(path)["groundTruth"]
        labels = np.asarray(truth["Segmentation"][0, 0])
    except Exception as error:  # loadmat raises whatever it meets
        raise DataError(
            f"{path} is no ground truth of CFD, or damaged ({error}); copy it again from its "
            "source."
        ) from error
    if labels.ndim != 2:
        raise DataError(f"{path} holds labels of shape {labels.shape}; copy it from its source.")
    return (labels == _CRACK_LABEL).astype(np.uint8)


def _mat_of(image: Path, truth: Path) -> Path:
    path = truth / f"{image.stem}.mat"
    if not path.is_file():
        raise DataError(f"{image} has no ground truth {path}; copy it again from its source.")
    return path


def _number(stem: str) -> int:
    """Return the number that a stem is, written with three digits; 0 if it is none."""
    is_number = stem.isdecimal() and len(stem) == _DIGITS and int(stem) <= _LAST
    return int(stem) if is_number else 0


def _split(number: int) -> Split:
    if number > _LAST_VALIDATION:
        return "test"
    return "val" if number > _LAST_TRAINING else "train"


def _folder(folder: Path, names: Iterable[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)
