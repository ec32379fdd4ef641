"""What runs beside the window: drawing and saving while traces run."""

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt, QTimer

from annotator.canvas import crack_drawing, mask_pyramid
from annotator.workers import crack_drawings

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier


def step(driver, key):
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
        driver.key(key)


@pytest.fixture
def drawing_threads(monkeypatch):
    """The threads on which outlines were computed."""
    threads = []
    border_lines = crack_drawing.border_lines

    def noted(framed):
        threads.append(threading.get_ident())
        return border_lines(framed)

    monkeypatch.setattr(crack_drawing, "border_lines", noted)
    return threads


def test_the_window_stays_alive_while_a_trace_runs(driver, images):
    driver.open(images)
    beats = []
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: beats.append(time.perf_counter()))
    driver.tracer.release.clear()
    driver.click(20, 20)
    driver.click(200, 20)
    timer.start()
    driver.qtbot.wait(600)
    timer.stop()
    driver.tracer.release.set()
    assert len(beats) > 30
    assert np.diff(beats).max() < 0.15


def test_a_traced_crack_is_drawn_at_once_and_never_on_the_gui_thread(
    driver, images, drawing_threads
):
    driver.open(images)
    drawn = []
    driver.session.document_changed.connect(
        lambda *_change: drawn.extend(item.is_drawn for item in driver.window.scene.crack_items())
    )
    driver.trace((40, 50), (200, 120))
    assert drawn == [True]
    for zoom in (0.1, 0.5, 1.0, 4.0, 40.0):
        driver.window.view.zoom_to(zoom)
        driver.viewport.grab()
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    driver.key(Key.Key_Y, Modifier.ControlModifier)
    assert drawn == [True, True]
    step(driver, Key.Key_D)
    step(driver, Key.Key_A)
    assert [item.is_drawn for item in driver.window.scene.crack_items()] == [True]
    driver.viewport.grab()
    assert len(drawing_threads) >= mask_pyramid.LEVELS
    assert threading.get_ident() not in drawing_threads


def test_a_crack_whose_drawing_is_gone_is_drawn_anew(driver, images, drawing_threads, monkeypatch):
    monkeypatch.setattr(crack_drawings, "CACHE_BYTES", 0)
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.trace((40, 150), (200, 150))
    step(driver, Key.Key_D)
    driver.key(Key.Key_A)
    driver.wait(lambda: driver.session.current.name == "photo 1.png")
    driver.wait(lambda: all(item.is_drawn for item in driver.window.scene.crack_items()))
    assert len(driver.window.scene.crack_items()) == 2
    assert threading.get_ident() not in drawing_threads


def test_saving_and_exporting_do_not_wait_for_a_trace(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.tracer.release.clear()
    driver.click(20, 100)
    driver.click(200, 100)
    driver.wait(lambda: len(driver.tracer.calls) == 2)
    driver.key(Key.Key_2)
    driver.wait_until_saved()
    assert driver.session.store.images()[0].state == "reviewed"
    mask = tmp_path / "mask.png"
    monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: mask)
    driver.trigger("export_mask")
    driver.wait(mask.exists)
    assert driver.session.traces.running
