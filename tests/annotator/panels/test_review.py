"""The panel of the review and its parts, without a window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QLabel, QListWidget

from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.note import Note
from annotator.panels.key_button import KeyButton
from annotator.panels.notes import NotesList
from annotator.panels.review import CandidateCard, ReviewPanel
from annotator.panels.state_bar import StateBar
from tests.crack_factory import make_candidate
from tests.session_factory import make_session, show_image


@pytest.fixture
def session(qtbot):
    session = make_session()
    yield session
    session.runner.shutdown()


@pytest.fixture
def panel(qtbot, session):
    actions = {}

    def action(name):
        actions.setdefault(name, QAction(name))
        actions[name].setObjectName(name)
        return actions[name]

    panel = ReviewPanel(session, action)
    panel.actions_by_name = actions
    qtbot.addWidget(panel)
    panel.resize(280, 600)
    panel.show()
    return panel


def put(session, content):
    session.current.content = content
    session.images_changed.emit()


def text(panel, name):
    return panel.findChild(QLabel, name).text()


def test_a_button_does_what_its_command_does(qtbot):
    action = QAction("Accept")
    action.setShortcut(QKeySequence("Return"))
    pressed = []
    action.triggered.connect(lambda: pressed.append(True))
    button = KeyButton(action, "Enter")
    qtbot.addWidget(button)
    button.show()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == [True]
    action.setEnabled(False)
    assert not button.isEnabled()
    assert button.focusPolicy() == Qt.FocusPolicy.NoFocus
    button.say("Mark reviewed")
    assert button.accessibleName() == "Mark reviewed (Enter)"
    assert not button.grab().isNull()


def test_the_bar_counts_what_is_finished(qtbot):
    bar = StateBar()
    qtbot.addWidget(bar)
    bar.resize(200, 10)
    bar.set_counts({ImageState.NEW: 5, ImageState.APPROVED: 3, ImageState.NO_CRACK: 2})
    assert bar.summary == "5 of 10 images finished"
    assert bar.text == "3 approved, 2 no crack, 5 new"
    left, right = (bar.grab().toImage().pixelColor(x, 5) for x in (20, 190))
    assert left != right
    bar.set_counts({})
    assert bar.summary == "0 of 0 images finished"
    assert not bar.grab().isNull()


def test_the_card_says_how_sure_the_model_is(qtbot):
    card = CandidateCard()
    qtbot.addWidget(card)
    card.resize(240, 60)
    card.set_candidate(make_candidate("one", ((10, 20), (90, 20)), 0.83))
    assert card.accessibleName() == "83% sure, 80 px long, 3.0 px wide, open"
    assert not card.grab().isNull()
    card.set_candidate(None)
    assert not card.grab().isNull()


def test_the_panel_without_a_project_offers_nothing(qtbot, session, panel):
    session.entries.clear()
    session.images_changed.emit()
    session.review.changed.emit()
    assert "Review" in text(panel, "review_title")
    assert text(panel, "review_progress") == ""


def test_the_panel_counts_what_is_to_be_decided(session, panel):
    put(session, ImageContent(candidates=(make_candidate("one"), make_candidate("two"))))
    session.review.changed.emit()
    assert "2 candidates to decide on" in text(panel, "review_title")
    assert text(panel, "review_progress") == "0 of 1 images finished · 2 candidates left"


def test_candidates_of_finished_images_do_not_wait(session, panel):
    put(session, ImageContent(state=ImageState.APPROVED, candidates=(make_candidate("one"),)))
    session.review.changed.emit()
    assert text(panel, "review_progress") == "1 of 1 images finished"


def test_notes_are_listed_and_shown(qtbot, session):
    notes = NotesList(session, [])
    qtbot.addWidget(notes)
    rows = notes.findChild(QListWidget)
    assert rows.isHidden()
    session.notes.add(20.0, 30.0, " Is this a joint? ")
    session.notes.add(40.0, 30.0, "   ")
    assert [rows.item(k).text() for k in range(rows.count())] == ["Is this a joint?"]
    assert "1 open" in text(notes, "notes_title")
    session.notes.set_resolved(session.notes.chosen, is_resolved=True)
    assert "0 open" in text(notes, "notes_title")
    session.notes.set_text(session.notes.chosen, "It is.")
    assert rows.item(0).text() == "It is."
    session.notes.set_text(session.notes.chosen, "")
    assert rows.count() == 0
    session.undo()
    assert rows.item(0).text() == "It is."


def test_open_notes_come_first_and_each_image_has_its_own(session):
    notes = (Note(1, 1, "done", is_resolved=True), Note(2, 2, "to do"))
    put(session, ImageContent(notes=notes))
    assert [note.text for note in session.notes.here] == ["to do", "done"]
    session.notes.choose(notes[0].identifier)
    show_image(session)
    assert session.notes.here == ()
    assert session.notes.chosen is None
