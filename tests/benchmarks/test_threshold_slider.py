"""The threshold slider on 16 megapixels: from the slider's move to the painted window. Measure with

    python -m pytest tests/benchmarks/test_threshold_slider.py --benchmark-enable --benchmark-only

On a busy machine add ``--benchmark-timer=time.thread_time``, which counts the work of the thread
that paints and nothing else. The 90th percentile in milliseconds is in the extra information of
each benchmark, to be read with ``--benchmark-json``; the aim is 50. In an ordinary run each frame
is painted once, as a test.
"""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDockWidget, QSlider

from annotator import app
from annotator.settings import Settings
from annotator.storage.predictions import PredictionRecord, PredictionStore
from tests.benchmarks.test_painting import measure
from tests.workflows.user_hand import Hand
from tests.workflows.window_driver import FakeTracer

pytestmark = [pytest.mark.gui, pytest.mark.slow]

SIZE = (4608, 3456)
SCREEN = (1920, 1080)


def believable_codes():
    """Thin winding ridges and a background that is not quite zero, as a network gives."""
    import cv2

    rng = np.random.default_rng(4)
    noise = cv2.GaussianBlur(rng.normal(size=SIZE[::-1]).astype(np.float32), (0, 0), 20)
    distance = np.abs(noise / noise.std()) * 60
    probability = np.clip(1.2 - distance / 3, 0, 1) + 0.05 * rng.random(SIZE[::-1])
    return (np.clip(probability, 0, 1) * 65535).astype(np.uint16)


@pytest.fixture(scope="module")
def hand(qapp, tmp_path_factory):
    """The whole window on a photograph with a stored prediction."""
    root = tmp_path_factory.mktemp("slider")
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(root))
    folder = root / "photos"
    folder.mkdir()
    pixels = np.random.default_rng(1).integers(60, 180, (*SIZE[::-1], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "large.jpg", quality=60)
    session, window = app.build(app.make_application(), Settings(), FakeTracer())
    window.resize(*SCREEN)
    window.show()
    hand = Hand(window)
    session.open_paths([folder])
    predictions = session.predictions
    hand.wait(lambda: session.image is not None and predictions.chosen_model)
    first, second = predictions.models[:2]
    record = PredictionRecord(session.current.identifier, first.key, first.name, 0.5, "", SIZE)
    PredictionStore(session.store.folder).save(record, believable_codes())
    predictions.set_model(second.key)
    predictions.set_model(first.key)
    hand.wait(lambda: predictions.shown is not None, "the prediction is read")
    dock = window.findChild(QDockWidget, "prediction_dock")
    dock.show()
    dock.raise_()
    hand.wait(lambda: not session.runner.shown_jobs)
    yield hand
    window.context.is_discarding = True
    window.close()


@pytest.mark.parametrize("zoom", [0.25, 0.51, 1.0, 4.0])
@pytest.mark.parametrize("mode", ["probability", "outline"])
@pytest.mark.benchmark(group="threshold")
def test_frame_of_the_threshold_slider(benchmark, hand, mode, zoom):
    predictions, view = hand.session.predictions, hand.view
    predictions.display.change(mode=mode)
    view.zoom_to(zoom)
    view.centerOn(SIZE[0] / 2, SIZE[1] / 2)
    QApplication.processEvents()
    slider = hand.window.findChild(QSlider, "prediction_threshold")
    painted = []
    item = next(each for each in view.items() if type(each).__name__ == "PredictionItem")
    paint = item.paint

    def frame(number):
        slider.setValue(20 + number % 60)
        QApplication.processEvents()

    item.paint = lambda *args: (painted.append(1), paint(*args))
    try:
        frame(100)
        assert painted, "the layer follows the slider within the frame"
    finally:
        del item.paint
    measure(benchmark, frame)
    assert predictions.threshold == slider.value() / 100
