"""The project on disk: a folder with a database, the files of its cracks, checkpoints and trash."""

import json
import logging
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from annotator.document.image_content import ImageContent
from annotator.errors import AnnotatorError
from annotator.storage.content_storage import ContentSave, ContentStorage
from annotator.storage.predictions import PredictionStore
from annotator.storage.project_checkpoints import (
    AUTOMATIC,
    list_checkpoints,
    restore_checkpoint,
)
from annotator.storage.project_content import FILES_QUERY, DamagedCrack, Stamp, file_names
from annotator.storage.project_database import add_journal_line
from annotator.storage.project_files import hash_file
from annotator.storage.project_images import (
    IMAGES_QUERY,
    StoredPath,
    absolute_path,
    byte_size_of,
    folder_facts,
    new_images,
    record_of,
    sorted_records,
)
from annotator.storage.project_opening import OpenedDatabase, create_database, open_database
from annotator.storage.project_records import (
    Checkpoint,
    Damage,
    Effort,
    ImageRecord,
    JournalLine,
    ProjectDamagedError,
    ProjectLockedError,
    utc_now,
)
from annotator.storage.project_reviews import ProjectReviews
from annotator.storage.project_trash import copy_to_trash, delete_rows, empty_trash, leave_out

__all__ = [
    "Checkpoint",
    "ContentSave",
    "Damage",
    "DamagedCrack",
    "Effort",
    "ImageRecord",
    "JournalLine",
    "ProjectDamagedError",
    "ProjectLockedError",
    "ProjectStore",
    "hash_file",
    "restore_checkpoint",
]


CHECKPOINT_SECONDS = 600
"""After so much time with work in it the project keeps a state by itself, also when it closes."""

_log = logging.getLogger(__name__)


class ProjectStore:
    """An open project. Every change is one transaction that is on the disk when a method returns.

    Any thread may call; nothing is kept in memory that would have to be saved later. Where a change
    fails, an AnnotatorError says why, and the project is as it was before.
    """

    def __init__(self, folder: Path, author: str, opened: OpenedDatabase) -> None:
        self.folder = folder
        self.author = author
        self.damages = opened.damages
        """What could not be read when the project was opened."""
        self.notes = opened.notes
        """Remarks on how it was opened, a sentence each."""
        self._opened = opened
        self._database = opened.database
        self.name = self._fact("name") or folder.stem
        self._contents = ContentStorage(opened.database, folder)
        self.reviews = ProjectReviews(opened.database, author)
        self.predictions = PredictionStore(folder, is_read_only=opened.is_read_only)
        self._checked_at = time.monotonic()
        self._is_closed = False
        self._hashed: set[int] = set()

    @staticmethod
    def create(
        folder: Path, *, name: str, images_folder: Path | None, author: str
    ) -> "ProjectStore":
        """Make a project in a folder that is new, or holds none yet, and open it."""
        folder = absolute_path(folder)
        facts = {"name": name, "made_by": author, "made_at": utc_now(), "folder": str(folder)}
        if images_folder is not None:
            facts |= folder_facts(absolute_path(images_folder), folder)
        create_database(folder, facts, author)
        return ProjectStore.open(folder, author=author)

    @staticmethod
    def open(folder: Path, *, author: str, read_only: bool = False) -> "ProjectStore":
        """Open a project; ProjectLockedError where another window has it and may write.

        What is damaged is repaired as far as possible and listed in ``damages``.
        """
        folder = absolute_path(folder)
        opened = open_database(folder, author=author, read_only=read_only)
        store = ProjectStore(folder, author, opened)
        try:
            store._note_move()
            if not store.is_read_only:
                empty_trash(folder, datetime.now(UTC))
            store._checkpoint_by_itself()
        except BaseException:
            store.close()
            raise
        return store

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def is_read_only(self) -> bool:
        """Tell whether nothing can be changed."""
        return self._opened.is_read_only

    @property
    def images_folder(self) -> Path | None:
        """Folder that the images were opened from, where it is or was."""
        stored = StoredPath(self._fact("images_relative"), self._fact("images_absolute"))
        return stored.found_from(self._base)[0] if stored.absolute else None

    def move_images_folder(self, folder: Path) -> None:
        """Note that the folder of the images is another one now."""
        with self._database.transaction() as connection:
            facts = folder_facts(absolute_path(folder), self.folder)
            connection.executemany("INSERT OR REPLACE INTO project VALUES (?, ?)", facts.items())

    @property
    def left_out(self) -> set[str]:
        """Names of images that were removed; opening their folder does not bring them back."""
        return set(json.loads(self._fact("left_out") or "[]"))

    # --- images

    def images(self) -> list[ImageRecord]:
        """Return the images in the order of the list, "crack 2" before "crack 10"."""
        rows = self._database.rows(IMAGES_QUERY)
        return sorted_records(record_of(row, self._base, []) for row in rows)

    def image(self, identifier: int) -> ImageRecord:
        """Return one image."""
        self._contents.rows_of(identifier)
        (row,) = self._database.rows(f"{IMAGES_QUERY} WHERE image.id = ?", identifier)
        return record_of(row, self._base, [])

    def add_images(self, paths: Sequence[Path]) -> list[ImageRecord]:
        """Add files that are not in the project yet, and return those."""
        added = new_images(paths, self.images(), self.images_folder)
        if not added:
            return []
        now = Stamp(self.author, utc_now())
        with self._database.transaction() as connection:
            for image in added:
                stored = StoredPath.of(image.path, self._base)
                connection.execute(
                    "INSERT INTO image (shown_name, relative_path, absolute_path, byte_size, "
                    "made_by, made_at, changed_by, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    (image.shown_name, stored.relative, stored.absolute, image.byte_size)
                    + (now.author, now.at) * 2,
                )
            names = {image.shown_name for image in added}
            if left_out := self.left_out:
                leave_out(connection, left_out - names)
            count = f"{len(added)} images" if len(added) > 1 else added[0].shown_name
            add_journal_line(connection, self.author, f"Added {count}")
        return [record for record in self.images() if record.shown_name in names]

    def note_image(
        self, identifier: int, *, size: tuple[int, int] | None = None, sha256: str | None = None
    ) -> None:
        """Note what was learned on decoding or hashing an image.

        A size that is known stays while there are cracks or boxes: they belong to that size.
        """
        record = self.image(identifier)
        facts: dict[str, int | str] = {}
        is_bound = record.size is not None and record.n_cracks + record.n_boxes > 0
        if size is not None and size != record.size and not is_bound:
            facts |= {"width": int(size[0]), "height": int(size[1])}
        if sha256 is not None and sha256 != record.sha256 and not record.is_missing:
            facts |= {"sha256": sha256, "byte_size": byte_size_of(record.path)}
        if facts:
            names = ", ".join(f"{name} = ?" for name in facts)
            with self._database.transaction() as connection:
                values = (*facts.values(), identifier)
                connection.execute(f"UPDATE image SET {names} WHERE id = ?", values)

    def locate(self, identifier: int, path: Path) -> None:
        """Note where the file of an image is now."""
        self.locate_all({identifier: path})

    def locate_all(self, places: Mapping[int, Path]) -> None:
        """Note where the files of images are now."""
        names = {record.identifier: record.shown_name for record in self.images()}
        if places.keys() - names.keys():
            raise AnnotatorError("The image is no longer in the project; open it again.")
        with self._database.transaction() as connection:
            for identifier, path in places.items():
                stored = StoredPath.of(absolute_path(path), self._base)
                connection.execute(
                    "UPDATE image SET relative_path = ?, absolute_path = ? WHERE id = ?",
                    (stored.relative, stored.absolute, identifier),
                )
                text = f"Found at {stored.absolute}"
                add_journal_line(connection, self.author, text, identifier, names[identifier])

    def remove_images(self, identifiers: Iterable[int]) -> None:
        """Take images out of the project; what was drawn on them goes to its trash."""
        self._database.require_writable()
        removed = [self._contents.rows_of(identifier) for identifier in identifiers]
        for rows in removed:
            efforts = self.reviews.efforts(int(rows.image["id"]))
            copy_to_trash(self.folder, rows, efforts)
        with self._database.transaction() as connection:
            for rows in removed:
                delete_rows(connection, rows, self.author)
            leave_out(connection, self.left_out | {rows.name for rows in removed})
        for rows in removed:
            self._contents.forget(rows)
            self.predictions.remove_image(int(rows.image["id"]))

    # --- what is drawn on them

    def load(self, identifier: int) -> tuple[ImageContent, list[Damage]]:
        """Return the content of an image and what of it cannot be read.

        What cannot be read is not in the content; saving that leaves it in the project.
        """
        return self._contents.load(identifier)

    def damaged(self, identifier: int) -> list[DamagedCrack]:
        """Return what is left of those cracks of an image of which a file cannot be read."""
        return self._contents.damaged(identifier)

    def crack_files(self) -> set[str]:
        """Return the files that the project needs, relative to its folder."""
        return file_names(self._database.rows(FILES_QUERY))

    def save(
        self, identifier: int, content: ImageContent, text: str, *, is_repair: bool = False
    ) -> None:
        """Save the content of an image with a line in the journal; only what changed is written.

        A repair gives up what cannot be read. With the first save the SHA-256 of the photograph is
        noted: a moved one is found again by it, and one that was changed is noticed.
        """
        save = ContentSave(identifier, content, text)
        self._contents.save([save], self.author, is_repair=is_repair)
        self.note_digests([identifier])
        self._checkpoint_in_time()

    def save_many(self, saves: Sequence[ContentSave]) -> None:
        """Save contents of different images in one transaction: all, or none where that fails.

        The digests of the photographs are left to `note_digests`.
        """
        self._contents.save(saves, self.author)
        self._checkpoint_in_time()

    def note_digests(self, identifiers: Iterable[int]) -> None:
        """Note the SHA-256 of those photographs of which it is not known, in one transaction."""
        fresh = set(identifiers) - self._hashed
        self._hashed |= fresh
        digests: dict[int, tuple[str, int]] = {}
        for identifier in fresh:
            with _only_logged(f"no SHA-256 of image {identifier}"):
                # Not of a record: there it is empty, too, where the file is another one by now.
                rows = self._database.rows("SELECT sha256 FROM image WHERE id = ?", identifier)
                record = self.image(identifier)
                if not rows[0]["sha256"] and not record.is_missing:
                    digests[identifier] = hash_file(record.path), byte_size_of(record.path)
        if digests:
            with _only_logged("no SHA-256 noted"), self._database.transaction() as connection:
                connection.executemany(
                    "UPDATE image SET sha256 = ?, byte_size = ? WHERE id = ?",
                    [(*facts, identifier) for identifier, facts in digests.items()],
                )

    # --- review

    def add_effort(self, *efforts: Effort) -> None:
        """Note how long somebody worked on what; that is never changed, nor taken back by undo."""
        self.reviews.add_efforts(efforts)

    def efforts(self, identifier: int | None = None) -> list[Effort]:
        """Return what was noted of the work, the oldest first, of the project or of one image."""
        return self.reviews.efforts(identifier)

    # --- checkpoints, settings, journal

    def checkpoint(self, name: str = "") -> Path:
        """Keep the present state; where nothing changed since the newest one, return that."""
        return self._contents.checkpoint(name, self.author)

    def checkpoints(self) -> list[Checkpoint]:
        """Return the checkpoints, the newest first."""
        return list_checkpoints(self.folder)

    def get(self, key: str, default: Any = None) -> Any:
        """Return a setting of the project."""
        rows = self._database.rows("SELECT value FROM setting WHERE key = ?", key)
        try:
            return json.loads(rows[0]["value"]) if rows else default
        except ValueError:
            return default

    def set(self, key: str, value: Any) -> None:
        """Keep a setting of the project, anything that JSON can hold."""
        text = json.dumps(value, ensure_ascii=False)
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (key, text))

    def journal(self, identifier: int | None = None) -> list[JournalLine]:
        """Return who did what, the oldest first, of the whole project or of one image."""
        query = "SELECT at, author, image_name, text FROM journal"
        if identifier is None:
            rows = self._database.rows(f"{query} ORDER BY id")
        else:
            rows = self._database.rows(f"{query} WHERE image = ? ORDER BY id", identifier)
        return [JournalLine(*row) for row in rows]

    def close(self) -> None:
        """Close; another window may write from now on."""
        if not self._is_closed:
            self._is_closed = True
            self._checkpoint_by_itself()
            with self._contents.saving:
                self._opened.close()

    def _checkpoint_in_time(self) -> None:
        if time.monotonic() - self._checked_at > CHECKPOINT_SECONDS:
            self._checkpoint_by_itself()

    def _checkpoint_by_itself(self) -> None:
        """Keep a state to go back to in case that the database is damaged."""
        self._checked_at = time.monotonic()
        if self.is_read_only or not self._database.rows("SELECT id FROM image LIMIT 1"):
            return
        with _only_logged("no checkpoint"):
            self.checkpoint(AUTOMATIC)

    @property
    def _base(self) -> Path:
        return self.folder.parent

    def _fact(self, key: str) -> str:
        rows = self._database.rows("SELECT value FROM project WHERE key = ?", key)
        return str(rows[0]["value"]) if rows else ""

    def _note_move(self) -> None:
        """Bring the absolute paths up to date where the project was moved with its images."""
        if self.is_read_only or self._fact("folder") == str(self.folder):
            return
        folder = self.images_folder
        records = [record for record in self.images() if not record.is_missing]
        stored = [(record.identifier, StoredPath.of(record.path, self._base)) for record in records]
        with self._database.transaction() as connection:
            connection.executemany(
                "UPDATE image SET relative_path = ?, absolute_path = ? WHERE id = ?",
                [(path.relative, path.absolute, identifier) for identifier, path in stored],
            )
            facts = {"folder": str(self.folder)}
            if folder is not None and folder.is_dir():
                facts |= folder_facts(folder, self.folder)
            connection.executemany("INSERT OR REPLACE INTO project VALUES (?, ?)", facts.items())


@contextmanager
def _only_logged(text: str) -> Generator[None, None, None]:
    """Log a failure of what was not asked for: that is on the disk."""
    try:
        yield
    except AnnotatorError as error:
        _log.warning("%s: %s", text, error.text)
