"""What is on an image: from rows and files to objects, and what changed back to rows."""

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast
from weakref import ref

from annotator.document.block_raster import BlockRaster
from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import CRACK_SOURCES, Crack
from annotator.document.crack_path import CrackPath
from annotator.document.image_content import ImageContent
from annotator.document.note import Note
from annotator.storage.candidate_files import (
    StoredCandidate,
    candidate_columns,
    write_candidates,
)
from annotator.storage.crack_codec import decode_path, decode_raster, encode_path, encode_raster
from annotator.storage.project_files import CrackFiles, DamagedFileError
from annotator.storage.project_records import Damage

TABLES = ("crack", "box", "candidate", "note")
"""The tables that hold what is on an image."""

FILES_QUERY = """
    SELECT image, mask_file, path_file FROM crack
    UNION ALL SELECT image, file, '' FROM candidate"""
"""The files that a project of the newest version needs."""
FILES_QUERY_1 = "SELECT image, mask_file, path_file FROM crack"
"""The same for the first version."""

Columns = dict[str, Any]
Value = TypeVar("Value", BlockRaster, CrackPath)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who changes something, and when."""

    author: str
    at: str


@dataclass(slots=True)
class StoredFiles:
    """What the files of an image's cracks hold, so that nothing is encoded or written twice.

    Values are known for as long as somebody holds them, which costs no memory for those of a
    thousand images.
    ``withheld`` names cracks whose mask could not be read: they are in no content, and saving one
    leaves them in the database; the same for candidates. ``lost_paths`` are files of courses that
    could not be read.
    """

    masks: dict[str, tuple[ref[BlockRaster], str]] = field(
        default_factory=dict[str, tuple[ref[BlockRaster], str]]
    )
    paths: dict[str, tuple[ref[CrackPath], str]] = field(
        default_factory=dict[str, tuple[ref[CrackPath], str]]
    )
    withheld: set[str] = field(default_factory=set[str])
    lost_paths: dict[str, str] = field(default_factory=dict[str, str])
    candidates: dict[str, StoredCandidate] = field(default_factory=dict[str, StoredCandidate])
    withheld_candidates: set[str] = field(default_factory=set[str])


@dataclass(slots=True)
class WrittenFiles:
    """Files of a content that is being saved."""

    stored: StoredFiles
    new: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True, eq=False)
class DamagedCrack:
    """What is left of a crack of which a file cannot be read."""

    crack: Crack
    """Without pixels where the mask is lost, without its course where that is."""
    position: int
    """Place among all cracks of the image, those that are in no content included."""
    is_mask_lost: bool
    damage: Damage


# --- reading


def load_cracks(
    rows: Sequence[sqlite3.Row], files: CrackFiles, shown_name: str
) -> tuple[list[Crack], StoredFiles, list[DamagedCrack]]:
    """Return the cracks whose masks can be read, in order, and what is damaged."""
    cracks: list[Crack] = []
    stored = StoredFiles()
    damaged: list[DamagedCrack] = []
    for position, row in enumerate(rows):
        texts: list[str] = []
        where = f"of crack {position + 1} cannot be used:"
        pixels = path = None
        try:
            pixels = _load_pixels(row["mask_file"], files)
        except DamagedFileError as error:
            texts.append(f"The mask {where} {error} ({row['mask_file']}).")
        try:
            path = _load_path(row["path_file"], files)
        except DamagedFileError as error:
            texts.append(f"The course {where} {error} ({row['path_file']}).")
        crack = _crack(row, pixels or BlockRaster(), path)
        _note_stored(stored, crack, row, is_lost=pixels is None)
        if pixels is not None:
            cracks.append(crack)
        if texts:
            damage = Damage(shown_name, " ".join(texts))
            damaged.append(DamagedCrack(crack, position, pixels is None, damage))
    return cracks, stored, damaged


def _note_stored(stored: StoredFiles, crack: Crack, row: sqlite3.Row, *, is_lost: bool) -> None:
    if is_lost:
        stored.withheld.add(crack.identifier)
        return
    stored.masks[crack.identifier] = (ref(crack.pixels), row["mask_file"])
    if crack.path is not None:
        stored.paths[crack.identifier] = (ref(crack.path), row["path_file"])
    elif row["path_file"]:
        stored.lost_paths[crack.identifier] = row["path_file"]


def _load_pixels(name: str, files: CrackFiles) -> BlockRaster:
    if not name:
        return BlockRaster()
    try:
        return decode_raster(files.read(name))
    except ValueError as error:
        raise DamagedFileError(str(error)) from error


def _load_path(name: str, files: CrackFiles) -> CrackPath | None:
    if not name:
        return None
    try:
        return decode_path(files.read(name))
    except ValueError as error:
        raise DamagedFileError(str(error)) from error


def _crack(row: sqlite3.Row, pixels: BlockRaster, path: CrackPath | None) -> Crack:
    source = row["source"] if row["source"] in CRACK_SOURCES else "painted"
    return Crack(pixels, source, path, bool(row["is_locked"]), str(row["identifier"]))


def boxes_of(rows: Sequence[sqlite3.Row]) -> tuple[BoundingBox, ...]:
    """Return the boxes of their rows."""
    return tuple(
        BoundingBox(
            (row["x0"], row["y0"], row["x1"], row["y1"]),
            row["class_name"],
            bool(row["is_locked"]),
            str(row["identifier"]),
        )
        for row in rows
    )


def notes_of(rows: Sequence[sqlite3.Row]) -> tuple[Note, ...]:
    """Return the notes of their rows."""
    return tuple(
        Note(row["x"], row["y"], row["text"], bool(row["is_resolved"]), str(row["identifier"]))
        for row in rows
    )


# --- writing


def write_files(
    files: CrackFiles, image: int, content: ImageContent, known: StoredFiles
) -> WrittenFiles:
    """Write the rasters and courses that are not on the disk yet; none stays where one fails."""
    withheld = known.withheld - {crack.identifier for crack in content.cracks}
    lost = known.withheld_candidates - {item.identifier for item in content.candidates}
    stored = StoredFiles(withheld=withheld, lost_paths=known.lost_paths, withheld_candidates=lost)
    written = WrittenFiles(stored)
    try:
        for crack in content.cracks:
            _write_crack(files, image, crack, known, written)
        stored.candidates, names = write_candidates(
            files, image, content.candidates, known.candidates
        )
        written.new += names
    except BaseException:
        files.remove(written.new)
        raise
    return written


def _write_crack(
    files: CrackFiles, image: int, crack: Crack, known: StoredFiles, written: WrittenFiles
) -> None:
    name = _known_name(known.masks.get(crack.identifier), crack.pixels)
    if name is None and crack.pixels.is_empty:
        name = ""
    if name is None:
        content = encode_raster(crack.pixels)
        name, is_new = files.write("masks", image, crack.identifier, content)
        written.new += [name] * is_new
    written.stored.masks[crack.identifier] = (ref(crack.pixels), name)
    if crack.path is None:
        return
    name = _known_name(known.paths.get(crack.identifier), crack.path)
    if name is None:
        content = encode_path(crack.path)
        name, is_new = files.write("paths", image, crack.identifier, content)
        written.new += [name] * is_new
    written.stored.paths[crack.identifier] = (ref(crack.path), name)


def _known_name(entry: tuple[ref[Value], str] | None, value: Value) -> str | None:
    return entry[1] if entry is not None and entry[0]() is value else None


def crack_columns(content: ImageContent, stored: StoredFiles) -> dict[str, Columns]:
    """Return the rows that the cracks of a content should have, by identifier."""
    columns: dict[str, Columns] = {}
    for position, crack in enumerate(content.cracks):
        name = crack.identifier
        path_file = stored.paths[name][1] if crack.path else stored.lost_paths.get(name, "")
        columns[name] = {
            "position": position,
            "source": crack.source,
            "is_locked": int(crack.is_locked),
            "mask_file": stored.masks[name][1],
            "path_file": path_file,
        }
    return columns


def box_columns(content: ImageContent) -> dict[str, Columns]:
    """Return the rows that the boxes of a content should have, by identifier."""
    columns: dict[str, Columns] = {}
    for position, box in enumerate(content.boxes):
        corners = dict(zip(("x0", "y0", "x1", "y1"), map(int, box.box), strict=True))
        columns[box.identifier] = {
            "position": position,
            "class_name": box.class_name,
            "is_locked": int(box.is_locked),
            **corners,
        }
    return columns


def note_columns(content: ImageContent) -> dict[str, Columns]:
    """Return the rows that the notes of a content should have, by identifier."""
    return {
        note.identifier: {
            "position": position,
            "x": float(note.x),
            "y": float(note.y),
            "text": note.text,
            "is_resolved": int(note.is_resolved),
        }
        for position, note in enumerate(content.notes)
    }


@dataclass(frozen=True, slots=True)
class RowChanges:
    """What has to be done so that the rows of an image in a table are those wanted."""

    added: dict[str, Columns]
    changed: dict[str, Columns]
    moved: dict[str, Columns]
    removed: dict[str, sqlite3.Row]

    @property
    def is_empty(self) -> bool:
        """Tell whether the rows are as wanted."""
        return not (self.added or self.changed or self.moved or self.removed)


def changes_of(
    rows: Mapping[str, Sequence[sqlite3.Row]], content: ImageContent, stored: StoredFiles
) -> dict[str, RowChanges]:
    """Return what has to be done in each of `TABLES` so that it holds a content."""
    return {
        "crack": compare_rows(rows["crack"], crack_columns(content, stored), stored.withheld),
        "box": compare_rows(rows["box"], box_columns(content)),
        "candidate": compare_rows(
            rows["candidate"],
            candidate_columns(content.candidates, stored.candidates),
            stored.withheld_candidates,
        ),
        "note": compare_rows(rows["note"], note_columns(content)),
    }


def compare_rows(
    rows: Sequence[sqlite3.Row], wanted: Mapping[str, Columns], kept: Collection[str] = ()
) -> RowChanges:
    """Compare rows with those wanted; rows of the identifiers in ``kept`` stay as they are."""
    present = {str(row["identifier"]): row for row in rows}
    changes = RowChanges({}, {}, {}, {})
    for identifier, columns in wanted.items():
        row = present.get(identifier)
        if row is None:
            changes.added[identifier] = columns
            continue
        differing = {name: value for name, value in columns.items() if row[name] != value}
        if set(differing) == {"position"}:  # its neighbors changed, not the thing itself
            changes.moved[identifier] = differing
        elif differing:
            changes.changed[identifier] = differing
    for identifier, row in present.items():
        if identifier not in wanted and identifier not in kept:
            changes.removed[identifier] = row
    return changes


def apply_changes(
    connection: sqlite3.Connection,
    table: str,
    image: int,
    changes: RowChanges,
    stamps: Mapping[str, Stamp],
    now: Stamp,
) -> None:
    """Carry out changes; ``stamps`` says who once made what comes back now."""
    by_now = {"changed_by": now.author, "changed_at": now.at}
    for identifier in changes.removed:
        _execute(connection, f"DELETE FROM {table} WHERE", image, identifier)
    for identifier, columns in (changes.changed | changes.moved).items():
        values = columns | (by_now if identifier in changes.changed else {})
        names = ", ".join(f"{name} = ?" for name in values)
        statement = f"UPDATE {table} SET {names} WHERE"
        _execute(connection, statement, image, identifier, *values.values())
    for identifier, columns in changes.added.items():
        made = stamps.get(identifier, now)
        values = {"image": image, "identifier": identifier, **columns, **by_now}
        values |= {"made_by": made.author, "made_at": made.at}
        marks = ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})"
        connection.execute(statement, tuple(values.values()))


def _execute(
    connection: sqlite3.Connection, statement: str, image: int, identifier: str, *values: Any
) -> None:
    connection.execute(f"{statement} image = ? AND identifier = ?", (*values, image, identifier))


def file_names(rows: Sequence[sqlite3.Row]) -> set[str]:
    """Return the files that rows of `FILES_QUERY` or of cracks name."""
    names = {str(cast("str", row[column])) for row in rows for column in ("mask_file", "path_file")}
    return names - {""}
