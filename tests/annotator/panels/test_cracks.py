"""The table of cracks adds up."""

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel

from annotator import app
from annotator.document.image_entry import ImageEntry
from annotator.panels.cracks import CracksPanel
from annotator.settings import Settings
from tests.workflows.window_driver import FakeTracer, straight_crack

pytestmark = pytest.mark.gui


def test_the_total_is_the_sum_of_the_rows(qtbot, tmp_path):
    session, window = app.build(app.make_application(), Settings(tmp_path / "s.ini"), FakeTracer())
    qtbot.addWidget(window)
    ends = [((10, 10), (20.4, 10)), ((10, 30), (20.4, 30)), ((10, 50), (20.4, 50))]
    session.current = ImageEntry(tmp_path / "a.png", [straight_crack(pair) for pair in ends])
    panel = CracksPanel(session, QAction(window))
    qtbot.addWidget(panel)
    panel._refresh()
    assert "3 cracks, 30 px in all" in [label.text() for label in panel.findChildren(QLabel)]
