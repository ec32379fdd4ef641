"""DeepCrack: folders ``train_img``, ``train_lab``, ``test_img``, ``test_lab``, or flat ones."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from segmentation.data.image_files import list_images
from segmentation.data.manifest import Split
from segmentation.data.readers.base import Found
from segmentation.data.readers.pairs import PairOptions, PairReader, match_pairs, split_lists

_SPLITS: Final[tuple[Split, ...]] = ("train", "test")
_PREFIXES: Final = ("train__", "test__")
_IMAGE_ENDING, _MASK_ENDING = "_image", "_label_viz"


class DeepCrackReader(PairReader):
    """Three layouts: the published one, and two in which parts of the data set go around.

    These are ``images`` and ``masks`` with stems that begin ``train__`` and ``test__``, and
    ``X_image.png`` beside ``X_label_viz.png``.
    """

    title = "DeepCrack"
    group = r"^(?:train__|test__)?(.+?)(?:-\d+)?$"
    citation = "Liu, Yao, Lu, Xie, Li: Neurocomputing 338, 139-153 (2019)"
    licence = "as its authors ask: research, with citation"
    use = "non-commercial"

    def recognizes(self, folder: Path) -> bool:
        """Tell whether a folder has one of the three layouts."""
        if (folder / "train_img").is_dir() or (folder / "test_img").is_dir():
            return True
        images = folder / "images"
        if images.is_dir():
            stems = [path.stem for path in list_images(images)]
            return bool(stems) and all(stem.startswith(_PREFIXES) for stem in stems)
        return any(folder.glob(f"*{_MASK_ENDING}.png"))

    def find(self, folder: Path, options: PairOptions) -> Iterable[Found]:
        """Return the images; the split is the official one."""
        if (folder / "images").is_dir():
            yield from self._flat(folder, options)
            return
        yield from self._beside(folder)
        for split in _SPLITS:
            images, masks = folder / f"{split}_img", folder / f"{split}_lab"
            if images.is_dir():
                for image, mask in match_pairs(images, masks, options):
                    yield _found(folder, f"{split}__{image.stem}", image, mask, split)

    def _flat(self, folder: Path, options: PairOptions) -> Iterable[Found]:
        lists = split_lists(folder)
        for image, mask in match_pairs(folder / "images", folder / "masks", options):
            split: Split | None = lists.get(image.stem)
            if split is None and image.stem.startswith(_PREFIXES):
                split = "test" if image.stem.startswith("test__") else "train"
            yield _found(folder, image.stem, image, mask, split)

    def _beside(self, folder: Path) -> Iterable[Found]:
        for mask in sorted(folder.glob(f"*{_MASK_ENDING}.png")):
            stem = mask.name.removesuffix(f"{_MASK_ENDING}.png")
            yield _found(folder, stem, mask.with_name(f"{stem}{_IMAGE_ENDING}.png"), mask, None)


def _found(folder: Path, name: str, image: Path, mask: Path | None, split: Split | None) -> Found:
    return Found(
        name=name,
        image=image.relative_to(folder).as_posix(),
        mask=mask.relative_to(folder).as_posix() if mask else "",
        split=split,
    )
