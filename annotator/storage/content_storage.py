"""Loading and saving what is drawn on images of a project: files first, then one transaction."""

import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError, DiskFullError
from annotator.storage.candidate_files import load_candidates
from annotator.storage.project_checkpoints import (
    files_in_checkpoints,
    prune_checkpoints,
    write_checkpoint,
)
from annotator.storage.project_content import (
    FILES_QUERY,
    TABLES,
    DamagedCrack,
    RowChanges,
    Stamp,
    StoredFiles,
    WrittenFiles,
    apply_changes,
    boxes_of,
    changes_of,
    file_names,
    load_cracks,
    notes_of,
    write_files,
)
from annotator.storage.project_database import (
    ProjectDatabase,
    add_journal_line,
    connect,
    in_words,
)
from annotator.storage.project_files import CrackFiles
from annotator.storage.project_images import state_of, subset_of
from annotator.storage.project_records import Damage, utc_now

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class ImageRows:
    """The rows of an image and of what is on it, as of one moment."""

    image: sqlite3.Row
    tables: Mapping[str, list[sqlite3.Row]]
    """Rows by `TABLES`."""

    @property
    def name(self) -> str:
        """Name for messages."""
        return str(self.image["shown_name"])

    @property
    def file_names(self) -> set[str]:
        """Files that the rows name."""
        candidates = {str(row["file"]) for row in self.tables["candidate"]}
        return file_names(self.tables["crack"]) | candidates


@dataclass(frozen=True, slots=True)
class ContentSave:
    """A content of an image that is to be saved, and a name for it in the journal."""

    identifier: int
    content: ImageContent
    text: str


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A save of which the files are on the disk, and what is left to do in the database."""

    save: ContentSave
    rows: ImageRows
    written: WrittenFiles
    changes: dict[str, RowChanges]

    @property
    def is_same(self) -> bool:
        """Tell whether the database says so already."""
        states = (self.rows.image["state"], self.rows.image["subset"])
        content = self.save.content
        has_states = states == (str(content.state), content.subset)
        return has_states and all(changes.is_empty for changes in self.changes.values())


class ContentStorage:
    """Contents of images in a project that is open; any thread may load and save."""

    def __init__(self, database: ProjectDatabase, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._files = CrackFiles(folder)
        self.saving = threading.RLock()
        """Held while files are written or removed."""
        self._lock = threading.Lock()  # of the dictionaries below, never held for long
        self._stored: dict[int, StoredFiles] = {}
        self._saves: dict[int, int] = {}
        self._makers: dict[tuple[str, int], dict[str, Stamp]] = {}
        self._kept_files: set[str] | None = None

    def load(self, identifier: int) -> tuple[ImageContent, list[Damage]]:
        """Return the content of an image and what of it cannot be read."""
        for _ in range(_ATTEMPTS):
            n_saves = self._saves.get(identifier, 0)
            rows = self.rows_of(identifier)
            cracks, stored, damaged = load_cracks(rows.tables["crack"], self._files, rows.name)
            found = load_candidates(rows.tables["candidate"], self._files, rows.name)
            stored.candidates, stored.withheld_candidates = found.stored, found.withheld
            damages = [*(crack.damage for crack in damaged), *found.damages]
            # A file is gone, or what is known outdated, where the image was saved meanwhile.
            is_outdated = damages and self._names_of(identifier) != rows.file_names
            if not is_outdated and self._remember(identifier, stored, n_saves):
                state = state_of(rows.image, rows.name, damages)
                content = ImageContent(
                    tuple(cracks),
                    boxes_of(rows.tables["box"]),
                    state,
                    subset_of(rows.image),
                    tuple(found.candidates),
                    notes_of(rows.tables["note"]),
                )
                return content, damages
        raise AnnotatorError("The image is being changed all the time; open it again.")

    def damaged(self, identifier: int) -> list[DamagedCrack]:
        """Return what is left of the cracks of an image of which a file cannot be read."""
        rows = self.rows_of(identifier)
        return load_cracks(rows.tables["crack"], self._files, rows.name)[2]

    def save(self, saves: Sequence[ContentSave], author: str, *, is_repair: bool = False) -> None:
        """Put contents on the disk, all in one transaction; on any failure those before stay."""
        names = [self.rows_of(save.identifier).name for save in saves]
        try:
            self._database.require_writable()
            with self.saving:
                if is_repair:
                    self._give_up_unreadable(saves)
                self._save(saves, Stamp(author, utc_now()))
        except AnnotatorError as error:
            kind = DiskFullError if isinstance(error, DiskFullError) else AnnotatorError
            lost = f"The last changes of {len(names)} images are not on the disk."
            if len(saves) == 1:
                lost = f"The last change of {names[0]} ({saves[0].text}) is not on the disk."
            raise kind(f"{lost} {error.text}", error.detail) from error

    def rows_of(self, identifier: int) -> ImageRows:
        """Return the rows of an image; an AnnotatorError where it is not in the project."""
        with self._database.snapshot() as connection:
            query = "SELECT * FROM image WHERE id = ?"
            image = connection.execute(query, (identifier,)).fetchone()
            if image is None:
                raise AnnotatorError("The image is no longer in the project; open it again.")
            tables = {
                table: connection.execute(
                    f"SELECT * FROM {table} WHERE image = ? ORDER BY position, id", (identifier,)
                ).fetchall()
                for table in TABLES
            }
        return ImageRows(image, tables)

    def forget(self, removed: ImageRows) -> None:
        """Forget what is known of an image that was removed, and remove its files."""
        identifier = int(removed.image["id"])
        with self._lock:
            self._stored.pop(identifier, None)
            self._saves[identifier] = self._saves.get(identifier, 0) + 1
        with self.saving:
            self._remove_unused(removed.file_names)

    def _give_up_unreadable(self, saves: Sequence[ContentSave]) -> None:
        with self._lock:
            for save in saves:
                known = self._stored.get(save.identifier)
                if known is not None:
                    known.withheld.clear()
                    known.lost_paths.clear()
                    known.withheld_candidates.clear()

    def checkpoint(self, name: str, author: str) -> Path:
        """Keep the present state, with the files that it names."""
        self._database.require_writable()
        with self.saving:  # or a file could be removed that the copy names
            try:
                with closing(connect(self._database.path, "ro")) as connection:
                    path = write_checkpoint(connection, self._folder, name, author)
            except sqlite3.Error as error:
                raise in_words(error, self._database.path) from error
            self._kept_files = None
            names = prune_checkpoints(self._folder)
            if names:
                self._remove_unused(names - file_names(self._database.rows(FILES_QUERY)))
        return path

    def _remove_unused(self, names: Iterable[str]) -> None:
        """Remove files that nothing names any more, unless a checkpoint does."""
        names = set(names)
        if not names:
            return
        if self._kept_files is None:
            self._kept_files = files_in_checkpoints(self._folder)
        if self._kept_files is not None:
            self._files.remove(names - self._kept_files)

    def _save(self, saves: Sequence[ContentSave], now: Stamp) -> None:
        prepared: list[_Prepared] = []
        try:
            for save in saves:
                item = self._prepare(save)
                prepared.append(item)  # one by one: those that are there are tidied up
            self._commit([item for item in prepared if not item.is_same], now)
        except BaseException:
            for item in prepared:
                # Not those of an interrupt after the commit.
                self._files.remove(set(item.written.new) - self._names_of(item.save.identifier))
            raise
        unused: set[str] = set()
        for item in prepared:
            self._remember(item.save.identifier, item.written.stored)
            named = item.rows.file_names
            unused |= named - self._names_of(item.save.identifier) if named else named
        self._remove_unused(unused)

    def _prepare(self, save: ContentSave) -> _Prepared:
        """Write the files of a content for good, and find out what differs in the database."""
        rows = self.rows_of(save.identifier)
        known = self._known(save.identifier)
        written = write_files(self._files, save.identifier, save.content, known)
        changes = changes_of(rows.tables, save.content, written.stored)
        return _Prepared(save, rows, written, changes)

    def _commit(self, prepared: Sequence[_Prepared], now: Stamp) -> None:
        if not prepared:
            return
        with self._database.transaction() as connection:
            for item in prepared:
                self._write_rows(connection, item, now)
        for item in prepared:
            for table, changes in item.changes.items():
                # What was deleted may come back by undo, and keeps who made it.
                makers = self._makers.setdefault((table, item.save.identifier), {})
                for name, row in changes.removed.items():
                    makers[name] = Stamp(row["made_by"], row["made_at"])

    def _write_rows(self, connection: sqlite3.Connection, item: _Prepared, now: Stamp) -> None:
        image, content = item.save.identifier, item.save.content
        for table, changes in item.changes.items():
            makers = self._makers.get((table, image), {})
            apply_changes(connection, table, image, changes, makers, now)
        connection.execute(
            "UPDATE image SET state = ?, subset = ?, changed_by = ?, changed_at = ? WHERE id = ?",
            (str(content.state), content.subset, now.author, now.at, image),
        )
        add_journal_line(connection, now.author, item.save.text, image, item.rows.name)

    def _names_of(self, identifier: int) -> set[str]:
        query = f"SELECT * FROM ({FILES_QUERY}) WHERE image = ?"
        return file_names(self._database.rows(query, identifier))

    def _known(self, identifier: int) -> StoredFiles:
        with self._lock:
            return self._stored.get(identifier) or StoredFiles()

    def _remember(self, identifier: int, stored: StoredFiles, n_saves: int | None = None) -> bool:
        """Keep what is known of an image; of one that was loaded only if it was not saved since."""
        with self._lock:
            if n_saves is None:
                self._saves[identifier] = self._saves.get(identifier, 0) + 1
            elif n_saves != self._saves.get(identifier, 0):
                return False
            self._stored[identifier] = stored
        return True
