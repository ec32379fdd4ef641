"""A photograph on disk to a mask and a trace record on disk."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from annotator.document.crack import Crack
from annotator.document.mask import union_mask
from annotator.errors import AnnotatorError
from annotator.services.tracing import prepare, trace_record
from annotator.storage.image_io import LoadedImage, load_image
from annotator.storage.mask_io import save_mask
from annotator.storage.trace_io import save_record
from geodesic import PreparedImage


@dataclass(frozen=True, slots=True, eq=False)
class Photograph:
    """A decoded photograph, ready for any number of traces."""

    loaded: LoadedImage
    prepared: PreparedImage

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the upright image."""
        return self.loaded.height, self.loaded.width


class PhotographCache:
    """The photographs used last, so that each is decoded once in a run of its cracks.

    What could not be opened is remembered too, and raises the same error again.
    """

    def __init__(self, capacity: int = 2) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[Path, Photograph | AnnotatorError] = OrderedDict()

    def get(self, path: Path) -> Photograph:
        """Return the photograph at a path, decoded now or before."""
        if path not in self._kept:
            while len(self._kept) >= self._capacity:  # first, so that memory never holds one more
                self._kept.popitem(last=False)
            self._kept[path] = _open(path)
        self._kept.move_to_end(path)
        kept = self._kept[path]
        if isinstance(kept, AnnotatorError):
            raise kept
        return kept


def _open(path: Path) -> Photograph | AnnotatorError:
    try:
        return open_photograph(path)
    except AnnotatorError as error:
        return error


def open_photograph(path: Path) -> Photograph:
    """Decode a photograph and prepare it for tracing."""
    loaded = load_image(path)
    return Photograph(loaded, prepare(loaded.pixels))


def crack_record(crack: Crack, photograph: Photograph, image_name: str) -> dict[str, Any]:
    """Return the JSON record of a crack with the image that it was traced in."""
    height, width = photograph.shape
    record = trace_record(crack.course)
    record["notes"] = [*photograph.loaded.notes, *record["notes"]]
    record["image"] = {"file": image_name, "width": width, "height": height}
    return record


def write_trace(
    photograph: Photograph,
    cracks: Sequence[Crack],
    mask_path: Path,
    record: dict[str, Any],
    record_path: Path | None,
) -> None:
    """Write the united mask of the cracks and, where a path is given, their record."""
    save_mask(mask_path, union_mask(cracks, photograph.shape))
    if record_path is not None:
        save_record(record_path, record)
