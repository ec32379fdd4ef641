"""The panel of predictions: it follows the session, and the session follows it."""

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLabel, QSlider, QToolButton

from annotator.panels.predictions import PredictionsPanel
from annotator.session.prediction_display import NOTHING, PHOTOGRAPH
from tests.prediction_factory import FIRST, SECOND
from tests.session_factory import make_session

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot, monkeypatch):
    session = make_session()
    monkeypatch.setattr("annotator.services.models.model_choices", lambda _project: [FIRST, SECOND])
    session.predictions.refresh_models()
    qtbot.waitUntil(lambda: session.predictions.chosen_model is FIRST)
    yield session
    session.close()


@pytest.fixture
def panel(qtbot, session):
    panel = PredictionsPanel(session, QAction)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_slider_and_number_are_one_threshold(panel, session):
    slider = panel.findChild(QSlider, "prediction_threshold")
    number = panel.findChild(QDoubleSpinBox, "prediction_threshold_number")
    assert (slider.value(), number.value()) == (80, 0.8)
    slider.setValue(35)
    assert session.predictions.threshold == 0.35
    assert number.value() == 0.35
    number.setValue(0.62)
    assert slider.value() == 62
    reset = panel.findChild(QToolButton, "reset_threshold")
    assert reset.isEnabled()
    reset.click()
    assert session.predictions.threshold == FIRST.threshold
    assert not reset.isEnabled()


def test_each_model_has_a_threshold_of_its_own(panel, session):
    slider = panel.findChild(QSlider, "prediction_threshold")
    slider.setValue(35)
    session.predictions.set_model(SECOND.key)
    assert slider.value() == 50
    session.predictions.set_model(FIRST.key)
    assert slider.value() == 35


def test_terms_of_a_model_for_non_commercial_use_are_seen(panel, session):
    terms = panel.findChild(QLabel, "prediction_terms")
    assert not terms.isVisible()
    model = panel.findChild(QComboBox, "prediction_model")
    model.setCurrentIndex(1)
    model.activated.emit(1)
    assert session.predictions.chosen_model is SECOND
    assert terms.isVisible()
    assert terms.text() == "For non-commercial use only"


def test_ways_to_show_it_exclude_each_other(panel, session):
    panel.findChild(QToolButton, "prediction_look_outline").click()
    assert session.predictions.display.look.mode == "outline"
    session.predictions.display.cycle()
    assert panel.findChild(QToolButton, "prediction_look_off").isChecked()
    assert not panel.findChild(QToolButton, "prediction_look_outline").isChecked()


def test_the_comparison_follows_both_ways(panel, session):
    compared = panel.findChild(QComboBox, "prediction_compared")
    assert [compared.itemData(row) for row in range(compared.count())] == [
        NOTHING,
        PHOTOGRAPH,
        FIRST.key,
        SECOND.key,
    ]
    compared.setCurrentIndex(1)
    compared.activated.emit(1)
    assert session.predictions.display.look.is_swiping
    session.predictions.display.change(compared=NOTHING)
    assert compared.currentIndex() == 0


def test_a_model_is_not_compared_with_itself(panel, session):
    compared = panel.findChild(QComboBox, "prediction_compared")
    assert not compared.model().item(2).isEnabled()
    assert compared.model().item(3).isEnabled()
    session.predictions.display.change(compared=SECOND.key)
    session.predictions.set_model(SECOND.key)
    assert session.predictions.display.look.compared == PHOTOGRAPH
    assert compared.model().item(2).isEnabled()
    assert not compared.model().item(3).isEnabled()


def test_proposals_are_counted_and_can_be_hidden(panel, session):
    box = panel.findChild(QCheckBox, "show_candidates")
    assert box.text() == "Proposals"
    box.click()
    assert not session.predictions.display.look.are_candidates_shown


def test_it_says_what_there_is(panel):
    assert panel.findChild(QLabel, "prediction_state").text() == "Not predicted yet."
