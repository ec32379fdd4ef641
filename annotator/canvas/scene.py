"""The scene: the image below, its cracks above, the tool's preview on top."""

from PySide6.QtCore import QObject, QRectF
from PySide6.QtWidgets import QGraphicsScene

from annotator.canvas.items import CrackItem, ImageItem, OverlayMode, PreviewItem
from annotator.canvas.tool import Tool
from annotator.document.crack_path import CrackPath
from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.session import Session


class CanvasScene(QGraphicsScene):
    """Follows the session: repaints what a change names and nothing else."""

    def __init__(self, session: Session, tool: Tool, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Few items that move rarely: an index would cost more than it saves.
        self.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self._session = session
        self._tool = tool
        self._image_item = ImageItem()
        self._preview_item = PreviewItem()
        self._cracks: dict[str, CrackItem] = {}
        self._mode = OverlayMode.MASK
        self._opacity = 0.4
        self._is_hidden = False
        self.addItem(self._image_item)
        self.addItem(self._preview_item)
        session.image_shown.connect(self._on_image_shown)
        session.document_changed.connect(self._on_document_changed)
        session.selection_changed.connect(self._restyle)
        tool.preview_changed.connect(self._on_preview_changed)

    @property
    def image_rect(self) -> QRectF:
        """The image in scene coordinates, empty without one."""
        return self._image_item.boundingRect()

    @property
    def overlay_mode(self) -> OverlayMode:
        """How cracks are drawn."""
        return self._mode

    def set_overlay(self, mode: OverlayMode, opacity: float) -> None:
        """Choose how cracks are drawn; ``opacity`` in [0, 1] is that of the fill."""
        self._mode, self._opacity = mode, opacity
        self._restyle()

    def set_hidden(self, is_hidden: bool) -> None:
        """Hide the cracks for as long as a key is held."""
        self._is_hidden = is_hidden
        self._restyle()

    def crack_items(self) -> list[CrackItem]:
        """Return the items of the cracks shown, in document order."""
        return list(self._cracks.values())

    def _on_image_shown(self) -> None:
        image = self._session.image
        self._image_item.set_pyramid(image.rendered if image else None)
        for item in self._cracks.values():
            self.removeItem(item)
        self._cracks.clear()
        for crack in self._session.current or ():
            self._add(crack)
        self._restyle()

    def _on_document_changed(self, entry: ImageEntry, change: Change) -> None:
        if entry is not self._session.current:
            return
        if change.kind == "added":
            self._add(change.crack)
            self._restyle()
        else:
            self.removeItem(self._cracks.pop(change.crack.identifier))

    def _add(self, crack: CrackPath) -> None:
        item = CrackItem(crack)
        self._cracks[crack.identifier] = item
        self.addItem(item)
        self._session.drawings.hand_over(crack, item.set_drawing)

    def _restyle(self) -> None:
        mode = OverlayMode.OFF if self._is_hidden else self._mode
        for item in self._cracks.values():
            item.set_look(mode, self._opacity, item.crack is self._session.selected)

    def _on_preview_changed(self) -> None:
        self._preview_item.set_preview(self._tool.preview)
