"""Small pictures of images, kept in a folder of cached files where there is one."""

import hashlib
import logging
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.storage.atomic import write_atomically
from annotator.storage.image_io import load_reduced
from annotator.storage.pixels import to_display

THUMBNAIL_SIZE = (112, 84)
"""Width and height in px; shown smaller, so that it is sharp at 200 % scaling too."""
JPEG_QUALITY = 85

log = logging.getLogger(__name__)

Colors = NDArray[np.uint8]
"""(height, width, 3), RGB."""


def read_thumbnail(path: Path, cache: Path | None) -> Colors:
    """Return the thumbnail of an image file, from the cache where it was made before.

    It fills THUMBNAIL_SIZE, cropped around the middle; small images give smaller ones.
    """
    kept = cache / cached_name(path) if cache else None
    if kept:
        with suppress(OSError, ValueError, SyntaxError), Image.open(kept) as picture:
            return np.asarray(picture.convert("RGB"))
    thumbnail = make_thumbnail(path)
    if kept:
        _keep(thumbnail, kept)
    return thumbnail


def cached_name(path: Path) -> str:
    """Return the name of a cached thumbnail: another one as soon as the image file changes."""
    try:
        status = path.stat()
    except OSError as error:
        raise AnnotatorError(f"{path} cannot be read ({error.strerror}).") from error
    facts = f"{path}|{status.st_mtime_ns}|{status.st_size}|{THUMBNAIL_SIZE}"
    return f"{hashlib.sha256(facts.encode()).hexdigest()[:24]}.jpg"


def make_thumbnail(path: Path) -> Colors:
    """Decode an image file and scale it down."""
    picture = Image.fromarray(to_display(load_reduced(path, 2 * max(THUMBNAIL_SIZE))))
    width, height = picture.size
    scale = max(THUMBNAIL_SIZE[0] / width, THUMBNAIL_SIZE[1] / height)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    if scale < 1:
        picture = picture.resize(size, Image.Resampling.BOX)
    left = max((picture.width - THUMBNAIL_SIZE[0]) // 2, 0)
    top = max((picture.height - THUMBNAIL_SIZE[1]) // 2, 0)
    right = min(left + THUMBNAIL_SIZE[0], picture.width)
    bottom = min(top + THUMBNAIL_SIZE[1], picture.height)
    return np.asarray(picture.crop((left, top, right, bottom)).convert("RGB"))


def _keep(thumbnail: Colors, kept: Path) -> None:
    """Write the cached file; where that fails, the next start makes the thumbnail again.

    The folder is made, but not what it lies in: a project that was moved away must not come back
    as a folder with nothing but thumbnails.
    """
    picture = Image.fromarray(thumbnail)
    try:
        for folder in (kept.parent.parent, kept.parent):
            folder.mkdir(exist_ok=True)
        write_atomically(kept, lambda file: picture.save(file, "JPEG", quality=JPEG_QUALITY))
    except (AnnotatorError, OSError) as error:
        log.info("thumbnail not kept: %s", error)
