"""Checkpoints: copies of a project's database; the files of cracks that they name are kept."""

import json
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import cast

from annotator.errors import AnnotatorError
from annotator.storage.atomic import (
    create_folder,
    replace_for_good,
    temporary_beside,
)
from annotator.storage.names import legal_stem
from annotator.storage.project_content import FILES_QUERY, FILES_QUERY_1, file_names
from annotator.storage.project_database import (
    DATABASE_NAME,
    add_journal_line,
    connect,
    find_damage,
    in_words,
)
from annotator.storage.project_lock import ProjectLock
from annotator.storage.project_records import Checkpoint, utc_now
from annotator.storage.project_schema import version_of

FOLDER_NAME = "checkpoints"
TRASH_NAME = "trash"
AUTOMATIC = "automatic"
"""Name of the checkpoints that the application makes by itself."""
KEPT = {"": 20, AUTOMATIC: 5}
"""How many checkpoints are kept of those without a name of their own; the others all stay."""

_NO_MARKS = {ord(mark): "" for mark in ":-."}  # of times in names of files

COUNTS_QUERY = "SELECT (SELECT count(*) FROM image), (SELECT count(*) FROM crack)"


def write_checkpoint(source: sqlite3.Connection, folder: Path, name: str, author: str) -> Path:
    """Copy a project's database to its checkpoints, whole or not at all.

    Where nothing changed since the newest one, that one is returned if it will do.
    """
    newest = next(_readable(folder), None)
    if newest and name in (AUTOMATIC, newest.name) and _revision_of(newest) == _revision(source):
        return newest.path
    checkpoints = folder / FOLDER_NAME
    create_folder(checkpoints)
    at = utc_now()
    stem = at.translate(_NO_MARKS) + (f"-{legal_stem(name)[:40]}" if name else "")
    path = checkpoints / f"{stem}.sqlite"
    copy_database(source, path, {"name": name, "at": at, "author": author})
    return path


def prune_checkpoints(folder: Path) -> set[str]:
    """Remove the oldest of those that nobody named; return the files that they named."""
    names: set[str] = set()
    for name, n_kept in KEPT.items():
        for checkpoint in [item for item in list_checkpoints(folder) if item.name == name][n_kept:]:
            with suppress(OSError, sqlite3.Error):
                names |= _files_named_by(checkpoint.path)
                checkpoint.path.unlink()
    return names


def copy_database(source: sqlite3.Connection, path: Path, note: dict[str, str]) -> None:
    """Copy an open database into one file, which appears at ``path`` when it is whole."""
    temporary = temporary_beside(path)
    try:
        with closing(connect(temporary, "rwc")) as target:
            target.execute("PRAGMA synchronous = OFF")  # once for all below
            source.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            target.execute(
                "INSERT OR REPLACE INTO project VALUES ('checkpoint', ?)",
                (json.dumps(note, ensure_ascii=False),),
            )
        replace_for_good(temporary, path)
    except sqlite3.Error as error:
        raise in_words(error, path) from error
    finally:
        for leftover in (temporary, temporary.with_name(f"{temporary.name}-journal")):
            with suppress(OSError):
                leftover.unlink(missing_ok=True)


def list_checkpoints(folder: Path) -> list[Checkpoint]:
    """Return the checkpoints that can be read, the newest first."""
    return list(_readable(folder))


def _readable(folder: Path) -> Iterator[Checkpoint]:
    described = (_described(path) for path in _files(folder))
    return (checkpoint for checkpoint in described if checkpoint is not None)


def _files(folder: Path) -> list[Path]:
    return sorted((folder / FOLDER_NAME).glob("[!.]*.sqlite"), reverse=True)


def is_sound(path: Path) -> bool:
    """Tell whether a checkpoint can be read from end to end."""
    if _described(path) is None:
        return False
    try:
        with closing(connect(path, "ro")) as connection:
            return not find_damage(connection)
    except sqlite3.Error:
        return False


def damaged_checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints that cannot be read."""
    return [path for path in _files(folder) if not is_sound(path)]


def _described(path: Path) -> Checkpoint | None:
    try:
        with closing(connect(path, "ro")) as connection:
            row = connection.execute("SELECT value FROM project WHERE key = 'checkpoint'")
            note = cast("dict[str, str]", json.loads(row.fetchone()[0]))
            n_images, n_cracks = connection.execute(COUNTS_QUERY).fetchone()
        return Checkpoint(path, note["name"], note["at"], note["author"], n_images, n_cracks)
    except (sqlite3.Error, ValueError, TypeError, KeyError):
        return None


def _revision(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT value FROM project WHERE key = 'revision'").fetchone()
    return str(row[0]) if row else ""


def _revision_of(checkpoint: Checkpoint) -> str:
    with closing(connect(checkpoint.path, "ro")) as connection:
        return _revision(connection)


def files_in_checkpoints(folder: Path) -> set[str] | None:
    """Return the files that any checkpoint names, None where one cannot be read."""
    names: set[str] = set()
    try:
        for path in _files(folder):
            names |= _files_named_by(path)
    except sqlite3.Error:
        return None
    return names


def _files_named_by(checkpoint: Path) -> set[str]:
    with closing(connect(checkpoint, "ro")) as connection:
        query = FILES_QUERY if version_of(connection) > 1 else FILES_QUERY_1
        return file_names(connection.execute(query).fetchall())


def make_trash_folder(folder: Path, what: str) -> Path:
    """Return a new folder in the project's trash."""
    stamp = utc_now().translate(_NO_MARKS)
    path = folder / TRASH_NAME / f"{stamp}-{legal_stem(what)[:40]}-{secrets.token_hex(2)}"
    create_folder(path)
    return path


def restore_checkpoint(folder: Path, checkpoint: Checkpoint, *, author: str = "") -> None:
    """Bring a closed project back to a checkpoint; the state it leaves becomes one itself."""
    lock = ProjectLock(folder, author)
    database = folder / DATABASE_NAME
    temporary = temporary_beside(database)
    try:
        with closing(connect(database, "rw")) as connection:
            write_checkpoint(connection, folder, "before restoring", author)
            # What the log holds must not be applied to the file that takes the place of this one.
            connection.execute("PRAGMA journal_mode = DELETE")
        shutil.copyfile(checkpoint.path, temporary)
        replace_for_good(temporary, database)
        with closing(connect(database, "rw")) as connection:
            what = checkpoint.name or "without a name"
            text = f"Went back to the checkpoint {what} of {checkpoint.at}"
            add_journal_line(connection, author, text)
    except sqlite3.Error as error:
        raise in_words(error, database) from error
    except OSError as error:
        raise AnnotatorError(
            f"{database} was not replaced ({error.strerror}); the project is as it was."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
        lock.release()
