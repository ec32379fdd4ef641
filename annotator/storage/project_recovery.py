"""What can still be read of a damaged database, row by row, completed from a checkpoint.

Files of cracks hold where they belong, so those that no row names any more come back as well.
"""

import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from annotator.storage.project_checkpoints import files_in_checkpoints, is_sound, list_checkpoints
from annotator.storage.project_database import connect
from annotator.storage.project_files import CrackFiles, DamagedFileError
from annotator.storage.project_records import Checkpoint, ProjectDamagedError, utc_now
from annotator.storage.project_schema import MIGRATIONS, migrate, tables_of, upgrade_to, version_of

_FARTHEST = 2**40  # rows; beyond any project

_HOMELESS = {
    "crack": ("1 crack belongs", "cracks belong"),
    "box": ("1 box belongs", "boxes belong"),
    "candidate": ("1 candidate belongs", "candidates belong"),
    "note": ("1 note belongs", "notes belong"),
    "effort": ("1 time of work belongs", "times of work belong"),
}

Rows = dict[int, tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class SalvagedTable:
    """The rows of a table that can be read, and whether these are all."""

    columns: tuple[str, ...]
    rows: Rows
    is_complete: bool


def recover_database(damaged: Path, folder: Path, target: Path) -> list[str]:
    """Write a sound database of the newest version; return what happened, a sentence each.

    ``damaged`` is a copy that may be written to; checkpoints and files of cracks are looked for in
    ``folder``. A ProjectDamagedError is raised where nothing can be read at all.
    """
    newest = next((item for item in list_checkpoints(folder) if is_sound(item.path)), None)
    incomplete = _salvage(damaged, target)
    if incomplete is None and newest is None:
        raise ProjectDamagedError(
            f"The database of {folder} cannot be read and there is no checkpoint to go back to; "
            "restore the folder from a backup."
        )
    if incomplete is None and newest is not None:
        shutil.copyfile(newest.path, target)
        texts = [f"The database could not be read; the checkpoint of {newest.at} was taken."]
    elif incomplete:
        texts = [_incomplete_text(incomplete)]
    else:
        texts = ["The database was damaged; everything in it could be read."]
    with closing(connect(target, "rw")) as connection:
        migrate(connection)
        if incomplete and newest is not None:
            texts += _complete(connection, newest, incomplete)
        texts += _drop_homeless(connection)
        if incomplete is None or "crack" in incomplete:
            texts += _adopt_files(connection, folder)
        _skip_numbers(connection, folder)
    return texts


def _incomplete_text(tables: list[str]) -> str:
    words = {
        "image": "images",
        "crack": "cracks",
        "box": "boxes",
        "journal": "the journal",
        "candidate": "candidates",
        "note": "notes",
        "effort": "times of work",
    }
    names = [words.get(table, "settings") for table in tables]
    return f"The database was damaged; parts of it could not be read: {', '.join(names)}."


def _salvage(damaged: Path, target: Path) -> list[str] | None:
    """Copy all rows that can be read; return the tables that are not whole, None for nothing."""
    try:
        with closing(connect(damaged, "rw")) as source:
            # Lets SQLite read a file that is shorter than its header says.
            source.execute("PRAGMA writable_schema = ON")
            source.text_factory = _text
            version = version_of(source)
            if not 1 <= version <= len(MIGRATIONS):
                return None
            tables = {table: _salvage_table(source, table) for table in tables_of(version)}
    except (sqlite3.Error, OSError):
        return None
    if not tables["image"].rows:
        return None
    with closing(connect(target, "rwc")) as connection:
        upgrade_to(connection, version)
        for table, salvaged in tables.items():
            _insert(connection, table, salvaged)
    return [table for table, salvaged in tables.items() if not salvaged.is_complete]


def _text(raw: bytes) -> str:
    return raw.decode(errors="replace")


def _salvage_table(source: sqlite3.Connection, table: str) -> SalvagedTable:
    """Read a table from both ends up to where it is damaged, then what lies between."""
    try:
        columns = tuple(row["name"] for row in source.execute(f"PRAGMA table_info({table})"))
    except sqlite3.Error:
        columns = ()
    if not columns:
        return SalvagedTable((), {}, is_complete=False)
    rows, is_complete = _read_rows(source, table)
    return SalvagedTable(columns, rows, is_complete)


def _read_rows(source: sqlite3.Connection, table: str) -> tuple[Rows, bool]:
    """Read all rows that can be read, and tell whether none was skipped."""
    rows: Rows = {}
    start = 0
    is_complete = True
    while not _scan(source, table, f"rowid >= {start} ORDER BY rowid", rows):
        is_complete = False
        last = max(start, *rows) if rows else start
        behind = _row_behind(source, table, last)
        if behind is None:
            break
        # The jump went too far: what it left out is read from behind, up to the damage.
        _scan(source, table, f"rowid > {last} AND rowid < {behind} ORDER BY rowid DESC", rows)
        start = behind
    # Where a page of the file is cut off, SQLite reads zeros: rows with the number 0.
    # The same for the rest of a row that is continued on such a page.
    garbled = [number for number, row in rows.items() if number == 0 or _is_garbled(row)]
    for number in garbled:
        del rows[number]
    return rows, is_complete and not garbled


def _is_garbled(row: tuple[object, ...]) -> bool:
    return any(isinstance(value, str) and "\0" in value for value in row)


def _scan(source: sqlite3.Connection, table: str, where: str, rows: Rows) -> bool:
    """Read rows until the end, or until one cannot be read: then False."""
    try:
        for row in source.execute(f"SELECT rowid, * FROM {table} WHERE {where}"):
            number, *values = tuple(row)
            rows[int(number)] = tuple(values)
    except sqlite3.Error:
        return False
    return True


def _row_behind(source: sqlite3.Connection, table: str, last: int) -> int | None:
    """Return a row behind those that cannot be read, looked for in steps that double."""
    step = 1
    while step <= _FARTHEST:
        query = f"SELECT rowid, * FROM {table} WHERE rowid >= {last + step} ORDER BY rowid LIMIT 1"
        try:
            row = source.execute(query).fetchone()
            if row is None:
                return None
            if int(row[0]) > last:
                return int(row[0])
        except sqlite3.Error:
            pass
        step *= 2
    return None


def _insert(connection: sqlite3.Connection, table: str, salvaged: SalvagedTable) -> None:
    marks = ", ".join("?" * len(salvaged.columns))
    names = ", ".join(salvaged.columns)
    statement = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})"
    connection.execute("BEGIN")
    for row in salvaged.rows.values():
        with suppress(sqlite3.IntegrityError):  # a garbled row
            connection.execute(statement, row)
    connection.execute("COMMIT")


def _complete(connection: sqlite3.Connection, newest: Checkpoint, tables: list[str]) -> list[str]:
    """Add the rows of a checkpoint that are missing in tables that are not whole."""
    added: dict[str, int] = {}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as older:
        with closing(connect(newest.path, "ro")) as checkpoint:
            checkpoint.backup(older)
        older.row_factory = sqlite3.Row
        migrate(older)
        connection.execute("BEGIN")
        for table in tables:
            before = connection.total_changes
            for row in older.execute(f"SELECT * FROM {table}"):
                _insert_missing(connection, table, row)
            added[table] = connection.total_changes - before
        connection.execute("COMMIT")
    found = [f"{number} of {table}" for table, number in added.items() if number]
    if not found:
        return []
    return [f"Rows were taken from the checkpoint of {newest.at}: {', '.join(found)}."]


def _insert_missing(connection: sqlite3.Connection, table: str, row: sqlite3.Row) -> None:
    columns = dict(zip(row.keys(), tuple(row), strict=True))
    if table in ("crack", "box", "candidate", "note"):
        columns.pop("id")  # another row may have it; the pair (image, identifier) is unique
    marks = ", ".join("?" * len(columns))
    names = ", ".join(columns)
    connection.execute(
        f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", tuple(columns.values())
    )


def _drop_homeless(connection: sqlite3.Connection) -> list[str]:
    """Remove what belongs to images that are lost: there is nothing to show it on."""
    texts: list[str] = []
    for table, (one, many) in _HOMELESS.items():
        statement = f"DELETE FROM {table} WHERE image NOT IN (SELECT id FROM image)"
        number = connection.execute(statement).rowcount
        if number:
            text = f"{number} {many} to images that are lost; they were left out."
            if number == 1:
                text = f"{one} to an image that is lost; it was left out."
            texts.append(text)
    return texts


def _adopt_files(connection: sqlite3.Connection, folder: Path) -> list[str]:
    """Give files that nothing names back to their images: work newer than the rows there are."""
    kept = files_in_checkpoints(folder)
    if kept is None:
        return []
    rows = connection.execute("SELECT mask_file, path_file FROM crack").fetchall()
    named = kept | {str(name) for row in rows for name in row}
    images = {int(row[0]) for row in connection.execute("SELECT id FROM image")}
    masks, paths = newest_orphans(folder, "masks", named), newest_orphans(folder, "paths", named)
    adopted = [key for key in masks if key[0] in images]
    connection.execute("BEGIN")
    for key in adopted:
        _adopt(connection, *key, masks[key], paths.get(key, ""))
    connection.execute("COMMIT")
    if not adopted:
        return []
    if len(adopted) == 1:
        return ["1 crack came back from its file, as it was saved last."]
    return [f"{len(adopted)} cracks came back from their files, as they were saved last."]


def _skip_numbers(connection: sqlite3.Connection, folder: Path) -> None:
    """Have new images numbered above those lost, whose files may still be there."""
    numbers = [int(path.name) for path in (folder / "masks").glob("*") if path.name.isdecimal()]
    connection.execute(
        "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'image'",
        (max(numbers, default=0),),
    )


def newest_orphans(folder: Path, kind: str, named: set[str]) -> dict[tuple[int, str], str]:
    """Return the newest sound file of each crack that nothing names."""
    files = CrackFiles(folder)
    found: dict[tuple[int, str], str] = {}
    paths = (folder / kind).glob("*/[!.]*")
    for path in sorted(paths, key=lambda path: path.stat().st_mtime_ns):
        name = path.relative_to(folder).as_posix()
        if name in named or not path.parent.name.isdecimal():
            continue
        with suppress(DamagedFileError):
            files.read(name)
            found[int(path.parent.name), path.stem.rpartition("-")[0]] = name
    return found


def _adopt(
    connection: sqlite3.Connection, image: int, crack: str, mask_file: str, path_file: str
) -> None:
    updated = connection.execute(
        "UPDATE crack SET mask_file = ?, path_file = iif(? = '', path_file, ?) "
        "WHERE image = ? AND identifier = ?",
        (mask_file, path_file, path_file, image, crack),
    )
    if updated.rowcount:
        return
    source = "traced" if path_file else "painted"
    now = utc_now()
    connection.execute(
        "INSERT INTO crack (image, identifier, position, source, is_locked, mask_file, path_file, "
        "made_by, made_at, changed_by, changed_at) VALUES (?, ?, "
        "(SELECT count(*) FROM crack WHERE image = ?), ?, 0, ?, ?, '', ?, '', ?)",
        (image, crack, image, source, mask_file, path_file, now, now),
    )
