"""Images that are taken out of a project: what was drawn on them is kept in its trash."""

import json
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from annotator.errors import AnnotatorError
from annotator.storage.atomic import write_bytes
from annotator.storage.content_storage import ImageRows
from annotator.storage.project_checkpoints import make_trash_folder
from annotator.storage.project_content import file_names
from annotator.storage.project_database import add_journal_line


def copy_to_trash(folder: Path, rows: ImageRows) -> None:
    """Copy rows and files of an image to the trash."""
    trash = make_trash_folder(folder, rows.name)
    facts = {
        "image": _plain(rows.image),
        "cracks": [_plain(row) for row in rows.cracks],
        "boxes": [_plain(row) for row in rows.boxes],
    }
    write_bytes(trash / "image.json", json.dumps(facts, indent=1, ensure_ascii=False).encode())
    for name in file_names(rows.cracks):
        _copy(folder / name, trash / Path(name).name)


def delete_rows(connection: sqlite3.Connection, rows: ImageRows, author: str) -> None:
    """Delete an image with all that is on it."""
    identifier = int(rows.image["id"])
    connection.execute("DELETE FROM image WHERE id = ?", (identifier,))
    add_journal_line(connection, author, "Removed from the project", identifier, rows.name)


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
