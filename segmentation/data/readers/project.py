"""A project of the annotation program, read from its database and its files; never written."""

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from segmentation.data.errors import DataError
from segmentation.data.image_files import image_size
from segmentation.data.manifest import Item
from segmentation.data.mask_files import Mask
from segmentation.data.readers.base import Found, Reader, SourceOptions
from segmentation.data.readers.project_rasters import CODES, add_codes
from segmentation.data.readers.project_review import ACCEPTED, CANDIDATES, REJECTED, decided_mask

DATABASE: Final = "project.sqlite"
_APPLICATION_ID: Final = 0x43724B41
_VERSION: Final = 2
_SINCE_REVIEW: Final = 2
"""Version of the database from which on there are candidates."""
_FINISHED: Final = ("reviewed", "approved", "no crack")
_CLEAN: Final = "no crack"
_STATES: Final = ("new", "predicted", "in progress", "needs work", *_FINISHED)
_IMAGES: Final = """
    SELECT id, shown_name, relative_path, absolute_path, sha256, width, height, state, subset
    FROM image ORDER BY shown_name"""
_CRACKS: Final = "SELECT mask_file, identifier FROM crack WHERE image = ? ORDER BY position, id"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectOptions(SourceOptions):
    """Options of a project.

    Attributes
    ----------
    states
        States of the images to take. All of a reviewed, approved or crack-free image teaches; of
        an image in another state only what somebody drew, erased, accepted or rejected, with what
        lies around it, and the rest is unlabelled.
    include_clean
        Take reviewed and approved images in which nothing is marked as crack-free; otherwise only
        those that somebody marked as having no crack.
    names
        Only images of these names; empty takes all.
    """

    states: tuple[str, ...] = _FINISHED
    include_clean: bool = False
    names: tuple[str, ...] = ()

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
            rows = [row for row in connection.execute(_IMAGES) if _is_asked_for(row, options)]
            known = {row["id"]: _Known.of(connection, row["id"]) for row in rows}
        found = [
            _found(folder, row, known[row["id"]])
            for row in rows
            if _teaches(row["state"], known[row["id"]], options)
        ]
        if not found:
            listed = ", ".join(options.states)
            raise DataError(
                f"The project {folder} has no annotated image in the states {listed}; set the "
                'states of its images, or choose others, as in states="in progress".'
            )
        return found

    def load_mask(self, folder: Path, item: Item, options: Any) -> Mask:
        """Return what is known of each pixel."""
        facts = item.facts
        codes = np.zeros((item.height, item.width), np.uint8)
        for name in facts["masks"]:
            add_codes(codes, folder / name)
        if facts["state"] in _FINISHED:
            return ((codes > 0) & (codes < CODES.erased)).astype(np.uint8)
        accepted = np.zeros_like(codes)
        for name in facts.get("accepted", ()):
            add_codes(accepted, folder / name)
        is_accepted = (accepted > 0) & (accepted < CODES.erased) & (codes < CODES.erased)
        return decided_mask(codes, is_accepted, folder, facts.get("candidates", ()))

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
        facts = found.facts
        decided = ["\t".join(row) for row in facts.get("candidates", ())]
        known = "\n".join([facts["state"], *facts["masks"], *facts.get("accepted", ()), *decided])
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


@dataclass(frozen=True, slots=True)
class _Known:
    """What the database knows of an image: files of its cracks, and its candidates.

    ``accepted`` are the files of cracks that were made of candidates.
    """

    masks: list[str]
    accepted: list[str]
    candidates: list[list[str]]

    @classmethod
    def of(cls, connection: sqlite3.Connection, image: int) -> "_Known":
        cracks = [tuple(row) for row in connection.execute(_CRACKS, (image,))]
        rows: list[list[str]] = []
        if connection.execute("PRAGMA user_version").fetchone()[0] >= _SINCE_REVIEW:
            rows = [[str(part) for part in row] for row in connection.execute(CANDIDATES, (image,))]
        accepted = {name for _, name, verdict in rows if verdict in ACCEPTED}
        return cls(
            [file for file, _ in cracks],
            [file for file, name in cracks if name in accepted],
            rows,
        )


def _is_asked_for(row: sqlite3.Row, options: ProjectOptions) -> bool:
    is_named = not options.names or row["shown_name"] in options.names
    return is_named and row["state"] in options.states


def _teaches(state: str, known: _Known, options: ProjectOptions) -> bool:
    if state in _FINISHED:
        return bool(known.masks) or state == _CLEAN or options.include_clean
    return bool(known.masks) or any(row[2] == REJECTED for row in known.candidates)


def _found(folder: Path, row: sqlite3.Row, known: _Known) -> Found:
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
            "masks": known.masks,
            "accepted": known.accepted,
            "candidates": known.candidates,
            "size": [row["width"] or 0, row["height"] or 0],
        },
    )
