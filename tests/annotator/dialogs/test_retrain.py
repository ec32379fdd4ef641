"""The dialog that begins a training."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QRadioButton

from annotator.dialogs import retrain
from annotator.dialogs.retrain import MEASURING, RetrainDialog
from annotator.services import step_time
from annotator.services.retraining import SCRATCH, Choice
from tests.session_factory import make_session
from tests.training_factory import make_project

pytestmark = pytest.mark.gui

PATIENCE_MS = 60_000


@pytest.fixture
def project(tmp_path):
    project = make_project(tmp_path, 8)
    yield project
    project.store.close()


@pytest.fixture
def session(qapp, project, qtbot):
    session = make_session()
    session.store = project.store
    session.saver.set_store(project.store)
    session.project_changed.emit()
    qtbot.waitUntil(lambda: bool(session.predictions.models), timeout=PATIENCE_MS)
    yield session
    session.store = None
    session.close()


@pytest.fixture
def measured(monkeypatch):
    """Steps that take half a second, without measuring."""
    monkeypatch.setattr(step_time, "measured_step_time", lambda _choice, _cancelled: 0.5)


@pytest.fixture
def dialog(session, qtbot, measured):
    dialog = RetrainDialog(session, Choice())
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(
        lambda: dialog._survey is not None and dialog._step_s is not None, timeout=PATIENCE_MS
    )
    return dialog


def test_it_answers_in_plain_words(dialog):
    assert dialog._images.text() == "9 images, 1 of them without a crack"
    assert dialog._split.text().startswith("7 teach. 2 are held out")
    assert dialog._time.text() == "2 minutes (200 steps, 0.5 s each)"
    assert dialog._terms.text().startswith("For any use")
    assert "Only 2 images are held out" in dialog._problem.text()
    assert dialog.problem == ""


def test_the_bundled_model_and_a_quick_adaptation_are_the_default(dialog):
    assert dialog.choice == Choice()
    assert dialog._start.currentData() == "default"


def test_what_is_chosen_is_told(dialog, qtbot):
    button = dialog.findChild(QRadioButton, "fine")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(8, button.height() // 2))
    dialog._recipe.setCurrentIndex(2)
    dialog._device.setCurrentIndex(1)
    with qtbot.waitSignal(dialog.chosen) as told:
        QTest.mouseClick(dialog._go, Qt.MouseButton.LeftButton)
    choice = told.args[0]
    assert (choice.how, choice.recipe, choice.device) == ("fine", "30/70", "cpu")


def test_what_is_not_possible_cannot_be_started(dialog):
    dialog._start.setCurrentIndex(dialog._start.findData(SCRATCH))
    assert "needs a model to begin with" in dialog.problem
    dialog.findChild(QRadioButton, "full").setChecked(True)
    dialog._refresh()
    assert dialog.problem == ""


def test_before_it_is_measured_it_says_so(session, qtbot, monkeypatch):
    monkeypatch.setattr(retrain.RetrainDialog, "_measure", lambda _dialog: None)
    dialog = RetrainDialog(session, Choice())
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog._survey is not None, timeout=PATIENCE_MS)
    assert dialog._time.text() == MEASURING


def test_closing_it_stops_what_it_began(session, qtbot, measured):
    dialog = RetrainDialog(session, Choice())
    dialog.reject()
    dialog.deleteLater()
    qtbot.wait(50)
    assert session.runner.find(("retrain dialog", "survey")) is None
