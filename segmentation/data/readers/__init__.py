"""Readers of data sets: `READERS` by layout and `find_reader`.

A reader is one module here with a subclass of `Reader`, and one line in `READERS`.
"""

from pathlib import Path

from segmentation.data.errors import DataError
from segmentation.data.readers.base import Reader
from segmentation.data.readers.cfd import CfdReader
from segmentation.data.readers.csb_images import CsbImagesReader
from segmentation.data.readers.csb_patches import CsbPatchesReader
from segmentation.data.readers.deepcrack import DeepCrackReader
from segmentation.data.readers.listed import ListedReader
from segmentation.data.readers.pairs import PairReader
from segmentation.data.readers.project import ProjectReader
from segmentation.data.readers.synthetic_cracks import SyntheticReader

READERS: dict[str, Reader] = {
    "project": ProjectReader(),
    "list": ListedReader(),
    "csb_images": CsbImagesReader(),
    "csb_patches": CsbPatchesReader(),
    "deepcrack": DeepCrackReader(),
    "cfd": CfdReader(),
    "pairs": PairReader(),
    "synthetic": SyntheticReader(),
}
"""Reader of each layout by name; where several recognize a folder, the first one counts."""


def find_reader(folder: Path) -> str:
    """Return the name of the layout that a folder has.

    Raises
    ------
    DataError
        The folder is not there, or has no layout that is known.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; check the path.")
    for name, reader in READERS.items():
        if reader.recognizes(folder):
            return name
    raise DataError(
        f"{folder} has no layout that is known; put photographs into 'images' and masks of the "
        f"same names into 'masks' there, or name one of {', '.join(READERS)}, as in cfd:{folder}."
    )
