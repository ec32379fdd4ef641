"""Drives the window as a user does, with a tracer that the test controls."""

import threading
import time

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialog

from annotator import app
from annotator.errors import AnnotatorError, JobCancelled
from annotator.settings import Settings
from tests.crack_factory import traced_crack
from tests.live_factory import LiveFakes
from tests.session_factory import CHOICES

SIZE = (320, 240)


class FakeTracer(LiveFakes):
    """Draws straight cracks; can wait to be released, and can fail."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self.release = threading.Event()
        self.release.set()
        self.problem = None

    def warm_up(self, context):
        return CHOICES

    def cost_tile(self, image, request, context):
        return None

    def trace(self, image, waypoints, options, context):
        self.calls.append((image.path.name, waypoints, options))
        while not self.release.is_set():
            context.report("marching", 0.4)
            time.sleep(0.005)
        if context.is_cancelled():
            raise JobCancelled
        if self.problem:
            raise AnnotatorError(self.problem)
        return traced_crack(waypoints)


class Driver:
    """Drives a window with mouse and keys as a user would."""

    def __init__(self, qtbot, session, window, tracer):
        self.qtbot, self.session, self.window, self.tracer = qtbot, session, window, tracer
        self.viewport = window.view.viewport()

    def open(self, *paths):
        """Open paths and wait for the image."""
        with self.qtbot.waitSignal(self.session.image_shown, timeout=20000):
            self.session.open_paths(list(paths))

    def at(self, x, y):
        """Return the viewport position of image coordinates."""
        return self.window.view.mapFromScene(x + 0.5, y + 0.5)

    def click(self, x, y, modifier=Qt.KeyboardModifier.NoModifier):
        """Click on the image."""
        self.move(x, y)
        self.qtbot.mouseClick(self.viewport, Qt.MouseButton.LeftButton, modifier, self.at(x, y))

    def move(self, x, y):
        """Move the pointer."""
        self.qtbot.mouseMove(self.viewport, self.at(x, y))

    def key(self, key, modifier=Qt.KeyboardModifier.NoModifier):
        """Press a key on the canvas."""
        self.qtbot.keyClick(self.window.view, key, modifier)

    def trace(self, start, end):
        """Click two ends and wait for the crack."""
        before = len(self.session.current.cracks)
        self.click(*start)
        self.click(*end)
        self.qtbot.waitUntil(lambda: len(self.session.current.cracks) == before + 1)

    def wait(self, condition):
        """Wait until a condition holds."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=20000)

    def trigger(self, identifier):
        """Give a command as its menu does."""
        action = self.window.commands.action(identifier)
        assert action.isEnabled(), f"{identifier} is disabled"
        action.trigger()

    def dialog(self, name):
        """Wait for a dialog and return it."""
        self.wait(lambda: self._find_dialog(name))
        return self._find_dialog(name)

    def _find_dialog(self, name):
        shown = (w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog))
        return next((w for w in shown if w.isVisible() and w.objectName() == name), None)

    def wait_until_saved(self):
        """Wait until every edit is on disk."""
        self.wait(lambda: self.session.saver.is_saved)

    def leave_project(self):
        """Leave the project and wait until it is closed."""
        self.session.leave_project()
        self.wait(lambda: not self.session.is_leaving)

    def drag(self, button, start, by):
        """Press a button, move, release."""
        end = start + QPoint(*by)
        self.qtbot.mousePress(self.viewport, button, pos=start)
        self.qtbot.mouseMove(self.viewport, start + QPoint(*by) / 2)
        self.qtbot.mouseMove(self.viewport, end)
        self.qtbot.mouseRelease(self.viewport, button, pos=end)


def make_driver(qtbot, tracer):
    """Build a window as the application does."""
    session, window = app.build(app.make_application(), Settings(), tracer)
    window.resize(1100, 760)
    window.show()
    qtbot.waitExposed(window)
    window.view.setFocus()
    return Driver(qtbot, session, window, tracer)


def close(driver):
    """Close without questions and check that nothing runs on."""
    driver.window.context.is_discarding = True
    driver.window.close()
    assert driver.session.runner.thread_count == 0, "a worker thread outlives the window"
    driver.window.deleteLater()
    QApplication.processEvents()
