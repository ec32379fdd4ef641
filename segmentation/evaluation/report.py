"""One pass over images that becomes a report, every figure with how it was counted."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from segmentation import UNLABELLED
from segmentation.evaluation.boundary import (
    COUNTINGS,
    Counting,
    Element,
    Mask,
    check_choices,
    tolerant_counts,
)
from segmentation.evaluation.counts import Counts
from segmentation.evaluation.curves import (
    THRESHOLDS,
    Curve,
    level_of,
    levels_of,
    threshold_regions,
)
from segmentation.evaluation.false_alarms import FalseAlarms
from segmentation.evaluation.region import Tally, center_line_counts
from segmentation.evaluation.worst_cases import Picture, WorstCases

Item = tuple[str, NDArray[np.float32], Mask]
"""Name, probability ``(H, W)`` in [0, 1], and mask ``(H, W)`` of 0, 1 and `UNLABELLED`."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A way of counting. Without a tolerance all countings are the same one."""

    tolerance: float = 0.0
    counting: Counting = "symmetric"
    element: Element = "disk"

    @property
    def name(self) -> str:
        """What stands beside every figure, e.g. ``"2 px symmetric (disk)"``."""
        if self.tolerance == 0:
            return "0 px"
        return f"{self.tolerance:g} px {self.counting} ({self.element})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What is counted.

    Attributes
    ----------
    threshold
        A pixel is predicted where its probability is at or above it.
    tolerances
        In pixels; 0 px is always counted besides. The first one, counted by the first counting,
        orders the worst images.
    countings, element
        As in `segmentation.evaluation.boundary`.
    center_lines
        Whether clDice is computed.
    n_worst
        Images that are shown.
    """

    threshold: float = 0.5
    tolerances: tuple[float, ...] = (2.0,)
    countings: tuple[Counting, ...] = COUNTINGS
    element: Element = "disk"
    center_lines: bool = True
    n_worst: int = 12

    def __post_init__(self) -> None:
        """Check every choice."""
        if not 0.0 < self.threshold <= 1.0:
            raise ValueError(f"threshold is {self.threshold}; it must be above 0 and at most 1.")
        for measure in self.measures():
            check_choices(measure.tolerance, measure.counting, measure.element)

    def measures(self) -> tuple[Measure, ...]:
        """Return all ways of counting, 0 px first."""
        tolerant = (
            Measure(tolerance, counting, self.element)
            for tolerance in self.tolerances
            if tolerance != 0
            for counting in self.countings
        )
        return (Measure(), *tolerant)

    @property
    def leading(self) -> Measure:
        """The measure that images are ordered by."""
        return self.measures()[min(1, len(self.measures()) - 1)]


@dataclass(frozen=True, slots=True)
class ImageRow:
    """One image in the table.

    Attributes
    ----------
    name
        As given.
    shape
        Height and width.
    n_labelled
        Pixels that count.
    counts
        By the name of the measure, at the protocol's threshold.
    best_threshold, best_f1
        At 0 px; OIS is the mean of the latter.
    center_lines
        Their F1 is clDice; None if not asked for.
    longest_false
        Length in pixels of the longest false component; None on images with a crack.
    """

    name: str
    shape: tuple[int, int]
    n_labelled: int
    counts: dict[str, Counts]
    best_threshold: float
    best_f1: float
    center_lines: Counts | None
    longest_false: float | None


@dataclass(slots=True)
class MeasureResult:
    """All images by one measure."""

    measure: Measure
    tally: Tally = field(default_factory=Tally)
    curve: Curve = field(default_factory=Curve)


@dataclass(slots=True)
class Report:
    """All that was counted; grows by a row per image and by nothing else.

    Attributes
    ----------
    protocol
        How.
    results
        One per measure, 0 px first.
    center_lines
        clDice is the F1 of its aggregate and macro scores.
    false_alarms
        Of the crack-free images.
    images
        In the order in which they came.
    worst
        Pictures of the worst images.
    subject
        What was evaluated on what, for the headline.
    """

    protocol: Protocol
    results: tuple[MeasureResult, ...]
    worst: WorstCases
    center_lines: Tally = field(default_factory=Tally)
    false_alarms: FalseAlarms = field(default_factory=FalseAlarms)
    images: list[ImageRow] = field(default_factory=list[ImageRow])
    subject: str = ""

    def result(self, tolerance: float = 0.0, counting: Counting = "symmetric") -> MeasureResult:
        """Return the result of a measure.

        Raises
        ------
        KeyError
            The protocol has no such measure.
        """
        wanted = Measure(tolerance, counting, self.protocol.element).name
        for result in self.results:
            if result.measure.name == wanted:
                return result
        raise KeyError(wanted)


def evaluate(
    items: Iterable[Item],
    protocol: Protocol | None = None,
    *,
    picture: Picture | None = None,
    on_image: Callable[[ImageRow], None] | None = None,
    subject: str = "",
) -> Report:
    """Compare probabilities with masks, one image in memory at a time.

    Parameters
    ----------
    items
        Images, each looked at once.
    protocol
        What is counted; the default has 0 px and 2 px in all three countings.
    picture
        Gives the photograph of a name as ``(H, W, 3)`` uint8 for the pictures of the worst
        images, or None; called only for images that are among the worst so far.
    on_image
        Called with each finished row.
    subject
        Headline of the report.

    Raises
    ------
    ValueError
        There is no image, or one whose probability and mask do not fit; the message names it.
    """
    protocol = protocol or Protocol()
    results = tuple(
        MeasureResult(each, curve=Curve(each.counting, each.tolerance, each.element))
        for each in protocol.measures()
    )
    report = Report(protocol, results, WorstCases(protocol.n_worst), subject=subject)
    for item in items:
        check_item(item)
        row = _take_in(report, item, picture)
        report.images.append(row)
        if on_image:
            on_image(row)
    if not report.images:
        raise ValueError("There is nothing to evaluate: no image with a mask was found.")
    return report


_THREE_CLASSES: Final = (
    "{name}: the mask holds the values {values}; it may hold 0, 1 and {left_out}."
)


def check_item(item: Item) -> None:
    """Raise ValueError, naming the image, if a probability and a mask do not fit."""
    name, probability, mask = item
    if probability.ndim != 2 or probability.shape != mask.shape:
        raise ValueError(
            f"{name}: the probability has the shape {probability.shape} and the mask "
            f"{mask.shape}; both must have the height and width of the image."
        )
    if mask.dtype != np.uint8:
        raise ValueError(f"{name}: the mask is {mask.dtype}; it must be uint8.")
    present = np.flatnonzero(np.bincount(mask.ravel(), minlength=256))
    if not set(present.tolist()) <= {0, 1, UNLABELLED}:
        values = ", ".join(map(str, present[:8]))
        raise ValueError(_THREE_CLASSES.format(name=name, values=values, left_out=UNLABELLED))
    # A comparison that is false for what is not a number.
    if probability.size and not (probability.min() >= 0.0 and probability.max() <= 1.0):
        raise ValueError(
            f"{name}: the probability goes from {probability.min()} to {probability.max()}; it "
            "must lie from 0 to 1 and hold numbers only."
        )


def _take_in(report: Report, item: Item, picture: Picture | None) -> ImageRow:
    name, probability, mask = item
    protocol = report.protocol
    predicted = probability >= np.float32(protocol.threshold)
    counts, best_threshold, best_f1 = _count(report, levels_of(probability), predicted, mask)
    lines = center_line_counts(predicted, mask) if protocol.center_lines else None
    if lines is not None:
        report.center_lines.add(lines)
    row = ImageRow(
        name,
        (mask.shape[0], mask.shape[1]),
        int(np.count_nonzero(mask != UNLABELLED)),
        counts,
        best_threshold,
        best_f1,
        lines,
        report.false_alarms.add(predicted, mask),
    )
    leading = protocol.leading
    report.worst.offer(
        name,
        counts[leading.name].f1,
        predicted,
        mask,
        tolerance=leading.tolerance,
        element=leading.element,
        picture=picture,
    )
    return row


def _count(
    report: Report, levels: Mask, predicted: NDArray[np.bool_], mask: Mask
) -> tuple[dict[str, Counts], float, float]:
    """Add an image to every result; return its counts, and its best threshold and F1 at 0 px."""
    threshold = report.protocol.threshold
    index = level_of(threshold) - 1
    is_on_grid = index >= 0 and bool(THRESHOLDS[index] == np.float32(threshold))
    counts: dict[str, Counts] = {}
    best: list[tuple[float, float]] = []
    regions = {
        tolerance: threshold_regions(levels, mask, tolerance, report.protocol.element)
        for tolerance in {result.measure.tolerance for result in report.results}
    }
    for result in report.results:
        measure = result.measure
        points = regions[measure.tolerance].counted(measure.counting)
        own = result.curve.add(points)
        best.append((own.threshold, own.counts.f1))
        counts[measure.name] = (
            points[index]
            if is_on_grid
            else tolerant_counts(
                predicted,
                mask,
                measure.tolerance,
                counting=measure.counting,
                element=measure.element,
            )
        )
        result.tally.add(counts[measure.name])
    return counts, *best[0]
