"""Candidates of an image on the disk: those that were found together share a file.

A ZIP archive with an index, for each candidate the raster of its pixels and, where it was traced,
the raster and the course of that. Verdicts are in the database, so that giving one writes no file.
"""

import json
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, cast
from weakref import ref

from annotator.document.block_raster import BlockRaster
from annotator.document.candidate import VERDICTS, Candidate
from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.storage.crack_codec import decode_path, decode_raster, encode_path, encode_raster
from annotator.storage.project_files import CrackFiles, DamagedFileError
from annotator.storage.project_records import Damage

_INDEX = "index.json"
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # the same content makes the same file

Columns = dict[str, Any]
Pair = tuple[Crack, Crack | None]
"""What a model says is crack, and the same traced anew."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredCandidate:
    """What the file of a candidate holds: known for as long as somebody holds it."""

    raw: ref[BlockRaster]
    traced: ref[BlockRaster] | None
    path: ref[CrackPath] | None
    columns: Columns
    """File, place and measures."""

    @staticmethod
    def of(candidate: Candidate, file: str) -> "StoredCandidate":
        """Describe a candidate that is in a file."""
        traced = candidate.traced
        x0, y0, x1, y1 = candidate.box
        return StoredCandidate(
            ref(candidate.raw.pixels),
            ref(traced.pixels) if traced else None,
            ref(traced.path) if traced and traced.path else None,
            {
                "file": file,
                "x0": x0,
                "y0": y0,
                "x1": x1,
                "y1": y1,
                "length": candidate.length_px,
                "width": candidate.median_width,
            },
        )

    def holds(self, candidate: Candidate) -> bool:
        """Tell whether the file holds the pixels and the course of a candidate."""
        traced = candidate.traced
        return (
            self.raw() is candidate.raw.pixels
            and (self.traced and self.traced()) is (traced and traced.pixels)
            and (self.path and self.path()) is (traced and traced.path)
        )


@dataclass(slots=True)
class LoadedCandidates:
    """The candidates of an image as far as their files can be read.

    ``withheld`` names those that cannot.
    """

    candidates: list[Candidate] = field(default_factory=list[Candidate])
    stored: dict[str, StoredCandidate] = field(default_factory=dict[str, StoredCandidate])
    withheld: set[str] = field(default_factory=set[str])
    damages: list[Damage] = field(default_factory=list[Damage])


def load_candidates(rows: Sequence[Any], files: CrackFiles, shown_name: str) -> LoadedCandidates:
    """Return the candidates of rows in their order, and what is damaged."""
    loaded = LoadedCandidates()
    pairs: dict[str, dict[str, Pair]] = {}
    reasons: dict[str, str] = {}
    for row in rows:
        file, name = str(row["file"]), str(row["identifier"])
        if file not in pairs:
            try:
                pairs[file] = _read(file, files)
            except DamagedFileError as error:
                pairs[file] = {}
                reasons[file] = str(error)
        pair = pairs[file].get(name)
        if pair is None:
            loaded.withheld.add(name)
            reasons.setdefault(file, "something in it is missing")
            continue
        candidate = _candidate(row, pair)
        loaded.candidates.append(candidate)
        loaded.stored[name] = StoredCandidate.of(candidate, file)
    for file, reason in reasons.items():
        text = f"Candidates that a model found cannot be used: {reason} ({file})."
        loaded.damages.append(Damage(shown_name, text))
    return loaded


def _candidate(row: Any, pair: Pair) -> Candidate:
    verdict = row["verdict"] if row["verdict"] in VERDICTS else "open"
    name = str(row["identifier"])
    return Candidate(name, *pair, float(row["confidence"]), str(row["model"]), verdict)


def _read(name: str, files: CrackFiles) -> dict[str, Pair]:
    try:
        return decode_candidates(files.read(name))
    except ValueError as error:
        raise DamagedFileError(str(error)) from error


def write_candidates(
    files: CrackFiles,
    image: int,
    candidates: Sequence[Candidate],
    known: Mapping[str, StoredCandidate],
) -> tuple[dict[str, StoredCandidate], list[str]]:
    """Write those candidates that no file holds yet; return where each is, and new files."""
    stored = {
        item.identifier: known[item.identifier]
        for item in candidates
        if item.identifier in known and known[item.identifier].holds(item)
    }
    new = [item for item in candidates if item.identifier not in stored]
    if not new:
        return stored, []
    name, is_new = files.write("candidates", image, "found", encode_candidates(new))
    stored |= {item.identifier: StoredCandidate.of(item, name) for item in new}
    return stored, [name] * is_new


def candidate_columns(
    candidates: Sequence[Candidate], stored: Mapping[str, StoredCandidate]
) -> dict[str, Columns]:
    """Return the rows that candidates should have, by identifier."""
    return {
        item.identifier: {
            "position": position,
            "confidence": float(item.confidence),
            "model": item.model,
            "verdict": item.verdict,
            **stored[item.identifier].columns,
        }
        for position, item in enumerate(candidates)
    }


# --- the file


def encode_candidates(candidates: Sequence[Candidate]) -> bytes:
    """Return pixels and courses of candidates as an archive."""
    buffer = BytesIO()
    index: list[dict[str, Any]] = []
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:

        def add(name: str, content: bytes) -> None:
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), content)

        for number, candidate in enumerate(candidates):
            cracks = {"raw": candidate.raw, "traced": candidate.traced}
            index.append({"identifier": candidate.identifier, "has_trace": bool(candidate.traced)})
            for kind, crack in cracks.items():
                if crack is not None and not crack.pixels.is_empty:
                    add(f"{number}-{kind}.png", encode_raster(crack.pixels))
                if crack is not None and crack.path is not None:
                    add(f"{number}-{kind}.npz", encode_path(crack.path))
        add(_INDEX, json.dumps(index).encode())
    return buffer.getvalue()


def decode_candidates(encoded: bytes) -> dict[str, Pair]:
    """Return the cracks of an archive that `encode_candidates` made, by identifier.

    A ValueError says what is wrong.
    """
    try:
        with zipfile.ZipFile(BytesIO(encoded)) as archive:
            index = cast("list[dict[str, Any]]", json.loads(archive.read(_INDEX)))
            return {
                item["identifier"]: _pair(archive, number, item)
                for number, item in enumerate(index)
            }
    except (zipfile.BadZipFile, zlib.error, KeyError, TypeError, EOFError) as error:
        raise ValueError(f"not a file of candidates ({error})") from error


def _pair(archive: zipfile.ZipFile, number: int, item: dict[str, Any]) -> Pair:
    names = set(archive.namelist())

    def crack(kind: str) -> Crack:
        raster, path = f"{number}-{kind}.png", f"{number}-{kind}.npz"
        pixels = decode_raster(archive.read(raster)) if raster in names else BlockRaster()
        course = decode_path(archive.read(path)) if path in names else None
        return Crack(pixels, "predicted", course, identifier=item["identifier"])

    return crack("raw"), crack("traced") if item["has_trace"] else None
