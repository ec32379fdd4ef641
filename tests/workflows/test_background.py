"""What runs beside the window: drawing and saving while traces run."""

import threading
import time

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt, QTimer

from annotator.canvas import outlines
from annotator.document.edits import AddCrack
from annotator.document.mask import union_mask
from annotator.storage import mask_io
from annotator.workers import crack_drawings
from tests.workflows.window_driver import straight_crack

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier


def step(driver, key):
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
        driver.key(key)


@pytest.fixture
def drawing_threads(monkeypatch):
    """The threads on which outlines were computed."""
    threads = []
    outline = outlines.mask_outline

    def noted(mask):
        threads.append(threading.get_ident())
        return outline(mask)

    monkeypatch.setattr(outlines, "mask_outline", noted)
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
    assert len(drawing_threads) == outlines.LEVELS
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


def test_the_newer_of_two_saves_is_what_stays_on_disk(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    session, entry, target = driver.session, driver.session.current, tmp_path / "mask.png"
    save, newer_is_written, calls = mask_io.save_mask, threading.Event(), []

    def save_slowly(path, mask):
        calls.append(path)
        if len(calls) == 1:  # the older save is at work until well after the newer one could end
            newer_is_written.wait(0.5)
            save(path, mask)
        else:
            save(path, mask)
            newer_is_written.set()

    monkeypatch.setattr(mask_io, "save_mask", save_slowly)
    outcomes = []
    session.save_masks([(entry, target)], lambda is_saved: outcomes.append(("old", is_saved)))
    driver.wait(lambda: calls)
    session.apply(AddCrack(straight_crack([(40, 150), (200, 150)])))
    session.save_masks([(entry, target)], lambda is_saved: outcomes.append(("new", is_saved)))
    driver.wait(lambda: len(outcomes) == 2)
    session.runner._pools["saving"].waitForDone()
    assert outcomes == [("old", False), ("new", True)]
    assert session.history.is_saved(entry)
    expected = union_mask([crack.mask for crack in entry.cracks], entry.size[::-1]) * 255
    assert np.array_equal(np.asarray(Image.open(target)), expected)


def test_saving_does_not_wait_for_a_trace(driver, images, tmp_path):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.tracer.release.clear()
    driver.click(20, 100)
    driver.click(200, 100)
    driver.wait(lambda: len(driver.tracer.calls) == 2)
    mask, traces = tmp_path / "mask.png", tmp_path / "trace.json"
    driver.session.save_masks([(driver.session.current, mask)], lambda _is_saved: None)
    driver.session.save_traces(traces)
    driver.wait(lambda: mask.exists() and traces.exists())
    assert driver.session.running
