"""What the review needs to know of a whole project: candidates, notes, and the time it took."""

from collections.abc import Iterable
from dataclasses import replace

from annotator.document.note import Note
from annotator.storage.project_database import ProjectDatabase
from annotator.storage.project_records import CandidateRecord, Effort, NoteRecord, utc_now


class ProjectReviews:
    """Lists over all images of an open project, read without their contents; any thread may ask."""

    def __init__(self, database: ProjectDatabase, author: str) -> None:
        self._database = database
        self._author = author

    def add_efforts(self, efforts: Iterable[Effort]) -> None:
        """Note work that was done, all in one transaction; of images that are gone nothing."""
        now = utc_now()
        noted = [replace(effort, at=effort.at or now, author=self._author) for effort in efforts]
        with self._database.transaction() as connection:
            connection.executemany(
                "INSERT INTO effort (image, crack, kind, seconds, clicks, keys, at, author) "
                "SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM image WHERE id = ?)",
                [
                    (e.image, e.crack, e.kind, e.seconds, e.clicks, e.keys, e.at, e.author, e.image)
                    for e in noted
                ],
            )

    def efforts(self, image: int | None = None) -> list[Effort]:
        """Return what was noted of the work, the oldest first."""
        query = "SELECT image, crack, kind, seconds, clicks, keys, at, author FROM effort"
        if image is None:
            rows = self._database.rows(f"{query} ORDER BY id")
        else:
            rows = self._database.rows(f"{query} WHERE image = ? ORDER BY id", image)
        return [Effort(*row) for row in rows]

    def candidates(self) -> list[CandidateRecord]:
        """Return all candidates, those of an image in their order."""
        rows = self._database.rows("SELECT * FROM candidate ORDER BY image, position, id")
        return [
            CandidateRecord(
                image=row["image"],
                identifier=row["identifier"],
                box=(row["x0"], row["y0"], row["x1"], row["y1"]),
                length_px=row["length"],
                median_width=row["width"],
                confidence=row["confidence"],
                model=row["model"],
                verdict=row["verdict"],
            )
            for row in rows
        ]

    def notes(self) -> list[NoteRecord]:
        """Return all notes with those who wrote them, those of an image in their order."""
        return [
            NoteRecord(
                row["image"],
                Note(row["x"], row["y"], row["text"], bool(row["is_resolved"]), row["identifier"]),
                row["made_by"],
                row["made_at"],
                row["changed_by"],
                row["changed_at"],
            )
            for row in self._database.rows("SELECT * FROM note ORDER BY image, position, id")
        ]
