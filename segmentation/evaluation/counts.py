"""Four numbers that precision, recall and what follows from them are made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Counts:
    """Hits among what is predicted and among what is true; pixels, or whatever is counted.

    Without a tolerance both hits are the true positives.

    Attributes
    ----------
    precision_hits, n_predicted
        Numerator and denominator of the precision.
    recall_hits, n_true
        Numerator and denominator of the recall.
    """

    precision_hits: int = 0
    n_predicted: int = 0
    recall_hits: int = 0
    n_true: int = 0

    @property
    def precision(self) -> float:
        """Share of the predicted that is right; 1 if nothing is predicted."""
        return self.precision_hits / self.n_predicted if self.n_predicted else 1.0

    @property
    def recall(self) -> float:
        """Share of the true that is found; 1 if nothing is true."""
        return self.recall_hits / self.n_true if self.n_true else 1.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall: 1 if nothing is predicted and nothing true."""
        total = self.precision + self.recall
        return 2.0 * self.precision * self.recall / total if total else 0.0

    @property
    def iou(self) -> float:
        """Intersection over union, ``F / (2 - F)``; with a tolerance its namesake by that rule."""
        return self.f1 / (2.0 - self.f1)

    def __add__(self, other: Self) -> Self:
        return type(self)(
            self.precision_hits + other.precision_hits,
            self.n_predicted + other.n_predicted,
            self.recall_hits + other.recall_hits,
            self.n_true + other.n_true,
        )

    @property
    def scores(self) -> "Scores":
        """The ratios of these counts."""
        return Scores(self.precision, self.recall, self.f1, self.iou)


@dataclass(frozen=True, slots=True)
class Scores:
    """Ratios in [0, 1]."""

    precision: float
    recall: float
    f1: float
    iou: float


def mean_scores(scores: Iterable[Scores]) -> Scores | None:
    """Return the mean of each ratio, or None of nothing."""
    rows = list(scores)
    if not rows:
        return None
    n = len(rows)
    return Scores(
        sum(row.precision for row in rows) / n,
        sum(row.recall for row in rows) / n,
        sum(row.f1 for row in rows) / n,
        sum(row.iou for row in rows) / n,
    )
