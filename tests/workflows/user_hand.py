"""A user's mouse and keys on the window, by Qt's test events; needs no pytest."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAction, QContextMenuEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLineEdit,
    QMenu,
    QWidget,
)

from annotator import app
from annotator.main_window import MainWindow
from annotator.settings import Settings
from annotator.workers.trace_work import Tracer

Key, Button, Modifier = Qt.Key, Qt.MouseButton, Qt.KeyboardModifier
Point = tuple[float, float]

PLAIN = Modifier.NoModifier
PATIENCE_S = 60.0


class Hand:
    """Moves, clicks and types; points are pixels of the image."""

    def __init__(self, window: MainWindow, tempo_ms: int = 0) -> None:
        self.window = window
        self.session = window.session
        self.view = window.view
        self.viewport = window.view.viewport()
        self.tempo_ms = tempo_ms
        """Time that the window has after each event, as it has with a real hand."""
        self.problems: list[str] = []
        """Sentences of the message bar, the last one at the end."""
        self.session.problem.connect(self.problems.append)

    # Waiting

    def wait(self, condition: Callable[[], object], what: str = "") -> None:
        """Let the window work until a condition holds."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain: {what or condition}; {self.problems}")
            QTest.qWait(2)

    def wait_until_quiet(self) -> None:
        """Wait until no trace runs and everything is on disk."""
        self.wait(lambda: not self.session.traces.running, "traces end")
        self.wait(lambda: self.session.saver.is_saved, "edits are saved")

    def wait_for_dialog(self, name: str) -> QWidget:
        """Return the window of that object name once it is open."""

        def found() -> list[QWidget]:
            windows = QApplication.topLevelWidgets()
            return [w for w in windows if w.objectName() == name and w.isVisible()]

        self.wait(found, f"the window {name} opens")
        return found()[0]

    def leave_project(self) -> None:
        """Leave the project and wait until it is closed."""
        self.session.leave_project()
        self.wait(lambda: not self.session.is_leaving, "the project is closed")

    # Mouse

    def at(self, point: Point) -> QPoint:
        """Return where a pixel of the image lies on the canvas."""
        return self.view.mapFromScene(point[0] + 0.5, point[1] + 0.5)

    def move(self, point: Point) -> None:
        """Move the pointer."""
        QTest.mouseMove(self.viewport, self.at(point))
        self._rest()

    def click(self, point: Point, modifier: Modifier = PLAIN) -> None:
        """Click on the image."""
        self.move(point)
        QTest.mouseClick(self.viewport, Button.LeftButton, modifier, self.at(point))
        self._rest()

    def double_click(self, point: Point) -> None:
        """Click twice: the system sends the double click between the press and a release."""
        self.click(point)
        QTest.mouseDClick(self.viewport, Button.LeftButton, PLAIN, self.at(point))
        self._rest()

    def drag(
        self,
        points: Sequence[Point],
        modifier: Modifier = PLAIN,
        button: Button = Button.LeftButton,
        between: Callable[[], object] | None = None,
    ) -> None:
        """Press at the first point, move along the others, release at the last.

        ``between`` is done after each move.
        """
        self.move(points[0])
        QTest.mousePress(self.viewport, button, modifier, self.at(points[0]))
        places = [self.at(point) for point in points]  # the view itself may move under a drag
        for place in places[1:]:
            QTest.mouseMove(self.viewport, place)
            self._rest()
            if between:
                between()
        QTest.mouseRelease(self.viewport, button, modifier, places[-1])
        self._rest()

    def wheel(self, point: Point, notches: int, modifier: Modifier = PLAIN) -> None:
        """Turn the wheel."""
        place = QPointF(self.at(point))
        event = QWheelEvent(
            place, QPointF(self.viewport.mapToGlobal(place.toPoint())), QPoint(),
            QPoint(0, 120 * notches), Button.NoButton, modifier,
            Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.viewport, event)
        self._rest()

    def click_on(self, widget: QWidget, place: QPoint | None = None) -> None:
        """Click on a button, a box, an entry of a menu."""
        QTest.mouseClick(widget, Button.LeftButton, PLAIN, place or widget.rect().center())
        self._rest()

    def choose(self, *titles: str) -> None:
        """Click through menus: titles as they are read."""
        bar = self.window.menuBar()
        entry = _entry(bar, titles[0])
        self.click_on(bar, bar.actionGeometry(entry).center())
        for title in titles[1:]:
            menu = entry.menu()
            assert isinstance(menu, QMenu)
            self.wait(menu.isVisible, f"the menu before {title} opens")
            entry = _entry(menu, title)
            assert entry.isEnabled(), title
            self.click_on(menu, menu.actionGeometry(entry).center())

    def context_menu(self, point: Point) -> QMenu:
        """Ask for the menu of what is under the pointer, as the right button does."""
        self.move(point)
        place = self.at(point)
        reason = QContextMenuEvent.Reason.Mouse
        event = QContextMenuEvent(reason, place, self.viewport.mapToGlobal(place))
        QApplication.sendEvent(self.viewport, event)
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        return menu

    # Keys

    def key(self, key: Key, modifier: Modifier = PLAIN) -> None:
        """Press a key on the canvas."""
        QTest.keyClick(self.view, key, modifier)
        self._rest()

    def undo(self) -> None:
        """Press Ctrl+Z."""
        self.key(Key.Key_Z, Modifier.ControlModifier)

    def redo(self) -> None:
        """Press Ctrl+Shift+Z."""
        self.key(Key.Key_Z, Modifier.ControlModifier | Modifier.ShiftModifier)

    def type_into(self, field: QLineEdit, text: str) -> None:
        """Replace what a field holds."""
        field.setFocus()
        QTest.keyClick(field, Key.Key_A, Modifier.ControlModifier)
        for letter in text:
            QTest.keyClicks(field, letter)
            self._rest()

    def _rest(self) -> None:
        if self.tempo_ms:
            QTest.qWait(self.tempo_ms)

    # What takes several of these

    def open_folder(self, folder: Path) -> None:
        """Open a folder by its command and the dialog of the system."""
        asked = QTimer(interval=5)
        asked.timeout.connect(lambda: self._answer(asked, folder))
        asked.start()
        before = self.session.store
        self.key(Key.Key_O, Modifier.ControlModifier | Modifier.ShiftModifier)
        self.wait(lambda: self.session.store not in (None, before), "the project opens")
        self.wait(lambda: self.session.image is not None, "the first photograph is shown")
        self.come_back()

    def come_back(self) -> None:
        """Give the keyboard to the canvas after a dialog; without a screen nobody else does."""
        self.window.activateWindow()
        self.view.setFocus()
        self.wait(self.view.hasFocus, "the canvas has the keyboard")

    def _answer(self, asked: QTimer, folder: Path) -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QFileDialog) or not dialog.isVisible():
            return
        asked.stop()
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        QTest.qWait(20)  # what the dialog does on opening comes before what is typed
        self.type_into(field, str(folder))
        QTest.qWait(50)  # the dialog looks in the folder before it accepts the name
        QTest.keyClick(field, Key.Key_Return)

    def show_image(self, step: int) -> None:
        """Go to the next (1) or the previous (-1) image."""
        before = self.session.current
        self.key(Key.Key_D if step > 0 else Key.Key_A)
        self.wait(lambda: self.session.current is not before, "another image is shown")
        self.wait(lambda: self.session.image is not None, "its photograph is there")

    def trace(self, *points: Point) -> None:
        """Click a crack from end to end, with points on the way, and wait for it."""
        cracks = self.session.current.cracks
        self.click(points[0])
        for point in points[1:-1]:
            self.click(point, Modifier.ShiftModifier)
        self.click(points[-1])
        self.wait(lambda: len(self.session.current.cracks) > len(cracks), "the trace ends")


def _entry(bar: QWidget, title: str) -> QAction:
    entries = {action.text().replace("&", ""): action for action in bar.actions()}
    assert title in entries, f"{title} is none of {list(entries)}"
    return entries[title]


def open_window(settings: Path, tracer: Tracer) -> Hand:
    """Build and show the window as the application does, with settings of its own."""
    session, window = app.build(app.make_application(), Settings(settings), tracer)
    window.resize(1400, 880)
    window.show()
    QTest.qWaitForWindowExposed(window)
    app.start_warm_up(session, window)
    window.view.setFocus()
    return Hand(window)


def close_window(hand: Hand) -> None:
    """Close without questions."""
    hand.window.context.is_discarding = True
    hand.window.close()
    assert hand.session.runner.thread_count == 0, "a worker thread outlives the window"
    hand.window.deleteLater()
    QApplication.processEvents()
