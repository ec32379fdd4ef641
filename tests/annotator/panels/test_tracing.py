"""The options of the trace tool."""

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from annotator.panels.tracing import PRESETS, TracingPanel
from annotator.services.tracing import preset_names
from annotator.workers.trace_work import TraceOptions

pytestmark = pytest.mark.gui


@pytest.fixture
def panel(qtbot):
    panel = TracingPanel(SimpleNamespace(options=TraceOptions()))
    qtbot.addWidget(panel)
    return panel


def test_every_preset_of_the_engine_has_a_name_and_an_explanation(panel):
    assert set(preset_names()) == set(PRESETS)
    panel.set_presets(preset_names())
    combo = panel.findChild(object, "preset")
    shown = [combo.itemText(row) for row in range(combo.count())]
    assert shown == ["Annotation (default)", "Measurement (optical edge)", "Wide cracks"]
    tooltips = {combo.itemData(row, Qt.ItemDataRole.ToolTipRole) for row in range(combo.count())}
    assert len(tooltips) == 3
    assert all(tooltips)


def test_the_choice_goes_to_the_session_and_explains_itself(panel):
    panel.set_presets(preset_names())
    combo = panel.findChild(object, "preset")
    assert "beyond the visible edge" in combo.toolTip()
    combo.setCurrentText("Wide cracks")
    assert panel._session.options.preset == "wide"
    assert "close-up" in combo.toolTip()


def test_the_choice_outlives_the_arrival_of_the_presets(panel):
    panel.set_presets(preset_names())
    combo = panel.findChild(object, "preset")
    combo.setCurrentText("Measurement (optical edge)")
    panel.set_presets(preset_names())
    assert combo.currentText() == "Measurement (optical edge)"
    assert panel._session.options.preset == "measurement"


def test_a_preset_without_an_explanation_can_still_be_chosen(panel):
    panel.set_presets(("default", "experimental"))
    combo = panel.findChild(object, "preset")
    combo.setCurrentText("experimental")
    assert panel._session.options.preset == "experimental"
