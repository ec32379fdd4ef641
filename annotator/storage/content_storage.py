"""Loading and saving what is drawn on images of a project: files first, then one transaction."""

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError, DiskFullError
from annotator.storage.project_checkpoints import (
    FILES_QUERY,
    files_in_checkpoints,
    prune_checkpoints,
    write_checkpoint,
)
from annotator.storage.project_content import (
    DamagedCrack,
    RowChanges,
    Stamp,
    StoredFiles,
    apply_changes,
    box_columns,
    boxes_of,
    compare_rows,
    crack_columns,
    file_names,
    load_cracks,
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

_REMEMBERED = 8
"""Images of which the rasters saved last are kept in memory, to see what changed without encoding.
"""
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class ImageRows:
    """The rows of an image and of what is on it, as of one moment."""

    image: sqlite3.Row
    cracks: list[sqlite3.Row]
    boxes: list[sqlite3.Row]

    @property
    def name(self) -> str:
        """Name for messages."""
        return str(self.image["shown_name"])


class ContentStorage:
    """Contents of images in a project that is open; any thread may load and save."""

    def __init__(self, database: ProjectDatabase, folder: Path) -> None:
        self._database = database
        self._folder = folder
        self._files = CrackFiles(folder)
        self.saving = threading.RLock()
        """Held while files are written or removed."""
        self._lock = threading.Lock()  # of the dictionaries below, never held for long
        self._stored: OrderedDict[int, StoredFiles] = OrderedDict()
        self._saves: dict[int, int] = {}
        self._makers: dict[tuple[str, int], dict[str, Stamp]] = {}
        self._kept_files: set[str] | None = None

    def load(self, identifier: int) -> tuple[ImageContent, list[Damage]]:
        """Return the content of an image and what of it cannot be read."""
        for _ in range(_ATTEMPTS):
            n_saves = self._saves.get(identifier, 0)
            rows = self.rows_of(identifier)
            cracks, stored, damaged = load_cracks(rows.cracks, self._files, rows.name)
            # A file is gone, or what is known outdated, where the image was saved meanwhile.
            is_outdated = damaged and self._names_of(identifier) != file_names(rows.cracks)
            if not is_outdated and self._remember(identifier, stored, n_saves):
                damages = [crack.damage for crack in damaged]
                state = state_of(rows.image, rows.name, damages)
                boxes = boxes_of(rows.boxes)
                return ImageContent(tuple(cracks), boxes, state, subset_of(rows.image)), damages
        raise AnnotatorError("The image is being changed all the time; open it again.")

    def damaged(self, identifier: int) -> list[DamagedCrack]:
        """Return what is left of the cracks of an image of which a file cannot be read."""
        rows = self.rows_of(identifier)
        return load_cracks(rows.cracks, self._files, rows.name)[2]

    def save(
        self,
        identifier: int,
        content: ImageContent,
        text: str,
        author: str,
        *,
        is_repair: bool = False,
    ) -> None:
        """Put a content on the disk; on any failure the one saved before stays."""
        rows = self.rows_of(identifier)
        try:
            self._database.require_writable()
            with self.saving:
                if is_repair:
                    self._give_up_unreadable(identifier)
                self._save(identifier, content, text, author)
        except AnnotatorError as error:
            kind = DiskFullError if isinstance(error, DiskFullError) else AnnotatorError
            lost = f"The last change of {rows.name} ({text}) is not on the disk."
            raise kind(f"{lost} {error.text}", error.detail) from error

    def rows_of(self, identifier: int) -> ImageRows:
        """Return the rows of an image; an AnnotatorError where it is not in the project."""
        with self._database.snapshot() as connection:
            query = "SELECT * FROM image WHERE id = ?"
            image = connection.execute(query, (identifier,)).fetchone()
            if image is None:
                raise AnnotatorError("The image is no longer in the project; open it again.")
            cracks, boxes = (
                connection.execute(
                    f"SELECT * FROM {table} WHERE image = ? ORDER BY position, id", (identifier,)
                ).fetchall()
                for table in ("crack", "box")
            )
        return ImageRows(image, cracks, boxes)

    def forget(self, removed: ImageRows) -> None:
        """Forget what is known of an image that was removed, and remove its files."""
        identifier = int(removed.image["id"])
        with self._lock:
            self._stored.pop(identifier, None)
            self._saves[identifier] = self._saves.get(identifier, 0) + 1
        with self.saving:
            self._remove_unused(file_names(removed.cracks))

    def _give_up_unreadable(self, identifier: int) -> None:
        with self._lock:
            known = self._stored.get(identifier)
            if known is not None:
                known.withheld.clear()
                known.lost_paths.clear()

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

    def _save(self, identifier: int, content: ImageContent, text: str, author: str) -> None:
        rows = self.rows_of(identifier)
        known = self._known(identifier)
        written = write_files(self._files, identifier, content.cracks, known)
        stored = written.stored
        cracks = compare_rows(rows.cracks, crack_columns(content, stored), stored.withheld)
        boxes = compare_rows(rows.boxes, box_columns(content))
        states = (str(content.state), content.subset)
        is_same = states == (rows.image["state"], rows.image["subset"])
        if not (cracks.is_empty and boxes.is_empty and is_same):
            try:
                now = Stamp(author, utc_now())
                self._commit(rows, (cracks, boxes), states, text, now)
            except BaseException:
                # Not those of an interrupt after the commit.
                self._files.remove(set(written.new) - self._names_of(identifier))
                raise
        self._remember(identifier, stored)
        self._remove_unused(file_names(rows.cracks) - self._names_of(identifier))

    def _commit(
        self,
        rows: ImageRows,
        changes_of: tuple[RowChanges, RowChanges],
        states: tuple[str, str],
        text: str,
        now: Stamp,
    ) -> None:
        image = int(rows.image["id"])
        tables = tuple(zip(("crack", "box"), changes_of, strict=True))
        with self._database.transaction() as connection:
            for table, changes in tables:
                makers = self._makers.setdefault((table, image), {})
                apply_changes(connection, table, image, changes, makers, now)
            connection.execute(
                "UPDATE image SET state = ?, subset = ?, changed_by = ?, changed_at = ? "
                "WHERE id = ?",
                (*states, now.author, now.at, image),
            )
            add_journal_line(connection, now.author, text, image, rows.name)
        for table, changes in tables:
            # What was deleted may come back by undo, and keeps who made it.
            self._makers[table, image] |= {
                name: Stamp(row["made_by"], row["made_at"]) for name, row in changes.removed.items()
            }

    def _names_of(self, identifier: int) -> set[str]:
        query = "SELECT mask_file, path_file FROM crack WHERE image = ?"
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
            self._stored.move_to_end(identifier)
            for old in list(self._stored)[:-_REMEMBERED]:
                rest = self._stored[old].without_values()
                if rest.withheld or rest.lost_paths:
                    self._stored[old] = rest
                else:
                    del self._stored[old]
        return True
