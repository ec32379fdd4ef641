"""What reviewing has decided on an image of a project that is not finished yet.

A crack that was drawn or accepted teaches together with the strip around it; what was rejected
teaches that there is no crack; all else is unlabelled.
"""

import json
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.data.mask_files import Mask
from segmentation.data.readers.project_rasters import CODES, put_raster

CANDIDATES: Final = (
    "SELECT file, identifier, verdict FROM candidate WHERE image = ? ORDER BY position, id"
)
ACCEPTED: Final = ("accepted", "accepted raw")
REJECTED: Final = "rejected"
EDGE: Final = 2
"""Pixels beside a crack that stay unlabelled: nobody draws an edge more exactly than that."""
AROUND: Final = 12
"""Pixels beside a crack up to which there is no other one."""

_INDEX: Final = "index.json"
_DAMAGED: Final = (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile, zlib.error)

Rows = Sequence[Sequence[str]]
"""File, identifier and verdict of each candidate."""


def decided_mask(
    codes: NDArray[np.uint8], accepted: NDArray[np.bool_], folder: Path, rows: Rows
) -> Mask:
    """Return what is known of each pixel.

    Parameters
    ----------
    codes
        ``(H, W)``: how each crack pixel came about, as the project keeps it.
    accepted
        Pixels of cracks that were made of accepted candidates.
    folder, rows
        Of the project, and its candidates for the image.
    """
    is_drawn = (codes > 0) & (codes < CODES.erased) & (codes != CODES.predicted)
    is_crack = is_drawn | accepted
    rejected, waiting = np.zeros(codes.shape, np.uint8), np.zeros(codes.shape, np.uint8)
    for verdict, raster in _rasters(folder, rows):
        if verdict == REJECTED:
            put_raster(rejected, raster)
        elif verdict not in ACCEPTED:
            put_raster(waiting, raster)
    is_open = (waiting > 0) | ((codes == CODES.predicted) & ~accepted)
    mask = np.full(codes.shape, UNLABELLED, np.uint8)
    mask[_grown(is_crack, AROUND) & ~_grown(is_crack, EDGE) & ~_grown(is_open, EDGE)] = 0
    mask[_grown(rejected > 0, EDGE) & ~_grown(is_crack, EDGE)] = 0
    mask[codes >= CODES.erased] = 0
    mask[is_crack] = 1
    return mask


def _rasters(folder: Path, rows: Rows) -> Iterator[tuple[str, bytes]]:
    """Yield the verdict and the pixels of each candidate; those of one file were found together."""
    verdicts: dict[str, dict[str, str]] = {}
    for file, identifier, verdict in rows:
        verdicts.setdefault(file, {})[identifier] = verdict
    for file, of_file in verdicts.items():
        try:
            with zipfile.ZipFile(BytesIO((folder / file).read_bytes())) as archive:
                yield from _of_archive(archive, of_file)
        except _DAMAGED as error:
            raise DataError(
                f"{folder / file} cannot be read ({error}); check the project in the program."
            ) from error


def _of_archive(archive: zipfile.ZipFile, verdicts: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    index: list[dict[str, Any]] = json.loads(archive.read(_INDEX))
    present = set(archive.namelist())
    for number, entry in enumerate(index):
        verdict = verdicts.get(str(entry["identifier"]))
        if verdict is None:
            continue
        for kind in ("raw", "traced"):
            if (name := f"{number}-{kind}.png") in present:
                yield verdict, archive.read(name)


def _grown(region: NDArray[np.bool_], by: int) -> NDArray[np.bool_]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return np.asarray(cv2.dilate(region.astype(np.uint8), kernel), np.bool_)
