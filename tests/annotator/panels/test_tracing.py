"""The options of the trace tool."""

from dataclasses import fields, replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel

from annotator.panels.parameter_editors import MIXED_TEXT
from annotator.panels.tracing import PRESETS, TracingPanel
from annotator.services.trace_choices import engine_choices
from annotator.workers.trace_work import TraceOptions
from geodesic import TraceParameters
from tests.crack_factory import traced_crack
from tests.session_factory import CHOICES, make_session, watch

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot):
    session = make_session()
    yield session
    session.runner.shutdown()


@pytest.fixture
def panel(qtbot, session):
    panel = TracingPanel(session)
    qtbot.addWidget(panel)
    panel.resize(240, 500)
    panel.show()
    child(panel, "tracing_heading").click()
    child(panel, "all_parameters").click()
    return panel


def child(panel, name):
    return panel.findChild(object, name)


def shown(panel, name):
    field = child(panel, name)
    return field.currentText() if hasattr(field, "currentText") else field.text()


def select_differing_cracks(session):
    first, second = (traced_crack([(20, y), (200, y)], identifier=f"{y}") for y in (50, 150))
    first.course.parameters.update(CHOICES.presets["default"], weight=1.0)
    second.course.parameters.update(CHOICES.presets["default"], scales=[4.0], polarity="dark")
    session.apply("Add", lambda content: content.with_cracks([first, second]))
    session.selection.select(["50", "150"])


def test_it_is_folded_away_at_first(qtbot, session):
    panel = TracingPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    assert child(panel, "tracing_heading").isVisible()
    assert not child(panel, "preset").isVisible()
    child(panel, "tracing_heading").click()
    assert child(panel, "preset").isVisible()
    assert not panel.editors


def test_there_is_a_field_for_each_parameter_of_the_engine(session, panel):
    session.trace_settings.learn(engine_choices())
    assert list(panel.editors) == [item.name for item in fields(TraceParameters)]
    for item in fields(TraceParameters):
        editor = panel.editors[item.name]
        assert item.metadata["help"] in editor.toolTip()
        if item.metadata["low"] is not None:
            assert f"{item.metadata['low']:g} to {item.metadata['high']:g}" in editor.toolTip()
    assert shown(panel, "xi") == "0.4"
    assert shown(panel, "cost_lambda") == "1000"
    assert shown(panel, "scales") == "1, 2, 4"
    assert shown(panel, "n_orientations") == "16"


def test_every_preset_of_the_engine_has_a_name_and_an_explanation(session, panel):
    choices = engine_choices()
    assert set(choices.presets) == set(PRESETS)
    session.trace_settings.learn(choices)
    combo = child(panel, "preset")
    names = [combo.itemText(row) for row in range(combo.count())]
    assert names == ["Annotation (default)", "Measurement (optical edge)", "Wide cracks"]
    for name in choices.presets:
        session.trace_settings.set_preset(name)
        assert child(panel, "preset_purpose").text() == PRESETS[name][1]


def test_a_preset_without_a_name_can_still_be_chosen(session, panel):
    values = {"default": CHOICES.presets["default"], "experimental": CHOICES.presets["wide"]}
    session.trace_settings.learn(replace(CHOICES, presets=values))
    assert child(panel, "preset").findText("experimental") == 1


def test_what_is_typed_goes_to_the_next_trace(qtbot, session, panel):
    session.trace_settings.learn(CHOICES)
    spin = child(panel, "weight")
    spin.selectAll()
    qtbot.keyClicks(spin, "2.5")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    line = child(panel, "scales")
    line.selectAll()
    qtbot.keyClicks(line, "2, 4.5,8")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert session.options == TraceOptions(
        "default", (("weight", 2.5), ("scales", (2.0, 4.5, 8.0)))
    )
    assert child(panel, "reset_parameters").isEnabled()
    child(panel, "reset_parameters").click()
    assert session.options == TraceOptions()
    assert shown(panel, "weight") == "0.5"
    assert not child(panel, "reset_parameters").isEnabled()


def test_whole_numbers_stay_whole(session, panel):
    session.trace_settings.learn(CHOICES)
    child(panel, "count").stepUp()
    assert session.options.overrides == (("count", 17),)
    assert isinstance(session.options.overrides[0][1], int)


@pytest.mark.parametrize("text", ["two", "0.1, 2", "", "1, 99"])
def test_a_list_that_is_none_is_refused_in_words(qtbot, session, panel, text):
    session.trace_settings.learn(CHOICES)
    problems = watch(session.problem)
    line = child(panel, "scales")
    line.selectAll()
    qtbot.keyClick(line, Qt.Key.Key_Delete)
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert "from 0.5 to 16" in problems[0]
    assert line.text() == "1, 2"
    assert session.options == TraceOptions()


def test_the_polarity_is_named_in_plain_words(session, panel):
    session.trace_settings.learn(CHOICES)
    combo = child(panel, "polarity")
    combo.setCurrentIndex(1)
    combo.activated.emit(1)
    assert combo.currentText() == "Dark"
    assert session.options.overrides == (("polarity", "dark"),)


def test_the_selected_cracks_show_their_parameters_and_what_differs(session, panel):
    session.trace_settings.learn(CHOICES)
    assert "Next cracks" in child(panel, "trace_subject").text()
    select_differing_cracks(session)
    assert "2 selected cracks" in child(panel, "trace_subject").text()
    assert shown(panel, "weight") == MIXED_TEXT
    assert shown(panel, "count") == "16"
    assert child(panel, "scales").text() == ""
    assert child(panel, "polarity").currentIndex() == -1
    assert child(panel, "preset").placeholderText() == "Custom"
    session.selection.select(["150"])
    assert "Selected crack" in child(panel, "trace_subject").text()
    assert shown(panel, "scales") == "4"
    assert shown(panel, "weight") == "0.5"


def test_a_mixed_value_is_set_for_all_of_them(qtbot, session, panel):
    session.trace_settings.learn(CHOICES)
    session.trace_settings._delay.setInterval(10)
    select_differing_cracks(session)
    spin = child(panel, "weight")
    spin.selectAll()
    qtbot.keyClicks(spin, "3")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert shown(panel, "weight") == "3"
    qtbot.waitUntil(lambda: len(session.tracer.calls) == 2 and not session.traces.running)
    assert {dict(options.overrides)["weight"] for _, options in session.tracer.calls} == {3.0}
    assert session.options == TraceOptions()


def test_locked_cracks_cannot_be_changed_and_it_is_said(session, panel):
    session.trace_settings.learn(CHOICES)
    select_differing_cracks(session)
    session.set_locked(["50", "150"], True)
    assert "unlock" in child(panel, "preset_purpose").text()
    assert not child(panel, "weight").isEnabled()
    assert not child(panel, "preset").isEnabled()
    session.selection.select(())
    assert child(panel, "weight").isEnabled()


def test_a_value_other_than_the_default_stands_out(session, panel):
    session.trace_settings.learn(CHOICES)
    labels = {label.text(): label for label in panel.findChildren(QLabel)}
    assert not labels["Weight"].font().bold()
    session.trace_settings.set_value("weight", 2.0)
    assert labels["Weight"].font().bold()
    assert not labels["Count"].font().bold()


def test_the_wheel_scrolls_past_the_fields(session, panel):
    session.trace_settings.learn(CHOICES)
    panel.setFocus()
    for name in ("weight", "count", "polarity"):
        field = child(panel, name)
        where = QPointF(field.rect().center())
        wheel = QWheelEvent(
            where,
            field.mapToGlobal(where),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, wheel)
    assert session.options == TraceOptions()


def test_the_cost_is_shown_on_demand_with_its_legend(session, panel):
    switch = child(panel, "show_cost")
    labels = {label.text(): label for label in panel.findChildren(QLabel)}
    assert not labels["Low, crack"].isVisible()
    switch.click()
    assert session.cost_preview.is_shown
    assert labels["Low, crack"].isVisible()
    session.cost_preview.set_shown(False)
    assert not switch.isChecked()
