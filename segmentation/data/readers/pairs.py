"""Plain folders of images and of masks of the same names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np

from segmentation.data.errors import DataError
from segmentation.data.image_files import list_images
from segmentation.data.manifest import Item, Split
from segmentation.data.mask_files import Mask, MaskValues, read_mask
from segmentation.data.readers.base import Found, Reader, SourceOptions
from segmentation.toml_records import Range

IMAGE_FOLDERS: Final = ("images", "image", "imgs", "img")
MASK_FOLDERS: Final = ("masks", "mask", "labels", "label", "gt")
_ENDINGS: Final = ("", "_mask", "mask", "_label", "_gt")
_SPLIT_NAMES: Final[dict[str, Split]] = {
    "train": "train",
    "val": "val",
    "valid": "val",
    "test": "test",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PairOptions(SourceOptions):
    """Options of image and mask folders.

    Attributes
    ----------
    missing
        What becomes of an image without a mask, or a mask without an image: "refuse", "skip", or
        "clean": an image without a mask has no crack.
    crack, unlabelled, threshold, inverted
        As in `MaskValues`.
    """

    missing: Literal["refuse", "skip", "clean"] = "refuse"
    crack: Annotated[int, Range(-1, 65535)] = -1
    unlabelled: Annotated[int, Range(-1, 65535)] = -1
    threshold: Annotated[int, Range(-1, 65535)] = -1
    inverted: bool = False

    def mask_values(self) -> MaskValues:
        """Return what the values of the masks mean."""
        return MaskValues(
            crack=self.crack,
            unlabelled=self.unlabelled,
            threshold=self.threshold,
            inverted=self.inverted,
        )


class PairReader(Reader):
    """``images/X.jpg`` with ``masks/X.png``, lists ``train.txt`` and so on, or a folder of each."""

    title = "Image and mask folders"
    options = PairOptions

    def recognizes(self, folder: Path) -> bool:
        """Tell whether there is a folder of images or of masks."""
        return any(
            _subfolder(place, names) is not None
            for place, _ in _places(folder)
            for names in (IMAGE_FOLDERS, MASK_FOLDERS)
        )

    def find(self, folder: Path, options: PairOptions) -> Iterable[Found]:
        """Match images and masks by stem; lists of stems or folders say the split."""
        lists = split_lists(folder)
        for place, split in _places(folder):
            images = _required(place, IMAGE_FOLDERS, "images")
            masks = _subfolder(place, MASK_FOLDERS)
            if masks is None and options.missing != "clean":
                masks = _required(place, MASK_FOLDERS, "masks")
            prefix = f"{place.name}/" if place != folder else ""
            for image, mask in match_pairs(images, masks, options):
                yield Found(
                    name=prefix + image.stem,
                    image=image.relative_to(folder).as_posix(),
                    mask=mask.relative_to(folder).as_posix() if mask else "",
                    split=split or lists.get(image.stem),
                )

    def load_mask(self, folder: Path, item: Item, options: Any) -> Mask:
        """Return the mask; where there is no file there is no crack."""
        if not item.mask:
            return np.zeros((item.height, item.width), np.uint8)
        return read_mask(folder / item.mask, options.mask_values())


def match_pairs(
    images: Path, masks: Path | None, options: PairOptions
) -> Iterator[tuple[Path, Path | None]]:
    """Yield the images of a folder, each with the mask of its name in another, if there is one.

    Raises
    ------
    DataError
        A folder is empty, or something has no partner and ``missing`` is "refuse".
    """
    photographs, drawn = list_images(images), list_images(masks) if masks else []
    if not photographs:
        raise DataError(f"{images} holds no images; put the photographs there.")
    if not drawn and options.missing != "clean":
        raise DataError(
            f"{masks} holds no masks; put one mask for each image of {images} there, or, if none "
            "of these images has a crack, give the option missing=clean."
        )
    by_stem = {path.stem: path for path in drawn}
    used: set[Path] = set()
    lonely: list[Path] = []
    for image in photographs:
        mask = next((by_stem[s] for e in _ENDINGS if (s := image.stem + e) in by_stem), None)
        if mask is None and options.missing != "clean":
            lonely.append(image)
            continue
        used |= {mask} if mask else set()
        yield image, mask
    lonely += [path for path in drawn if path not in used]
    if lonely and options.missing == "refuse":
        other = masks if lonely[0].parent == images else images
        raise DataError(
            f"{lonely[0]} has no partner in {other}"
            f"{f', nor have {len(lonely) - 1} others' if len(lonely) > 1 else ''}; add it, or give "
            "the option missing=skip, or missing=clean if images without a mask have no crack."
        )


def split_lists(folder: Path) -> dict[str, Split]:
    """Return the split of each stem that a list such as ``train.txt`` names."""
    found: dict[str, Split] = {}
    for name, split in _SPLIT_NAMES.items():
        file = folder / f"{name}.txt"
        if not file.is_file():
            continue
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.strip():
                found[Path(line.split()[0]).stem] = split
    return found


def _places(folder: Path) -> list[tuple[Path, Split | None]]:
    """Return the folder itself, or its folders for training and so on if those hold images."""
    inner: list[tuple[Path, Split | None]] = [
        (folder / name, split)
        for name, split in _SPLIT_NAMES.items()
        if _subfolder(folder / name, IMAGE_FOLDERS) is not None
    ]
    return inner or [(folder, None)]


def _subfolder(folder: Path, names: Iterable[str]) -> Path | None:
    return next((folder / name for name in names if (folder / name).is_dir()), None)


def _required(folder: Path, names: tuple[str, ...], what: str) -> Path:
    found = _subfolder(folder, names)
    if found is None:
        raise DataError(
            f"{folder} has no folder of {what}; put them into a folder named {names[0]!r} there."
        )
    return found
