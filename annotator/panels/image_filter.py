"""The line above the list of images that says which of them are listed."""

from collections import Counter
from collections.abc import Callable

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from annotator.document.image_state import ImageState
from annotator.icons import icon
from annotator.panels.state_marks import state_icon

TYPING_MS = 120
"""The list follows when no key was pressed for so long."""


class ImageFilter(QWidget):
    """A line for a part of the name, and a menu of states that can be combined."""

    changed = Signal()
    left = Signal()
    """The line is done with: Return was pressed in it, or Escape, which empties it."""
    list_wanted = Signal()
    """An arrow key was pressed in the line."""

    def __init__(self, count: Callable[[], Counter[ImageState]]) -> None:
        super().__init__()
        self._count = count
        self._line = FilterLine()
        self._line.setObjectName("image_filter")
        self._line.setPlaceholderText("Filter by name")
        self._line.setAccessibleName("Filter images by name")
        self._line.setClearButtonEnabled(True)
        self._symbol = self._line.addAction(
            icon("magnifying-glass"), QLineEdit.ActionPosition.LeadingPosition
        )
        self._button = QToolButton()
        self._button.setObjectName("state_filter")
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setAccessibleName("Filter images by state")
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._menu = StayingMenu(self._button)
        self._menu.setToolTipsVisible(True)
        self._button.setMenu(self._menu)
        self._actions = {state: self._state_action(state) for state in ImageState}
        self._menu.addSeparator()
        self._all = self._menu.addAction("All states", self._choose_all)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 6)
        layout.setSpacing(4)
        layout.addWidget(self._line, 1)
        layout.addWidget(self._button)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.changed)
        self._line.textChanged.connect(lambda _text: self._typing.start())
        self._menu.aboutToShow.connect(self._show_counts)
        self.tint()

    @property
    def text(self) -> str:
        """Part of the name."""
        return self._line.text()

    @property
    def states(self) -> frozenset[ImageState]:
        """States chosen, none for any."""
        return frozenset(state for state, action in self._actions.items() if action.isChecked())

    def focus(self) -> None:
        """Let the user type."""
        self._line.setFocus()
        self._line.selectAll()

    def clear(self) -> None:
        """List all images again."""
        self._line.clear()
        self._choose_all()

    def tint(self) -> None:
        """Draw the icons in the colors of the palette."""
        self._symbol.setIcon(icon("magnifying-glass"))
        self._tint_button()
        for state, action in self._actions.items():
            action.setIcon(state_icon(state))

    def _tint_button(self) -> None:
        highlight = self.palette().highlight().color()
        is_set = bool(self.states)
        self._button.setIcon(
            icon("funnel-fill" if is_set else "funnel", highlight if is_set else None)
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on to the list or the canvas."""
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.list_wanted.emit()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            if key == Qt.Key.Key_Escape:
                self._line.clear()
            self._typing.stop()
            self.changed.emit()
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _state_action(self, state: ImageState) -> QAction:
        action = self._menu.addAction(str(state))
        action.setCheckable(True)
        action.toggled.connect(self._on_states)
        return action

    def _choose_all(self) -> None:
        for action in self._actions.values():
            blocker = QSignalBlocker(action)
            action.setChecked(False)
            blocker.unblock()
        self._on_states()

    def _on_states(self) -> None:
        chosen = ", ".join(str(state) for state in ImageState if state in self.states)
        self._button.setToolTip(f"Listed: {chosen}" if chosen else "Filter by state")
        self._all.setEnabled(bool(chosen))
        self._tint_button()
        self.changed.emit()

    def _show_counts(self) -> None:
        counts = self._count()
        for state, action in self._actions.items():
            action.setText(f"{str(state).capitalize()}\t{counts[state]}")


class FilterLine(QLineEdit):
    """Keeps Escape for itself; else the window would take it for its own command."""

    def event(self, event: QEvent) -> bool:
        """Claim the key before shortcuts are looked for."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)


class StayingMenu(QMenu):
    """A menu that stays open when entries are checked, so that several can be."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Check an entry without closing."""
        action = self.actionAt(event.position().toPoint())
        if action and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)
