"""Drives the window as a user does, with a tracer that the test controls."""

import threading
import time
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from annotator import app
from annotator.document.crack_path import CrackPath
from annotator.document.mask import MaskPatch
from annotator.errors import AnnotatorError, JobCancelled
from annotator.settings import Settings

SIZE = (320, 240)


class FakeTracer:
    """Draws straight cracks; can wait to be released, and can fail."""

    def __init__(self):
        self.calls = []
        self.release = threading.Event()
        self.release.set()
        self.problem = None

    def warm_up(self, context):
        return ("default", "measurement", "wide")

    def trace(self, image, waypoints, options, context):
        self.calls.append((image.path.name, waypoints, options))
        while not self.release.is_set():
            context.report("marching", 0.4)
            time.sleep(0.005)
        if context.is_cancelled():
            raise JobCancelled
        if self.problem:
            raise AnnotatorError(self.problem)
        return straight_crack(waypoints)

    def write_records(self, path, image, cracks):
        path.write_text(f"{len(cracks)} cracks of {image.path.name}")


def straight_crack(waypoints):
    """Return a crack three pixels wide along straight lines."""
    corners = np.array(waypoints, float)
    pieces = [np.linspace(a, b, max(int(np.hypot(*(b - a)) * 2), 2)) for a, b in pairwise(corners)]
    line = np.concatenate(pieces)
    x0, y0 = np.floor(line.min(axis=0)).astype(int) - 2
    x1, y1 = np.ceil(line.max(axis=0)).astype(int) + 3
    x0, y0, x1, y1 = max(x0, 0), max(y0, 0), min(x1, SIZE[0]), min(y1, SIZE[1])
    rows, columns = np.mgrid[y0:y1, x0:x1]
    distances = [np.hypot(columns - x, rows - y) for x, y in line]
    mask = (np.min(distances, axis=0) <= 1.5).astype(np.uint8)
    return CrackPath(
        waypoints=corners,
        centerline=line,
        half_widths=np.full((len(line), 2), 1.5),
        confidence=np.ones(len(line)),
        edge_visible=np.ones(len(line), bool),
        mask=MaskPatch(int(x0), int(y0), mask),
        length_px=float(np.hypot(*np.diff(line, axis=0).T).sum()),
        width_px={"mean": 3.0, "median": 3.0, "p95": 3.0, "max": 3.0},
        parameters={},
        seconds={"total": 0.0},
    )


class Driver:
    """Drives a window with mouse and keys as a user would."""

    def __init__(self, qtbot, session, window, tracer):
        self.qtbot, self.session, self.window, self.tracer = qtbot, session, window, tracer
        self.viewport = window.view.viewport()

    def open(self, *paths):
        """Open paths and wait for the image."""
        with self.qtbot.waitSignal(self.session.image_shown, timeout=5000):
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
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=5000)

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
