"""Tracing a candidate anew along its course, and how much speaks for it."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError
from annotator.services.course_editing import width_summary
from annotator.services.mask_ribbon import measured_track, waypoints
from annotator.services.tracing import trace_crack
from geodesic import PreparedImage, TraceParameters
from geodesic.polyline import arc_length
from geodesic.prior import PriorImage
from geodesic.rasterize import fill_ribbon

CERTAIN = 65535
"""The code of the probability 1."""
REACH = 3.0
"""A trace stays with its candidate where it is no farther from it than this, in px."""
FAITHFUL = 0.9
"""A trace of which less stays with the candidate is tried again with more points..."""
LOST = 0.5
"""...and given up where that is still less."""
TOLERANCES = (10.0, 3.0)
"""How far straight lines between the points may be from the course, in px, at each try."""
SLACK = 1.0
"""How far an edge of a trace may lie beyond the candidate's pixels, in px."""
LONG = 60.0
"""Candidates that are long against this, in px, lose nothing of their confidence."""
_MARGIN = 8

Points = NDArray[np.float64]
Mask = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a trace of a candidate goes by.

    ``image`` has the probability as its prior; ``weak`` are the pixels of all candidates at the
    weaker threshold.
    """

    codes: NDArray[np.uint16]
    image: PriorImage
    weak: MaskPatch

    @staticmethod
    def of(codes: NDArray[np.uint16], prepared: PreparedImage, weak: MaskPatch) -> "Evidence":
        """Put a prediction beside its image."""
        probability = np.multiply(codes, np.float32(1 / CERTAIN), dtype=np.float32)
        return Evidence(codes, PriorImage(prepared, probability), weak)

    @property
    def shape(self) -> tuple[int, int]:
        """(height, width) of the image."""
        return self.image.shape

    def weak_in(self, box: tuple[int, int, int, int]) -> Mask:
        """Return the pixels of the candidates in a box, 0 or 1, none beyond the image."""
        x0, y0, x1, y1 = box
        inside = np.zeros((y1 - y0, x1 - x0), np.uint8)
        left, top, right, bottom = self.weak.box
        a, b, c, d = max(x0, left), max(y0, top), min(x1, right), min(y1, bottom)
        if a < c and b < d:
            inside[b - y0 : d - y0, a - x0 : c - x0] = self.weak.data[
                b - top : d - top, a - left : c - left
            ]
        return inside

    def along(self, line: Points) -> NDArray[np.float32]:
        """Return the highest probability beside each point of a line."""
        height, width = self.shape
        columns, rows = np.rint(line).astype(np.intp).T
        near = [
            self.codes[np.clip(rows + dy, 0, height - 1), np.clip(columns + dx, 0, width - 1)]
            for dy in (-1, 0, 1)
            for dx in (-1, 0, 1)
        ]
        return (np.max(near, axis=0) / CERTAIN).astype(np.float32)

    def mean_on(self, patch: MaskPatch) -> float:
        """Return the mean probability on the pixels of a mask."""
        x0, y0, x1, y1 = patch.box
        return float(self.codes[y0:y1, x0:x1][patch.data != 0].mean() / CERTAIN)


def traced_course(
    course: CrackPath, evidence: Evidence, parameters: TraceParameters
) -> Crack | None:
    """Return a candidate traced anew, None where no trace stays with it."""
    best: Crack | None = None
    best_share = LOST
    for tolerance in TOLERANCES:
        points = waypoints(course.centerline, tolerance)
        trace = _trace(points, evidence, parameters)
        if trace is None:
            continue
        share = _faithful_share(trace.course, course, evidence)
        if share >= best_share:
            best, best_share = trace, share
        if share >= FAITHFUL:
            break
    return best and _within(best, evidence)


def _trace(points: Points, evidence: Evidence, parameters: TraceParameters) -> Crack | None:
    height, width = evidence.shape
    inside = np.clip(points, 0, (width - 1, height - 1))
    pixels = np.round(inside)
    is_new = np.concatenate(([True], (pixels[1:] != pixels[:-1]).any(axis=1)))
    if np.count_nonzero(is_new) < 2:
        return None
    try:
        return trace_crack(evidence.image, inside[is_new], parameters)
    except AnnotatorError:  # nothing to be seen there, or no way
        return None


def _faithful_share(path: CrackPath, course: CrackPath, evidence: Evidence) -> float:
    """Return the smaller share of trace and course that is near the other's candidate."""
    from scipy.spatial import cKDTree

    off = _distances(path.centerline, evidence)
    missed = cKDTree(path.centerline).query(course.centerline)[0]
    reach = REACH + np.maximum(course.half_widths.max(axis=1), 0)
    return float(min((off <= REACH).mean(), (missed <= reach).mean()))


def _distances(line: Points, evidence: Evidence) -> NDArray[np.float32]:
    """Return the distance of each point of a line from the pixels of the candidates."""
    import cv2

    (x0, y0, _, _), mask = _crop(line, evidence, 0.0)
    distance = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    columns, rows = np.rint(line - (x0, y0)).astype(np.intp).T
    return np.asarray(distance, np.float32)[rows, columns]


def _crop(line: Points, evidence: Evidence, reach: float) -> tuple[tuple[int, int, int, int], Mask]:
    """Return the pixels of the candidates so far from a line and a little more, border empty."""
    margin = int(np.ceil(reach)) + _MARGIN
    low = np.floor(line.min(axis=0)).astype(int) - margin
    high = np.ceil(line.max(axis=0)).astype(int) + margin + 1
    box = int(low[0]), int(low[1]), int(high[0]), int(high[1])
    mask = evidence.weak_in(box)
    mask[[0, -1]] = 0
    mask[:, [0, -1]] = 0
    return box, mask


def _within(trace: Crack, evidence: Evidence) -> Crack:
    """Return a trace of which no edge lies far beyond the pixels of the candidate.

    Texture beside a crack makes it look wider than it is; the model knows better.
    """
    path = trace.course
    (x0, y0, _, _), mask = _crop(path.centerline, evidence, float(path.half_widths.max()))
    limits = widths_in(path.centerline - (x0, y0), mask) + SLACK
    return drawn(replace(path, half_widths=np.minimum(path.half_widths, limits)), evidence.shape)


def widths_in(line: Points, mask: Mask) -> Points:
    """Return left and right width of a mask, whose border is empty, at each point of a line."""
    import cv2

    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    measured = measured_track(line, mask, np.asarray(distance, np.float32))
    at, known = arc_length(line), arc_length(measured.centerline)
    sides = [np.interp(at, known, side) for side in measured.half_widths.T]
    return np.stack(sides, axis=1)


def drawn(path: CrackPath, shape: tuple[int, int]) -> Crack:
    """Return a predicted crack whose pixels are the ribbon of a course."""
    left, right = path.half_widths.T
    mask, (x, y) = fill_ribbon(path.centerline, left, right, shape)
    named = replace(path, width_px=width_summary(path.half_widths))
    return Crack.from_mask(MaskPatch(x, y, mask.astype(np.uint8, copy=False)), "predicted", named)


def ribbon_of_raw(course: CrackPath, raw: Crack, shape: tuple[int, int]) -> Crack:
    """Return the candidate's own ribbon: its course as it is, as wide as its pixels are."""
    x0, y0, x1, y1 = raw.box
    reach = np.concatenate(([course.centerline.min(axis=0)], [course.centerline.max(axis=0)]))
    low = np.minimum(np.floor(reach[0]).astype(int), (x0, y0)) - 1
    high = np.maximum(np.ceil(reach[1]).astype(int) + 1, (x1, y1)) + 1
    mask = raw.mask_in((int(low[0]), int(low[1]), int(high[0]), int(high[1])))
    height, width = shape
    line = np.clip(course.centerline, 0, (width - 1, height - 1))
    return drawn(replace(course, centerline=line, half_widths=widths_in(line - low, mask)), shape)


def confidence_of(path: CrackPath, evidence: Evidence) -> float:
    """Return how sure a candidate is, from 0 to 1.

    The probability along it, a little more where the image shows edges, and less the shorter it is:
    on photographs that were looked at by hand, length tells cracks from texture best of these.
    """
    probability = float(evidence.along(path.centerline).mean())
    seen = float(path.confidence.mean())
    length = 1 - float(np.exp(-path.length_px / LONG))
    return float(np.clip(probability * (0.85 + 0.15 * seen) * length, 0, 1))
