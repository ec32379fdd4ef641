"""The masks of all cracks together as one translucent layer, composed in blocks when painted."""

from collections.abc import Callable, Iterable
from math import log2
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage

from annotator.canvas.crack_drawing import CrackDrawing
from annotator.canvas.mask_pyramid import LEVELS
from annotator.document.block_raster import BLOCK_SIDE, BlockKey

KEPT_BLOCKS = 1500
"""Blocks of 64 kB that are kept composed; a large screen shows about 500."""

MARGIN = 2
"""Cells around what is exposed, for the smoothing of Qt."""

Colors = NDArray[np.uint32]
Part = TypeVar("Part", bound="DrawnPart")


class DrawnPart(Protocol):
    """A crack in a layer."""

    @property
    def drawing(self) -> CrackDrawing | None:
        """Its mask, None as long as that is not there."""
        ...


class FillPart(DrawnPart, Protocol):
    """A crack in the layer; where cracks overlap, the later one shows."""

    @property
    def color(self) -> QColor:
        """Its color."""
        ...


class MaskFill:
    """Translucent colors where there is a crack, nothing elsewhere.

    It shows the union of the masks, as the data set will hold it: no place is darker than another
    because two cracks meet there.
    """

    def __init__(self, parts: Callable[[], Iterable[FillPart]]) -> None:
        self._parts = parts
        self._blocks: dict[tuple[int, BlockKey], Colors | None] = {}
        self._opacity = 1.0

    @property
    def opacity(self) -> float:
        """Share of the photograph that cracks hide.

        It is part of the blocks: Qt takes four times as long where a painter has an opacity.
        """
        return self._opacity

    @opacity.setter
    def opacity(self, opacity: float) -> None:
        if opacity != self._opacity:
            self._opacity = opacity
            self.clear()

    def forget(self, changed: Iterable[Iterable[BlockKey]]) -> None:
        """Compose the blocks of each level anew when they are painted next."""
        for level, keys in enumerate(changed):
            for key in keys:
                self._blocks.pop((level, key), None)

    def clear(self) -> None:
        """Compose everything anew."""
        self._blocks.clear()

    def cut(self, level: int, exposed: QRectF) -> tuple[QImage, QRectF] | None:
        """Return the part of a level under a scene rectangle, and the rectangle it covers.

        In one piece, since blocks painted side by side would show seams.
        """
        step = 1 << level
        x0 = max(int(np.floor(exposed.left() / step)) - MARGIN, 0)
        y0 = max(int(np.floor(exposed.top() / step)) - MARGIN, 0)
        x1 = max(int(np.ceil(exposed.right() / step)) + MARGIN, x0)
        y1 = max(int(np.ceil(exposed.bottom() / step)) + MARGIN, y0)
        colors: Colors | None = None
        rows = range(y0 // BLOCK_SIDE, -(-y1 // BLOCK_SIDE))
        columns = range(x0 // BLOCK_SIDE, -(-x1 // BLOCK_SIDE))
        keys = [(column, row) for row in rows for column in columns]
        self._compose(level, keys)
        for column, row in keys:
            block = self._blocks[level, (column, row)]
            if block is not None:
                if colors is None:
                    colors = np.zeros((y1 - y0, x1 - x0), np.uint32)
                _copy(block, BLOCK_SIDE * column - x0, BLOCK_SIDE * row - y0, colors)
        if colors is None:
            return None
        width = x1 - x0
        image = QImage(
            colors.data, width, y1 - y0, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
        )
        return image, QRectF(x0 * step, y0 * step, width * step, (y1 - y0) * step)

    def _compose(self, level: int, keys: list[BlockKey]) -> None:
        missing = {key for key in keys if (level, key) not in self._blocks}
        if len(self._blocks) + len(missing) > KEPT_BLOCKS:
            self._blocks.clear()
            missing = set(keys)
        for key in missing:
            self._blocks[level, key] = None
        for key, parts in parts_by_block(self._parts(), level, missing).items():
            colors = self._blocks[level, key] = np.zeros((BLOCK_SIDE, BLOCK_SIDE), np.uint32)
            for part in parts:
                if part.drawing is not None:
                    mask = part.drawing.pyramid.levels[level][key]
                    color = _premultiplied(part.color, self._opacity)
                    np.copyto(colors, color, where=mask.view(np.bool_))


def parts_by_block(
    parts: Iterable[Part], level: int, keys: set[BlockKey]
) -> dict[BlockKey, list[Part]]:
    """Return those of the cracks that are in each block, going through them once."""
    found: dict[BlockKey, list[Part]] = {}
    if not keys:
        return found
    for part in parts:
        blocks = part.drawing.pyramid.levels[level] if part.drawing else {}
        few, many = (blocks, keys) if len(blocks) < len(keys) else (keys, blocks)
        for key in few:
            if key in many:
                found.setdefault(key, []).append(part)
    return found


def level_for(scale: float) -> int:
    """Return the level whose cells come nearest to the size of screen pixels at that scale."""
    return min(max(round(-log2(max(scale, 1e-6))), 0), LEVELS - 1)


def _premultiplied(color: QColor, opacity: float) -> np.uint32:
    alpha = round(color.alpha() * opacity)
    red, green, blue = (
        value * alpha // 255 for value in (color.red(), color.green(), color.blue())
    )
    return np.uint32(alpha << 24 | red << 16 | green << 8 | blue)


def _copy(block: Colors, x: int, y: int, target: Colors) -> None:
    """Copy a block to (x, y) of an array, as far as it reaches."""
    height, width = target.shape
    rows = slice(max(-y, 0), min(height - y, BLOCK_SIDE))
    columns = slice(max(-x, 0), min(width - x, BLOCK_SIDE))
    target[max(y, 0) : y + rows.stop, max(x, 0) : x + columns.stop] = block[rows, columns]
