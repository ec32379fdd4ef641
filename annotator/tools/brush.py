"""Brush and eraser."""

from annotator.canvas.hit_testing import crack_at
from annotator.canvas.tool import BrushTip, PointerEvent, Preview, Tool
from annotator.document.block_raster import BlockRaster
from annotator.document.crack import Crack
from annotator.document.strokes import tip_center
from annotator.session import Session
from annotator.session.session import READ_ONLY
from annotator.tools.stroke import StrokeUnderWay
from annotator.tools.targets import LOCKED, LOCKED_LEFT, erasable_cracks, let_go, seen_cracks

FARTHEST_START = 12.0
"""Screen pixels from a crack within which a stroke with a large tip still begins on it."""

HINT_EMPTY = "Open a photograph or a folder to begin"
HINT_STROKE = "Release keeps the stroke · Esc gives it up"
HINT_NEW = "Paints a new crack · Alt or Ctrl erases · [ and ] or Shift+wheel change the size"
HINT_ON_CRACK = "Paints on this crack · Shift paints a new one · Alt or Ctrl erases"
HINT_SELECTED = "Paints on the selected crack · Shift paints a new one, so does Esc before it"
HINT_LOCKED = "The selected crack is locked · L unlocks it · Esc, to paint a new one"
HINT_ERASE_ALL = "Erases from every crack under it · [ and ] or Shift+wheel change the size"
HINT_ERASE_SELECTED = "Erases from what is selected only · Esc, to erase from every crack"


class BrushTool(Tool):
    """Paints crack pixels; with Alt or Ctrl it erases.

    It paints on the crack that is selected, if it is the only one, else on the crack where the
    stroke begins, else a new one, which is selected then: the next stroke goes on with it.
    """

    is_eraser = False

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._stroke: StrokeUnderWay | None = None
        self._pointer: PointerEvent | None = None
        self._target: Crack | None = None
        """The crack that a stroke from here would go on with because it begins there."""
        self._told: set[str] = set()
        session.brush.changed.connect(self._on_changed)
        session.selection.changed.connect(self._on_changed)
        session.selection.visibility_changed.connect(self._on_changed)
        session.document_changed.connect(self._on_changed)
        session.image_shown.connect(self._on_image_shown)

    @property
    def preview(self) -> Preview:
        """The tip, and the cracks as the stroke leaves them."""
        pending = tuple(self._stroke.pending.values()) if self._stroke else ()
        pointer = self._pointer
        if pointer is None or self._session.image is None:
            return Preview(pending=pending)
        diameter = self._session.brush.diameter
        center = tip_center((pointer.x, pointer.y), diameter)
        tip = BrushTip(center, diameter / 2, self._is_erasing(pointer))
        hovered = self._target.identifier if self._target else ""
        return Preview(brush=tip, pending=pending, hovered=hovered)

    @property
    def hint(self) -> str:
        """Say what a stroke from here would change."""
        session = self._session
        if session.image is None:
            return HINT_EMPTY
        if self._stroke:
            return HINT_STROKE
        pointer = self._pointer
        if self._is_erasing(pointer):
            return HINT_ERASE_SELECTED if session.selection.cracks else HINT_ERASE_ALL
        selected = self._selected(pointer)
        if selected is not None:
            return HINT_LOCKED if selected.is_locked else HINT_SELECTED
        return HINT_ON_CRACK if self._target else HINT_NEW

    @property
    def is_busy(self) -> bool:
        """Whether a stroke is being drawn."""
        return self._stroke is not None

    def press(self, event: PointerEvent) -> None:
        """Begin a stroke."""
        self.finish()
        self._pointer = event
        self._stroke = self._begin(event)
        if self._stroke:
            self._stroke.extend((event.x, event.y))
        self._on_changed()

    def move(self, event: PointerEvent) -> None:
        """Go on with the stroke, or show the tip."""
        self._pointer = event
        if self._stroke and event.is_pressed:
            self._stroke.extend((event.x, event.y))
            self.preview_changed.emit()
        else:
            self.finish()  # the release went elsewhere
            self._on_changed()

    def release(self, event: PointerEvent) -> None:
        """End the stroke: one edit."""
        self._pointer = event
        if self._stroke:
            self._stroke.extend((event.x, event.y))
        self.finish()
        self._on_changed()

    def leave(self) -> None:
        """Show no tip."""
        self._pointer = None
        self._on_changed()

    def resize(self, steps: float) -> bool:
        """Make the tip larger or smaller."""
        self._session.brush.grow(steps)
        return True

    def drop_last(self) -> bool:
        """Give up the stroke that is being drawn."""
        if self._stroke is None:
            return False
        self._stroke = None
        self._on_changed()
        return True

    def cancel(self) -> bool:
        """Give up the stroke, else the running traces, else the selection."""
        return self.drop_last() or let_go(self._session)

    def deactivate(self) -> None:
        """Keep the stroke as far as it is drawn."""
        self.finish()
        self._pointer = self._target = None

    def finish(self) -> None:
        """Make the edit."""
        stroke, session = self._stroke, self._session
        if stroke is None:
            return
        new = [name for name, crack in stroke.cracks.items() if crack.pixels.is_empty]
        text = "Erase" if stroke.is_erasing else "Paint crack" if new else "Paint"
        is_changed = session.apply(text, stroke.apply_to, stroke.entry)
        self._stroke = None
        self.preview_changed.emit()
        if is_changed and new and stroke.entry is session.current:
            session.selection.select(new)
        if stroke.has_met_locked:
            self._tell_locked(stroke)

    def _begin(self, event: PointerEvent) -> StrokeUnderWay | None:
        """Find out what the stroke changes."""
        session = self._session
        entry, image = session.current, session.image
        if image is None or entry is None or entry.content is None:
            return None
        if session.is_read_only:
            session.problem.emit(READ_ONLY)
            return None
        if self._is_erasing(event):
            return self._begin_erasing()
        target = self._selected(event) or self._target_under(event)
        if target and target.is_locked:
            session.problem.emit(LOCKED)
            return None
        if target and session.selection.is_hidden(target.identifier):
            session.selection.set_hidden(target.identifier, False)
        target = target or Crack(BlockRaster(), "painted")
        cracks = {target.identifier: target}
        return StrokeUnderWay(entry, image.size, session.brush.diameter, False, cracks)

    def _begin_erasing(self) -> StrokeUnderWay | None:
        session = self._session
        entry, image = session.current, session.image
        cracks = erasable_cracks(session)
        free = {crack.identifier: crack for crack in cracks if not crack.is_locked}
        locked = tuple(crack for crack in cracks if crack.is_locked)
        if session.selection.cracks and not free:
            session.problem.emit(LOCKED_LEFT)
            return None
        if image is None or entry is None:
            return None
        return StrokeUnderWay(entry, image.size, session.brush.diameter, True, free, locked)

    def _is_erasing(self, pointer: PointerEvent | None) -> bool:
        if self._stroke:
            return self._stroke.is_erasing
        return self.is_eraser != (pointer is not None and pointer.is_inverting)

    def _selected(self, pointer: PointerEvent | None) -> Crack | None:
        """Return the crack that is selected alone, unless a new one is asked for with Shift."""
        cracks = self._session.selection.cracks
        return cracks[0] if len(cracks) == 1 and not _asks_for_new(pointer) else None

    def _target_under(self, pointer: PointerEvent) -> Crack | None:
        if self._stroke or self._is_erasing(pointer):
            return None
        if _asks_for_new(pointer) or self._selected(pointer) is not None:
            return None
        free = (crack for crack in seen_cracks(self._session) if not crack.is_locked)
        radius = min(self._session.brush.diameter / 2, FARTHEST_START / pointer.zoom)
        return crack_at(free, pointer.x, pointer.y, radius=radius)

    def _tell_locked(self, stroke: StrokeUnderWay) -> None:
        """Say once of each crack why it stays."""
        names = {crack.identifier for crack in stroke.locked}
        if names - self._told:
            self._told |= names
            self._session.problem.emit(LOCKED_LEFT)

    def _on_image_shown(self) -> None:
        self.finish()
        self._told.clear()
        self._on_changed()

    def _on_changed(self) -> None:
        self._target = self._target_under(self._pointer) if self._pointer else None
        self.preview_changed.emit()
        self.hint_changed.emit()


class EraserTool(BrushTool):
    """Erases crack pixels; with Alt or Ctrl it paints."""

    is_eraser = True


def _asks_for_new(pointer: PointerEvent | None) -> bool:
    """Tell whether Shift is held; Ctrl, which may place points too, inverts here."""
    return pointer is not None and pointer.is_extending and not pointer.is_inverting
