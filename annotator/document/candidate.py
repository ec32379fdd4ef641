"""A candidate: a crack that a model proposes, and what the reviewer made of it."""

from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from annotator.document.block_raster import Box
from annotator.document.crack import Crack

Verdict = Literal["open", "accepted", "accepted raw", "rejected", "skipped"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

DECIDED: tuple[Verdict, ...] = ("accepted", "accepted raw", "rejected")
"""Verdicts that stand when candidates are found anew; the other ones are still to be given."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A crack that a model proposes; a value, and no part of the annotation until it is accepted.

    It stays when it was decided on, so that what was proposed can be compared with what became of
    it. Pixels of both cracks come from the source "predicted".
    """

    identifier: str
    """The crack that is made of it on acceptance gets the same one."""
    raw: Crack
    """The pixels that the model says are crack, without a course."""
    traced: Crack | None
    """The same traced anew, with a course; None where that failed."""
    confidence: float
    """Of the whole candidate, from 0 to 1."""
    model: str
    """Key of the model that proposes it."""
    verdict: Verdict = "open"

    @property
    def is_decided(self) -> bool:
        """Tell whether it was accepted or rejected."""
        return self.verdict in DECIDED

    @property
    def best(self) -> Crack:
        """What is shown and accepted unless the raw pixels are asked for."""
        return self.traced or self.raw

    @property
    def box(self) -> Box:
        """Box around both cracks."""
        boxes = np.array([crack.box for crack in (self.raw, self.traced) if crack])
        x0, y0 = (int(value) for value in boxes[:, :2].min(axis=0))
        x1, y1 = (int(value) for value in boxes[:, 2:].max(axis=0))
        return x0, y0, x1, y1

    @property
    def length_px(self) -> float:
        """Length of the course; without one that of the diagonal of the pixels' box."""
        if self.traced and self.traced.path:
            return self.traced.path.length_px
        x0, y0, x1, y1 = self.raw.box
        return float(np.hypot(x1 - x0, y1 - y0))

    @property
    def median_width(self) -> float:
        """Median width along the course; without one the pixels for each px of length."""
        if self.traced and self.traced.path:
            return float(self.traced.path.width_px["median"])
        n_pixels = int(self.raw.mask_patch().data.sum())
        return n_pixels / max(self.length_px, 1.0)

    def with_verdict(self, verdict: Verdict) -> "Candidate":
        """Return this candidate with another verdict."""
        return self if verdict == self.verdict else replace(self, verdict=verdict)
