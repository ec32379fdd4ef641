"""What of the window belongs to the review: its panel, the tool in hand, the view, the meter."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QDockWidget

from annotator.actions.context import Context
from annotator.canvas.flight import ViewFlight
from annotator.canvas.notes_item import NotesOverlay
from annotator.canvas.review_item import ReviewOverlay
from annotator.canvas.strip_marker import StripMarker
from annotator.panels.crack_strip import CrackStripPanel
from annotator.panels.review import ReviewPanel
from annotator.session.crack_strips import CrackStrips

DOCK = "review_dock"
TOOL = "review"
TABS_HEIGHT = 60
"""Of the titles and tabs of docks that share a place."""
_HELD = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)


class ReviewMode(QObject):
    """Takes the tool of the review in hand while the keys are the review's, and back after it."""

    def __init__(self, context: Context, action: Callable[[str], QAction]) -> None:
        super().__init__(context.window)
        self._context = context
        self._tool_before = ""
        self._was_on = False
        review = context.session.review
        self.flight = ViewFlight(context.view)
        self.flight.is_animated = context.settings.is_animated
        review.sight = self.flight
        self.panel = ReviewPanel(context.session, action)
        self.strips = CrackStrips(context.session, self)
        self.strip_panel = CrackStripPanel(context.session, self.strips, action)
        marker = StripMarker()
        context.scene.addItem(marker)
        self.strip_panel.pointed.connect(marker.mark)
        NotesOverlay(context.session, context.scene)
        ReviewOverlay(context.session, context.scene)
        review.changed.connect(self._follow)
        for part in (context.view, context.view.viewport()):
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count keys and clicks, and let all of them pass."""
        meter, kind = self._context.session.efforts.meter, event.type()
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            meter.click()
        elif kind in (QEvent.Type.MouseMove, QEvent.Type.Wheel):
            meter.move()
        elif kind == QEvent.Type.ShortcutOverride and _is_pressed(event):
            # Of every press, also of those that are commands and never come as a key.
            meter.key()
        return super().eventFilter(watched, event)

    def _follow(self) -> None:
        context, review = self._context, self._context.session.review
        if review.is_on and not self._was_on:
            self._begin()
        self._was_on = review.is_on
        tool = context.tool
        if review.is_reviewing:
            tool.choose(TOOL)
        elif tool.name == TOOL:
            tool.choose("select" if review.is_on else self._tool_before or "trace")
        if not review.is_on:
            self.flight.forget_zoom()
            self.panel.setMinimumHeight(0)

    def _begin(self) -> None:
        context = self._context
        context.session.efforts.meter.take()  # what was before is none of the review's work
        self._tool_before = "" if context.tool.name == TOOL else context.tool.name
        dock = context.window.findChild(QDockWidget, DOCK)
        if isinstance(dock, QDockWidget):
            dock.show()
            dock.raise_()
            QTimer.singleShot(0, self, lambda: self._make_room(dock))  # once it is laid out
        context.view.setFocus()

    def _make_room(self, dock: QDockWidget) -> None:
        """Let all keys be seen; the docks above and below give way, not further than they can."""
        window = self._context.window
        if not dock.isVisible() or dock.isFloating():
            return
        least = sum(
            other.minimumSizeHint().height()
            for other in window.findChildren(QDockWidget)
            if window.dockWidgetArea(other) == window.dockWidgetArea(dock)
            and other.isVisible()
            and not other.isFloating()
            and other not in (dock, *window.tabifiedDockWidgets(dock))
        )
        room = self._context.view.height() - least - TABS_HEIGHT
        # By a minimum for as long as the review is on: resizeDocks does nothing for a dock that
        # shares its place with others.
        self.panel.setMinimumHeight(max(min(self.panel.height_of_all, room), 0))


def _is_pressed(event: QEvent) -> bool:
    """Tell whether a key was pressed that is no modifier, and is not only held."""
    is_key = isinstance(event, QKeyEvent)
    return is_key and event.key() not in _HELD and not event.isAutoRepeat()
