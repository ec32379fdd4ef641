"""CSB, whole photographs: ``entire images/{crack,nocrack}_{train,test}/X.JPG`` with ``X.json``."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from segmentation.data.errors import DataError
from segmentation.data.image_files import is_image
from segmentation.data.manifest import Item, Split
from segmentation.data.mask_files import Mask, mask_of_pixels
from segmentation.data.readers.base import Found, Reader, SourceOptions

CITATION: Final = (
    "Kompanets et al.: Cracks in Steel Bridges, doi:10.4121/6162a9b6-2a20-4600-8207-e9dcd53a264a"
)
_FOLDER: Final = "entire images"
_GROUPS: Final[dict[str, Split]] = {
    "crack_train": "train",
    "nocrack_train": "train",
    "crack_test": "test",
    "nocrack_test": "test",
}
_KEYS: Final = ("crack_pixels", "crack pixels")


class CsbImagesReader(Reader):
    """Finds ``entire images`` in the folder given or up to two levels below it."""

    title = "CSB, whole photographs"
    citation = CITATION

    def recognizes(self, folder: Path) -> bool:
        """Tell whether ``entire images`` is there."""
        return find_folder(folder, _FOLDER) is not None

    def find(self, folder: Path, options: SourceOptions) -> Iterable[Found]:
        """Return the photographs; those with cracks need their JSON."""
        top = find_folder(folder, _FOLDER)
        if top is None:
            raise DataError(f"{folder} holds no folder {_FOLDER!r}; choose the one above it.")
        for group, split in _GROUPS.items():
            for image in _images(top / group):
                annotation = image.with_suffix(".json")
                if not annotation.is_file() and not group.startswith("nocrack"):
                    raise DataError(
                        f"{image} has no {annotation.name} beside it; put it back, or move the "
                        f"photograph to no{group} if it has no crack."
                    )
                yield Found(
                    name=f"{group}/{image.stem}",
                    image=image.relative_to(folder).as_posix(),
                    mask=annotation.relative_to(folder).as_posix() if annotation.is_file() else "",
                    split=split,
                )

    def load_mask(self, folder: Path, item: Item, options: Any) -> Mask:
        """Return the mask that the JSON lists; none where there is no JSON."""
        size = item.width, item.height
        if not item.mask:
            return np.zeros((size[1], size[0]), np.uint8)
        path = folder / item.mask
        return mask_of_pixels(_crack_pixels(path), size, path)


def find_folder(folder: Path, name: str) -> Path | None:
    """Return the folder of a name: this one, or the first in it or up to two levels below."""
    if folder.name == name:
        return folder
    patterns = (name, f"*/{name}", f"*/*/{name}")
    return next((path for p in patterns for path in sorted(folder.glob(p)) if path.is_dir()), None)


def _images(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if is_image(path))


def _crack_pixels(path: Path) -> Any:
    """Return the list of pixels under either key, in ``annotations`` or at the top."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is no JSON, or damaged ({error}); copy it again.") from error
    tables = [record.get("annotations"), record] if isinstance(record, dict) else []
    for table in tables:
        for key in _KEYS:
            if isinstance(table, dict) and key in table:
                return table[key]
    raise DataError(
        f"{path} lists no crack pixels: it needs 'crack_pixels' in its 'annotations'; export it "
        "again."
    )
