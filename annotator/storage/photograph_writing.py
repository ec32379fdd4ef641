"""Writing photographs that the application made itself, synthetic ones; never a user's."""

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.storage.atomic import write_atomically


def save_photograph(path: Path, pixels: NDArray[np.uint8], quality: int = 95) -> None:
    """Save (h, w) or (h, w, 3) uint8 pixels as JPEG or PNG, by the suffix, whole or not at all."""
    encoded = BytesIO()
    picture = Image.fromarray(pixels)
    if path.suffix.lower() == ".png":
        picture.save(encoded, format="PNG", compress_level=4)
    else:
        picture.save(encoded, format="JPEG", quality=quality)

    def write(file: BinaryIO) -> None:
        file.write(encoded.getbuffer())

    write_atomically(path, write)
