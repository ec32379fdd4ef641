"""Images of a project: where their files are, and their rows in the database."""

import os
import sqlite3
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from annotator.document.image_state import ImageState, Subset
from annotator.errors import AnnotatorError
from annotator.storage.names import natural_key, normal_path
from annotator.storage.project_records import Damage, ImageRecord

IMAGES_QUERY = """
    SELECT image.*,
        (SELECT count(*) FROM crack WHERE crack.image = image.id) AS n_cracks,
        (SELECT count(*) FROM box WHERE box.image = image.id) AS n_boxes,
        (SELECT count(*) FROM candidate WHERE candidate.image = image.id
            AND verdict IN ('open', 'skipped')) AS n_candidates
    FROM image"""


@dataclass(frozen=True, slots=True)
class StoredPath:
    """A path as a project keeps it: relative to where the project lies, and absolute.

    The relative one comes first, so that project and images can be moved or copied together; the
    absolute one helps where the project alone was moved. ``relative`` is empty between drives.
    """

    relative: str
    absolute: str

    @staticmethod
    def of(path: Path, base: Path) -> "StoredPath":
        """Describe a path as seen from a folder; both are absolute."""
        try:
            relative = PurePath(os.path.relpath(path, base)).as_posix()
        except ValueError:
            relative = ""
        return StoredPath(relative, str(path))

    def found_from(self, base: Path) -> tuple[Path, os.stat_result | None]:
        """Return where the file or folder is, or should be, and what the system says about it."""
        near = Path(os.path.normpath(base / self.relative)) if self.relative else None
        places = [place for place in (near, Path(self.absolute)) if place is not None]
        for place in places:
            for variant in _spellings(place):
                with suppress(OSError, ValueError):
                    return variant, variant.stat()
        return places[0], None


def absolute_path(path: Path) -> Path:
    """Return an absolute path without dots; links stay, as the user spelled them."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - Path has nothing that drops ".."


def folder_facts(images: Path, folder: Path) -> dict[str, str]:
    """Return what a project in a folder notes of where its images are."""
    stored = StoredPath.of(images, folder.parent)
    return {"images_relative": stored.relative, "images_absolute": stored.absolute}


def _spellings(path: Path) -> Iterable[Path]:
    """Yield a path as it is, then with accents composed and decomposed, as other systems do."""
    yield path
    for form in ("NFC", "NFD"):
        text = unicodedata.normalize(form, str(path))
        if text != str(path):
            yield Path(text)


def record_of(row: sqlite3.Row, base: Path, damages: list[Damage]) -> ImageRecord:
    """Return the record of a row of `IMAGES_QUERY`; values that make no sense are reported."""
    stored = StoredPath(row["relative_path"], row["absolute_path"])
    path, facts = stored.found_from(base)
    is_same = facts is None or facts.st_size == row["byte_size"]
    name = str(row["shown_name"])
    return ImageRecord(
        identifier=row["id"],
        path=path,
        is_missing=facts is None,
        shown_name=name,
        size=(row["width"], row["height"]) if row["width"] and row["height"] else None,
        sha256=row["sha256"] if is_same else "",
        byte_size=row["byte_size"],
        state=state_of(row, name, damages),
        subset=subset_of(row),
        n_cracks=row["n_cracks"],
        n_boxes=row["n_boxes"],
        n_candidates=row["n_candidates"],
    )


def state_of(row: sqlite3.Row, name: str, damages: list[Damage]) -> ImageState:
    """Return the state of an image; one that is not known counts as new and is reported."""
    try:
        return ImageState(row["state"])
    except ValueError:
        damages.append(Damage(name, f"The state {row['state']!r} is not known; it counts as new."))
        return ImageState.NEW


def subset_of(row: sqlite3.Row) -> Subset:
    """Return the part of a data set that an image goes to."""
    return row["subset"] if row["subset"] in ("train", "test") else "auto"


def sorted_records(records: Iterable[ImageRecord]) -> list[ImageRecord]:
    """Return records in the order of the list, "crack 2" before "crack 10"."""
    return sorted(records, key=lambda record: natural_key(record.shown_name))


@dataclass(frozen=True, slots=True)
class NewImage:
    """A file that is to become an image of the project."""

    path: Path
    shown_name: str
    byte_size: int


def new_images(
    paths: Sequence[Path], known: Sequence[ImageRecord], folder: Path | None
) -> list[NewImage]:
    """Return those files that are not in the project yet, each with a name of its own."""
    taken: dict[str, list[Path]] = {}
    for record in known:
        taken.setdefault(normal_path(record.path), []).append(record.path)
    names = {record.shown_name for record in known}
    found: list[NewImage] = []
    for path in map(absolute_path, paths):
        same = taken.setdefault(normal_path(path), [])
        if any(_is_one_file(path, other) for other in same):
            continue
        same.append(path)
        name = _shown_name(path, folder, names)
        names.add(name)
        found.append(NewImage(path, name, byte_size_of(path)))
    return found


def _is_one_file(one: Path, other: Path) -> bool:
    """Tell apart files of one spelling: names that differ in case may be two files, or one."""
    try:
        return one.samefile(other)
    except OSError:
        return str(one) == str(other)


def byte_size_of(path: Path) -> int:
    """Return the size of a file; an AnnotatorError where it cannot be part of a project."""
    try:
        str(path).encode()
        return path.stat().st_size
    except UnicodeEncodeError as error:
        shown = str(path).encode(errors="backslashreplace").decode()
        raise AnnotatorError(
            f"The name of {shown} is not valid text (UTF-8); rename the file."
        ) from error
    except OSError as error:
        raise AnnotatorError(
            f"{path} cannot be read ({error.strerror}); check the path."
        ) from error


def _shown_name(path: Path, folder: Path | None, taken: set[str]) -> str:
    """Return the path below the images' folder; for files elsewhere as much of it as is needed."""
    if folder is not None and path.is_relative_to(folder):
        return path.relative_to(folder).as_posix()
    parts = path.parts[1:]
    for n_parts in range(1, len(parts) + 1):
        name = "/".join(parts[-n_parts:])
        if name not in taken:
            return name
    return path.as_posix()
