"""Probabilities of cracks that models gave for the images of a project, kept beside its database.

They can be computed again from image and model: nothing of a user's work is in them, so they are
neither in checkpoints nor in the trash. A prediction is a 16-bit PNG (65535 is certain) and a JSON
that says what it is of; the JSON is written last and names the digest of the PNG, so that one
without the other, or two that do not belong together, count as no prediction.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from annotator.errors import AnnotatorError
from annotator.storage.atomic import create_folder, write_bytes

FOLDER_NAME = "predictions"
CERTAIN = 65535
"""The code of the probability 1."""

_KEY = re.compile(r"[0-9A-Za-z_-]{1,64}")
_READ_ONLY = "The project is open for reading only; no prediction can be kept in it."

Codes = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    """What a stored prediction is of, and how it came about.

    ``size`` is (width, height); ``sha256`` that of the image's file, empty where it is not known;
    ``made_at`` in UTC as ISO 8601.
    """

    image: int
    model_key: str
    model_name: str
    threshold: float
    sha256: str
    size: tuple[int, int]
    seconds: float = 0.0
    engine: str = ""
    made_at: str = ""


class PredictionStore:
    """The predictions in a project's folder; any thread may call, several programs as well."""

    def __init__(self, project: Path, *, is_read_only: bool = False) -> None:
        self.folder = project / FOLDER_NAME
        self._is_read_only = is_read_only

    def save(self, record: PredictionRecord, codes: Codes) -> None:
        """Keep a prediction in the place of an earlier one of the same image and model."""
        import cv2

        if self._is_read_only:
            raise AnnotatorError(_READ_ONLY)
        if codes.dtype != np.uint16 or codes.shape != record.size[::-1]:
            raise ValueError(f"codes of shape {codes.shape} and type {codes.dtype}")
        # Level 6 takes twice the time for a twentieth less.
        is_encoded, png = cv2.imencode(".png", codes, [cv2.IMWRITE_PNG_COMPRESSION, 1])
        if not is_encoded:
            raise AnnotatorError("The prediction could not be stored as PNG.")
        content = png.tobytes()
        facts = asdict(record) | {"png": _digest(content)}
        image = self._png(record.image, record.model_key)
        create_folder(image.parent)
        write_bytes(image, content)
        write_bytes(image.with_suffix(".json"), json.dumps(facts, indent=1).encode())

    def set_threshold(self, image: int, model_key: str, threshold: float) -> None:
        """Note the threshold at which cracks were looked for in a prediction that is there."""
        path = self._png(image, model_key).with_suffix(".json")
        if self._is_read_only:
            raise AnnotatorError(_READ_ONLY)
        try:
            facts = cast("dict[str, Any]", json.loads(path.read_bytes()))
        except (OSError, ValueError):
            return
        if facts.get("threshold") != threshold:
            facts["threshold"] = threshold
            write_bytes(path, json.dumps(facts, indent=1).encode())

    def load(
        self, image: int, model_key: str, *, sha256: str = ""
    ) -> tuple[PredictionRecord, Codes] | None:
        """Return a prediction and its codes, None where there is none that can be used.

        ``sha256`` is what the image's file has now, empty where that is not known: a prediction of
        a file with another one is of no use.
        """
        import cv2

        record = self.record(image, model_key)
        if record is None or (sha256 and record.sha256 and sha256 != record.sha256):
            return None
        content = self._sound_png(self._png(image, model_key))
        if content is None:
            return None
        codes = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        if codes is None or codes.dtype != np.uint16 or codes.shape != record.size[::-1]:
            return None
        return record, cast("Codes", codes)

    def record(self, image: int, model_key: str) -> PredictionRecord | None:
        """Return what is said of a prediction, without reading it; None where there is none."""
        path = self._png(image, model_key)
        record = _record_in(path.with_suffix(".json"))
        is_here = record is not None and (record.image, record.model_key) == (image, model_key)
        return record if is_here and path.is_file() else None

    def records(self, image: int | None = None) -> list[PredictionRecord]:
        """Return the records of the predictions of an image, or of all, the newest first."""
        pattern = "*/*.json" if image is None else f"{image}/*.json"
        found = (_record_in(path) for path in self.folder.glob(pattern))
        kept = [item for item in found if item and self.record(item.image, item.model_key)]
        return sorted(kept, key=lambda item: item.made_at, reverse=True)

    def remove(self, image: int, model_key: str) -> None:
        """Remove a prediction, if it is there."""
        path = self._png(image, model_key)
        for file in (path.with_suffix(".json"), path):
            with suppress(OSError):
                file.unlink(missing_ok=True)

    def remove_image(self, image: int) -> None:
        """Remove all predictions of an image."""
        shutil.rmtree(self.folder / str(image), ignore_errors=True)

    def remove_model(self, model_key: str) -> None:
        """Remove all predictions of a model."""
        for path in self.folder.glob(f"*/{model_key}.json"):
            self.remove(int(path.parent.name) if path.parent.name.isdecimal() else -1, model_key)

    def leftovers(self, images: Collection[int]) -> list[Path]:
        """Return files that are no predictions of these images: of others, damaged, unfinished."""
        return sorted(self._leftovers({str(image) for image in images}))

    def _leftovers(self, images: Collection[str]) -> Iterator[Path]:
        for path in self.folder.rglob("*"):
            if path.is_dir():
                continue
            is_known = path.parent.parent == self.folder and path.parent.name in images
            if not is_known or path.suffix not in (".png", ".json") or path.name.startswith("."):
                yield path
                continue
            record = self.record(int(path.parent.name), path.stem)
            if record is None or self._sound_png(path.with_suffix(".png")) is None:
                yield path

    def _sound_png(self, path: Path) -> bytes | None:
        """Return the content of a PNG that is the one of which its JSON speaks."""
        try:
            content = path.read_bytes()
            facts = cast("dict[str, Any]", json.loads(path.with_suffix(".json").read_bytes()))
        except (OSError, ValueError):
            return None
        return content if facts.get("png") == _digest(content) else None

    def _png(self, image: int, model_key: str) -> Path:
        if not _KEY.fullmatch(model_key):
            raise ValueError(f"{model_key!r} is no key of a model")
        return self.folder / str(image) / f"{model_key}.png"


def _record_in(path: Path) -> PredictionRecord | None:
    try:
        facts = cast("dict[str, Any]", json.loads(path.read_bytes()))
        facts.pop("png")
        width, height = facts.pop("size")
        return PredictionRecord(**facts, size=(int(width), int(height)))
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
