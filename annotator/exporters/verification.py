"""Reading a data set back: masks as any reader sees them, and sides that share no photograph."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.exporters.frame import ExportRun
from annotator.exporters.image_files import mask_digest
from annotator.exporters.manifest import Row
from annotator.storage.image_io import decode, image_size

HALF = 127
"""A pixel of a mask file that is brighter is crack; JPEG does not keep 0 and 255 exactly."""


def check_pair(
    run: ExportRun, image_name: str, mask_name: str, expected: bytes, crack_value: int = 255
) -> None:
    """Compare a mask on disk with the digest of the one meant, and its size with the image's."""
    try:
        values = _values(run.folder / mask_name)
        size = image_size(run.folder / image_name)
    except AnnotatorError as error:
        run.mismatch(error.text)
        return
    if values.ndim != 2 or values.shape != (size[1], size[0]):
        run.mismatch(f"{mask_name} has another size than {image_name}; export again.")
    elif mask_digest(values > crack_value // 2) != expected:
        run.mismatch(f"{mask_name} does not read back as it was annotated; export again.")
    elif mask_name.endswith(".png") and not np.isin(values, (0, crack_value)).all():
        run.mismatch(f"{mask_name} has values other than 0 and {crack_value}; export again.")


def check_sides(run: ExportRun, rows: Sequence[Row]) -> None:
    """Check by the digests of the files that no photograph is in both training and test."""
    sides: dict[str, str] = {}
    for row in rows:
        digest = row["source_sha256"]
        if sides.setdefault(digest, row["side"]) != row["side"]:
            run.mismatch(f"{row['source']} is in both training and test; export again.")


def _values(path: Path) -> NDArray[np.uint8]:
    def convert(picture: Image.Image) -> NDArray[Any]:
        return np.asarray(picture)

    return decode(path, convert)
