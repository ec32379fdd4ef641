"""The SQLite file of a project: connections, transactions, and its errors in words."""

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from annotator.errors import AnnotatorError, DiskFullError
from annotator.storage.project_records import ProjectDamagedError, utc_now

DATABASE_NAME = "project.sqlite"

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NOT_PERMITTED = {
    sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN,
}  # fmt: skip
_READ_ONLY = "The project is open for reading only; nothing can be changed in it."
_GONE = "{} is no longer there: bring back the disk, or the folder to where it was."
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a connection that any thread may use; mode is "ro", "rw" or "rwc" of SQLite's URIs."""
    name = path.absolute().as_posix()
    name = name if name.startswith("/") else f"/{name}"  # Windows: C:/...
    uri = f"file://{quote(name, errors='surrogateescape')}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    # Nothing of a project is ever written outside its folder.
    connection.execute("PRAGMA temp_store = MEMORY")
    return connection


def find_damage(connection: sqlite3.Connection) -> str:
    """Return what is wrong with the file, for the log; empty where nothing is."""
    try:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    return "" if found == ["ok"] else "; ".join(found)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error means that the content of the file is not sound."""
    return _code(error) in _DAMAGED


def _code(error: sqlite3.Error) -> int:
    # The low byte is the kind of error; extended codes add details above it.
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF


def in_words(error: sqlite3.Error, path: Path) -> AnnotatorError:
    """Return a database error as a sentence for the user."""
    detail = f"{error!r} {getattr(error, 'sqlite_errorname', '')}"
    code = _code(error)
    if isinstance(error, sqlite3.ProgrammingError):
        return AnnotatorError(f"The project {path.parent} is closed; open it again.", detail)
    if code == sqlite3.SQLITE_FULL:
        return DiskFullError(
            f"The disk is full: nothing was written to {path} and what was saved before is "
            "unchanged; free some space.",
            detail,
        )
    if code in _DAMAGED:
        return ProjectDamagedError(
            f"{path} is damaged; close the project and open it again, which keeps all that can be "
            "read.",
            detail,
        )
    if code in _NOT_PERMITTED:
        return AnnotatorError(
            f"{path} may not be opened or written; check the permissions of its folder.", detail
        )
    if code in _BUSY:
        return AnnotatorError(f"{path} is in use by another program; close that one.", detail)
    return AnnotatorError(
        f"{path} cannot be used ({error}): the disk may be full or no longer there; what was saved "
        "before is unchanged.",
        detail,
    )


def add_journal_line(
    connection: sqlite3.Connection, author: str, text: str, image: int | None = None, name: str = ""
) -> None:
    """Note who did what; lines keep the name of their image, which may be removed later."""
    connection.execute(
        "INSERT INTO journal (at, author, image, image_name, text) VALUES (?, ?, ?, ?, ?)",
        (utc_now(), author, image, name, text),
    )


class ProjectDatabase:
    """An open database: one connection writes, another reads meanwhile, each under its own lock.

    So the window's thread never waits for the disk while a worker saves.
    """

    def __init__(self, path: Path, *, is_read_only: bool) -> None:
        self.path = path
        self._writer: sqlite3.Connection | None = None
        self._write_lock = threading.RLock()
        self._read_lock = threading.RLock()
        try:
            if not is_read_only:
                self._writer = connect(path, "rw")
                self._writer.execute("PRAGMA journal_mode = WAL")
                self._writer.execute("PRAGMA synchronous = FULL")
                self._writer.execute("PRAGMA foreign_keys = ON")
            self._reader = connect(path, "ro")
            self._reader.execute("SELECT count(*) FROM project").fetchone()
        except sqlite3.Error as error:
            if self._writer is not None:
                self._writer.close()
            raise in_words(error, path) from error

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Return the rows of a query, as of the last commit."""
        with self._read_lock:
            try:
                return self._reader.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise in_words(error, self.path) from error

    @contextmanager
    def snapshot(self) -> Generator[sqlite3.Connection, None, None]:
        """Give the reading connection in a transaction: all its queries see one state."""
        with self._read_lock:
            try:
                self._reader.execute("BEGIN")
                yield self._reader
            except sqlite3.Error as error:
                raise in_words(error, self.path) from error
            finally:
                _roll_back(self._reader)

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection, None, None]:
        """Give the writing connection; commit at the end, or leave everything as it was."""
        with self._write_lock:
            self.require_writable()
            assert self._writer is not None
            try:
                _roll_back(self._writer)  # of an earlier one, if the disk failed even at that
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute(
                    "UPDATE project SET value = hex(randomblob(8)) WHERE key = 'revision'"
                )
                self._writer.execute("COMMIT")
            except sqlite3.Error as error:
                raise in_words(error, self.path) from error
            finally:
                _roll_back(self._writer)

    def require_writable(self) -> None:
        """Raise an AnnotatorError where the project is open for reading only, or gone.

        A file that was moved or whose disk was taken out can still be written to, to no avail.
        """
        if self._writer is None:
            raise AnnotatorError(_READ_ONLY)
        if not self.path.exists():
            raise AnnotatorError(_GONE.format(self.path.parent))

    def close(self) -> None:
        """Close; the last one to write folds the write-ahead log into the file."""
        with self._write_lock, self._read_lock:
            self._reader.close()
            if self._writer is not None:
                self._writer.close()


def _roll_back(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # it is closed
        if connection.in_transaction:  # a full disk may have rolled back already
            connection.execute("ROLLBACK")
