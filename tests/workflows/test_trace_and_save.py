"""From opening an image to its mask on disk, by mouse and keys."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from annotator.document.mask import union_mask
from annotator.tools.trace import HINT_END, HINT_ON_CRACK, HINT_START
from tests.workflows.window_driver import SIZE

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier


def session_mask(driver):
    entry = driver.session.current
    return union_mask([crack.mask for crack in entry.cracks], (entry.size[1], entry.size[0]))


def test_two_clicks_undo_redo_save(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    driver.trace((40, 50), (200, 120))
    crack = driver.session.current.cracks[0]
    assert np.allclose(crack.waypoints, [(40, 50), (200, 120)], atol=1)
    assert [item.crack for item in driver.window.scene.crack_items()] == [crack]
    assert driver.window.status.state == "● Mask not saved"

    driver.key(Key.Key_Z, Modifier.ControlModifier)
    assert driver.session.current.cracks == []
    assert driver.window.scene.crack_items() == []
    driver.key(Key.Key_Y, Modifier.ControlModifier)
    assert driver.session.current.cracks == [crack]
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    driver.key(Key.Key_Z, Modifier.ControlModifier | Modifier.ShiftModifier)
    assert driver.session.current.cracks == [crack]

    target = tmp_path / "out" / "mask.png"
    target.parent.mkdir()
    suggestions = []

    def ask(parent, title, suggestion, suffix):
        suggestions.append(suggestion)
        return target

    monkeypatch.setattr("annotator.dialogs.files.ask_save", ask)
    driver.key(Key.Key_S, Modifier.ControlModifier)
    driver.wait(target.exists)
    driver.wait(lambda: driver.window.status.state == "✓ Mask saved")
    assert suggestions[0].name == "photo 1_mask.png"
    saved = np.asarray(Image.open(target))
    assert saved.shape == (SIZE[1], SIZE[0])
    assert np.array_equal(saved, session_mask(driver) * 255)
    assert str(target) in driver.window.status.hint

    driver.trace((40, 200), (200, 200))
    assert driver.window.status.state == "● Mask not saved"
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    assert driver.window.status.state == "✓ Mask saved"


def test_the_crack_is_drawn_where_it_is(driver, images):
    driver.open(images)
    driver.trace((40, 60), (200, 60))
    driver.window.context.opacity = 1.0
    driver.window.commands.action("show_mask").trigger()
    position = driver.at(120, 60)
    color = driver.viewport.grab().toImage().pixelColor(position)
    assert color.red() > 200
    assert color.blue() < 60  # orange
    driver.qtbot.keyPress(driver.window.view, Key.Key_H)
    color = driver.viewport.grab().toImage().pixelColor(position)
    assert abs(color.red() - color.blue()) < 90  # grey noise while H is held
    driver.qtbot.keyRelease(driver.window.view, Key.Key_H)
    assert driver.viewport.grab().toImage().pixelColor(position).blue() < 60


def test_shift_adds_points_on_the_way_and_backspace_takes_them_back(driver, images):
    driver.open(images)
    driver.click(20, 20)
    driver.click(100, 40, Modifier.ShiftModifier)
    driver.click(150, 90, Modifier.ControlModifier)
    assert len(driver.window.tool.preview.points) == 3
    driver.key(Key.Key_Backspace)
    assert len(driver.window.tool.preview.points) == 2
    driver.click(200, 60)
    driver.wait(lambda: driver.session.current.cracks)
    points = driver.tracer.calls[0][1]
    assert np.allclose(points, [(20, 20), (100, 40), (200, 60)], atol=1)


def test_ctrl_z_takes_back_a_click_before_it_takes_back_a_crack(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.click(40, 150)
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    assert driver.window.tool.preview.points == ()
    assert len(driver.session.current.cracks) == 1


def test_enter_finishes_at_the_last_point(driver, images):
    driver.open(images)
    driver.click(20, 20)
    driver.key(Key.Key_Return)  # one point is no crack
    assert driver.tracer.calls == []
    driver.click(100, 40, Modifier.ShiftModifier)
    driver.key(Key.Key_Return)
    driver.wait(lambda: driver.session.current.cracks)


def test_escape_drops_the_clicks_then_cancels_the_trace(driver, images):
    driver.open(images)
    driver.click(20, 20)
    driver.key(Key.Key_Escape)
    assert driver.window.tool.preview.points == ()

    driver.tracer.release.clear()
    driver.click(20, 20)
    driver.click(200, 20)
    driver.wait(lambda: driver.tracer.calls)
    assert driver.window.tool.preview.under_way
    driver.key(Key.Key_Escape)
    assert driver.session.running == []
    assert driver.window.tool.preview.under_way == ()
    driver.tracer.release.set()
    driver.qtbot.wait(50)
    assert driver.session.current.cracks == []


def test_cancel_button_stops_the_trace(driver, images):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(20, 20)
    driver.click(200, 20)
    button = driver.window.findChild(object, "cancel_job")
    driver.wait(button.isVisible)
    driver.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert driver.session.running == []
    driver.wait(lambda: not button.isVisible())


def test_a_second_crack_can_be_clicked_while_the_first_is_traced(driver, images):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(20, 20)
    driver.click(200, 20)
    driver.click(20, 100)
    driver.click(200, 100)
    assert len(driver.session.running) == 2
    driver.tracer.release.set()
    driver.wait(lambda: len(driver.session.current.cracks) == 2)
    assert driver.session.running == []


def test_click_selects_delete_removes_undo_brings_back(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.trace((40, 150), (200, 150))
    first, second = driver.session.current.cracks
    driver.click(100, 50)
    assert driver.session.selected is first
    driver.key(Key.Key_Delete)
    assert driver.session.current.cracks == [second]
    assert driver.session.selected is None
    assert driver.window.status.hint == HINT_START  # the crack under the pointer is gone
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    assert driver.session.current.cracks == [first, second]
    assert driver.session.selected is first
    assert driver.window.status.hint == HINT_ON_CRACK
    driver.click(100, 50, Modifier.ShiftModifier)  # begins a branch on the crack
    assert len(driver.window.tool.preview.points) == 1


def test_click_outside_the_image_says_so(driver, images):
    driver.open(images)
    driver.click(-20, 10)
    assert driver.window.messages.isVisible()
    assert "outside" in driver.window.messages.text
    assert driver.window.tool.preview.points == ()
    driver.key(Key.Key_Escape)
    assert not driver.window.messages.isVisible()


def test_two_clicks_on_one_spot_say_so(driver, images):
    driver.open(images)
    driver.click(50, 50)
    driver.click(50, 50)
    assert "one spot" in driver.window.messages.text
    assert len(driver.window.tool.preview.points) == 1
    assert driver.tracer.calls == []


def test_a_failed_trace_says_why_and_keeps_the_first_click(driver, images):
    driver.open(images)
    driver.tracer.problem = "The image is flat here; click on a visible crack."
    driver.click(40, 50)
    driver.click(200, 50)
    driver.wait(driver.window.messages.isVisible)
    assert driver.window.messages.text == driver.tracer.problem
    assert np.allclose(driver.window.tool.preview.points, [(40, 50)], atol=1)


def test_the_options_hold_for_the_next_trace(driver, images):
    driver.open(images)
    panel = driver.window.tracing_panel
    panel.set_presets(("default", "measurement", "wide"))
    heading = panel.findChild(object, "tracing_heading")
    assert not panel.findChild(object, "polarity").isVisible()
    driver.qtbot.mouseClick(heading, Qt.MouseButton.LeftButton)
    polarity = panel.findChild(object, "polarity")
    assert polarity.isVisible()
    polarity.setCurrentText("Bright")
    panel.findChild(object, "preset").setCurrentText("Wide cracks")
    driver.trace((40, 50), (200, 50))
    options = driver.tracer.calls[-1][2]
    assert (options.preset, options.polarity) == ("wide", "bright")


def test_saving_over_the_photograph_is_refused(driver, images, monkeypatch):
    driver.open(images)
    photo = images / "photo 2.png"
    before = photo.read_bytes()
    monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: photo)
    driver.trace((40, 50), (200, 50))
    driver.key(Key.Key_S, Modifier.ControlModifier)
    driver.wait(driver.window.messages.isVisible)
    assert "is a photograph" in driver.window.messages.text
    assert photo.read_bytes() == before


def test_a_mask_that_cannot_be_written_stays_unsaved(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    target = tmp_path / "missing folder" / "mask.png"
    monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: target)
    driver.trace((40, 50), (200, 50))
    driver.key(Key.Key_S, Modifier.ControlModifier)
    driver.wait(driver.window.messages.isVisible)
    assert driver.window.status.state == "● Mask not saved"


def test_traces_are_saved_as_json(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    target = tmp_path / "trace.json"
    monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: target)
    driver.trace((40, 50), (200, 50))
    driver.window.commands.action("save_traces").trigger()
    driver.wait(target.exists)
    driver.wait(lambda: "Saved" in driver.window.status.hint)
    assert target.read_text() == "1 cracks of photo 1.png"


@pytest.fixture
def ask_save(monkeypatch):
    """Answer the file dialog with what it suggests; returns the suggestions."""
    suggestions = []

    def ask(parent, title, suggestion, suffix):
        suggestions.append(suggestion)
        return suggestion

    monkeypatch.setattr("annotator.dialogs.files.ask_save", ask)
    return suggestions


def save_mask(driver, modifier=Modifier.ControlModifier):
    driver.key(Key.Key_S, modifier)
    driver.wait(lambda: driver.window.status.state == "✓ Mask saved")


def test_only_the_first_save_of_an_image_asks(driver, images, tmp_path, ask_save, monkeypatch):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    save_mask(driver)
    mask = images / "photo 1_mask.png"
    assert ask_save == [mask]
    driver.trace((40, 150), (200, 150))
    save_mask(driver)
    assert ask_save == [mask]
    assert np.array_equal(np.asarray(Image.open(mask)), session_mask(driver) * 255)

    other = tmp_path / "other.png"
    monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: other)
    save_mask(driver, Modifier.ControlModifier | Modifier.ShiftModifier)
    driver.wait(other.exists)
    driver.wait(lambda: driver.session.current.mask_path == other)


def test_masks_are_never_suggested_into_the_folder_of_another_project(
    driver, images, tmp_path, ask_save, monkeypatch
):
    masks = tmp_path / "masks"
    masks.mkdir()
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    with monkeypatch.context() as patch:
        patch.setattr("annotator.dialogs.files.ask_save", lambda *_args: masks / "a.png")
        save_mask(driver)
    driver.key(Key.Key_D)
    driver.wait(lambda: driver.session.current.name == "photo 2.png")
    driver.trace((40, 50), (200, 50))
    save_mask(driver)
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.png").write_bytes((images / "photo 3.png").read_bytes())
    driver.open(other)
    driver.trace((40, 50), (200, 50))
    save_mask(driver)
    assert ask_save == [masks / "photo 2_mask.png", other / "x_mask.png"]


def test_save_all_asks_for_no_folder_where_every_mask_has_its_file(
    driver, images, ask_save, monkeypatch
):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    save_mask(driver)
    driver.trace((40, 150), (200, 150))
    asked = []
    monkeypatch.setattr("annotator.dialogs.files.ask_folder", lambda *args: asked.append(args))
    driver.window.commands.action("save_all").trigger()
    driver.wait(lambda: driver.window.status.state == "✓ Mask saved")
    assert asked == []


def test_a_notice_gives_way_to_the_next_hint(driver, images, ask_save):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.move(100, 100)
    save_mask(driver)
    assert "Saved" in driver.window.status.hint
    driver.click(40, 150)
    assert driver.window.status.hint == HINT_END


def test_the_canvas_keeps_its_size_while_a_job_is_shown(driver, images):
    driver.open(images)
    driver.wait(lambda: not driver.session.runner.shown_jobs)
    before = driver.viewport.size()
    driver.tracer.release.clear()
    driver.click(20, 20)
    driver.click(200, 20)
    button = driver.window.findChild(object, "cancel_job")
    driver.wait(button.isVisible)
    driver.qtbot.wait(50)
    assert driver.viewport.size() == before
    driver.wait(lambda: "marching" in driver.window.status.job)
    assert driver.window.status.job == "Tracing photo 1.png: marching"


def test_an_image_whose_only_crack_was_deleted_is_not_unsaved(driver, images):
    driver.open(images)
    cancel = driver.window.commands.action("cancel")
    driver.trace((40, 50), (200, 50))
    assert not cancel.isEnabled()
    driver.click(100, 50)
    assert cancel.isEnabled()
    driver.key(Key.Key_Delete)
    assert not cancel.isEnabled()
    assert driver.session.unsaved_entries() == []
    assert driver.window.status.state == "No cracks yet"


def test_no_position_is_left_over_from_the_image_before(driver, images):
    driver.open(images)
    driver.move(60, 60)
    driver.wait(lambda: driver.window.status.coordinates == "x 60  y 60")
    driver.key(Key.Key_D)
    driver.wait(lambda: driver.session.current.name == "photo 2.png")
    assert driver.window.status.coordinates == ""
