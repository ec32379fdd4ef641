"""A stroke of brush or eraser from press to release, and the one edit that comes of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from annotator.canvas.tool import Point
from annotator.document.block_raster import BlockRaster, block_keys
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.document.mask import MaskPatch
from annotator.document.strokes import (
    added_to,
    covered_patches,
    covers,
    erased,
    is_gone,
    painted,
    stroke_segment,
)


@dataclass(slots=True, eq=False)
class StrokeUnderWay:
    """What a stroke has covered, and the cracks as it has left them so far.

    Those are made block by block while the pointer moves, so that the release has nothing to do.
    """

    entry: ImageEntry
    size: tuple[int, int]
    diameter: int
    is_erasing: bool
    cracks: dict[str, Crack]
    """Cracks that it may change, as they were when it began."""
    locked: tuple[Crack, ...] = ()
    """Cracks that it must not change."""
    has_met_locked: bool = False
    pending: dict[str, Crack] = field(default_factory=dict[str, Crack])
    _covered: BlockRaster = field(default_factory=BlockRaster)
    _last: Point | None = None

    def extend(self, point: Point) -> None:
        """Go on in a straight line: a fast hand leaves no gaps between two events."""
        patch = stroke_segment(self._last or point, point, self.diameter, self.size)
        self._last = point
        if not patch.data.any():
            return
        self._covered = added_to(self._covered, patch)
        keys = block_keys(patch.box)
        for name, crack in self.cracks.items():
            if self.is_erasing and not crack.pixels.has_any(keys):
                continue  # of hundreds of cracks most are elsewhere
            before = self.pending.get(name, crack)
            after = self._changed(before, patch)
            if after is not before:
                self.pending[name] = after
        if not self.has_met_locked:
            self.has_met_locked = any(covers(crack, patch) for crack in self.locked)

    def apply_to(self, content: ImageContent) -> ImageContent:
        """Return a content with what the stroke did; the same one where it did nothing."""
        for name, made in self.pending.items():
            before = self.cracks[name]
            current = content.find_crack(name)
            if current is None and before.pixels.is_empty:
                content = content.with_cracks([made])
            elif current is not None:
                # It is another one where a trace ended, say, while the stroke was drawn.
                after = made if current is before else self._repeated_on(current)
                if not after.pixels.equals(current.pixels):
                    left = [] if is_gone(after) else [after]
                    content = content.with_crack_replaced(name, left)
        return content

    def _changed(self, crack: Crack, patch: MaskPatch) -> Crack:
        return erased(crack, patch) if self.is_erasing else painted(crack, patch)

    def _repeated_on(self, crack: Crack) -> Crack:
        for patch in covered_patches(self._covered):
            crack = self._changed(crack, patch)
        return crack


def subtracted(content: ImageContent, patch: MaskPatch, cracks: Iterable[Crack]) -> ImageContent:
    """Return a content with a region cut out of some of its cracks."""
    for crack in cracks:
        after = erased(crack, patch)
        if after is not crack:
            left = [] if is_gone(after) else [after]
            content = content.with_crack_replaced(crack.identifier, left)
    return content
