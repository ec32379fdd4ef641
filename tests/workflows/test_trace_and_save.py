"""From opening a folder to its cracks in the project, by mouse and keys."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from annotator.storage.project_store import ProjectStore
from tests.workflows.window_driver import SIZE, close, make_driver

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier


def saved_cracks(folder, name="photo 1.png"):
    """Return the cracks of an image as another program would read them."""
    with ProjectStore.open(folder, author="", read_only=True) as store:
        record = next(record for record in store.images() if record.shown_name == name)
        content, damages = store.load(record.identifier)
        assert damages == []
        return content.cracks


def states(driver):
    return [entry.state.value for entry in driver.session.entries]


def test_two_clicks_are_on_disk_and_undo_and_redo_are_too(driver, images):
    driver.open(images)
    project = images.with_name("photos.crackproj")
    assert driver.session.store.folder == project
    driver.trace((40, 50), (200, 120))
    (crack,) = driver.session.current.cracks
    assert np.allclose(crack.path.waypoints, [(40, 50), (200, 120)], atol=1)
    driver.wait_until_saved()
    assert [c.identifier for c in saved_cracks(project)] == [crack.identifier]

    driver.key(Key.Key_Z, Modifier.ControlModifier)
    assert driver.session.current.cracks == ()
    driver.wait_until_saved()
    assert saved_cracks(project) == ()
    for modifiers in (Modifier.ControlModifier | Modifier.ShiftModifier, None):
        key = Key.Key_Z if modifiers else Key.Key_Y
        driver.key(key, modifiers or Modifier.ControlModifier)
        assert [c.identifier for c in driver.session.current.cracks] == [crack.identifier]
        driver.key(Key.Key_Z, Modifier.ControlModifier)
    driver.wait_until_saved()
    assert saved_cracks(project) == ()


def test_what_was_drawn_is_there_when_the_folder_is_opened_again(driver, images, qtbot):
    driver.open(images)
    driver.trace((40, 50), (200, 120))
    driver.trace((40, 150), (200, 180))
    pixels = [crack.mask_patch().data for crack in driver.session.current.cracks]
    driver.window.close()  # at once: what waits is written first
    second = make_driver(qtbot, driver.tracer)
    try:
        second.open(images)
        again = second.session.current.cracks
        assert [crack.source for crack in again] == ["traced", "traced"]
        for crack, before in zip(again, pixels, strict=True):
            assert np.array_equal(crack.mask_patch().data, before)
        assert states(second)[0] == "in progress"
        assert not second.window.commands.action("undo").isEnabled()
    finally:
        close(second)


def test_nothing_is_written_among_the_photographs(driver, images):
    before = {path: path.read_bytes() for path in images.iterdir()}
    driver.open(images)
    driver.trace((40, 50), (200, 120))
    driver.trigger("checkpoint")
    driver.wait(driver.session.store.checkpoints)
    driver.wait_until_saved()
    assert {path: path.read_bytes() for path in images.iterdir()} == before


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


def test_backspace_deletes_only_while_nothing_is_being_clicked(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.click(100, 50)
    assert driver.session.selection.crack is not None
    driver.key(Key.Key_Backspace)
    assert driver.session.current.cracks == ()
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    driver.click(40, 150)
    driver.key(Key.Key_Backspace)
    assert len(driver.session.current.cracks) == 1
    assert driver.window.tool.preview.points == ()


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
    assert driver.session.traces.running == []
    assert driver.window.tool.preview.under_way == ()
    driver.tracer.release.set()
    driver.qtbot.wait(50)
    assert driver.session.current.cracks == ()


def test_cancel_button_stops_the_trace(driver, images):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(20, 20)
    driver.click(200, 20)
    button = driver.window.findChild(object, "cancel_job")
    driver.wait(button.isVisible)
    driver.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert driver.session.traces.running == []
    driver.wait(lambda: not button.isVisible())


def test_a_second_crack_can_be_clicked_while_the_first_is_traced(driver, images):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(20, 20)
    driver.click(200, 20)
    driver.click(20, 100)
    driver.click(200, 100)
    assert len(driver.session.traces.running) == 2
    driver.tracer.release.set()
    driver.wait(lambda: len(driver.session.current.cracks) == 2)
    assert driver.session.traces.running == []


def test_click_selects_delete_removes_undo_brings_back(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.trace((40, 150), (200, 150))
    first, second = driver.session.current.cracks
    driver.click(100, 50)
    assert driver.session.selection.names == (first.identifier,)
    driver.key(Key.Key_Delete)
    assert driver.session.current.cracks == (second,)
    assert driver.session.selection.names == ()
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    assert driver.session.current.cracks == (first, second)
    assert driver.session.selection.names == (first.identifier,)
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


def test_states_are_set_by_digits_and_stay(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    assert states(driver)[0] == "in progress"
    for key, state in ((Key.Key_2, "reviewed"), (Key.Key_3, "approved"), (Key.Key_4, "needs work")):
        driver.key(key)
        assert states(driver)[0] == state
    driver.key(Key.Key_0)
    assert states(driver)[0] == "needs work"
    assert "delete them" in driver.window.messages.text
    driver.wait_until_saved()
    project = driver.session.store.folder
    with ProjectStore.open(project, author="", read_only=True) as store:
        assert store.images()[0].state == "needs work"


def test_masks_and_traces_of_one_image_are_exported(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    target = tmp_path / "out.png"
    monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: target)
    driver.trigger("export_mask")
    driver.wait(target.exists)
    from annotator.storage.mask_io import load_mask

    mask = load_mask(target)
    assert mask.shape == (SIZE[1], SIZE[0])
    (crack,) = driver.session.current.cracks
    patch = crack.mask_patch()
    assert mask.sum() == patch.data.sum()
    traces = tmp_path / "out.json"
    monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: traces)
    driver.trigger("export_traces")
    driver.wait(traces.exists)
    assert '"centerline"' in traces.read_text()


def test_a_photograph_is_never_written_over(driver, images, monkeypatch):
    driver.open(images)
    photo = images / "photo 2.png"
    before = photo.read_bytes()
    monkeypatch.setattr("annotator.dialogs.files.ask_save", lambda *_args: photo)
    driver.trace((40, 50), (200, 50))
    driver.trigger("export_mask")
    assert "is a photograph" in driver.window.messages.text
    assert photo.read_bytes() == before
