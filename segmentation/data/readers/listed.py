"""A list of images with masks that lie anywhere, each with the part of the data it belongs to.

Training on a project that is being edited reads such a list: the masks are copies of what the
project held at the start, so that neither edits nor a new start change what is learned from.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.data.manifest import SPLITS, Item, Split
from segmentation.data.mask_files import Mask, MaskValues, read_mask
from segmentation.data.readers.base import Found, Reader
from segmentation.durable_files import write_file

LIST: Final = "images.json"
MASK_CODES: Final = {0: 0, 1: 255, UNLABELLED: 128}
"""What stands in a mask file for background, crack and what nobody has labelled."""
_VALUES: Final = MaskValues(crack=MASK_CODES[1], unlabelled=MASK_CODES[UNLABELLED])


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedImage:
    """An image of a list.

    Attributes
    ----------
    name
        Unique in the list.
    image, mask
        Files, absolute or relative to the list's folder; the mask has `MASK_CODES`.
    split
        Part of the data.
    """

    name: str
    image: str
    mask: str
    split: Split


def write_list(folder: Path, images: Sequence[ListedImage]) -> None:
    """Write the list of a folder; its masks should be there."""
    rows = [
        {"name": each.name, "image": each.image, "mask": each.mask, "split": each.split}
        for each in images
    ]
    write_file(folder / LIST, json.dumps(rows, ensure_ascii=False, indent=1).encode())


class ListedReader(Reader):
    """Takes what the list names."""

    title = "List of images"

    def recognizes(self, folder: Path) -> bool:
        """Tell whether a folder holds a list."""
        return (folder / LIST).is_file()

    def find(self, folder: Path, options: Any) -> Iterable[Found]:
        """Return the images in the order of the list."""
        for row in _rows(folder / LIST):
            yield Found(
                name=row.name, image=row.image, mask=row.mask, split=row.split, source=row.name
            )

    def load_mask(self, folder: Path, item: Item, options: Any) -> Mask:
        """Return the mask, with what nobody has labelled."""
        return read_mask(folder / item.mask, _VALUES)


def _rows(file: Path) -> list[ListedImage]:
    try:
        rows = [ListedImage(**row) for row in json.loads(file.read_text("utf-8"))]
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror or error}).") from error
    except (ValueError, TypeError) as error:
        raise DataError(f"{file} is damaged ({error}); make it anew.") from error
    for row in rows:
        if row.split not in SPLITS:
            raise DataError(f"{file} puts {row.name} into {row.split!r}; it knows {SPLITS}.")
    return rows
