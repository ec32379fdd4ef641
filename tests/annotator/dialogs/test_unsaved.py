"""The question before the window closes while edits cannot be written."""

import pytest
from PySide6.QtWidgets import QMessageBox, QWidget

from annotator.dialogs.unsaved import ask_unsaved

pytestmark = pytest.mark.gui


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("Try again", "retry"),
        ("Close and lose them", "discard"),
        ("Keep the window open", "cancel"),
    ],
)
def test_it_says_why_and_keeps_the_window_open_by_default(qtbot, monkeypatch, text, choice):
    parent = QWidget()
    qtbot.addWidget(parent)
    seen = []

    def answer(box):
        seen.append((box.informativeText(), box.defaultButton().text()))
        next(button for button in box.buttons() if button.text() == text).click()

    monkeypatch.setattr(QMessageBox, "exec", answer)
    assert ask_unsaved(parent, "The disk is full.") == choice
    assert seen == [("The disk is full.", "Keep the window open")]
