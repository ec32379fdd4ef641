"""A review in the whole window: keys only, and only where they count."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDockWidget, QLineEdit, QPushButton

from annotator.actions.review_menu import STRIP_DOCK
from annotator.actions.review_mode import DOCK
from annotator.dialogs.note import NoteDialog
from annotator.document.image_state import ImageState
from annotator.panels.key_button import KeyButton
from annotator.storage.project_store import ProjectStore
from tests.crack_factory import make_candidate, painted_crack

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier
CTRL, SHIFT = Modifier.ControlModifier, Modifier.ShiftModifier


def candidates(prefix):
    return [
        make_candidate(f"{prefix}1", ((40, 40), (120, 60)), 0.9),
        make_candidate(f"{prefix}2", ((60, 140), (140, 190)), 0.4),
        make_candidate(f"{prefix}3", ((200, 60), (280, 120)), 0.7),
    ]


def propose(driver, rows=(0, 1)):
    """Let a model have proposed cracks on some images, and go back to the first one."""
    session = driver.session
    for row in rows:
        found = candidates("abcd"[row])
        session.apply_to(
            [session.entries[row]],
            "Predict",
            lambda content, found=found: content.with_candidates(found).with_state(
                ImageState.PREDICTED
            ),
        )
    driver.wait(lambda: all(session.entries[row].candidate_count == 3 for row in rows))
    driver.wait_until_saved()


def begin(driver, images, rows=(0, 1)):
    driver.open(images)
    propose(driver, rows)
    driver.key(Key.Key_R, CTRL)
    driver.wait(lambda: driver.session.review.stage == "candidate")


def item(driver):
    review = driver.session.review
    return review.current.identifier if review.current else review.stage


def verdicts(driver, row=0):
    return [c.verdict for c in driver.session.entries[row].content.candidates]


def settle(driver):
    """Wait until the view has arrived."""
    flight = driver.session.review.sight
    driver.wait(lambda: not flight.is_flying)


def place(driver):
    view = driver.window.view
    center = view.part_in_view.center()
    return round(center.x()), round(center.y()), round(view.transform().m11(), 2)


def test_a_whole_review_needs_no_mouse(driver, images):
    begin(driver, images)
    entries = driver.session.entries
    driver.key(Key.Key_Return)
    driver.key(Key.Key_X)
    driver.key(Key.Key_Return, SHIFT)
    assert verdicts(driver) == ["accepted", "rejected", "accepted raw"]
    assert item(driver) == "image"
    driver.key(Key.Key_Return)
    driver.wait(lambda: item(driver) == "b1")
    assert entries[0].state is ImageState.REVIEWED
    driver.key(Key.Key_Y)
    driver.key(Key.Key_N)
    driver.key(Key.Key_Right)
    assert verdicts(driver, 1) == ["accepted", "rejected", "skipped"]
    driver.key(Key.Key_Return, SHIFT)
    assert entries[1].state is ImageState.APPROVED
    assert item(driver) == "finished"
    driver.key(Key.Key_Return)
    assert not driver.session.review.is_on
    assert driver.window.tool.name == "trace"


def test_what_was_decided_is_on_the_disk_with_what_it_took(driver, images):
    begin(driver, images)
    for key in (Key.Key_Return, Key.Key_X, Key.Key_Y):
        driver.key(key)
    driver.wait_until_saved()
    store = driver.session.store
    driver.wait(lambda: len(store.efforts()) == 3)
    efforts = store.efforts()
    assert [(effort.kind, effort.crack) for effort in efforts] == [
        ("review", "a1"), ("review", "a2"), ("review", "a3"),
    ]  # fmt: skip
    assert [effort.keys for effort in efforts[1:]] == [1, 1]
    folder = store.folder
    driver.leave_project()
    reopened = ProjectStore.open(folder, author="")
    content, damages = reopened.load(reopened.images()[0].identifier)
    reopened.close()
    assert damages == []
    assert [c.verdict for c in content.candidates] == ["accepted", "rejected", "accepted"]
    assert [crack.identifier for crack in content.cracks] == ["a1", "a3"]


def test_a_trace_under_way_goes_on_when_a_review_begins(driver, images):
    driver.open(images)
    propose(driver)
    driver.tracer.release.clear()
    driver.click(40, 200)
    driver.click(200, 215)
    driver.key(Key.Key_R, CTRL)
    driver.wait(lambda: item(driver) == "a1")
    driver.tracer.release.set()
    driver.wait(lambda: len(driver.session.current.cracks) == 1)
    assert item(driver) == "a1"


def test_a_trace_by_hand_took_two_clicks(driver, images):
    driver.open(images)
    driver.trace((40, 60), (240, 90))
    store = driver.session.store
    driver.wait(store.efforts)
    (effort,) = store.efforts()
    assert (effort.kind, effort.clicks) == ("trace", 2)
    assert effort.crack == driver.session.current.cracks[0].identifier


def test_undo_brings_back_item_and_view(driver, images):
    begin(driver, images)
    settle(driver)
    driver.window.view.zoom_to(2.5)
    first = place(driver)
    driver.key(Key.Key_Return)
    settle(driver)
    second = place(driver)
    assert first[:2] != second[:2]
    assert second[2] == first[2]  # the zoom that was chosen is kept
    driver.key(Key.Key_X)
    settle(driver)
    driver.key(Key.Key_Z, CTRL)
    settle(driver)
    assert item(driver) == "a2"
    assert place(driver) == second
    driver.key(Key.Key_Z, CTRL)
    settle(driver)
    assert item(driver) == "a1"
    assert place(driver) == first
    driver.key(Key.Key_Y, CTRL)
    assert item(driver) == "a2"


def test_undo_goes_back_over_images(driver, images):
    begin(driver, images)
    for _ in range(4):
        driver.key(Key.Key_Return)
    driver.wait(lambda: item(driver) == "b1")
    driver.key(Key.Key_Return)
    driver.key(Key.Key_Z, CTRL)
    assert item(driver) == "b1"
    assert "Mark as reviewed" not in driver.window.commands.action("undo").text()
    assert "mark as reviewed in photo 1.png" in driver.window.commands.action("undo").text()
    driver.key(Key.Key_Z, CTRL)
    driver.wait(lambda: item(driver) == "image")
    assert driver.session.index == 0
    for _ in range(3):
        driver.key(Key.Key_Z, CTRL)
    assert item(driver) == "a1"
    assert driver.session.current.cracks == ()


def test_keys_of_the_tools_do_nothing_in_a_review(driver, images):
    begin(driver, images)
    for key in (Key.Key_T, Key.Key_E, Key.Key_B, Key.Key_V, Key.Key_P, Key.Key_Delete):
        driver.key(key)
    assert driver.window.tool.name == "review"
    assert item(driver) == "a1"
    assert verdicts(driver) == ["open"] * 3


def test_keys_of_the_review_do_nothing_outside_of_it(driver, images):
    driver.open(images)
    propose(driver)
    for key in (Key.Key_Return, Key.Key_Y, Key.Key_X, Key.Key_N, Key.Key_Right, Key.Key_Left):
        driver.key(key)
    assert verdicts(driver) == ["open"] * 3
    driver.key(Key.Key_R)
    assert driver.window.tool.name == "box"
    assert not driver.session.review.is_on


def test_keys_are_letters_in_a_text_field(driver, images):
    begin(driver, images)
    field = driver.window.findChild(QLineEdit, "image_filter")
    field.setFocus()
    driver.qtbot.keyClicks(field, "xyn")
    assert field.text() == "xyn"
    assert verdicts(driver) == ["open"] * 3
    driver.qtbot.keyClick(field, Key.Key_Escape)
    driver.window.view.setFocus()
    driver.key(Key.Key_X)
    assert verdicts(driver) == ["rejected", "open", "open"]


def test_editing_has_the_tools_and_comes_back(driver, images):
    begin(driver, images)
    driver.key(Key.Key_R)
    assert driver.window.tool.name == "select"
    assert driver.session.selection.names == ("a1",)
    driver.key(Key.Key_X)
    driver.key(Key.Key_N)
    assert verdicts(driver) == ["accepted", "open", "open"]
    driver.key(Key.Key_T)
    assert driver.window.tool.name == "trace"
    driver.trace((30, 200), (200, 215))
    driver.key(Key.Key_Return)
    assert item(driver) == "a2"
    assert driver.window.tool.name == "review"
    assert len(driver.session.current.cracks) == 2
    driver.key(Key.Key_Z, CTRL)  # the trace, then the acceptance
    assert len(driver.session.current.cracks) == 1
    driver.key(Key.Key_Z, CTRL)
    assert item(driver) == "a1"
    assert driver.session.current.cracks == ()


def test_esc_ends_the_review_and_gives_the_tool_back(driver, images):
    driver.open(images)
    propose(driver)
    driver.key(Key.Key_B)
    driver.key(Key.Key_R, CTRL)
    driver.wait(lambda: driver.session.review.is_on)
    assert driver.window.tool.name == "review"
    driver.key(Key.Key_Escape)
    assert not driver.session.review.is_on
    assert driver.window.tool.name == "brush"


def test_another_image_can_be_gone_to_and_is_reviewed(driver, images):
    begin(driver, images)
    driver.key(Key.Key_D)
    driver.wait(lambda: item(driver) == "b1")
    driver.key(Key.Key_A)
    driver.wait(lambda: item(driver) == "a1")
    driver.key(Key.Key_Return)
    assert verdicts(driver) == ["accepted", "open", "open"]


def test_a_click_chooses_a_candidate_and_a_drag_moves_the_image(driver, images):
    begin(driver, images)
    settle(driver)
    driver.trigger("fit")
    settle(driver)
    driver.click(240, 90)
    assert item(driver) == "a3"
    before = place(driver)
    driver.drag(Qt.MouseButton.LeftButton, driver.at(200, 200), (-60, -40))
    assert place(driver)[:2] != before[:2]
    assert item(driver) == "a3"
    assert verdicts(driver) == ["open"] * 3


def test_without_candidates_it_says_what_to_do(driver, images):
    driver.open(images)
    notices = []
    driver.session.notice.connect(notices.append)
    driver.key(Key.Key_R, CTRL)
    driver.wait(lambda: notices)
    assert "Predict all" in notices[0]
    assert not driver.session.review.is_on
    assert driver.window.tool.name == "trace"


def test_an_image_changed_by_hand_in_the_middle(driver, images):
    """Strokes that cover a candidate, deleted cracks, an undo of everything."""
    begin(driver, images)
    driver.key(Key.Key_Return)
    session = driver.session
    session.apply("Paint", lambda content: content.with_cracks([painted_crack((60, 140, 90, 160))]))
    session.apply("Delete crack", lambda content: content.without(["a1"]))
    assert item(driver) == "a2"
    driver.key(Key.Key_Return)
    driver.key(Key.Key_Left)
    driver.key(Key.Key_Left)
    assert item(driver) == "a1"
    driver.key(Key.Key_Return)  # its crack was deleted: it comes back
    assert session.current.content.find_crack("a1") is not None
    while session.history.undo_text:
        driver.key(Key.Key_Z, CTRL)
    assert session.current.content.candidates == ()
    assert session.review.is_on
    driver.key(Key.Key_Return)
    assert session.review.is_on


def test_a_read_only_project_is_looked_through(driver, images, tmp_path):
    begin(driver, images)
    folder = driver.session.store.folder
    driver.leave_project()
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=20000):
        driver.session.open_paths([folder], read_only=True)
    driver.key(Key.Key_R, CTRL)
    driver.wait(lambda: item(driver) == "a1")
    driver.key(Key.Key_Return)
    assert "read-only" in driver.window.messages.text
    assert item(driver) == "a1"
    driver.key(Key.Key_Right)
    assert item(driver) == "a2"
    assert driver.session.store.efforts() == []


def test_the_panel_shows_the_item_and_its_buttons_decide(driver, images):
    begin(driver, images)
    dock = driver.window.findChild(QDockWidget, DOCK)
    assert dock.isVisible()
    panel = dock.widget()
    texts = [label.text() for label in panel.findChildren(type(panel._title))]
    assert any("Candidate 1 of 3" in text for text in texts)
    buttons = {b.objectName(): b for b in panel.findChildren(KeyButton)}
    driver.qtbot.mouseClick(buttons["review_reject_button"], Qt.MouseButton.LeftButton)
    assert verdicts(driver) == ["rejected", "open", "open"]
    assert driver.window.view.hasFocus()
    driver.key(Key.Key_X)
    driver.key(Key.Key_X)
    assert buttons["review_accept_button"].text() == "Mark no crack"
    assert "6 candidates" not in panel._progress.text()
    assert "3 candidates left" in panel._progress.text()


def test_the_whole_loop_survives_quick_keys(driver, images):
    """Keys that come faster than the view flies and images load."""
    begin(driver, images)
    for _ in range(12):
        driver.key(Key.Key_Return)
    driver.wait(lambda: item(driver) in ("finished", "off"))
    assert [e.state for e in driver.session.entries[:2]] == [ImageState.REVIEWED] * 2
    assert verdicts(driver, 1) == ["accepted"] * 3


def test_notes_are_added_resolved_and_come_back(driver, images):
    driver.open(images)
    notes = driver.session.notes
    driver.key(Key.Key_N, SHIFT)
    dialog = driver.dialog("note_dialog")
    assert isinstance(dialog, NoteDialog)
    field = dialog.findChild(type(dialog._field))
    driver.qtbot.keyClicks(field, "paint edge?")
    driver.qtbot.keyClick(field, Key.Key_Return)
    assert [note.text for note in notes.here] == ["paint edge?"]
    driver.trigger("resolve_note")
    assert notes.here[0].is_resolved
    driver.key(Key.Key_Z, CTRL)
    assert not notes.here[0].is_resolved
    driver.key(Key.Key_D)
    driver.wait(lambda: driver.session.index == 1)
    assert notes.here == ()
    driver.trigger("next_note")
    driver.wait(lambda: driver.session.index == 0 and notes.chosen is not None)
    driver.wait_until_saved()
    assert [record.note.text for record in driver.session.store.reviews.notes()] == ["paint edge?"]


def test_the_strip_shows_the_crack_and_a_click_is_a_waypoint(driver, images):
    driver.open(images)
    driver.trace((40, 60), (240, 90))
    crack = driver.session.current.cracks[0]
    driver.session.selection.select([crack.identifier])
    driver.key(Key.Key_U)
    strips = driver.window.review_mode.strips
    driver.wait(lambda: strips.strip is not None)
    assert driver.window.findChild(QDockWidget, STRIP_DOCK).isVisible()
    canvas = driver.window.review_mode.strip_panel.canvas
    middle = QPoint(canvas.width() // 2, canvas.height() // 2)
    driver.qtbot.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=middle)
    driver.wait(lambda: len(driver.session.current.cracks[0].course.waypoints) == 3)
    inner = driver.session.current.cracks[0].course.waypoints[1]
    assert inner == pytest.approx((140, 75), abs=3)
    QApplication.processEvents()


def test_strips_lead_from_crack_to_crack_and_image_to_image(driver, images):
    driver.open(images)
    driver.trace((40, 60), (240, 90))
    driver.trace((40, 160), (240, 190))
    driver.key(Key.Key_D)
    driver.wait(lambda: driver.session.index == 1)
    driver.trace((60, 30), (60, 200))
    driver.key(Key.Key_A)
    driver.wait(lambda: driver.session.index == 0)
    driver.session.selection.select(())
    driver.key(Key.Key_Period)  # opens the dock
    strips, seen = driver.window.review_mode.strips, []
    for _ in range(40):
        driver.key(Key.Key_Period)  # some pages for each crack
        driver.wait(
            lambda: strips.strip is not None and strips.crack in driver.session.current.cracks
        )
        if (driver.session.index, strips.number) not in seen:
            seen.append((driver.session.index, strips.number))
        driver.qtbot.wait(20)
    assert seen == [(0, (1, 2)), (0, (2, 2)), (1, (1, 1))]


def test_the_quality_report_measures_what_is_finished(driver, images, tmp_path, monkeypatch):
    begin(driver, images)
    for key in (Key.Key_Return, Key.Key_X, Key.Key_Return, Key.Key_Return):
        driver.key(key)
    driver.trigger("quality_report")
    dialog = driver.dialog("quality_report")
    driver.wait(lambda: len(dialog.quality.images) == 1)
    (image,) = dialog.quality.images
    assert (image.name, image.n_accepted, image.n_rejected) == ("photo 1.png", 2, 1)
    assert image.prediction.scores(2)[1] == 1.0
    assert image.prediction.scores(2)[0] < 0.9
    assert image.traces is None
    target = tmp_path / "report.csv"
    monkeypatch.setattr("annotator.dialogs.quality_report.ask_save", lambda *_args: target)
    dialog.findChild(QPushButton, "export_quality").click()
    assert target.read_text().splitlines()[1].startswith("photo 1.png,reviewed,2,2,1,0,")
    wanted = []
    dialog.image_wanted.connect(wanted.append)
    dialog._images.cellDoubleClicked.emit(0, 0)
    driver.wait(lambda: driver.session.index == 0)
    assert wanted == [image.image]
    dialog.close()
    assert driver.session.runner.find("quality report") is None


def test_a_photograph_that_vanishes_does_not_stop_the_review(driver, images):
    begin(driver, images, (0, 1, 2))
    driver.session.entries[1].path.unlink()
    driver.session.steps.loader._cache.clear()
    for _ in range(4):
        driver.key(Key.Key_Return)
    driver.wait(lambda: driver.session.index == 1 and item(driver) == "image")
    driver.key(Key.Key_Return)
    assert item(driver) == "image"
    driver.key(Key.Key_Right)
    driver.wait(lambda: item(driver) == "c1")


def test_closing_and_opening_again_goes_on_where_it_was(driver, images):
    begin(driver, images)
    driver.key(Key.Key_Return)
    driver.key(Key.Key_Right)
    driver.wait_until_saved()
    folder = driver.session.store.folder
    driver.leave_project()
    assert not driver.session.review.is_on
    driver.open(folder)
    driver.key(Key.Key_R, CTRL)
    driver.wait(lambda: item(driver) == "a3")
    driver.key(Key.Key_X)
    assert item(driver) == "a2"  # what was skipped comes last
    assert verdicts(driver) == ["accepted", "skipped", "rejected"]
