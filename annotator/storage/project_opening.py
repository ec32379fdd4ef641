"""Creating a project's folder, and opening it as far as permissions, version and health allow."""

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from annotator.errors import AnnotatorError
from annotator.storage.atomic import create_folder, replace_for_good, temporary_beside
from annotator.storage.project_checkpoints import FOLDER_NAME, make_trash_folder, write_checkpoint
from annotator.storage.project_database import (
    DATABASE_NAME,
    ProjectDatabase,
    connect,
    find_damage,
    in_words,
    is_damage,
)
from annotator.storage.project_lock import ProjectLock
from annotator.storage.project_records import Damage
from annotator.storage.project_recovery import recover_database
from annotator.storage.project_schema import MIGRATIONS, check_version, migrate

_SHORTEST = 512
_LOG_ENDINGS = ("-wal", "-shm")


@dataclass(slots=True)
class OpenedDatabase:
    """An open database, the lock that goes with writing, and remarks for the user."""

    database: ProjectDatabase
    lock: ProjectLock | None = None
    notes: list[str] = field(default_factory=list[str])
    damages: list[Damage] = field(default_factory=list[Damage])
    copy: "tempfile.TemporaryDirectory[str] | None" = None
    """Where a database is read that cannot be read in its own place."""

    @property
    def is_read_only(self) -> bool:
        """Tell whether nothing can be changed."""
        return self.lock is None

    def close(self) -> None:
        """Close everything; another window may write from now on."""
        self.database.close()
        if self.copy is not None:
            self.copy.cleanup()
        if self.lock is not None:
            self.lock.release()


@dataclass(frozen=True, slots=True)
class Health:
    """State of a database file: its version, and what is wrong with it (empty: nothing)."""

    version: int = 0
    damage: str = ""

    @property
    def is_current(self) -> bool:
        """Tell whether it can be used as it is."""
        return not self.damage and self.version == len(MIGRATIONS)


def is_project(folder: Path) -> bool:
    """Tell whether a folder holds a project, be it one that has to be repaired."""
    try:
        return (folder / DATABASE_NAME).exists() or (folder / FOLDER_NAME).is_dir()
    except OSError:  # its name is too long, or something on the way may not be read
        return False


def create_database(folder: Path, facts: dict[str, str], author: str) -> None:
    """Make a project's folder with an empty database; it appears whole or not at all."""
    is_new = not os.path.lexists(folder)
    create_folder(folder)
    lock = ProjectLock(folder, author)  # two windows may open one folder at the same time
    try:
        if is_project(folder):
            raise AnnotatorError(
                f"{folder} is a project already; open it, or add photographs to it."
            )
        _write_empty_database(folder / DATABASE_NAME, facts)
    except BaseException:
        if is_new:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        lock.release()


def _write_empty_database(path: Path, facts: dict[str, str]) -> None:
    temporary = temporary_beside(path)
    try:
        with closing(connect(temporary, "rwc")) as connection:
            migrate(connection)
            connection.executemany("INSERT INTO project VALUES (?, ?)", facts.items())
        replace_for_good(temporary, path)
    except sqlite3.Error as error:
        raise in_words(error, path) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def open_database(folder: Path, *, author: str, read_only: bool) -> OpenedDatabase:
    """Open the database of a project's folder, repaired and of the newest version."""
    if not is_project(folder):
        raise AnnotatorError(f"{folder} holds no project; choose a folder that ends in .crackproj.")
    if read_only:
        return _open_for_reading(folder, [])
    if not _is_writable(folder):
        note = f"{folder} may not be written; the project is open for reading only."
        return _open_for_reading(folder, [note])
    lock = ProjectLock(folder, author)
    try:
        return _open_for_writing(folder, lock, author)
    except BaseException:
        lock.release()
        raise


def _is_writable(folder: Path) -> bool:
    database = folder / DATABASE_NAME
    return os.access(folder, os.W_OK) and (not database.exists() or os.access(database, os.W_OK))


def _open_for_writing(folder: Path, lock: ProjectLock, author: str) -> OpenedDatabase:
    path = folder / DATABASE_NAME
    damages: list[Damage] = []
    health = examine(path, "rw")
    if health.damage:
        damages = _put_recovered_in_place(folder)
    elif not health.is_current:
        try:
            with closing(connect(path, "rw")) as connection:
                write_checkpoint(connection, folder, f"format {health.version}", author)
                migrate(connection)
        except sqlite3.Error as error:
            raise in_words(error, path) from error
    return OpenedDatabase(ProjectDatabase(path, is_read_only=False), lock, damages=damages)


def examine(path: Path, mode: str) -> Health:
    """Return version and damage of a database; an AnnotatorError says why it must not be opened."""
    try:
        if path.stat().st_size < _SHORTEST:  # SQLite would take it for a new database
            return Health(damage="the file is too short")
        with closing(connect(path, mode)) as connection:
            damage = find_damage(connection)
            return Health(damage=damage) if damage else Health(check_version(connection, str(path)))
    except FileNotFoundError:
        return Health(damage="the file is missing")
    except sqlite3.Error as error:
        if is_damage(error):
            return Health(damage=str(error))
        raise in_words(error, path) from error


def _put_recovered_in_place(folder: Path) -> list[Damage]:
    """Replace a damaged database by what could be recovered; the damaged one goes to the trash."""
    path = folder / DATABASE_NAME
    temporary = temporary_beside(path)
    try:
        with tempfile.TemporaryDirectory() as copy:
            texts = recover_database(_copied(path, Path(copy)), folder, temporary)
        trash = make_trash_folder(folder, "damaged database")
        _copied(path, trash)
        # What the old log holds must not be applied to the new file.
        for ending in _LOG_ENDINGS:
            path.with_name(path.name + ending).unlink(missing_ok=True)
        replace_for_good(temporary, path)
    except OSError as error:
        raise AnnotatorError(
            f"{path} is damaged and could not be repaired ({error.strerror}); free some space and "
            "check the permissions.",
            detail=repr(error),
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return [Damage("", text) for text in (*texts, f"The damaged database is kept in {trash}.")]


def _copied(path: Path, folder: Path) -> Path:
    """Copy a database with its write-ahead log; the index of the log is made anew on opening."""
    for source in (path, path.with_name(f"{path.name}-wal")):
        with suppress(FileNotFoundError):
            shutil.copyfile(source, folder / source.name)
    return folder / path.name


def _open_for_reading(folder: Path, notes: list[str]) -> OpenedDatabase:
    path = folder / DATABASE_NAME
    with suppress(AnnotatorError):
        if examine(path, "ro").is_current:
            return OpenedDatabase(ProjectDatabase(path, is_read_only=True), notes=notes)
    # An older version, a damaged file, or a log that only someone who may write can read.
    copy = tempfile.TemporaryDirectory(prefix="crack-annotator-", ignore_cleanup_errors=True)
    try:
        place, damages = _readable_copy(folder, Path(copy.name))
        database = ProjectDatabase(place, is_read_only=True)
        return OpenedDatabase(database, notes=notes, damages=damages, copy=copy)
    except BaseException:
        copy.cleanup()
        raise


def _readable_copy(folder: Path, copy: Path) -> tuple[Path, list[Damage]]:
    try:
        place = _copied(folder / DATABASE_NAME, copy)
    except OSError as error:
        raise AnnotatorError(
            f"{folder} cannot be read ({error.strerror}); check its permissions.", repr(error)
        ) from error
    damages: list[Damage] = []
    if examine(place, "rw").damage:
        texts = recover_database(place, folder, copy / "recovered.sqlite")
        place = copy / "recovered.sqlite"
        damages = [Damage("", text) for text in texts]
    try:
        with closing(connect(place, "rw")) as connection:
            migrate(connection)
    except sqlite3.Error as error:
        raise in_words(error, place) from error
    return place, damages
