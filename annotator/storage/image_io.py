"""Reading photographs: any bit depth and color model to upright grey or RGB pixels.

Pillow decodes; tifffile reads TIFF deeper than 8 bit and OpenCV 16 bit color PNG, which Pillow
would cut to 8 bit. Files are opened by Python, so that any path works, and are closed before a
function returns. Nothing here ever writes.
"""

import logging
import os
import re
import struct
import warnings
import zlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from annotator.errors import AnnotatorError
from annotator.storage import tiff_io
from annotator.storage.names import natural_key
from annotator.storage.pixels import Pixels, flatten_alpha, grey_if_equal, unit_range, upright

IMAGE_SUFFIXES = frozenset((
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".jp2",
    ".pgm", ".ppm", ".pnm",
))  # fmt: skip
MAX_PIXELS = 400_000_000
"""Largest image that is opened, in pixels (20,000 x 20,000); checked before anything is decoded."""

# The formats that are read: no PostScript (starts a program), no formats that are not photographs.
# JPEG stands for MPO too, the JPEG with several pictures that telephones write.
_FORMATS = ["JPEG", "PNG", "TIFF", "BMP", "DIB", "WEBP", "GIF", "JPEG2000", "PPM"]
_RAW_SUFFIXES = frozenset(
    [".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".srw", ".pef"]
)
_KNOWN_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"RIFF", *tiff_io.SIGNATURES)
_ORIENTATION_TAG = 0x0112
_DAMAGED = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError,
    NotImplementedError, struct.error, zlib.error,
)  # fmt: skip


# Own limit instead: Pillow's would warn at 89 and refuse at 179 megapixels.
Image.MAX_IMAGE_PIXELS = None
# What decoders remark about odd tags is for developers; what matters is in LoadedImage.notes.
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("tifffile").addHandler(logging.NullHandler())

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, eq=False)
class LoadedImage:
    """A photograph in upright pixels.

    ``pixels`` is (height, width) for grey or (height, width, 3) RGB; uint8, uint16 or float32 in
    [0, 1]; contiguous and read-only. ``orientation`` is the EXIF tag that has been applied (1 =
    none). ``notes`` are remarks for the user, a sentence each.
    """

    path: Path
    pixels: NDArray[Any]
    orientation: int = 1
    notes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Width of the upright image in px."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Height of the upright image in px."""
        return self.pixels.shape[0]


def load_image(path: Path) -> LoadedImage:
    """Read a photograph; raises AnnotatorError with one sentence for whatever is wrong with it."""
    notes: list[str] = []
    with _opened(path) as file:
        orientation, pixels = _read(file, path, notes)
    pixels = np.ascontiguousarray(pixels)
    pixels.flags.writeable = False
    return LoadedImage(path, pixels, orientation, tuple(notes))


def load_reduced(path: Path, side: int) -> Pixels:
    """Read a photograph for a small picture of it: as it is, or smaller if its format can do that.

    What comes back is at least ``side`` px wide and high, unless the image is smaller itself.
    """
    with _opened(path) as file:
        if not _is_tiff(file):
            picture = _identify(file, path)
            if picture.draft(picture.mode, (side, side)):
                picture.load()
                return upright(_pixels(picture, []), _orientation(picture))
        file.seek(0)
        return _read(file, path, [])[1]


def image_size(path: Path) -> tuple[int, int]:
    """Return the upright (width, height), from the header alone where the format allows it."""
    return image_header(path)[0]


def image_header(path: Path) -> tuple[tuple[int, int], int]:
    """Return the upright (width, height) and the EXIF orientation that `load_image` applies."""
    with _opened(path) as file:
        if _is_tiff(file):
            page = tiff_io.describe(file)
            width, height, orientation = page.width, page.height, page.orientation
        else:
            picture = _identify(file, path)
            width, height = picture.size
            orientation = 1 if _is_plain_png(file, picture) else _orientation(picture)
    size = (height, width) if orientation in {5, 6, 7, 8} else (width, height)
    return size, orientation


MASK_ENDING = "_mask"
"""Ending of the stem of a mask that lies beside its photograph."""


def list_images(folder: Path) -> list[Path]:
    """Return the images directly in a folder, "crack 2" before "crack 10".

    Hidden files are left out, and so are masks saved beside their photograph as NAME_mask.png.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in IMAGE_SUFFIXES
            and not path.name.startswith(
                "."
            )  # also "._photo.jpg", which macOS leaves on USB sticks
            and path.is_file()
        ]
    except FileNotFoundError as error:
        raise AnnotatorError(f"The folder {folder} does not exist; check the path.") from error
    except NotADirectoryError as error:
        raise AnnotatorError(f"{folder} is a file, not a folder.") from error
    except OSError as error:
        raise AnnotatorError(
            f"The folder {folder} cannot be read ({error.strerror or error}); "
            "check its permissions."
        ) from error
    stems = {path.stem.casefold() for path in found}
    photographs = [path for path in found if not _is_mask_of(path, stems)]
    return sorted(photographs, key=lambda path: natural_key(path.name))


def list_images_below(folder: Path) -> list[Path]:
    """Return the images in a folder and in those below it, sorted by the path below ``folder``.

    Hidden folders, projects and links to folders are left out, besides what `list_images` omits.
    """
    found = list_images(folder)
    for parent, names, _ in os.walk(folder):
        names[:] = [name for name in names if not name.startswith(".") and not _is_project(name)]
        # Links are listed among the names, though not entered.
        below = [Path(parent, name) for name in names]
        found += [image for path in below if not path.is_symlink() for image in list_images(path)]
    return sorted(found, key=lambda path: natural_key(path.relative_to(folder).as_posix()))


def _is_project(name: str) -> bool:
    return name.lower().endswith(".crackproj")


def _is_mask_of(path: Path, stems: set[str]) -> bool:
    stem = path.stem.casefold()
    return (
        path.suffix.lower() == ".png"
        and stem.endswith(MASK_ENDING)
        and stem.removesuffix(MASK_ENDING) in stems
    )


def decode(path: Path, convert: Callable[[Image.Image], Result]) -> Result:
    """Decode a file with Pillow and return ``convert(picture)``; errors as in load_image."""
    with _opened(path) as file:
        picture = _identify(file, path)
        picture.load()
        return convert(picture)


@contextmanager
def _opened(path: Path) -> Generator[BinaryIO, None, None]:
    """Open a file for decoding and turn whatever decoders raise into one sentence."""
    try:
        if path.is_dir():
            raise AnnotatorError(f"{path} is a folder, not an image; choose a file in it.")
        with path.open("rb") as file:
            if not file.read(1):
                raise AnnotatorError(
                    f"{path} is empty (zero bytes); copy it again from its source."
                )
            file.seek(0)
            yield file
    except FileNotFoundError as error:
        raise AnnotatorError(f"{path} does not exist; check the path.") from error
    except PermissionError as error:
        raise AnnotatorError(f"{path} may not be read; check its permissions.") from error
    except MemoryError as error:
        raise AnnotatorError(
            f"{path} does not fit in memory; close other programs or cut the image into parts."
        ) from error
    except UnidentifiedImageError as error:
        raise AnnotatorError(_unidentified(path), detail=str(error)) from error
    except _DAMAGED as error:
        raise AnnotatorError(_damaged(path, error), detail=repr(error)) from error


def _unidentified(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(16)
    if path.suffix.lower() in _RAW_SUFFIXES:
        return f"{path} is a camera raw file; convert it to TIFF or JPEG first."
    if start[4:8] == b"ftyp":
        return f"{path} is a HEIC, AVIF or video file; convert it to JPEG or PNG first."
    if start.startswith(_KNOWN_STARTS):
        return f"{path} is damaged: its header cannot be read; copy it again from its source."
    return f"{path} is not an image that can be read; use JPEG, PNG, TIFF, BMP or WebP."


def _damaged(path: Path, error: Exception) -> str:
    reason = str(error).strip().rstrip(".") or type(error).__name__
    if isinstance(error, OSError) and error.errno is not None:
        return f"{path} cannot be read ({error.strerror or reason}); check the disk or the network."
    if isinstance(error, EOFError) or re.search(
        r"truncat|broken data|failed to read", reason, re.IGNORECASE
    ):
        return (
            f"{path} ends early (truncated), so it was not opened; copy it again from its source."
        )
    return f"{path} cannot be decoded ({reason}); copy it again or save it as PNG."


def _is_tiff(file: BinaryIO) -> bool:
    start = file.read(4)
    file.seek(0)
    return start in tiff_io.SIGNATURES


def _identify(file: BinaryIO, path: Path) -> Image.Image:
    file.seek(0)
    picture = Image.open(file, formats=_FORMATS)
    _check_size(path, *picture.size)
    return picture


def _check_size(path: Path, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise AnnotatorError(
            f"{path} has {width} x {height} pixels; images of up to {MAX_PIXELS // 1_000_000} "
            "megapixels are opened, so cut it into parts or scale it down."
        )


def _read(file: BinaryIO, path: Path, notes: list[str]) -> tuple[int, Pixels]:
    """Return the orientation found and the upright pixels."""
    if _is_tiff(file):
        page = tiff_io.describe(file)
        if page.is_raw or path.suffix.lower() in _RAW_SUFFIXES:
            raise AnnotatorError(f"{path} is a camera raw file; convert it to TIFF or JPEG first.")
        _check_size(path, page.width, page.height)
        if page.n_pages > 1:
            notes.append(f"The file has {page.n_pages} pages; the first one was opened.")
        if page.is_deep:
            return page.orientation, tiff_io.read_deep(file, notes)
        # Pillow turns a TIFF upright while loading it, and then forgets the tag.
        picture = _identify(file, path)
        picture.load()
        return page.orientation, upright(_pixels(picture, notes), _orientation(picture))
    picture = _identify(file, path)
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:
        notes.append("The file is an animation; its first frame was opened.")
    picture.load()
    orientation = _orientation(picture)
    pixels = _deep_png_pixels(file, notes) if _is_deep_png(file) else _pixels(picture, notes)
    return orientation, upright(pixels, orientation)


def _orientation(picture: Image.Image) -> int:
    try:
        value = picture.getexif().get(_ORIENTATION_TAG, 1)
    except _DAMAGED:
        return 1  # damaged tags must not keep a sound image from opening
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _pixels(picture: Image.Image, notes: list[str]) -> Pixels:
    """Convert a loaded picture of any mode to grey (h, w) or RGB (h, w, 3)."""
    mode = picture.mode
    if mode.startswith("I;16"):
        return np.asarray(picture).astype(np.uint16)
    if mode in {"I", "F"}:
        values = np.asarray(picture)
        if mode == "I" and values.min() >= 0 and values.max() <= 65535:
            return values.astype(np.uint16)
        return unit_range(values, notes)
    if mode == "LAB":
        raise ValueError("LAB colors are not supported")
    if mode == "CMYK":
        notes.append("CMYK colors were converted to RGB without a color profile.")
    is_grey = mode in {"1", "L", "LA", "La"}
    if mode in {"LA", "La", "PA", "RGBA", "RGBa"} or "transparency" in picture.info:
        layers = np.asarray(picture.convert("RGBA"))
        colors = layers[..., 0] if is_grey else layers[..., :3]
        colors = flatten_alpha(colors, layers[..., 3], notes)
    else:
        colors = np.asarray(picture.convert("L" if is_grey else "RGB"))
    return grey_if_equal(colors) if mode in {"P", "PA"} else colors


def _is_deep_png(file: BinaryIO) -> bool:
    """Tell whether this is a 16 bit PNG with color or alpha, from its header."""
    file.seek(0)
    start = file.read(26)
    return start.startswith(b"\x89PNG") and start[24] == 16 and start[25] in {2, 4, 6}


def _deep_png_pixels(file: BinaryIO, notes: list[str]) -> Pixels:
    import cv2

    file.seek(0)
    encoded = file.read()
    is_grey = encoded[25] == 4
    stored = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_UNCHANGED)
    if stored is None or stored.dtype != np.uint16:
        raise ValueError("16 bit PNG that OpenCV cannot decode")
    colors = stored[..., 0] if is_grey else stored[..., 2::-1]
    return flatten_alpha(colors, stored[..., 3], notes) if stored.shape[2] == 4 else colors


def _is_plain_png(file: BinaryIO, picture: Image.Image) -> bool:
    """Tell whether a PNG has no place for an orientation; Pillow would decode it to find out."""
    if picture.format != "PNG":
        return False
    file.seek(8)
    while len(header := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", header)
        if kind in {b"eXIf", b"iTXt"}:
            return False
        file.seek(length + 4, 1)
    return True
