"""A crack: an object with pixels and, where it was traced, a course that can be traced anew."""

from dataclasses import dataclass, field
from typing import Literal, get_args
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from annotator.document.block_raster import BLOCK_SIDE, BlockRaster, Box
from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch
from annotator.document.pixel_source import PixelSource, keep_corrections, mask_of

CrackSource = Literal["traced", "painted", "imported", "predicted"]
CRACK_SOURCES: tuple[CrackSource, ...] = get_args(CrackSource)

_CODES: dict[CrackSource, PixelSource] = {
    "traced": PixelSource.TRACED,
    "painted": PixelSource.PAINTED,
    "imported": PixelSource.IMPORTED,
    "predicted": PixelSource.PREDICTED,
}


def new_identifier() -> str:
    """Return a fresh identifier of a crack or a box."""
    return uuid4().hex


@dataclass(frozen=True, slots=True, eq=False)
class Crack:
    """A crack of an image; a value: whatever changes makes another Crack with its identifier.

    ``pixels`` holds codes of `PixelSource`; ``path`` is there where the crack can be traced anew,
    and None for what was painted, drawn or imported as a region.
    """

    pixels: BlockRaster
    source: CrackSource = "painted"
    path: CrackPath | None = None
    is_locked: bool = False
    identifier: str = field(default_factory=new_identifier)

    @staticmethod
    def from_mask(
        patch: MaskPatch,
        source: CrackSource,
        path: CrackPath | None = None,
        identifier: str | None = None,
    ) -> "Crack":
        """Return a crack whose pixels all come from one source."""
        codes = (patch.data != 0).astype(np.uint8) * np.uint8(_CODES[source])
        pixels = BlockRaster.from_array(patch.x, patch.y, codes)
        return Crack(pixels, source, path, identifier=identifier or new_identifier())

    @property
    def box(self) -> Box:
        """Tight box of the pixels that are known, erased ones included."""
        return self.pixels.box

    @property
    def nbytes(self) -> int:
        """Memory of pixels and course."""
        return self.pixels.nbytes + (self.path.nbytes if self.path else 0)

    @property
    def course(self) -> CrackPath:
        """The path of a crack that is known to have one."""
        if self.path is None:
            raise ValueError(f"crack {self.identifier} was not traced")
        return self.path

    def mask_patch(self) -> MaskPatch:
        """Return the mask in its box. It may be large: not for the GUI thread."""
        box = self.pixels.box
        return MaskPatch(box[0], box[1], mask_of(self.pixels.read(box)))

    def mask_in(self, box: Box) -> NDArray[np.uint8]:
        """Return the 0/1 mask inside a box."""
        return mask_of(self.pixels.read(box))

    def traced_anew(self, trace: "Crack") -> "Crack":
        """Return this crack with the course of another trace; corrections made by hand stay."""
        pixels = trace.pixels
        for column, row in {*pixels.blocks, *self.pixels.blocks}:
            x, y = column * BLOCK_SIDE, row * BLOCK_SIDE
            box = (x, y, x + BLOCK_SIDE, y + BLOCK_SIDE)
            codes = keep_corrections(mask_of(pixels.read(box)), self.pixels.read(box))
            pixels = pixels.with_values(x, y, codes)
        return Crack(pixels, "traced", trace.path, self.is_locked, self.identifier)
