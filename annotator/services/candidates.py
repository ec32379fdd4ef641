"""From the probability of a crack in each pixel to candidates: cracks with a course and widths.

What exceeds the threshold is joined across small gaps and what exceeds half of it, taken apart
where cracks meet, and each part traced anew by the engine, which takes the probability for
evidence beside what it sees in the image.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import Box
from annotator.document.candidate import Candidate
from annotator.document.crack import Crack, new_identifier
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import MaskPatch, union_mask
from annotator.errors import JobCancelled
from annotator.services.candidate_tracing import (
    CERTAIN,
    Evidence,
    confidence_of,
    ribbon_of_raw,
    traced_course,
)
from annotator.services.mask_parts import SPECK_AREA
from annotator.services.vectorization import vectorize
from geodesic import PreparedImage, TraceParameters

WEAK = 0.5
"""Pixels with this part of the threshold join what exceeds it: cracks fall into fewer pieces."""
BRIDGED = 7
"""Gaps narrower than this, in px, are closed. On photographs of asphalt and steel, a third fewer
candidates cover more of the cracks, at one hundredth less precision."""
COVERED = 0.6
"""A candidate is not offered where this part of its pixels lies under cracks..."""
NEAR = 2
"""...or no farther than this from them, in px."""

Codes = NDArray[np.uint16]
Mask = NDArray[np.uint8]
Report = Callable[[float, str], None]

UNTOUCHED = (ImageState.APPROVED, ImageState.NO_CRACK)
"""States of images to which no candidates are added: somebody said that they are finished."""


@dataclass(frozen=True, slots=True)
class CandidateOptions:
    """What becomes a candidate.

    ``threshold`` is a probability; ``min_length`` in px of a course and ``min_area`` in pixels at
    the threshold sort out specks; ``parameters`` are those of the traces.
    """

    threshold: float = 0.5
    model_key: str = ""
    min_length: float = 15.0
    min_area: int = 20
    parameters: TraceParameters = field(default_factory=TraceParameters)


def find_candidates(
    codes: Codes,
    prepared: PreparedImage,
    options: CandidateOptions,
    *,
    existing: Mask | Iterable[Crack] = (),
    report: Report | None = None,
    is_cancelled: Callable[[], bool] | None = None,
) -> list[Candidate]:
    """Return the candidates of an image, the longest first.

    Parameters
    ----------
    codes
        Probability times 65535, of the size of the image.
    prepared
        The image.
    options
        What becomes a candidate.
    existing
        Cracks that are there already, or their mask: what lies under them is not offered.
    report
        Given the share that is done, and a sentence.
    is_cancelled
        Asked before each trace; JobCancelled is raised where it says so.
    """
    if codes.shape != prepared.shape:
        raise ValueError(f"codes of shape {codes.shape} for an image of shape {prepared.shape}")
    strong = (codes >= max(round(options.threshold * CERTAIN), 1)).view(np.uint8)
    weak = _joined(codes, strong, options)
    if weak is None:
        return []
    evidence = Evidence.of(codes, prepared, weak)
    covered = _around(existing, codes.shape)
    parts = [
        (part, raw)
        for part in vectorize(weak)
        if (raw := _raw(part, strong, options)) and not is_covered(raw, covered)
    ]
    found: list[Candidate] = []
    for number, (part, raw) in enumerate(parts):
        if is_cancelled is not None and is_cancelled():
            raise JobCancelled
        if report is not None:
            report(number / len(parts), f"candidate {number + 1} of {len(parts)}")
        candidate = _candidate(part, raw, evidence, options)
        # A trace may lead along a crack that is there, away from the pixels that were beside it.
        if candidate.traced is None or not is_covered(candidate.traced, covered):
            found.append(candidate)
    return sorted(found, key=lambda candidate: candidate.length_px, reverse=True)


def with_found(content: ImageContent, found: Sequence[Candidate]) -> ImageContent:
    """Return a content with candidates in the place of those that were not decided on.

    What lies under cracks is left out, and what was rejected before. A new image counts as
    predicted from now on; one that somebody finished stays as it is.
    """
    if content.state in UNTOUCHED:
        return content
    rejected = [item for item in content.candidates if item.verdict == "rejected"]
    known = [*content.cracks, *(crack for item in rejected for crack in (item.raw, item.best))]
    kept = [item for item in found if not _is_known(item, known)]
    changed = content.with_candidates(kept)
    if content.state is ImageState.NEW:
        return changed.with_state(ImageState.PREDICTED)
    return changed


def _is_known(candidate: Candidate, known: Sequence[Crack]) -> bool:
    x0, y0, x1, y1 = candidate.raw.box
    box = (x0 - NEAR, y0 - NEAR, x1 + NEAR, y1 + NEAR)
    near = [crack for crack in known if _overlap(crack.box, box)]
    if not near:
        return False
    mask = np.max([crack.mask_in(box) for crack in near], axis=0)
    own = candidate.raw.mask_in(box) != 0
    return float(_grown(mask)[own].mean()) >= COVERED


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def is_covered(crack: Crack, covered: Mask | None) -> bool:
    """Tell whether a crack lies mostly under a mask of the whole image."""
    if covered is None:
        return False
    patch = crack.mask_patch()
    x0, y0, x1, y1 = patch.box
    return float(covered[y0:y1, x0:x1][patch.data != 0].mean()) >= COVERED


def _around(existing: Mask | Iterable[Crack], shape: tuple[int, int]) -> Mask | None:
    mask = existing if isinstance(existing, np.ndarray) else union_mask(existing, shape)
    return _grown(mask) if mask.any() else None


def _grown(mask: Mask) -> Mask:
    import cv2

    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * NEAR + 1, 2 * NEAR + 1))
    return np.asarray(cv2.dilate((mask != 0).astype(np.uint8), kernel), np.uint8)


def _joined(codes: Codes, strong: Mask, options: CandidateOptions) -> MaskPatch | None:
    """Return the parts at the weaker threshold in which enough exceeds the threshold."""
    import cv2

    weak = (codes >= max(round(WEAK * options.threshold * CERTAIN), 1)).view(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (BRIDGED, BRIDGED))
    weak = np.asarray(cv2.morphologyEx(weak, cv2.MORPH_CLOSE, kernel), np.uint8)
    n_labels, labels = cv2.connectedComponents(weak, connectivity=8)
    labels = np.asarray(labels, np.int32)
    area = np.bincount(labels[strong != 0], minlength=n_labels)
    is_kept = area >= max(options.min_area, 1)
    is_kept[0] = False
    if not is_kept.any():
        return None
    return MaskPatch(0, 0, is_kept[labels].view(np.uint8)).tight()


def _raw(part: Crack, strong: Mask, options: CandidateOptions) -> Crack | None:
    """Return the pixels of a part that exceed the threshold, None where it is a speck."""
    patch = part.mask_patch()
    if part.path is None and _is_specks(patch):
        return None
    x0, y0, x1, y1 = patch.box
    data = patch.data & strong[y0:y1, x0:x1]
    if np.count_nonzero(data) < options.min_area:
        return None
    length = part.path.length_px if part.path else 0.5 * float(np.hypot(x1 - x0, y1 - y0))
    if length < options.min_length:
        return None
    return Crack.from_mask(MaskPatch(x0, y0, data).tight(), "predicted")


def _is_specks(patch: MaskPatch) -> bool:
    """Tell whether this is what `vectorize` puts together because it is too small for a course."""
    import cv2

    n_parts = cv2.connectedComponents(patch.data, connectivity=8)[0] - 1
    return n_parts > 1 or int(np.count_nonzero(patch.data)) <= SPECK_AREA


def _candidate(part: Crack, raw: Crack, evidence: Evidence, options: CandidateOptions) -> Candidate:
    name = new_identifier()
    raw = replace(raw, identifier=name)
    if part.path is None:  # as wide as it is long: there is no course
        confidence = 0.5 * evidence.mean_on(raw.mask_patch())
        return Candidate(name, raw, None, confidence, options.model_key)
    traced = traced_course(part.path, evidence, options.parameters)
    shown = traced or ribbon_of_raw(part.path, raw, evidence.shape)
    confidence = confidence_of(shown.course, evidence)
    return Candidate(name, raw, replace(shown, identifier=name), confidence, options.model_key)
