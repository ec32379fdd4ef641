"""How good predictions and two-click traces were, against what people made of them.

Of each finished image the corrected mask is taken for the truth. What was predicted is kept with
the project, so nothing has to be computed again; the traces are made anew between the two ends of
each crack, which is what two clicks would have given.
"""

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import Box
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import union_mask
from annotator.errors import AnnotatorError
from annotator.storage.predictions import CERTAIN, PredictionStore
from annotator.storage.project_records import Effort, ImageRecord
from annotator.storage.project_store import ProjectStore

if TYPE_CHECKING:
    from segmentation.evaluation.counts import Counts

Mask = NDArray[np.uint8]
Trace = Callable[[Sequence[tuple[float, float]]], Crack]
"""Traces a crack between points of the image at hand."""

TOLERANCES: Final = (0, 2, 5)
"""Pixels that a mask may lie beside the truth and still count as right."""
LEAST_SAMPLES = 8
"""Of a course on both masks, for their widths to be compared."""
AROUND = 12
"""Pixels around a crack within which its width in another mask is measured."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A mask against the corrected one."""

    counts: dict[int, "Counts"]
    """By tolerance in px."""
    width_bias: float | None = None
    """By how many px its cracks are too wide (or, below 0, too narrow); None: none in common."""

    def scores(self, tolerance: int) -> tuple[float, float, float]:
        """Return precision, recall and F1."""
        counts = self.counts[tolerance]
        return counts.precision, counts.recall, counts.f1


@dataclass(frozen=True, slots=True)
class ImageQuality:
    """What is known of one image."""

    image: int
    name: str
    state: ImageState
    n_cracks: int
    n_accepted: int
    n_rejected: int
    n_added: int
    """Cracks that no model proposed."""
    prediction: Comparison | None
    traces: Comparison | None
    seconds: float
    clicks: int
    keys: int
    finished_at: str
    """When somebody last worked on it (UTC, ISO 8601), empty where that was not noted."""


@dataclass(frozen=True, slots=True)
class Work:
    """What cracks of one kind took."""

    kind: str
    number: int
    seconds: float
    """Median of a crack."""
    clicks: float
    keys: float
    """Means of a crack."""


@dataclass(slots=True)
class Quality:
    """The report as far as it is made."""

    images: list[ImageQuality] = field(default_factory=list[ImageQuality])

    @property
    def in_time(self) -> list[ImageQuality]:
        """Images in the order in which they were worked on."""
        known = [image for image in self.images if image.finished_at]
        return sorted(known, key=lambda image: image.finished_at)

    def total(self, what: Callable[[ImageQuality], Comparison | None]) -> Comparison | None:
        """Return the comparison of all images together: of their pixels, not of their scores."""
        found = [comparison for image in self.images if (comparison := what(image)) is not None]
        if not found:
            return None
        first, *rest = (comparison.counts for comparison in found)
        counts = dict(first)
        for more in rest:
            counts = {tolerance: counts[tolerance] + more[tolerance] for tolerance in counts}
        biases = [c.width_bias for c in found if c.width_bias is not None]
        return Comparison(counts, sum(biases) / len(biases) if biases else None)


def is_counted(record: ImageRecord) -> bool:
    """Tell whether an image is finished, so that its mask can be taken for the truth."""
    return record.state in (ImageState.REVIEWED, ImageState.APPROVED, ImageState.NO_CRACK)


def measure_image(
    store: ProjectStore, record: ImageRecord, *, trace: Trace | None = None
) -> ImageQuality:
    """Compare what was predicted, and what two clicks give, with the mask of a finished image.

    ``trace`` traces on this very image; without it the part about traces is left out.
    """
    content, _ = store.load(record.identifier)
    size = record.size or _size_of(content)
    truth = union_mask(content.cracks, (size[1], size[0]))
    predicted = _predicted_mask(store, record, content, truth.shape)
    efforts = store.efforts(record.identifier)
    proposed = {candidate.identifier for candidate in content.candidates}
    verdicts = Counter(candidate.verdict for candidate in content.candidates)
    return ImageQuality(
        image=record.identifier,
        name=record.shown_name,
        state=record.state,
        n_cracks=len(content.cracks),
        n_accepted=verdicts["accepted"] + verdicts["accepted raw"],
        n_rejected=verdicts["rejected"],
        n_added=sum(crack.identifier not in proposed for crack in content.cracks),
        prediction=None if predicted is None else compare(predicted, truth, content.cracks),
        traces=_compare_traces(content, trace, truth.shape) if trace else None,
        seconds=sum(effort.seconds for effort in efforts),
        clicks=sum(effort.clicks for effort in efforts),
        keys=sum(effort.keys for effort in efforts),
        finished_at=max((effort.at for effort in efforts), default=""),
    )


def compare(mask: Mask, truth: Mask, cracks: Iterable[Crack]) -> Comparison:
    """Compare a mask with the truth, and its widths with those of the cracks."""
    from segmentation.evaluation.boundary import tolerant_counts

    is_crack = mask != 0
    counts = {t: tolerant_counts(is_crack, truth, float(t)) for t in TOLERANCES}
    biases = [bias for crack in cracks if (bias := _width_bias(mask, crack)) is not None]
    return Comparison(counts, sum(biases) / len(biases) if biases else None)


def work_of(efforts: Iterable[Effort]) -> list[Work]:
    """Return what a crack took, by the kind of work; what was done to one crack is added up."""
    by_crack: dict[tuple[str, int, str], list[Effort]] = {}
    for effort in efforts:
        if effort.crack:
            key = (effort.kind, effort.image, effort.crack)
            by_crack.setdefault(key, []).append(effort)
    kinds: dict[str, list[list[Effort]]] = {}
    for (kind, _, _), each in by_crack.items():
        kinds.setdefault(kind, []).append(each)
    return [_work(kind, cracks) for kind, cracks in sorted(kinds.items())]


def as_table(images: Iterable[ImageQuality]) -> str:
    """Return the report as CSV, a line for each image."""
    rows = [_row(image) for image in images]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _work(kind: str, cracks: Sequence[Sequence[Effort]]) -> Work:
    number = len(cracks)
    return Work(
        kind,
        number,
        median(sum(effort.seconds for effort in crack) for crack in cracks),
        sum(effort.clicks for crack in cracks for effort in crack) / number,
        sum(effort.keys for crack in cracks for effort in crack) / number,
    )


def _row(image: ImageQuality) -> dict[str, str | int | float]:
    row: dict[str, str | int | float] = {
        "image": image.name, "state": str(image.state), "cracks": image.n_cracks,
        "accepted": image.n_accepted, "rejected": image.n_rejected, "added": image.n_added,
        "seconds": round(image.seconds, 1), "clicks": image.clicks, "keys": image.keys,
        "finished_at": image.finished_at,
    }  # fmt: skip
    for name, comparison in (("prediction", image.prediction), ("two_clicks", image.traces)):
        for tolerance in TOLERANCES:
            scores = comparison.scores(tolerance) if comparison else ("", "", "")
            for word, value in zip(("precision", "recall", "f1"), scores, strict=True):
                shown = round(value, 4) if isinstance(value, float) else value
                row[f"{name}_{word}_{tolerance}px"] = shown
        bias = comparison.width_bias if comparison else None
        row[f"{name}_width_bias_px"] = "" if bias is None else round(bias, 3)
    return row


def _size_of(content: ImageContent) -> tuple[int, int]:
    """Return width and height that hold all there is, where the image was never opened."""
    boxes = [item.box for item in (*content.cracks, *content.candidates)]
    return max((b[2] for b in boxes), default=1), max((b[3] for b in boxes), default=1)


def _predicted_mask(
    store: ProjectStore, record: ImageRecord, content: ImageContent, shape: tuple[int, ...]
) -> Mask | None:
    """Return what the model said that the reviewer saw, None where no model said anything."""
    models = Counter(candidate.model for candidate in content.candidates).most_common(1)
    predictions = PredictionStore(store.folder, is_read_only=True)
    keys = [models[0][0]] if models else []
    keys += [known.model_key for known in predictions.records(record.identifier)]
    for key in dict.fromkeys(keys):
        found = predictions.load(record.identifier, key, sha256=record.sha256)
        if found is not None and found[1].shape == shape:
            return (found[1] >= found[0].threshold * CERTAIN).astype(np.uint8)
    if not content.candidates:
        return None
    return union_mask([candidate.raw for candidate in content.candidates], (shape[0], shape[1]))


def _compare_traces(
    content: ImageContent, trace: Trace, shape: tuple[int, ...]
) -> Comparison | None:
    """Compare cracks that have a course with what tracing between their ends gives."""
    cracks = [crack for crack in content.cracks if crack.path]
    if not cracks:
        return None
    traced: list[Crack] = []
    for crack in cracks:
        (x0, y0), (x1, y1) = crack.course.waypoints[[0, -1]].tolist()
        with suppress(AnnotatorError):  # no trace: nothing of the crack is found
            traced.append(trace([(x0, y0), (x1, y1)]))
    size = (shape[0], shape[1])
    return compare(union_mask(traced, size), union_mask(cracks, size), cracks)


def _width_bias(mask: Mask, crack: Crack) -> float | None:
    """Return by how many px a crack is wider in a mask than it is, along its course."""
    if crack.path is None or len(crack.path.centerline) < LEAST_SAMPLES:
        return None
    box = _around(crack.box, mask.shape)
    line = crack.path.centerline - (box[0], box[1])
    widths = [
        _widths(line, part) for part in (mask[box[1] : box[3], box[0] : box[2]], crack.mask_in(box))
    ]
    is_both = np.isfinite(widths[0]) & np.isfinite(widths[1])
    if is_both.sum() < LEAST_SAMPLES:
        return None
    return float(np.median(widths[0][is_both]) - np.median(widths[1][is_both]))


def _widths(line: NDArray[np.float64], mask: Mask) -> NDArray[np.float64]:
    """Return the width of a mask at each pixel of a line, nan where the line is not on it."""
    import cv2

    from annotator.services.mask_ribbon import measured_track

    padded = np.pad((mask != 0).astype(np.uint8), 1)
    distance = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE))
    measured = measured_track(line + 1, padded, distance.astype(np.float32))
    columns, rows = np.rint(measured.centerline).astype(np.intp).T
    height, width = padded.shape
    is_on = padded[rows.clip(0, height - 1), columns.clip(0, width - 1)] != 0
    return np.where(is_on, measured.widths, np.nan)


def _around(box: Box, shape: tuple[int, ...]) -> Box:
    x0, y0, x1, y1 = box
    height, width = shape[:2]
    left, top = max(x0 - AROUND, 0), max(y0 - AROUND, 0)
    return left, top, min(x1 + AROUND, width), min(y1 + AROUND, height)
