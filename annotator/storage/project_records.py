"""What a project says about itself: images, damages, journal lines, checkpoints."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from annotator.document.block_raster import Box
from annotator.document.candidate import Verdict
from annotator.document.image_state import ImageState, Subset
from annotator.document.note import Note
from annotator.errors import AnnotatorError


class ProjectLockedError(AnnotatorError):
    """Another window or program has the project open for writing.

    ``owner`` says who ("Anna on desk-3") and ``since`` since when (UTC, ISO 8601), where known.
    """

    def __init__(self, text: str, owner: str = "", since: str = "") -> None:
        super().__init__(text)
        self.owner = owner
        self.since = since


class ProjectDamagedError(AnnotatorError):
    """The database cannot be read as it is."""


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """An image of a project.

    ``path`` is where the file is, or is expected where it is missing. ``shown_name`` is unique in
    the project: relative to the images' folder, with forward slashes, and not changed by moves.
    ``sha256`` is empty as long as nobody computed it, or since the file has another size.
    """

    identifier: int
    path: Path
    is_missing: bool
    shown_name: str
    size: tuple[int, int] | None
    sha256: str
    byte_size: int
    state: ImageState
    subset: Subset
    n_cracks: int
    n_boxes: int
    n_candidates: int = 0
    """Candidates that are still to be decided on."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something in the project that cannot be read; ``image`` is empty where it concerns all."""

    image: str
    text: str


@dataclass(frozen=True, slots=True)
class JournalLine:
    """Who did what, and when (UTC, ISO 8601); ``image`` is a shown name, empty for the project."""

    at: str
    author: str
    image: str
    text: str


EffortKind = Literal["trace", "paint", "review", "edit"]


@dataclass(frozen=True, slots=True)
class Effort:
    """How long somebody worked on a crack, or on the whole image where ``crack`` is empty.

    The time ``at`` (UTC, ISO 8601) and the author are filled in when it is noted.
    """

    image: int
    crack: str
    kind: EffortKind
    seconds: float
    clicks: int = 0
    keys: int = 0
    at: str = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class CandidateRecord:
    """A candidate of any image of the project, without its pixels."""

    image: int
    identifier: str
    box: Box
    length_px: float
    median_width: float
    confidence: float
    model: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class NoteRecord:
    """A note of any image of the project, and who wrote it when (UTC, ISO 8601)."""

    image: int
    note: Note
    made_by: str
    made_at: str
    changed_by: str
    changed_at: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A kept state of the whole project; ``name`` is empty where nobody gave one."""

    path: Path
    name: str
    at: str
    author: str
    n_images: int = 0
    n_cracks: int = 0


def utc_now() -> str:
    """Return the time in UTC as ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
