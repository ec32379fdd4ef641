"""The live preview in the window, by mouse and keys.

    CRACK_ANNOTATOR_SOAK=2000 python -m pytest -s tests/workflows/test_live_preview.py

plays more random clicks, moves, cancels and undos.
"""

import gc
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from annotator.settings import Settings
from tests.crack_factory import traced_crack

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier

N_ACTIONS = int(os.environ.get("CRACK_ANNOTATOR_SOAK", "300"))
N_SETTLED = 100
"""Actions after which the memory grows no more."""
MOST_GROWTH = 1.05
LARGE = (4000, 3000)


@pytest.fixture
def window(driver, images):
    driver.open(images / "photo 1.png")
    return driver.window


def ribbon(window):
    ribbons = window.tool.preview.ribbons
    return ribbons[-1] if ribbons and None not in ribbons else None


def pixels(driver, places):
    """Return the colors on the screen at places of the image."""
    image = driver.viewport.grab().toImage()
    return np.array([image.pixelColor(driver.at(*place)).getRgb()[:3] for place in places])


def test_the_ribbon_follows_the_mouse_and_the_status_bar_measures(driver, window):
    places = [(x, 50 + (x - 20) * 70 / 180) for x in range(60, 160, 4)]
    bare = pixels(driver, places).mean(axis=0)
    driver.click(20, 50)
    driver.move(200, 120)
    driver.wait(lambda: ribbon(window) is not None and ribbon(window).length > 150)
    assert "px long" in window.status.reading
    assert "confidence" in window.status.reading
    red, _, blue = pixels(driver, places).mean(axis=0) - bare
    assert red > blue + 20, "it has become more orange"
    driver.key(Key.Key_Escape)
    assert window.tool.preview.ribbons == ()
    assert window.status.reading == ""


def test_a_front_that_is_slow_makes_nobody_wait(driver, window):
    driver.tracer.front_release.clear()
    driver.click(20, 50)
    for x in range(30, 200, 10):
        driver.move(x, 60)
    assert window.tool.preview.ribbons == (None,)
    driver.click(200, 60)
    driver.wait(lambda: driver.session.current.cracks)


def test_no_frame_shows_neither_ribbon_nor_crack(driver, window):
    driver.click(20, 50)
    driver.move(200, 50)
    driver.wait(lambda: ribbon(window) is not None and ribbon(window).length > 150)
    frames = []

    def note():
        shown = window.scene.crack_items()
        is_drawn = any(crack.is_drawn or crack.sketch.size() for crack in shown)
        frames.append(bool(window.tool.preview.held or ribbon(window)) or is_drawn)

    original = window.view.paintEvent

    def painting(event):
        note()
        original(event)

    window.view.paintEvent = painting
    driver.tracer.release.clear()
    driver.click(200, 50)
    driver.qtbot.wait(60)
    driver.tracer.release.set()
    driver.wait(lambda: driver.session.current.cracks)
    driver.qtbot.wait(60)
    assert frames
    assert all(frames)


def test_s_snaps_and_is_remembered(driver, window):
    driver.tracer.snapped_row = 50
    switch = window.findChild(object, "snapping_switch")
    assert switch.isChecked()
    driver.move(20, 54)
    driver.wait(lambda: window.tool.preview.landing == (pytest.approx(20, abs=1), 50))
    driver.key(Key.Key_S)
    assert not switch.isChecked()
    assert not Settings().is_snapping
    driver.wait(lambda: window.tool.preview.landing is None)
    assert "Snapping is off" in window.status.hint
    switch.click()
    assert Settings().is_snapping


def test_tab_leads_another_way_while_tracing_and_hides_panels_otherwise(driver, window):
    driver.tracer.bends = (40.0,)
    driver.click(40, 120)
    driver.move(240, 120)
    driver.key(Key.Key_Tab)
    assert window.images_panel.isVisible(), "while tracing the panels stay"
    assert window.view.hasFocus()
    driver.wait(lambda: "Tab: other way (1 of 2)" in window.status.hint)
    driver.key(Key.Key_Tab)
    assert "Tab: other way (2 of 2)" in window.status.hint
    driver.click(240, 120)
    driver.wait(lambda: driver.session.current.cracks)
    line = driver.session.current.cracks[0].course.centerline
    assert abs(line[:, 1] - 120).max() > 30
    driver.key(Key.Key_Tab)
    assert not window.images_panel.isVisible()
    driver.key(Key.Key_Tab)


def test_shift_click_goes_on_and_a_plain_click_ends(driver, window):
    driver.trace((20, 50), (100, 50))
    driver.click(180, 90, Modifier.ShiftModifier)
    assert len(window.tool.preview.points) == 2
    driver.key(Key.Key_Return)
    driver.wait(lambda: len(driver.session.current.cracks) == 2)
    first, second = (crack.course.centerline for crack in driver.session.current.cracks)
    assert tuple(second[0]) == tuple(first[-1])


def test_colors_by_confidence_come_with_a_legend(driver, window):
    driver.trace((20, 50), (200, 50))
    assert not window.confidence_legend.isVisible()
    driver.trigger("confidence")
    assert window.confidence_legend.isVisible()
    assert window.commands.action("confidence").isChecked()
    (color,) = pixels(driver, [(110, 50)])
    assert min(color[:2]) > color[2] + 80, "yellow: the fake tracer is sure"
    driver.trigger("confidence")
    assert not window.confidence_legend.isVisible()


class LiveUser:
    """Clicks, moves, cancels and takes back by chance."""

    def __init__(self, driver, seed):
        self._driver = driver
        self._rng = np.random.default_rng(seed)

    def act(self):
        driver, rng = self._driver, self._rng
        what = rng.choice(8, p=(0.42, 0.2, 0.1, 0.08, 0.06, 0.06, 0.05, 0.03))
        x, y = rng.uniform(20, LARGE[0] - 20), rng.uniform(20, LARGE[1] - 20)
        if what == 0:
            driver.move(x, y)
        elif what == 1:
            driver.click(x, y)
        elif what == 2:
            driver.click(x, y, Modifier.ShiftModifier)
        elif what == 3:
            driver.key(Key.Key_Escape)
        elif what == 4:
            driver.key(Key.Key_Z, Modifier.ControlModifier)
        elif what == 5:
            driver.key(Key.Key_Backspace)
        else:
            driver.key(Key.Key_Tab if what == 6 else Key.Key_S)
        driver.qtbot.wait(int(rng.integers(1, 12)))


def resident():
    """Return the memory of the process, in bytes."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory from /proc")
def test_hundreds_of_random_actions_on_a_large_image(driver, tmp_path, request):
    """No exception (the runner's are raised by the window), and memory that stays as it is."""
    rng = np.random.default_rng(2)
    tile = rng.integers(60, 190, (500, 500), dtype=np.uint8)
    Image.fromarray(np.tile(tile, (6, 8))).save(tmp_path / "large.png")
    driver.open(tmp_path / "large.png")
    driver.tracer.bends = (60.0,)
    # Not what is traced is looked at here: a small crack will do, wherever the clicks are.
    driver.tracer.trace = lambda *_arguments: traced_crack([(20, 20), (90, 60)])
    crashed = []
    driver.session.runner.crashed.connect(crashed.append)
    user = LiveUser(driver, 7)
    settled = 0
    watch = request.getfixturevalue("stall_watch")
    for number in range(N_ACTIONS):
        driver.tracer.front_reach = float(rng.choice([200.0, 1500.0, np.inf]))
        user.act()
        if number % 25 == 0:  # what was drawn stays in the undo history, which is meant to grow
            driver.session.history.clear()
            driver.session.history.activate(driver.session.current)
            cracks = driver.session.current.cracks
            names = [crack.identifier for crack in cracks]
            driver.session.apply("Clear", lambda content, names=names: content.without(names))
            driver.session.drawings._cache.clear()  # so is this cache, up to its limit
            driver.tracer.fronts.clear()
            driver.tracer.calls.clear()
        if number == N_SETTLED:
            gc.collect()
            settled = resident()
    for _ in range(3):
        driver.key(Key.Key_Escape)
    driver.wait(lambda: driver.session.runner.find("live front") is None)
    gc.collect()
    memory = f"{settled >> 20} MB after {N_SETTLED}, {resident() >> 20} MB at the end"
    print(f"{N_ACTIONS} actions, {memory}")
    print(watch.report())
    assert crashed == []
    assert resident() <= MOST_GROWTH * settled
