"""Brightness and contrast: sliders, histogram, what they change and what they never do."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QCheckBox, QPushButton, QSlider

from annotator.canvas.adjustment import Adjustment, Display
from annotator.canvas.rendering import build_pyramid
from annotator.panels.display import DisplayPanel
from annotator.workers.image_loader import OpenImage
from tests.session_factory import make_session

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(qtbot):
    session = make_session()
    pixels = np.tile(np.arange(60, 160, dtype=np.uint8), (80, 1))
    session.image = OpenImage(session.current.path, pixels, build_pyramid(pixels))
    panel = DisplayPanel(session, Display())
    qtbot.addWidget(panel)
    panel.show()
    yield panel
    session.runner.shutdown()


def slider(panel, name):
    return panel.findChild(QSlider, name)


def test_sliders_set_the_adjustment_and_follow_it(panel):
    display = panel._display
    slider(panel, "brightness").setValue(30)
    slider(panel, "contrast").setValue(-20)
    slider(panel, "gamma").setValue(50)
    panel.findChild(QCheckBox, "auto_contrast_box").setChecked(True)
    assert display.adjustment == Adjustment(30, -20, 2.0, True)
    display.set_adjustment(Adjustment(contrast=44, gamma=0.5))
    values = [slider(panel, name).value() for name in ("brightness", "contrast", "gamma")]
    assert values == [0, 44, -50]
    assert not panel.findChild(QCheckBox, "auto_contrast_box").isChecked()


def test_reset_is_for_what_is_changed(panel, qtbot):
    button = panel.findChild(QPushButton, "reset_display")
    assert not button.isEnabled()
    slider(panel, "contrast").setValue(10)
    assert button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel._display.adjustment.is_neutral
    assert slider(panel, "contrast").value() == 0


def test_a_double_click_puts_a_slider_back(panel, qtbot):
    one = slider(panel, "brightness")
    one.setValue(60)
    qtbot.mouseDClick(one, Qt.MouseButton.LeftButton, pos=QPoint(3, 5))
    assert panel._display.adjustment.brightness == 0


def test_the_histogram_follows_image_and_adjustment(panel):
    histogram = panel._histogram
    before = histogram.grab().toImage()
    panel._display.toggle_auto()
    stretched = histogram.grab().toImage()
    assert stretched != before
    histogram._session.image = None
    assert histogram.grab().toImage() != stretched
