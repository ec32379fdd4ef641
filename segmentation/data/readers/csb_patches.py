"""CSB, patch sets: ``X.jpg`` with ``Xmask.jpg`` anywhere below folders of train and test."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from segmentation.data.errors import DataError
from segmentation.data.image_files import IMAGE_SUFFIXES
from segmentation.data.manifest import Item, Split
from segmentation.data.mask_files import Mask, MaskValues, read_mask
from segmentation.data.readers.base import Found, Reader, SourceOptions
from segmentation.data.readers.csb_images import CITATION

_ENDING: Final = "mask"
_HALF: Final = 127
_SIDES: Final[tuple[Split, ...]] = ("train", "test")


@dataclass(frozen=True, slots=True, kw_only=True)
class CsbPatchOptions(SourceOptions):
    """Options of a patch set; ``set`` is its folder, as in ``512_512/70_30``."""

    set: str = ""


class CsbPatchesReader(Reader):
    """Searches recursively; the masks are JPEG, brighter than 127 is crack."""

    title = "CSB, patches"
    options = CsbPatchOptions
    group = r"^(.+?)(?:_\d{5}_\d{5})?$"
    citation = CITATION

    def recognizes(self, folder: Path) -> bool:
        """Tell whether there are patches with masks of their name."""
        return next(iter(_masks(folder)), None) is not None

    def find(self, folder: Path, options: CsbPatchOptions) -> Iterable[Found]:
        """Return the patches of the set; several sets are refused, they hold the same patches."""
        masks = [path for path in sorted(_masks(folder)) if options.set in path.parent.as_posix()]
        if not masks:
            raise DataError(
                f"{folder} holds no patches X.jpg with Xmask.jpg"
                f"{f' in {options.set}' if options.set else ''}; choose the folder of a patch set."
            )
        sets = {_set_of(path, folder) for path in masks}
        if len(sets) > 1:
            listed = ", ".join(sorted(sets))
            raise DataError(
                f"{folder} holds several patch sets ({listed}); choose one, as in set={min(sets)}."
            )
        for mask in masks:
            image = _image_of(mask)
            if image is None:
                raise DataError(f"{mask} has no patch beside it; put it back or remove the mask.")
            place = image.relative_to(folder)
            yield Found(
                name=place.with_suffix("").as_posix(),
                image=place.as_posix(),
                mask=mask.relative_to(folder).as_posix(),
                split=_side(place),
            )

    def load_mask(self, folder: Path, item: Item, options: Any) -> Mask:
        """Return the mask of a patch."""
        path = folder / item.mask
        # One of few grey values may have two of them by chance.
        is_lossy = path.suffix.lower() != ".png"
        return read_mask(path, MaskValues(threshold=_HALF) if is_lossy else None)


def _masks(folder: Path) -> Iterable[Path]:
    for path in folder.rglob(f"*{_ENDING}.*"):
        if (
            path.suffix.lower() in IMAGE_SUFFIXES
            and not path.name.startswith(".")
            and path.stem != _ENDING
            and _image_of(path) is not None
        ):
            yield path


def _image_of(mask: Path) -> Path | None:
    stem = mask.stem.removesuffix(_ENDING)
    suffixes = dict.fromkeys((mask.suffix, ".jpg", ".JPG", ".jpeg", ".png"))
    return next((p for s in suffixes if (p := mask.with_name(stem + s)).is_file()), None)


def _side(place: Path) -> Split | None:
    """Return the split that the innermost folder named after one says."""
    for part in reversed(place.parts[:-1]):
        for side in _SIDES:
            if part.lower().startswith(side):
                return side
    return None


def _set_of(mask: Path, folder: Path) -> str:
    """Return the folder of the patch set, up to its part for training or test."""
    parts = mask.parent.relative_to(folder).parts
    for number, part in enumerate(parts):
        if part.lower().startswith(_SIDES):
            return "/".join(parts[:number])
    return "/".join(parts)
