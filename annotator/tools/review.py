"""What the pointer does in a review: it chooses candidates and moves the image."""

from PySide6.QtCore import Qt

from annotator.canvas.tool import Point, PointerEvent, Tool
from annotator.document.candidate import Candidate
from annotator.session import Session
from annotator.tools.handles import DRAG_START, distance

REACH = 6.0
"""Screen pixels from the pointer to a candidate that it means."""

HINT_CANDIDATE = "Enter accepts · X rejects · R edits · → skips · ← goes back"
HINT_DECIDED = "It is {} · Enter accepts · X rejects · R edits · → goes on"
HINT_IMAGE = "Enter: {} · Shift+Enter: approved · X: needs work · R edits"
HINT_BARE = "Enter: no crack on it · X: needs work · R edits · → leaves it"
HINT_FINISHED = "Enter ends the review · Ctrl+Z takes back"


class ReviewTool(Tool):
    """In hand while a review is under way; it changes nothing but what is looked at."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._pan_from: Point | None = None
        self._is_panning = False
        self._hovered: Candidate | None = None
        session.review.changed.connect(self.hint_changed)

    @property
    def hint(self) -> str:
        """Say what the keys do to the item at hand."""
        review = self._session.review
        candidate = review.current
        if candidate is not None:
            is_fresh = candidate.verdict == "open"
            return HINT_CANDIDATE if is_fresh else HINT_DECIDED.format(candidate.verdict)
        if review.stage == "image":
            entry = self._session.current
            has_cracks = entry is not None and bool(entry.cracks)
            return HINT_IMAGE.format(review.verdict_on_image) if has_cracks else HINT_BARE
        return HINT_FINISHED if review.stage == "finished" else ""

    @property
    def cursor(self) -> Qt.CursorShape:
        """Show what can be chosen."""
        if self._is_panning:
            return Qt.CursorShape.ClosedHandCursor
        over = self._hovered is not None
        return Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor

    def press(self, event: PointerEvent) -> None:
        """Choose a candidate; what follows may move the image."""
        self._pan_from, self._is_panning = (event.x, event.y), False
        hit = self._under(event)
        if hit is not None:
            self._session.review.choose(hit.identifier)

    def move(self, event: PointerEvent) -> None:
        """Move the image, or note what is under the pointer."""
        if self._pan_from is not None and event.is_pressed:
            if self._is_panning or distance(event, self._pan_from) >= DRAG_START:
                self._is_panning = True
                self.pan_requested.emit(event.x - self._pan_from[0], event.y - self._pan_from[1])
            self.cursor_changed.emit()
            return
        self._end_pan()
        hit = self._under(event)
        if hit is not self._hovered:
            self._hovered = hit
            self.cursor_changed.emit()

    def release(self, event: PointerEvent) -> None:
        """Let go of the image."""
        self._end_pan()

    def leave(self) -> None:
        """Hover nothing."""
        self._hovered = None

    def cancel(self) -> bool:
        """Let go of the image, else end the review."""
        if self._pan_from is not None:
            self._end_pan()
            return True
        is_on = self._session.review.is_reviewing
        if is_on:
            self._session.review.stop()
        return is_on

    def deactivate(self) -> None:
        """Let go of the image; the review itself goes on where a crack is corrected."""
        self._end_pan()
        self._hovered = None

    def _end_pan(self) -> None:
        self._pan_from = None
        if self._is_panning:
            self._is_panning = False
            self.cursor_changed.emit()

    def _under(self, event: PointerEvent) -> Candidate | None:
        """Return the candidate under the pointer, the one that is still open first."""
        entry, reach = self._session.current, max(REACH / event.zoom, 1.0)
        content = entry.content if entry else None
        x0, y0 = int(event.x - reach), int(event.y - reach)
        box = (x0, y0, int(event.x + reach) + 1, int(event.y + reach) + 1)
        for candidate in content.open_candidates if content else ():
            if any(
                crack is not None and crack.mask_in(box).any()
                for crack in (candidate.traced, candidate.raw)
            ):
                return candidate
        return None
