"""Boxes with a class, drawn by hand."""

from dataclasses import dataclass, field, replace

from annotator.document.block_raster import Box
from annotator.document.crack import new_identifier


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """A box around something, (x0, y0, x1, y1) in whole pixels, the last two exclusive."""

    box: Box
    class_name: str = "crack"
    is_locked: bool = False
    identifier: str = field(default_factory=new_identifier)

    def moved_to(self, box: Box) -> "BoundingBox":
        """Return this box somewhere else."""
        return replace(self, box=box)


@dataclass(frozen=True, slots=True)
class BoxClass:
    """A class of boxes: ``number`` is what files call it, ``color`` is "#rrggbb"."""

    name: str
    number: int
    color: str


BOX_CLASSES: tuple[BoxClass, ...] = (
    BoxClass("crack", 0, "#E69F00"),
    BoxClass("corrosion", 1, "#D55E00"),
)
"""The classes every project has; the numbers are those of the CSB data set."""
