"""The tables of a project's database and the steps from each older version to the next."""

import sqlite3
from collections.abc import Callable

from annotator.errors import AnnotatorError

APPLICATION_ID = 0x43724B41
"""Tells our databases from others, in the header of the file ("CrKA")."""

_STAMPS = """
    made_by TEXT NOT NULL, made_at TEXT NOT NULL,
    changed_by TEXT NOT NULL, changed_at TEXT NOT NULL"""

# Ordinary integer keys everywhere, so that a damaged table can be read row by row.
_VERSION_1 = (
    "CREATE TABLE project (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # AUTOINCREMENT: the number of a removed image names a folder of masks and is not used again.
    f"""CREATE TABLE image (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        shown_name TEXT NOT NULL UNIQUE,
        relative_path TEXT NOT NULL,
        absolute_path TEXT NOT NULL,
        byte_size INTEGER NOT NULL,
        sha256 TEXT NOT NULL DEFAULT '',
        width INTEGER, height INTEGER,
        state TEXT NOT NULL DEFAULT 'new',
        subset TEXT NOT NULL DEFAULT 'auto',{_STAMPS})""",
    f"""CREATE TABLE crack (
        id INTEGER PRIMARY KEY,
        image INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        identifier TEXT NOT NULL,
        position INTEGER NOT NULL,
        source TEXT NOT NULL,
        is_locked INTEGER NOT NULL,
        mask_file TEXT NOT NULL,
        path_file TEXT NOT NULL,{_STAMPS},
        UNIQUE (image, identifier))""",
    f"""CREATE TABLE box (
        id INTEGER PRIMARY KEY,
        image INTEGER NOT NULL REFERENCES image (id) ON DELETE CASCADE,
        identifier TEXT NOT NULL,
        position INTEGER NOT NULL,
        x0 INTEGER NOT NULL, y0 INTEGER NOT NULL, x1 INTEGER NOT NULL, y1 INTEGER NOT NULL,
        class_name TEXT NOT NULL,
        is_locked INTEGER NOT NULL,{_STAMPS},
        UNIQUE (image, identifier))""",
    # Lines outlive their image, so they hold its name and do not refer to it.
    """CREATE TABLE journal (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        author TEXT NOT NULL,
        image INTEGER,
        image_name TEXT NOT NULL,
        text TEXT NOT NULL)""",
    "CREATE INDEX journal_image ON journal (image)",
)

# Terse, so that all definitions stay together on the first page of the file: were they continued on
# its last one, a file whose end is missing could not be read at all.
_VERSION_2 = (
    # Place and measures are in the file as well: here they can be listed without reading it.
    "CREATE TABLE candidate (id INTEGER PRIMARY KEY,image INTEGER NOT NULL REFERENCES image ON "
    "DELETE CASCADE,identifier TEXT,position INTEGER,file TEXT,x0 INTEGER,y0 INTEGER,x1 INTEGER,"
    "y1 INTEGER,length REAL,width REAL,confidence REAL,model TEXT,verdict TEXT,made_by TEXT,"
    "made_at TEXT,changed_by TEXT,changed_at TEXT,UNIQUE (image,identifier))",
    "CREATE TABLE note (id INTEGER PRIMARY KEY,image INTEGER NOT NULL REFERENCES image ON DELETE "
    "CASCADE,identifier TEXT,position INTEGER,x REAL,y REAL,text TEXT,is_resolved INTEGER,"
    "made_by TEXT,made_at TEXT,changed_by TEXT,changed_at TEXT,UNIQUE (image,identifier))",
    # Only ever added to; ``crack`` is empty for what concerns the whole image.
    "CREATE TABLE effort (id INTEGER PRIMARY KEY,image INTEGER NOT NULL REFERENCES image ON DELETE "
    "CASCADE,crack TEXT,kind TEXT,seconds REAL,clicks INTEGER,keys INTEGER,at TEXT,author TEXT)",
)

_TABLES = {
    1: ("project", "setting", "image", "crack", "box", "journal"),
    2: ("candidate", "note", "effort"),
}
"""The tables by the version that brought them."""


def tables_of(version: int) -> tuple[str, ...]:
    """Return the tables that a project of some version has."""
    return tuple(name for since, names in _TABLES.items() if since <= version for name in names)


def _to_version_1(connection: sqlite3.Connection) -> None:
    for statement in _VERSION_1:
        connection.execute(statement)
    connection.execute("INSERT INTO project VALUES ('revision', '0')")


def _to_version_2(connection: sqlite3.Connection) -> None:
    for statement in _VERSION_2:
        connection.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (_to_version_1, _to_version_2)
"""Step number n makes version n + 1 out of version n; version 0 is an empty database."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the tables."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(connection: sqlite3.Connection, shown: str) -> int:
    """Return the version; raise an AnnotatorError for what this program must not touch."""
    number = int(connection.execute("PRAGMA application_id").fetchone()[0])
    version = version_of(connection)
    if number != APPLICATION_ID or version < 1:
        raise AnnotatorError(f"{shown} holds no project of this program; open another folder.")
    if version > len(MIGRATIONS):
        raise AnnotatorError(
            f"{shown} was made by a newer version of this program (format {version}; this one "
            f"knows formats up to {len(MIGRATIONS)}); install the newer version to open it."
        )
    return version


def migrate(connection: sqlite3.Connection) -> None:
    """Bring the tables to the newest version, a transaction a step."""
    upgrade_to(connection, len(MIGRATIONS))


def upgrade_to(connection: sqlite3.Connection, newest: int) -> None:
    """Bring the tables to a version, a transaction a step."""
    for version in range(version_of(connection), newest):
        connection.execute("BEGIN IMMEDIATE")
        try:
            MIGRATIONS[version](connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {version + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
