"""What is painted of a crack: its mask in blocks, and the outlines of the blocks as vector paths.

Painting costs by what is on the screen, and an edit by the blocks that it touches: a stroke on a
region as large as the image is shown within the frame.
"""

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath, QPolygonF

from annotator.canvas.coordinates import lines_to_path, polyline_to_scene
from annotator.canvas.mask_pyramid import Blocks, MaskPyramid, changed_keys
from annotator.canvas.outlines import border_lines, smoothed
from annotator.document.block_raster import BLOCK_SIDE, Block, BlockKey, Box
from annotator.document.crack import Crack
from annotator.document.crack_path import CrackPath

BYTES_PER_POINT = 24
"""Of a QPainterPath; a QPolygonF takes less."""

NEIGHBORS = ((0, -1), (0, 1), (-1, 0), (1, 0))


class CrackDrawing:
    """A crack in scene coordinates, ready to paint."""

    def __init__(
        self,
        pyramid: MaskPyramid,
        path: CrackPath | None,
        outlines: dict[tuple[int, BlockKey], QPainterPath],
        centerline: QPolygonF | None = None,
    ) -> None:
        self.pyramid = pyramid
        self.path = path
        if centerline is None:
            centerline = polyline_to_scene(path.centerline) if path else QPolygonF()
        self.centerline = centerline
        self._outlines = outlines
        self._n_points = 0
        self._mark: QPointF | None = None

    @property
    def nbytes(self) -> int:
        """Memory of all levels, nearly: what an edit added to the outlines is not counted."""
        return BYTES_PER_POINT * (self._n_points + self.centerline.size()) + self.pyramid.nbytes

    @property
    def box(self) -> Box:
        """Box of the blocks in image pixels."""
        if not self.pyramid.levels[0]:
            return 0, 0, 0, 0
        columns, rows = zip(*self.pyramid.levels[0], strict=True)
        return (
            BLOCK_SIDE * min(columns),
            BLOCK_SIDE * min(rows),
            BLOCK_SIDE * (max(columns) + 1),
            BLOCK_SIDE * (max(rows) + 1),
        )

    @property
    def mark(self) -> QPointF:
        """A place on the crack, for a sign that belongs to it."""
        if self._mark is None:
            self._mark = self._find_mark()
        return self._mark

    def outline(self, level: int, key: BlockKey) -> QPainterPath:
        """Return the borders of the mask in a block; what an edit changed is computed here."""
        outline = self._outlines.get((level, key))
        if outline is None:
            outline = self._outlines[level, key] = _block_outline(
                self.pyramid.levels[level], key, level
            )
        return outline

    def complete(self) -> None:
        """Compute the outlines that are missing; on a worker thread, for there may be many."""
        for level, blocks in enumerate(self.pyramid.levels):
            for key in blocks:
                self._n_points += self.outline(level, key).elementCount()

    def shows(self, crack: Crack) -> bool:
        """Tell whether this is the drawing of that version of the crack."""
        return self.pyramid.pixels is crack.pixels and self.path is crack.path

    def count_changes(self, crack: Crack) -> int:
        """Count the blocks that another version of the crack does not share."""
        return len(changed_keys(self.pyramid.pixels.blocks, crack.pixels.blocks))

    def updated(self, crack: Crack) -> tuple["CrackDrawing", list[set[BlockKey]]]:
        """Return the drawing of another version of the crack, and the changed blocks by level."""
        pyramid, changed = self.pyramid.updated(crack.pixels)
        outlines = dict(self._outlines)
        for level, keys in enumerate(changed):
            for key in keys:
                outlines.pop((level, key), None)
                for neighbor in self._neighbors_touched(pyramid, level, key):
                    outlines.pop((level, neighbor), None)
        centerline = self.centerline if crack.path is self.path else None
        drawing = CrackDrawing(pyramid, crack.path, outlines, centerline)
        drawing._n_points = self._n_points
        return drawing, changed

    def _neighbors_touched(
        self, pyramid: MaskPyramid, level: int, key: BlockKey
    ) -> Iterable[BlockKey]:
        """Yield the blocks beside a changed one whose outline depends on the pixels changed."""
        old, new = self.pyramid.levels[level].get(key), pyramid.levels[level].get(key)
        for dx, dy in NEIGHBORS:
            if not np.array_equal(_side(old, dx, dy), _side(new, dx, dy)):
                yield key[0] + dx, key[1] + dy

    def _find_mark(self) -> QPointF:
        if self.centerline.size():
            return self.centerline.at(self.centerline.size() // 2)
        blocks = self.pyramid.levels[0]
        if not blocks:
            return QPointF()
        key = min(blocks, key=lambda key: (key[1], key[0]))
        row, column = divmod(int(blocks[key].argmax()), BLOCK_SIDE)
        return QPointF(BLOCK_SIDE * key[0] + column, BLOCK_SIDE * key[1] + row)


def draw_crack(crack: Crack) -> CrackDrawing:
    """Return the drawing of a crack; on a worker thread, for it may be large."""
    drawing = CrackDrawing(MaskPyramid.of(crack.pixels), crack.path, {})
    drawing.complete()
    return drawing


def _side(block: Block | None, dx: int, dy: int) -> Block:
    """Return the row or column of a block on one of its sides."""
    if block is None:
        return np.zeros(BLOCK_SIDE, np.uint8)
    if dx:
        return block[:, 0 if dx < 0 else -1]
    return block[0 if dy < 0 else -1]


def _block_outline(blocks: Blocks, key: BlockKey, level: int) -> QPainterPath:
    framed = np.zeros((BLOCK_SIDE + 2, BLOCK_SIDE + 2), np.uint8)
    if key in blocks:
        framed[1:-1, 1:-1] = blocks[key]
        for dx, dy in NEIGHBORS:
            neighbor = blocks.get((key[0] + dx, key[1] + dy))
            columns = slice(1, -1) if not dx else (0 if dx < 0 else -1)
            rows = slice(1, -1) if not dy else (0 if dy < 0 else -1)
            framed[rows, columns] = _side(neighbor, -dx, -dy)
    origin = (BLOCK_SIDE * key[0] << level, BLOCK_SIDE * key[1] << level)
    lines = border_lines(framed)
    return lines_to_path(map(smoothed, lines) if level else lines, origin, 1 << level)
