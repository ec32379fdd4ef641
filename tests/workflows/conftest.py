"""The whole window on small images."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings

from tests.workflows.stall_watch import StallWatch
from tests.workflows.window_driver import SIZE, FakeTracer, close, make_driver


@pytest.fixture(autouse=True)
def isolated_settings(tmp_path, monkeypatch):
    """Keep every test away from the settings and projects of the person who runs it."""
    ini, user = QSettings.Format.IniFormat, QSettings.Scope.UserScope
    QSettings.setPath(ini, user, str(tmp_path / "settings"))
    monkeypatch.setattr("platformdirs.user_data_path", lambda *_args, **_kw: tmp_path / "data")


@pytest.fixture
def images(tmp_path):
    """A folder of three images of one size and one of another."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number, (width, height) in enumerate([SIZE, SIZE, SIZE, (200, 300)], start=1):
        pixels = rng.integers(90, 170, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"photo {number}.png")
    return folder


@pytest.fixture
def driver(qtbot):
    """A window with the fake tracer."""
    tracer = FakeTracer()
    driver = make_driver(qtbot, tracer)
    yield driver
    tracer.release.set()
    close(driver)


@pytest.fixture
def stall_watch(qtbot, record_property):
    """Watches the GUI thread during the test; the longest stall goes into the report."""
    with StallWatch() as watch:
        yield watch
    record_property("longest_stall_ms", round(1000 * watch.longest_s))
    print(watch.report())
