"""What a closed project is about, read without opening it: no lock, no repair, no migration."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from annotator.errors import AnnotatorError
from annotator.storage.project_database import DATABASE_NAME, connect
from annotator.storage.project_images import StoredPath
from annotator.storage.project_schema import check_version

_HAS_WORK = """
    SELECT EXISTS (SELECT 1 FROM crack) OR EXISTS (SELECT 1 FROM box)
        OR EXISTS (SELECT 1 FROM image WHERE state <> 'new')"""


@dataclass(frozen=True, slots=True)
class ProjectGlance:
    """A project as far as choosing between several needs it."""

    images_folder: Path | None
    has_work: bool
    """Tell whether somebody has drawn anything in it, or said how far an image is."""
    changed_at: str
    """Time of the last line of its journal (UTC, ISO 8601); empty where there is none."""


def glance_at(folder: Path) -> ProjectGlance | None:
    """Return what a project is about; None where that cannot be read just like this."""
    path = folder / DATABASE_NAME
    try:
        if not path.is_file():
            return None
        with closing(connect(path, "ro")) as connection:
            check_version(connection, str(path))
            return _read(connection, folder)
    except (OSError, sqlite3.Error, AnnotatorError):
        return None


def _read(connection: sqlite3.Connection, folder: Path) -> ProjectGlance:
    facts = {str(row["key"]): str(row["value"]) for row in connection.execute(
        "SELECT key, value FROM project WHERE key IN ('images_relative', 'images_absolute')"
    )}  # fmt: skip
    images = None
    if facts.get("images_absolute"):
        stored = StoredPath(facts.get("images_relative", ""), facts["images_absolute"])
        images = stored.found_from(folder.parent)[0]
    has_work = bool(connection.execute(_HAS_WORK).fetchone()[0])
    last = connection.execute("SELECT max(at) FROM journal").fetchone()[0]
    return ProjectGlance(images, has_work, str(last or ""))
