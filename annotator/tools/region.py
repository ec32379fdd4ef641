"""What contour and polygon have in common: a closed line becomes a crack, or is cut out of some."""

from math import hypot

from annotator.canvas.tool import Point, PointerEvent, Preview, Tool
from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.mask import MaskPatch
from annotator.document.polygon_fill import polygon_patch
from annotator.session import Session
from annotator.session.session import READ_ONLY
from annotator.tools.stroke import subtracted
from annotator.tools.targets import LOCKED_LEFT, erasable_cracks, let_go

CLOSING_RADIUS = 8.0
"""Screen pixels from the start at which a click closes."""

HINT_EMPTY = "Open a photograph or a folder to begin"
HINT_CLOSE = "Click closes the outline · Alt or Ctrl cuts it out of the cracks instead"
NOTHING_INSIDE = "That outline lies beside the image; draw it around a part of the photograph."
NOTHING_CUT = "There is no crack inside that outline that could be cut."


class RegionTool(Tool):
    """Collects pieces of an outline; closed, what is inside is a painted crack."""

    too_few = ""
    """Why what is drawn so far encloses nothing, and what to do."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._pieces: list[list[Point]] = []
        self._pointer: PointerEvent | None = None
        session.image_shown.connect(self._on_image_shown)

    @property
    def points(self) -> tuple[Point, ...]:
        """The outline as far as it is drawn."""
        return tuple(point for piece in self._pieces for point in piece)

    @property
    def preview(self) -> Preview:
        """The outline, and the line to the pointer."""
        pointer = self._pointer
        return Preview(
            outline=self.points,
            cursor=(pointer.x, pointer.y) if pointer else None,
            is_closing=pointer is not None and self.closes(pointer),
        )

    @property
    def is_busy(self) -> bool:
        """Whether an outline is begun."""
        return bool(self._pieces)

    def closes(self, event: PointerEvent) -> bool:
        """Tell whether a click here closes the outline."""
        return len(self.points) >= 3 and self.is_near_start(event)

    def is_near_start(self, event: PointerEvent) -> bool:
        """Tell whether the pointer is back where the outline begins."""
        x, y = self._pieces[0][0]
        return hypot(event.x - x, event.y - y) * event.zoom <= CLOSING_RADIUS

    def may_draw(self) -> bool:
        """Tell whether there is an image to draw on; say why not where that helps."""
        if self._session.is_read_only:
            self._session.problem.emit(READ_ONLY)
            return False
        current = self._session.current
        return self._session.image is not None and current is not None and bool(current.content)

    def move(self, event: PointerEvent) -> None:
        """Lead the line to the pointer."""
        self._pointer = event
        if self._pieces:
            self.changed()

    def leave(self) -> None:
        """Lead no line to a pointer that is gone."""
        self._pointer = None
        self.changed()

    def double_click(self, event: PointerEvent) -> None:
        """Close; the first of the two clicks has placed the last point."""
        self._pointer = event
        if self._pieces:
            self.accept()

    def drop_last(self) -> bool:
        """Take back the last piece."""
        if not self._pieces:
            return False
        self._pieces.pop()
        self.changed()
        return True

    def cancel(self) -> bool:
        """Give up the outline, else the running traces, else the selection."""
        if self._pieces:
            self._pieces = []
            self.changed()
            return True
        return let_go(self._session)

    def deactivate(self) -> None:
        """Give up the outline."""
        self._pieces = []
        self._pointer = None

    def accept(self) -> bool:
        """Close the outline."""
        image = self._session.image
        if image is None or not self._pieces:
            return False
        if len(self.points) < 3:
            self._session.problem.emit(self.too_few)
            return False
        points, self._pieces = self.points, []
        patch = polygon_patch(points, image.size)
        if self._pointer is not None and self._pointer.is_inverting:
            self._cut_out(patch)
        elif patch.data.any():
            crack = Crack.from_mask(patch, "painted")
            if self._session.apply("Draw region", lambda content: content.with_cracks([crack])):
                self._session.selection.select([crack.identifier])
        else:
            self._session.problem.emit(NOTHING_INSIDE)
        self.changed()
        return True

    def changed(self) -> None:
        """Announce another preview and hint."""
        self.preview_changed.emit()
        self.hint_changed.emit()

    def _cut_out(self, patch: MaskPatch) -> None:
        cracks = erasable_cracks(self._session)
        free = [crack for crack in cracks if not crack.is_locked]

        def transform(content: ImageContent) -> ImageContent:
            return subtracted(content, patch, free)

        if not self._session.apply("Cut out region", transform):
            self._session.problem.emit(NOTHING_CUT if free else LOCKED_LEFT)

    def _on_image_shown(self) -> None:
        self._pieces = []
        self._pointer = None
        self.changed()
