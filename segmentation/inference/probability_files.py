"""Files of a prediction: probability as 16-bit PNG or NPZ, and the mask at a threshold."""

import io
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.data.errors import DataError
from segmentation.durable_files import write_file
from segmentation.inference.tiling import FULL_CODE

MASK_ENDING: Final = "_mask"
"""Ending of a mask's stem."""

_DAMAGED: Final = (OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error)

Codes = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Outputs:
    """What is written of each image.

    Attributes
    ----------
    npz
        ``NAME.npz`` in place of ``NAME.png``: ``probability`` in float32.
    masks
        ``NAME_mask.png`` as well: 255 where the probability is at least ``threshold``, else 0.
    threshold
        From 0 to 1.
    """

    npz: bool = False
    masks: bool = False
    threshold: float = 0.5

    def files(self, name: str) -> list[str]:
        """Return the names of an image's files, that of the probability first."""
        files = [f"{name}.npz" if self.npz else f"{name}.png"]
        return [*files, f"{name}{MASK_ENDING}.png"] if self.masks else files


def write_outputs(folder: Path, name: str, codes: Codes, outputs: Outputs) -> list[Path]:
    """Write the files of an image, each at once or not at all.

    Parameters
    ----------
    folder, name
        Where; the name may have folders before it, divided by "/".
    codes
        ``(H, W)``: the probability times 65535.
    outputs
        Which files.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    segmentation.durable_files.NotSavedError
        The disk is full, or writing is not permitted.
    """
    files = [folder / file for file in outputs.files(name)]
    contents = [_npz(codes) if outputs.npz else _png(codes)]
    if outputs.masks:
        contents.append(_png(mask_of(codes, outputs.threshold)))
    for file, content in zip(files, contents, strict=True):
        write_file(file, content)
    return files


def mask_of(codes: Codes, threshold: float) -> NDArray[np.uint8]:
    """Return 255 where the probability is at least the threshold, else 0."""
    return np.where(codes >= np.ceil(threshold * FULL_CODE), np.uint8(255), np.uint8(0))


def to_codes(probability: NDArray[np.float32]) -> Codes:
    """Return probabilities as whole numbers of which 65535 stands for 1."""
    return (probability * FULL_CODE + 0.5).astype(np.uint16)


def to_probability(codes: Codes) -> NDArray[np.float32]:
    """Return the probabilities that codes stand for."""
    return codes.astype(np.float32) / np.float32(FULL_CODE)


def read_probability(file: Path) -> NDArray[np.float32]:
    """Return the probability ``(H, W)`` from a PNG or NPZ that `write_outputs` has written.

    Raises
    ------
    DataError
        The file is missing, damaged or something else.
    """
    try:
        content = file.read_bytes()
        if file.suffix == ".npz":
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                return np.asarray(arrays["probability"], np.float32)
        codes = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except (*_DAMAGED, cv2.error) as error:
        raise DataError(f"{file} cannot be read ({error}); predict the image anew.") from error
    if codes is None or codes.dtype != np.uint16 or codes.ndim != 2:
        raise DataError(f"{file} is no probability of 16 bits; predict the image anew.")
    return to_probability(np.asarray(codes, np.uint16))


def _png(values: NDArray[np.uint8] | Codes) -> bytes:
    # Searching for repetitions makes files of noise no smaller and takes half as long again.
    settings = [cv2.IMWRITE_PNG_COMPRESSION, 1]
    settings += [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    _, content = cv2.imencode(".png", values, settings)
    return content.tobytes()


def _npz(codes: Codes) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, probability=to_probability(codes))
    return content.getvalue()
