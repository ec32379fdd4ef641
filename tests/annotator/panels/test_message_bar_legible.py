"""A message must be readable on its card, not only be there."""

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from annotator.panels.message_bar import MessageBar
from annotator.theme import make_palette


@pytest.fixture
def restore_palette(qapp):
    palette = QApplication.palette()
    yield
    QApplication.setPalette(palette)


@pytest.mark.gui
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_card(qtbot, theme, restore_palette):
    QApplication.setPalette(make_palette(is_dark=theme == "dark"))
    canvas = QWidget()
    canvas.setBackgroundRole(QPalette.ColorRole.Dark)
    qtbot.addWidget(canvas)
    canvas.resize(700, 300)
    canvas.show()
    bar = MessageBar(canvas)
    bar.show_problem("The file ends early; copy it again from the camera.")
    picture = bar.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    grey = np.frombuffer(picture.constBits(), np.uint8)
    grey = grey.reshape(picture.height(), picture.bytesPerLine())[:, : picture.width()]
    text = grey[:, 60:-60].astype(int)
    ground = np.median(text)
    assert (np.abs(text - ground) > 100).mean() > 0.005
