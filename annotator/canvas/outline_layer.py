"""The outlines of many cracks, merged block by block so that few calls paint them."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

from annotator.canvas.crack_drawing import NEIGHBORS, CrackDrawing
from annotator.canvas.mask_fill import parts_by_block
from annotator.document.block_raster import BLOCK_SIDE, BlockKey
from annotator.document.crack import CrackSource

KEPT_BLOCKS = 4000


class OutlineStyle(NamedTuple):
    """What decides on the pen of an outline."""

    source: CrackSource
    is_locked: bool


class OutlinePart(Protocol):
    """A crack in the layer."""

    @property
    def drawing(self) -> CrackDrawing | None:
        """Its outlines, None as long as they are not there."""
        ...

    @property
    def style(self) -> OutlineStyle:
        """What its outlines look like."""
        ...


BlockOutlines = dict[OutlineStyle, QPainterPath]


class OutlineLayer:
    """Outlines by block and style; a block that an edit touched is merged anew."""

    def __init__(self, parts: Callable[[], Iterable[OutlinePart]]) -> None:
        self._parts = parts
        self._blocks: dict[tuple[int, BlockKey], BlockOutlines] = {}

    def clear(self) -> None:
        """Merge everything anew."""
        self._blocks.clear()

    def forget(self, changed: Iterable[Iterable[BlockKey]]) -> None:
        """Merge the blocks of each level anew, and those beside them, which may end differently."""
        for level, keys in enumerate(changed):
            for x, y in keys:
                for dx, dy in ((0, 0), *NEIGHBORS):
                    self._blocks.pop((level, (x + dx, y + dy)), None)

    def outlines(self, level: int, near: QRectF) -> dict[OutlineStyle, list[QPainterPath]]:
        """Return what of a level lies near a scene rectangle."""
        side = BLOCK_SIDE << level
        columns = range(int(near.left() // side), int(near.right() // side) + 1)
        rows = range(int(near.top() // side), int(near.bottom() // side) + 1)
        keys = [(x, y) for y in rows for x in columns]
        self._merge(level, keys)
        found: dict[OutlineStyle, list[QPainterPath]] = {}
        for key in keys:
            for style, path in self._blocks[level, key].items():
                found.setdefault(style, []).append(path)
        return found

    def _merge(self, level: int, keys: list[BlockKey]) -> None:
        missing = {key for key in keys if (level, key) not in self._blocks}
        if len(self._blocks) + len(missing) > KEPT_BLOCKS:
            self._blocks.clear()
            missing = set(keys)
        for key in missing:
            self._blocks[level, key] = {}
        for key, parts in parts_by_block(self._parts(), level, missing).items():
            merged = self._blocks[level, key]
            for part in parts:
                if part.drawing is not None:
                    outline = part.drawing.outline(level, key)
                    if part.style in merged:
                        merged[part.style].addPath(outline)
                    elif not outline.isEmpty():
                        merged[part.style] = QPainterPath(outline)
