"""Manage models: what is listed, what can be done, and what cannot."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QTreeWidget

from annotator.dialogs import models as dialog_module
from annotator.dialogs.models import ModelsDialog
from annotator.errors import AnnotatorError
from annotator.services.models import ModelChoice
from annotator.settings import Settings
from tests.prediction_factory import FIRST, SECOND
from tests.session_factory import make_session

pytestmark = pytest.mark.gui

OWN = ModelChoice("aaaabbbbcccc", "bridge", "Mine", "user", Path("bridge"), 0.4)
BAD = ModelChoice("", "odd", "odd", "user", Path("odd"), problem="It has no card.json.")


@pytest.fixture
def session(qtbot, monkeypatch):
    session = make_session()
    listed = [FIRST, SECOND, OWN, BAD]
    monkeypatch.setattr("annotator.services.models.model_choices", lambda _project: listed)
    session.predictions.refresh_models()
    qtbot.waitUntil(lambda: session.predictions.models == listed)
    yield session
    session.close()


@pytest.fixture
def dialog(qtbot, session, tmp_path):
    dialog = ModelsDialog(session, Settings(tmp_path / "settings.ini"))
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def rows(dialog):
    tree = dialog.findChild(QTreeWidget, "models_list")
    return [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]


def choose(dialog, number):
    tree = dialog.findChild(QTreeWidget, "models_list")
    tree.setCurrentItem(rows(dialog)[number])


def enabled(dialog):
    names = ("use_model", "export_model", "remove_model")
    return [dialog.findChild(QPushButton, name).isEnabled() for name in names]


def test_the_model_in_use_is_marked_and_chosen(dialog):
    assert [item.text(0) for item in rows(dialog)] == ["● first", "second", "bridge", "odd"]
    assert [item.text(3) for item in rows(dialog)] == [
        "not stated",
        "not stated, non-commercial",
        "not stated",
        "cannot be used",
    ]
    assert "The first." in dialog.findChild(QLabel, "model_facts").text()


@pytest.mark.parametrize(
    ("number", "can"),
    [
        (0, [False, True, False]),
        (1, [True, True, False]),
        (2, [True, True, True]),
        (3, [False, False, True]),
    ],
)
def test_what_can_be_done_depends_on_the_model(dialog, number, can):
    choose(dialog, number)
    assert enabled(dialog) == can


def test_why_a_model_cannot_be_used_is_said(dialog):
    choose(dialog, 3)
    assert dialog.findChild(QLabel, "model_facts").text() == "It has no card.json."


def test_another_model_is_used_and_the_first_again(dialog, session):
    choose(dialog, 2)
    dialog.findChild(QPushButton, "use_model").click()
    assert session.predictions.chosen_model is OWN
    assert [item.text(0)[:1] == "●" for item in rows(dialog)] == [False, False, True, False]
    choose(dialog, 0)
    dialog.findChild(QPushButton, "use_model").click()
    assert session.predictions.chosen_model is FIRST


def test_what_goes_wrong_is_told_in_the_dialog(dialog, qtbot, monkeypatch, tmp_path):
    def fail(_folder):
        raise AnnotatorError("This folder is no model.")

    monkeypatch.setattr(dialog_module, "install_model", fail)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path))
    dialog.findChild(QPushButton, "install_model").click()
    problem = dialog.findChild(QLabel, "models_problem")
    qtbot.waitUntil(problem.isVisible)
    assert problem.text() == "This folder is no model."


def test_a_model_is_removed_only_if_one_agrees(dialog, qtbot, monkeypatch):
    removed, answers = [], [False, True]
    monkeypatch.setattr(dialog_module, "ask", lambda *_args, **_kw: answers.pop(0))
    monkeypatch.setattr(dialog_module, "remove_user_model", removed.append)
    choose(dialog, 2)
    dialog.findChild(QPushButton, "remove_model").click()
    assert removed == []
    dialog.findChild(QPushButton, "remove_model").click()
    qtbot.waitUntil(lambda: removed == ["bridge"])


def test_a_model_is_exported_into_a_new_folder(dialog, qtbot, monkeypatch, tmp_path):
    exported = []
    monkeypatch.setattr(dialog_module, "export_model", lambda *args: exported.append(args))
    target = str(tmp_path / "out")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (target, ""))
    choose(dialog, 1)
    dialog.findChild(QPushButton, "export_model").click()
    qtbot.waitUntil(lambda: exported == [(SECOND, Path(target))])
