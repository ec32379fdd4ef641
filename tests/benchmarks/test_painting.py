"""Frames of the canvas on 16 megapixels: strokes, pan and zoom. Measure with

    python -m pytest tests/benchmarks/test_painting.py --benchmark-enable --benchmark-only

On a busy machine add ``--benchmark-timer=time.thread_time``, which counts the work of the thread
that paints and nothing else. The 90th percentile in milliseconds is in the extra information of
each benchmark, to be read with ``--benchmark-json``; the aim is 16. In an ordinary run each frame
is painted once, as a test.
"""

import time

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from annotator.canvas.crack_drawing import draw_crack
from annotator.canvas.items import OverlayMode
from annotator.canvas.rendering import build_pyramid
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import ToolSwitch
from annotator.canvas.view import CanvasView
from annotator.document.bounding_box import BoundingBox
from annotator.document.crack import Crack
from annotator.document.mask import MaskPatch
from annotator.tools import TOOLS
from annotator.workers.crack_drawings import CrackDrawings
from tests.crack_factory import traced_crack
from tests.session_factory import make_session, show_image

pytestmark = [pytest.mark.gui, pytest.mark.slow]

SIZE = (4608, 3456)
SCREEN = (1920, 1080)
FRAMES = 60
NO_BUTTON, LEFT = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton


def many_objects():
    """300 cracks and 50 boxes all over the image."""
    rng = np.random.default_rng(0)
    cracks = []
    for _ in range(300):
        steps = np.vstack([rng.uniform((100, 100), (4100, 2950)), rng.normal(0, 60, (4, 2))])
        line = np.clip(np.cumsum(steps, axis=0), 20, np.array(SIZE) - 20)
        cracks.append(traced_crack(line, 2.0))
    corners = rng.integers((0, 0), (4300, 3150), (50, 2)).tolist()
    return cracks, [BoundingBox((x, y, x + 200, y + 150)) for x, y in corners]


def ragged_region():
    """A region 3000 px wide and high with some 200,000 corners."""
    import cv2

    rng = np.random.default_rng(0)
    noise = cv2.GaussianBlur(rng.normal(size=(3000, 3000)).astype(np.float32), (0, 0), 8)
    away = np.hypot(*np.mgrid[-1:1:3000j, -1:1:3000j])
    mask = (noise / noise.std() + (1 - away) * 3 > 0.3).astype(np.uint8)
    return [Crack.from_mask(MaskPatch(600, 200, mask), "imported")], []


CONTENTS = {"300 cracks": many_objects, "ragged region": ragged_region}


class Canvas:
    """View and tools on one image, without the rest of the window."""

    def __init__(self, cracks, boxes):
        self.session = make_session()
        self.session.drawings = CrackDrawings(self.session.runner, draw_crack)
        self.tools = ToolSwitch({name: make(self.session) for name, make in TOOLS.items()})
        self.scene = CanvasScene(self.session, self.tools)
        self.scene.set_overlay(OverlayMode.MASK, 0.4)
        self.view = CanvasView(self.scene, self.tools)
        self.view.resize(*SCREEN)
        self.view.show()
        self._open(cracks, boxes)
        end = time.monotonic() + 60
        while not all(item.is_drawn for item in self.scene.crack_items()):
            QApplication.processEvents()
            assert time.monotonic() < end

    def _open(self, cracks, boxes):
        rng = np.random.default_rng(1)
        pixels = rng.integers(60, 180, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
        self.session.blockSignals(True)
        show_image(self.session, cracks, boxes, SIZE)
        self.session.blockSignals(False)
        self.session.image.rendered = build_pyramid(pixels)
        self.session.image_shown.emit()
        self.view.show_image()

    def mouse(self, kind, x, y, buttons, button=NO_BUTTON):
        """Send an event of the mouse, and paint what it changes."""
        viewport, place = self.view.viewport(), QPoint(round(x), round(y))
        event = QMouseEvent(
            kind, QPointF(place), QPointF(viewport.mapToGlobal(place)), button, buttons,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(viewport, event)
        QApplication.processEvents()

    def look(self, zoom):
        """Show the middle of the image."""
        self.view.zoom_to(zoom)
        self.view.centerOn(SIZE[0] / 2, SIZE[1] / 2)
        QApplication.processEvents()


@pytest.fixture(scope="module", params=CONTENTS)
def canvas(request, qapp):
    canvas = Canvas(*CONTENTS[request.param]())
    yield canvas
    canvas.session.runner.shutdown()
    canvas.view.close()


def measure(benchmark, frame):
    """Measure a frame that is painted again and again."""
    numbers = iter(range(10**6))
    benchmark.pedantic(lambda: frame(next(numbers)), rounds=FRAMES, warmup_rounds=2)
    if benchmark.enabled:
        data = sorted(benchmark.stats.stats.data)
        benchmark.extra_info["p90_ms"] = round(1000 * data[int(0.9 * len(data))], 2)


@pytest.mark.parametrize("zoom", [0.3, 1.0, 4.0])
@pytest.mark.parametrize("diameter", [9, 60])
@pytest.mark.parametrize("tool", ["brush", "eraser"])
@pytest.mark.benchmark(group="stroke")
def test_frame_of_a_stroke(benchmark, canvas, tool, diameter, zoom):
    canvas.tools.choose(tool)
    canvas.session.brush.diameter = diameter
    canvas.look(zoom)
    center = np.array(SCREEN) / 2

    def place(number):
        angle = 0.09 * number
        return center + np.array([300 * np.cos(angle), 220 * np.sin(1.7 * angle)])

    canvas.mouse(QEvent.Type.MouseMove, *place(0), NO_BUTTON)
    canvas.mouse(QEvent.Type.MouseButtonPress, *place(0), LEFT, LEFT)
    measure(benchmark, lambda k: canvas.mouse(QEvent.Type.MouseMove, *place(k), LEFT))
    canvas.mouse(QEvent.Type.MouseButtonRelease, *place(0), NO_BUTTON, LEFT)
    assert not canvas.tools.is_busy
    while canvas.session.history.undo_text:
        canvas.session.undo()
    canvas.session.selection.select(())


@pytest.mark.parametrize("zoom", [0.2, 0.51, 1.0, 4.0])
@pytest.mark.benchmark(group="pan")
def test_frame_of_a_pan(benchmark, canvas, zoom):
    canvas.look(zoom)
    bar = canvas.view.horizontalScrollBar()

    def pan(number):
        bar.setValue(bar.value() + (7 if number % 40 < 20 else -7))
        canvas.view.viewport().repaint()  # all of it: on some systems nothing is scrolled

    measure(benchmark, pan)
    assert canvas.view.zoom == pytest.approx(zoom)


@pytest.mark.benchmark(group="zoom")
def test_frame_of_a_zoom(benchmark, canvas):
    canvas.look(0.2)

    def zoom(number):
        canvas.view.zoom_to(canvas.view.zoom * (1.15 if number % 50 < 25 else 1 / 1.15))
        canvas.view.viewport().repaint()

    measure(benchmark, zoom)
    assert canvas.view.zoom > 0
