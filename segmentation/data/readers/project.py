"""A project of the annotation program, read from its database and its files; never written."""

import hashlib
import sqlite3
import struct
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segmentation import UNLABELLED
from segmentation.data.errors import DataError
from segmentation.data.image_files import image_size
from segmentation.data.manifest import Item
from segmentation.data.mask_files import Mask
from segmentation.data.readers.base import Found, Reader, SourceOptions

DATABASE: Final = "project.sqlite"
_APPLICATION_ID: Final = 0x43724B41
_VERSION: Final = 1
_FINISHED: Final = ("reviewed", "approved", "no crack")
_CLEAN: Final = "no crack"
_STATES: Final = ("new", "predicted", "in progress", "needs work", *_FINISHED)
# Codes of pixels: 1 traced, 2 painted, 3 imported, 4 predicted, from 128 on erased by hand.
_PREDICTED, _ERASED = 4, 128
_DIGEST_LENGTH: Final = 12
_IMAGES: Final = """
    SELECT id, shown_name, relative_path, absolute_path, sha256, width, height, state, subset
    FROM image ORDER BY shown_name"""
_CRACKS: Final = "SELECT mask_file FROM crack WHERE image = ? ORDER BY position, id"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOptions(SourceOptions):
    """Options of a project.

    Attributes
    ----------
    states
        States of the images to take. All of a reviewed, approved or crack-free image teaches; of
        an image in another state only what somebody drew or erased, and the rest is unlabelled.
    include_clean
        Take reviewed and approved images in which nothing is marked as crack-free; otherwise only
        those that somebody marked as having no crack.
    """

    states: tuple[str, ...] = _FINISHED
    include_clean: bool = False

    def __post_init__(self) -> None:
        """Check each field, and that the states are known."""
        SourceOptions.__post_init__(self)
        for state in self.states:
            if state not in _STATES:
                raise ValueError(f"states has {state!r}; there are {', '.join(_STATES)}.")


class ProjectReader(Reader):
    """Takes the images that are annotated as far as the options ask for."""

    title = "Project"
    options = ProjectOptions

    def recognizes(self, folder: Path) -> bool:
        """Tell whether a folder holds a project's database."""
        return (folder / DATABASE).is_file()

    def find(self, folder: Path, options: ProjectOptions) -> Iterable[Found]:
        """Return the images in the chosen states."""
        with closing(_opened(folder)) as connection:
            rows = [row for row in connection.execute(_IMAGES) if row["state"] in options.states]
            files = {row["id"]: [line[0] for line in connection.execute(_CRACKS, (row["id"],))]
                     for row in rows}  # fmt: skip
        found = [_found(folder, row, files[row["id"]]) for row in rows
                 if _teaches(row["state"], files[row["id"]], options)]  # fmt: skip
        if not found:
            listed = ", ".join(options.states)
            raise DataError(
                f"The project {folder} has no annotated image in the states {listed}; set the "
                'states of its images, or choose others, as in states="in progress".'
            )
        return found

    def load_mask(self, folder: Path, item: Item, options: Any) -> Mask:
        """Return what is known of each pixel."""
        codes = np.zeros((item.height, item.width), np.uint8)
        for name in item.facts["masks"]:
            _add_codes(codes, folder / name)
        is_crack = (codes > 0) & (codes < _ERASED)
        if item.facts["state"] in _FINISHED:
            return is_crack.astype(np.uint8)
        mask = np.full(codes.shape, UNLABELLED, np.uint8)
        mask[codes >= _ERASED] = 0
        mask[is_crack & (codes != _PREDICTED)] = 1
        return mask

    def size_of(self, folder: Path, found: Found) -> tuple[int, int]:
        """Return the size that was annotated; a DataError where the photograph has another now."""
        size = image_size(folder / found.image)
        width, height = found.facts["size"]
        if width and (width, height) != size:
            raise DataError(
                f"{folder / found.image} has {size[0]} x {size[1]} pixels now, but was annotated "
                f"with {width} x {height}; put the annotated file back."
            )
        return size

    def hashes(self, folder: Path, found: Found) -> tuple[str, str, str]:
        """Return hashes; a crack's file is named by its content, so that the names say it all."""
        image, _, perceptual = Reader.hashes(self, folder, found)
        known = "\n".join([found.facts["state"], *found.facts["masks"]])
        return image, hashlib.sha256(known.encode()).hexdigest(), perceptual


def _opened(folder: Path) -> sqlite3.Connection:
    path = folder / DATABASE
    if not path.is_file():
        raise DataError(f"{folder} holds no project ({DATABASE} is not there); choose another.")
    name = quote(path.absolute().as_posix(), errors="surrogateescape")
    # Reading would leave two small files behind where nobody has the project open.
    is_open = path.with_name(f"{DATABASE}-wal").exists()
    mode = "mode=ro" if is_open else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"file:///{name.lstrip('/')}?{mode}", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        _check(connection, path)
    except sqlite3.OperationalError as error:
        connection.close()
        raise DataError(
            f"{path} cannot be opened ({error}); close other programs that use it, and try again."
        ) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise DataError(
            f"{path} is damaged ({error}); open the project in the program to mend it."
        ) from error
    except DataError:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    number = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if number != _APPLICATION_ID:
        raise DataError(f"{path} holds no project of this program; choose another folder.")
    if version > _VERSION:
        raise DataError(
            f"{path} was made by a newer version of the program (format {version}); install that "
            "one."
        )


def _teaches(state: str, masks: list[str], options: ProjectOptions) -> bool:
    return bool(masks) or state == _CLEAN or (options.include_clean and state in _FINISHED)


def _found(folder: Path, row: sqlite3.Row, masks: list[str]) -> Found:
    # Relative paths count from the folder that the project lies in.
    near = f"../{row['relative_path']}"
    is_near = bool(row["relative_path"]) and (folder / near).is_file()
    path = folder / near if is_near else Path(row["absolute_path"])
    if not path.is_file():
        raise DataError(
            f"The photograph {row['shown_name']} of the project {folder} is not at {path}; put it "
            "back, or locate it in the program."
        )
    subset = row["subset"] if row["subset"] in ("train", "test") else None
    return Found(
        name=row["shown_name"],
        image=near if is_near else path.as_posix(),
        split=subset,
        facts={
            "state": row["state"],
            "masks": masks,
            "size": [row["width"] or 0, row["height"] or 0],
        },
    )


def _add_codes(codes: NDArray[np.uint8], path: Path) -> None:
    """Write a crack's codes to their place; of several at a pixel what is crack wins."""
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest()[:_DIGEST_LENGTH] != path.stem[-_DIGEST_LENGTH:]:
            raise ValueError("its content has changed")
        x, y = _offset(content)
        with Image.open(BytesIO(content), formats=("PNG",)) as picture:
            block = np.asarray(picture)
    except (OSError, ValueError, SyntaxError, struct.error) as error:
        raise DataError(
            f"{path} cannot be read ({error}); check the project in the program."
        ) from error
    x0, y0 = max(x, 0), max(y, 0)
    place = codes[y0 : y + block.shape[0], x0 : x + block.shape[1]]
    block = block[y0 - y :, x0 - x :][: place.shape[0], : place.shape[1]]
    place[...] = np.where(_order(block) > _order(place), block, place)


def _order(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the order in which codes count: nothing, erased, predicted, drawn by hand."""
    order = np.zeros(256, np.uint8)
    order[_ERASED:] = 1
    order[1:_ERASED] = 3
    order[_PREDICTED] = 2
    return order[codes]


def _offset(content: bytes) -> tuple[int, int]:
    """Return the position (x, y) in the image that the chunk oFFs of a PNG holds."""
    start = 8
    while start + 8 <= len(content):
        length = int.from_bytes(content[start : start + 4], "big")
        if content[start + 4 : start + 8] == b"oFFs":
            x, y, _ = struct.unpack(">iiB", content[start + 8 : start + 8 + length])
            return x, y
        start += length + 12
    raise ValueError("it does not say where it belongs")
