"""The window with the tracing engine of the application."""

import json
import time

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer

from annotator.document.mask import union_mask
from annotator.services.tracing import warm_up
from annotator.workers.trace_work import EngineTracer
from tests.crack_factory import traced_crack
from tests.workflows.window_driver import close, make_driver

# The first run on a machine compiles the kernels.
pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.timeout(600)]
Key, Modifier = Qt.Key, Qt.KeyboardModifier


class Heartbeat:
    """Notes when the event loop gets to a timer of 5 ms."""

    def __init__(self):
        self.beats = []
        self._timer = QTimer(interval=5)
        self._timer.timeout.connect(lambda: self.beats.append(time.perf_counter()))
        self._timer.start()

    def between(self, start, end):
        """Return the number of beats and the longest time without one."""
        inside = [beat for beat in self.beats if start < beat < end]
        return len(inside), float(np.diff([start, *inside, end]).max())


def is_alive(beats, longest_gap, seconds):
    """Tell whether a window reacted all the while; the limits allow for a busy machine."""
    return beats >= 10 and longest_gap < min(0.5, 0.5 * seconds)


class TimedTracer(EngineTracer):
    """Notes when the engine began and ended."""

    def trace(self, image, waypoints, options, context):
        self.start = time.perf_counter()
        try:
            return self.engine_trace(image, waypoints, options, context)
        finally:
            self.end = time.perf_counter()

    def engine_trace(self, *arguments):
        return super().trace(*arguments)


class SelfishTracer(TimedTracer):
    """Holds the interpreter's lock all the while, as a kernel would that does not release it."""

    def engine_trace(self, *_arguments):
        sum(range(20_000_000))  # one step of the interpreter: no other thread gets a turn
        return traced_crack([(20, 20), (40, 20)])


def diagonal_crack(folder, size):
    """Write a photograph with a winding crack from corner to corner; return it and its ends."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    course = rows - columns - 40 * np.sin(columns / 120)
    pixels = rng.normal(150, 5, (size, size)) - 80 * np.exp(-((course / 2.5) ** 2))
    path = folder / "diagonal.png"
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(path)
    ends = [(x, x + 40 * np.sin(x / 120)) for x in (0.07 * size, 0.9 * size)]
    return path, ends


def measure(qtbot, tracer, path, ends):
    """Trace and return beats, longest gap and seconds while the engine was at work."""
    warm_up()
    driver = make_driver(qtbot, tracer)
    try:
        driver.open(path)
        heartbeat = Heartbeat()
        driver.session.trace(ends)
        qtbot.waitUntil(lambda: not driver.session.traces.running, timeout=100_000)
        assert len(driver.session.current.cracks) == 1
    finally:
        close(driver)
    beats, longest_gap = heartbeat.between(tracer.start, tracer.end)
    return beats, longest_gap, tracer.end - tracer.start


def test_the_window_reacts_all_the_while_the_engine_traces(qtbot, tmp_path):
    beats, longest_gap, seconds = measure(qtbot, TimedTracer(), *diagonal_crack(tmp_path, 1500))
    print(f"{beats} beats in {seconds:.2f} s, longest gap {1000 * longest_gap:.0f} ms")
    assert is_alive(beats, longest_gap, seconds), (beats, longest_gap, seconds)


def test_an_engine_that_held_the_lock_would_be_noticed(qtbot, tmp_path):
    beats, longest_gap, seconds = measure(qtbot, SelfishTracer(), *diagonal_crack(tmp_path, 200))
    assert not is_alive(beats, longest_gap, seconds), (beats, longest_gap, seconds)


def test_the_real_engine_from_click_to_file(qtbot, tmp_path, monkeypatch):
    rng = np.random.default_rng(3)
    pixels = rng.normal(150, 4, (120, 180))
    rows, columns = np.mgrid[:120, :180]
    course = 60 + 12 * np.sin(columns / 25)
    pixels -= 90 * np.exp(-(((rows - course) / 1.6) ** 2))
    image = tmp_path / "crack.png"
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(image)
    driver = make_driver(qtbot, EngineTracer())
    try:
        driver.open(image)
        driver.click(15, 66)
        driver.click(165, 63)
        driver.qtbot.waitUntil(lambda: bool(driver.session.current.cracks), timeout=100_000)
        (crack,) = driver.session.current.cracks
        line = crack.course.centerline
        inner = line[(line[:, 0] > 20) & (line[:, 0] < 160)]
        assert np.abs(inner[:, 1] - 60 - 12 * np.sin(inner[:, 0] / 25)).max() < 1.5
        driver.key(Key.Key_Z, Modifier.ControlModifier)
        driver.session.trace_settings.set_preset("measurement")
        driver.trace((15, 66), (165, 63))
        annotated, (crack,) = crack, driver.session.current.cracks
        assert crack.course.width_px["mean"] < annotated.course.width_px["mean"]
        target = tmp_path / "mask.png"
        monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: target)
        driver.trigger("export_mask")
        driver.wait(target.exists)
        mask = union_mask([crack], (120, 180))
        assert np.array_equal(np.asarray(Image.open(target)), mask * 255)
        traces = tmp_path / "trace.json"
        monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: traces)
        driver.trigger("export_traces")
        driver.wait(traces.exists)
        record = json.loads(traces.read_text(encoding="utf-8"))
        assert record["image"] == {"file": "crack.png", "width": 180, "height": 120}
        assert len(record["centerline"]) == len(crack.course.centerline)
    finally:
        close(driver)


def test_the_crack_is_what_the_ribbon_showed_and_a_branch_ends_on_it(qtbot, tmp_path):
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:200, :240]
    crack = np.exp(-(((rows - 60 - 12 * np.sin(columns / 25)) / 1.6) ** 2))
    branch = np.exp(-(((columns - 120) / 1.6) ** 2)) * (rows > 50)
    pixels = rng.normal(150, 4, rows.shape) - 90 * np.maximum(crack, branch)
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(tmp_path / "crack.png")
    driver = make_driver(qtbot, EngineTracer())
    try:
        driver.open(tmp_path / "crack.png")
        tool = driver.window.tool
        driver.click(15, 66)
        driver.move(225, 65)
        qtbot.waitUntil(
            lambda: tool.preview.ribbons[-1] is not None and tool.preview.ribbons[-1].is_final,
            timeout=100_000,
        )
        shown = tool.preview.ribbons[-1].points
        driver.click(225, 65)
        qtbot.waitUntil(lambda: len(driver.session.current.cracks) == 1, timeout=100_000)
        line = driver.session.current.cracks[0].course.centerline
        away = np.hypot(*(line[:, None] - shown[None]).transpose(2, 0, 1)).min(axis=1)
        assert away.max() < 1.0, "it jumped"
        driver.click(120, 190)
        driver.click(120, 60 + 12 * np.sin(120 / 25) + 1)
        qtbot.waitUntil(lambda: len(driver.session.current.cracks) == 2, timeout=100_000)
        first, second = driver.session.current.cracks
        x, y = second.course.centerline[-1]
        assert np.hypot(*(line - (x, y)).T).min() < 1.5
        x, y = round(x), round(y)
        assert first.mask_in((x - 1, y - 1, x + 2, y + 2)).any()
    finally:
        close(driver)
