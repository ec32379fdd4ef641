"""The scene: the image below, its cracks and boxes above, the tool's preview on top."""

from functools import partial

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtWidgets import QGraphicsScene

from annotator.canvas.adjustment import Adjustment
from annotator.canvas.boxes_item import BoxesItem
from annotator.canvas.crack_drawing import CrackDrawing
from annotator.canvas.cracks_item import CracksItem, ShownCrack
from annotator.canvas.items import ImageItem, OverlayMode
from annotator.canvas.preview_item import PreviewItem
from annotator.canvas.tool import Tool
from annotator.document.crack import Crack
from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.session import Session

UNREADABLE = "This file cannot be opened"
GONE = "This file is not where it was"

CHANGES_AT_ONCE = 40
"""Blocks of an edited crack that are drawn anew within the frame; more are left to a worker."""


class CanvasScene(QGraphicsScene):
    """Follows the session: repaints what a change names and nothing else."""

    crack_drawn = Signal(object)
    """The newest version of a crack is painted: a preview of it may go."""
    overlay_changed = Signal()
    """Cracks are drawn in another way, or not at all."""

    def __init__(self, session: Session, tool: Tool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Few items that move rarely: an index would cost more than it saves.
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self._session = session
        self._tool = tool
        self._image_item = ImageItem()
        self._cracks_item = CracksItem()
        self._boxes_item = BoxesItem(session.box_classes.color_of)
        self._preview_item = PreviewItem()
        self._pending: dict[str, Crack] = {}
        self._hovered = ""
        self._mode = OverlayMode.MASK
        self._opacity = 0.4
        self._is_hidden = False
        for item in (self._image_item, self._cracks_item, self._boxes_item, self._preview_item):
            self.addItem(item)
        session.image_shown.connect(self._on_image_shown)
        session.document_changed.connect(self._on_document_changed)
        session.selection.changed.connect(self._mark)
        session.selection.visibility_changed.connect(self._restyle)
        session.box_classes.changed.connect(self._boxes_item.update)
        tool.preview_changed.connect(self._on_preview_changed)

    @property
    def image_rect(self) -> QRectF:
        """The image in scene coordinates, empty without one."""
        return self._image_item.boundingRect()

    @property
    def notice(self) -> str:
        """What stands in place of an image that cannot be shown; empty where nothing is amiss."""
        entry = self._session.current
        if entry is None or self._session.image is not None:
            return ""
        return GONE if entry.is_missing else UNREADABLE

    @property
    def overlay_mode(self) -> OverlayMode:
        """How cracks are drawn."""
        return self._mode

    def set_overlay(self, mode: OverlayMode, opacity: float) -> None:
        """Choose how cracks are drawn; ``opacity`` in [0, 1] is that of the fill."""
        self._mode, self._opacity = mode, opacity
        self._restyle()
        self.overlay_changed.emit()

    def set_adjustment(self, adjustment: Adjustment) -> None:
        """Show the image, and those after it, brighter, darker, or as they are."""
        self._image_item.set_adjustment(adjustment)

    def set_hidden(self, is_hidden: bool) -> None:
        """Hide cracks and boxes for as long as a key is held."""
        self._is_hidden = is_hidden
        self._restyle()
        self.overlay_changed.emit()

    @property
    def is_hidden(self) -> bool:
        """Whether everything but the photograph is hidden, for as long as a key is held."""
        return self._is_hidden

    @property
    def shows_cracks(self) -> bool:
        """Whether cracks are drawn at all."""
        return not self._is_hidden and self._mode is not OverlayMode.OFF

    def crack_items(self) -> list[ShownCrack]:
        """Return the cracks that the scene knows, in document order."""
        return list(self._cracks_item.shown.values())

    def _on_image_shown(self) -> None:
        image = self._session.image
        self._image_item.set_pyramid(image.rendered if image else None)
        self._pending = {}
        self._cracks_item.reset(self.image_rect)
        self._boxes_item.set_area(self.image_rect)
        self._preview_item.set_area(self.image_rect)
        for crack in self._session.current.cracks if self._session.current else ():
            self._show(crack, changes_at_once=0)
        self._restyle()

    def _on_document_changed(self, entry: ImageEntry, change: Change) -> None:
        if entry is not self._session.current:
            return
        added = [item for item in change.added if isinstance(item, Crack)]
        kept = {crack.identifier for crack in added} | self._pending.keys()
        for item in change.removed:
            if isinstance(item, Crack) and item.identifier not in kept:
                self._cracks_item.remove(item.identifier)
        for crack in added:
            if self._pending.get(crack.identifier, crack) is crack:
                self._show(crack, CHANGES_AT_ONCE // len(added))
        self._restyle()

    def _show(self, crack: Crack, changes_at_once: int = CHANGES_AT_ONCE) -> None:
        """Paint a crack of the document: now where little changed, else when a worker drew it."""
        drawings = self._session.drawings
        shown = self._cracks_item.put(crack)
        known = drawings.find(crack)
        if shown.drawing and shown.drawing.shows(crack):
            drawings.keep(crack, shown.drawing)
        elif known is not None:
            self._cracks_item.draw(shown, known)
        elif shown.count_changes() <= changes_at_once:
            drawings.keep(crack, self._cracks_item.draw_changed(shown))
        else:
            drawings.hand_over(crack, partial(self._on_drawn, shown, crack))
            return
        self.crack_drawn.emit(crack)

    def _on_drawn(self, shown: ShownCrack, crack: Crack, drawing: CrackDrawing) -> None:
        is_there = self._cracks_item.shown.get(crack.identifier) is shown
        if is_there and shown.crack is crack:  # else a newer version is on its way
            self._cracks_item.draw(shown, drawing)
            self.crack_drawn.emit(crack)

    def _restyle(self) -> None:
        self._hide()
        self._mark()
        entry = self._session.current
        is_off = self._is_hidden or self._mode is OverlayMode.OFF
        boxes = entry.boxes if entry and not is_off else ()
        hidden = self._session.selection.is_hidden
        self._boxes_item.set_boxes([box for box in boxes if not hidden(box.identifier)])

    def _hide(self) -> None:
        """Leave out what the user does not want to see; a crack being painted is always seen."""
        is_off = self._is_hidden or self._mode is OverlayMode.OFF
        mode = OverlayMode.MASK if self._mode is OverlayMode.OFF else self._mode
        self._cracks_item.set_mode(mode, self._opacity)
        self._cracks_item.set_hidden(
            name
            for name in self._cracks_item.shown
            if name not in self._pending and (is_off or self._session.selection.is_hidden(name))
        )

    def _mark(self) -> None:
        names = self._session.selection.names
        self._cracks_item.set_marked(names, self._hovered)
        self._boxes_item.set_marked(names, self._hovered)

    def _on_preview_changed(self) -> None:
        preview = self._tool.preview
        self._preview_item.set_preview(preview)
        if preview.hovered != self._hovered:
            self._hovered = preview.hovered
            self._mark()
        if preview.pending or self._pending:
            self._show_pending({crack.identifier: crack for crack in preview.pending})

    def _show_pending(self, pending: dict[str, Crack]) -> None:
        """Paint cracks as a stroke makes them; afterwards again as the document has them."""
        given_up, begun = (
            self._pending.keys() - pending.keys(),
            pending.keys() - self._pending.keys(),
        )
        self._pending = pending
        for crack in pending.values():
            shown = self._cracks_item.shown.get(crack.identifier)
            if shown is None or shown.crack is not crack:
                self._cracks_item.draw_changed(self._cracks_item.put(crack))
        content = self._session.current.content if self._session.current else None
        for name in given_up:
            crack = content.find_crack(name) if content else None
            if crack is None:
                self._cracks_item.remove(name)
            elif self._cracks_item.shown[name].crack is not crack:
                self._show(crack)
        if given_up or begun:
            self._hide()
