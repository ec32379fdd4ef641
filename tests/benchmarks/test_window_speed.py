"""Speed of the window. Measure with

    python -m pytest tests/benchmarks/test_window_speed.py --benchmark-enable --benchmark-only

In an ordinary run each benchmark runs once, as a test. Without a screen Qt paints into memory, as
it does on most screens too.
"""

import subprocess
import sys
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QSettings
from PySide6.QtWidgets import QApplication

from annotator.canvas.adjustment import Adjustment
from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import ImageState
from annotator.services.projects import open_project
from tests.workflows.window_driver import FakeTracer, close, make_driver

pytestmark = pytest.mark.gui

WIDTH, HEIGHT = 4608, 3456
"""Of a photograph of 16 megapixels."""
WINDOW = (1600, 1000)
START = """
import time
started = time.perf_counter()
from annotator import app
from annotator.settings import Settings
from annotator.workers.trace_work import EngineTracer
session, window = app.build(app.make_application(), Settings(), EngineTracer())
window.show()
app.QApplication.processEvents()
window.grab()
print(time.perf_counter() - started)
window.close()
"""


@pytest.fixture(autouse=True)
def isolated_settings(tmp_path, monkeypatch):
    """Keep away from the settings and projects of the person who runs this."""
    ini, user = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    QSettings.setPath(ini, user, str(tmp_path / "settings"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_args, **_kw: tmp_path / "data")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """A folder of three photographs of 16 megapixels."""
    folder = tmp_path_factory.mktemp("large") / "photos"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(3):
        coarse = rng.integers(40, 220, (HEIGHT // 16, WIDTH // 16, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        picture.save(folder / f"photo {number}.jpg", quality=90)
    return folder


@pytest.fixture(scope="module")
def thousand(tmp_path_factory):
    """A folder of a thousand tiny photographs."""
    folder = tmp_path_factory.mktemp("many") / "photos"
    folder.mkdir()
    first = folder / "photo 0.png"
    Image.fromarray(np.full((60, 80, 3), 120, np.uint8)).save(first)
    content = first.read_bytes()
    for number in range(1, 1000):
        (folder / f"photo {number}.png").write_bytes(content)
    return folder


@pytest.fixture
def driver(qtbot):
    """A window as large as a screen."""
    driver = make_driver(qtbot, FakeTracer())
    driver.window.resize(*WINDOW)
    yield driver
    close(driver)


@pytest.mark.benchmark(group="paint a frame of 16 megapixels")
@pytest.mark.parametrize("zoom", [0.3, 0.51, 1.0, 4.0])
@pytest.mark.parametrize("is_adjusted", [False, True], ids=["plain", "adjusted"])
def test_pan(benchmark, driver, photographs, zoom, is_adjusted):
    driver.open(photographs)
    view, display = driver.window.view, driver.window.context.display
    if is_adjusted:
        display.set_adjustment(Adjustment(10, 20, 1.3, True))
    view.zoom_to(zoom)
    view.look_at(QPointF(WIDTH / 2, HEIGHT / 2))
    steps = cycle([(7, 5), (-7, -5)])

    def frame():
        view._scroll(*next(steps))
        driver.viewport.repaint()  # all of it: a screen would scroll and paint a strip

    benchmark(frame)
    assert not view.part_in_view.isEmpty()


@pytest.mark.benchmark(group="next image of 16 megapixels, loaded ahead")
def test_next_image(benchmark, driver, photographs):
    driver.open(photographs)
    cache = driver.session.steps.loader._cache
    driver.qtbot.waitUntil(lambda: len(cache) >= 2, timeout=20_000)
    driver.wait(lambda: driver.session.entries[1].content is not None)
    steps = cycle([1, -1])

    def step():
        driver.session.step(next(steps))
        driver.window.repaint()
        QApplication.processEvents()
        return driver.session.index

    assert benchmark(step) in (0, 1)


def fill(session, count):
    """List made-up images."""
    states = list(ImageState)
    session.entries = [
        ImageEntry(
            number, Path(f"/nowhere/bridge {number}.jpg"), listed_state=states[number % 7],
            is_missing=True,
        )
        for number in range(count)
    ]  # fmt: skip
    session.images_changed.emit()


@pytest.mark.benchmark(group="list of images")
@pytest.mark.parametrize("count", [1000, 10_000])
def test_fill_and_paint(benchmark, driver, count):
    panel = driver.window.images_panel

    def refill():
        fill(driver.session, count)
        panel.list.viewport().repaint()

    benchmark(refill)
    assert panel.list.model().rowCount() == count


@pytest.mark.benchmark(group="list of images")
@pytest.mark.parametrize("count", [1000, 10_000])
def test_filter_by_name(benchmark, driver, count):
    panel = driver.window.images_panel
    fill(driver.session, count)
    texts = cycle(["7", "77"])

    def look():
        panel._model.set_filter(next(texts), ())
        panel.list.viewport().repaint()

    benchmark(look)
    assert panel.list.model().rowCount() < count


@pytest.mark.benchmark(group="list of images")
def test_one_edit_among_ten_thousand(benchmark, driver):
    panel = driver.window.images_panel
    fill(driver.session, 10_000)
    panel._model.set_filter("", [ImageState.NEW])
    entry = driver.session.entries[5000]
    states = cycle([ImageState.NEW, ImageState.REVIEWED])

    def edit():
        entry.listed_state = next(states)
        panel._model._on_entry_changed(entry)

    benchmark(edit)
    assert panel.list.model().rowCount() > 1000


@pytest.mark.benchmark(group="a project of 1,000 images")
def test_make_the_project(benchmark, thousand, tmp_path):
    numbers = iter(range(100))

    def fresh():
        copy = tmp_path / f"{next(numbers)}" / "photos"
        copy.parent.mkdir()
        copy.symlink_to(thousand)
        return ([copy],), {}

    def make(paths):
        opened = open_project(paths, author="Ada")
        opened.store.close()
        return len(opened.records)

    assert benchmark.pedantic(make, setup=fresh, rounds=3) == 1000


@pytest.mark.benchmark(group="a project of 1,000 images")
def test_open_the_project_in_the_window(benchmark, driver, thousand):
    driver.open(thousand)
    driver.session.leave_project()

    def leave():
        driver.session.leave_project()

    def reopen():
        driver.open(thousand)
        driver.window.repaint()
        return len(driver.session.entries)

    assert benchmark.pedantic(reopen, setup=leave, rounds=5) == 1000


@pytest.mark.benchmark(group="start")
def test_window_from_nothing_to_its_first_paint(benchmark):
    def start():
        result = subprocess.run(
            [sys.executable, "-c", START], capture_output=True, text=True, timeout=60, check=True
        )
        return float(result.stdout)

    assert benchmark.pedantic(start, rounds=3) > 0
