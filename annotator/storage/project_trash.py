"""Images that are taken out of a project: what was drawn on them is kept in its trash."""

import json
import re
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from annotator.errors import AnnotatorError
from annotator.storage.atomic import write_bytes
from annotator.storage.content_storage import ImageRows
from annotator.storage.project_checkpoints import TRASH_NAME, make_trash_folder
from annotator.storage.project_database import add_journal_line
from annotator.storage.project_records import Effort

KEPT_DAYS = 30
"""What lies in the trash longer is removed when the project is opened."""
_KEPT = timedelta(days=KEPT_DAYS)

_KEYS = {"cracks": "crack", "boxes": "box", "candidates": "candidate", "notes": "note"}

_STAMP = re.compile(r"(\d{8}T\d{6})\d*Z-")
"""How the names of its folders begin; what has another name is not the program's."""


def empty_trash(folder: Path, now: datetime) -> None:
    """Remove what was put into a project's trash long ago; what cannot be removed stays."""
    with suppress(OSError):
        for path in list((folder / TRASH_NAME).iterdir()):
            stamp = _STAMP.match(path.name)
            if stamp and not path.is_symlink() and now - _moment(stamp[1]) > _KEPT:
                shutil.rmtree(path, ignore_errors=True)


def _moment(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:  # no such day
        return datetime.max.replace(tzinfo=UTC)


def copy_to_trash(folder: Path, rows: ImageRows, efforts: Sequence[Effort] = ()) -> None:
    """Copy rows and files of an image to the trash."""
    trash = make_trash_folder(folder, rows.name)
    facts: dict[str, Any] = {"image": _plain(rows.image)}
    for key, table in _KEYS.items():
        facts[key] = [_plain(row) for row in rows.tables[table]]
    facts["efforts"] = [asdict(effort) for effort in efforts]
    write_bytes(trash / "image.json", json.dumps(facts, indent=1, ensure_ascii=False).encode())
    for name in rows.file_names:
        _copy(folder / name, trash / Path(name).name)


def delete_rows(connection: sqlite3.Connection, rows: ImageRows, author: str) -> None:
    """Delete an image with all that is on it."""
    identifier = int(rows.image["id"])
    connection.execute("DELETE FROM image WHERE id = ?", (identifier,))
    add_journal_line(connection, author, "Removed from the project", identifier, rows.name)


def leave_out(connection: sqlite3.Connection, names: set[str]) -> None:
    """Note the images that opening their folder does not bring back."""
    text = json.dumps(sorted(names), ensure_ascii=False)
    connection.execute("INSERT OR REPLACE INTO project VALUES ('left_out', ?)", (text,))


def _plain(row: sqlite3.Row) -> dict[str, Any]:
    return dict(zip(row.keys(), tuple(row), strict=True))


def _copy(source: Path, target: Path) -> None:
    try:
        with suppress(FileNotFoundError):  # a damaged project may lack it
            write_bytes(target, source.read_bytes())
    except OSError as error:
        raise AnnotatorError(
            f"{source} cannot be read ({error.strerror}), so its image was not removed.",
            detail=repr(error),
        ) from error
