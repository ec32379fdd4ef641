"""Predicting in the window, with a process that needs no model: by keys, mouse, and in trouble."""

import os
import signal
import threading

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QComboBox, QDockWidget, QPushButton, QSlider, QToolButton

from annotator.document.image_state import ImageState
from annotator.services import models as model_service
from annotator.session.prediction_display import NOTHING, PHOTOGRAPH
from tests.prediction_factory import make_process, propose, save_photograph
from tests.session_factory import watch
from tests.workflows.window_driver import FakeTracer, close, make_driver

pytestmark = pytest.mark.gui

Key, Modifier = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def photographs(tmp_path):
    folder = tmp_path / "dark lines"
    folder.mkdir()
    for number in range(1, 5):
        save_photograph(folder / f"photo {number}.png", line=20 * number)
    return folder


@pytest.fixture
def driver(qtbot, monkeypatch):
    monkeypatch.setattr(
        "annotator.session.predictions.PredictionProcess", lambda: make_process(monkeypatch)
    )
    driver = make_driver(qtbot, FakeTracer())
    driver.session.predictions.finding.search = propose
    yield driver
    close(driver)


def opened(driver, folder):
    driver.open(folder)
    driver.wait(lambda: driver.session.predictions.chosen_model)
    return driver.session.predictions


def quiet(predictions):
    return lambda: not predictions.is_predicting and not predictions.finding.is_searching


def child(driver, kind, name):
    return driver.window.findChild(kind, name)


def test_one_key_predicts_shows_and_proposes(driver, photographs):
    predictions = opened(driver, photographs)
    tiles = watch(predictions.tiles_arrived)
    driver.key(Key.Key_F5)
    assert child(driver, QDockWidget, "prediction_dock").isVisible()
    driver.wait(quiet(predictions))
    entry = driver.session.current
    assert len(tiles) == 8
    assert predictions.codes[21, 100] == 65535
    assert predictions.shown.is_complete
    assert entry.state is ImageState.PREDICTED
    assert entry.candidate_count == 1
    assert not entry.cracks
    driver.wait_until_saved()
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    assert entry.candidate_count == 0
    assert entry.state is ImageState.NEW
    driver.key(Key.Key_Y, Modifier.ControlModifier)
    assert entry.candidate_count == 1


def test_a_prediction_is_there_again_after_coming_back(driver, photographs):
    predictions = opened(driver, photographs)
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    driver.key(Key.Key_D)
    driver.wait(lambda: driver.session.index == 1)
    assert predictions.shown is None
    driver.key(Key.Key_A)
    driver.wait(lambda: predictions.shown is not None)
    assert predictions.codes[21, 100] == 65535


def test_a_prediction_is_there_again_while_another_image_is_predicted(driver, photographs):
    predictions = opened(driver, photographs)
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    driver.key(Key.Key_D)
    driver.wait(lambda: driver.session.index == 1)
    predictions.set_device("slow")
    driver.key(Key.Key_F5)
    driver.wait(lambda: predictions.shown is not None)
    driver.key(Key.Key_A)
    driver.wait(lambda: predictions.shown is not None and predictions.shown.is_complete)
    assert predictions.is_predicting
    assert predictions.shown.entry is driver.session.current
    driver.key(Key.Key_D)
    driver.wait(lambda: predictions.shown and predictions.shown.entry is driver.session.current)
    driver.wait(quiet(predictions))
    assert predictions.shown.is_complete


def test_all_images_are_predicted_but_those_decided(driver, photographs):
    predictions = opened(driver, photographs)
    notices = watch(driver.session.notice)
    entries = driver.session.entries
    driver.session.set_state([entries[2]], ImageState.NO_CRACK)
    driver.wait(lambda: entries[2].state is ImageState.NO_CRACK)
    driver.trigger("predict_all")
    assert notices[-1] == "Predicting 3 images; left alone: 1 approved or without cracks"
    driver.wait(quiet(predictions))
    states = [entry.state for entry in entries]
    assert states == [ImageState.PREDICTED] * 2 + [ImageState.NO_CRACK, ImageState.PREDICTED]
    assert [entry.candidate_count for entry in entries] == [1, 1, 0, 1]
    assert "3 images predicted" in notices


def test_predicting_all_again_goes_on_where_it_stopped(driver, photographs):
    predictions = opened(driver, photographs)
    predictions.set_device("slow")
    driver.trigger("predict_all")
    driver.wait(lambda: driver.session.entries[0].candidate_count)
    driver.trigger("cancel_prediction")
    assert not predictions.is_predicting
    driver.wait(quiet(predictions))
    first = driver.session.entries[0].content
    assert driver.session.entries[3].state is ImageState.NEW
    predictions.set_device("auto")
    driver.trigger("predict_all")
    driver.wait(quiet(predictions))
    assert all(entry.candidate_count == 1 for entry in driver.session.entries)
    assert driver.session.entries[0].content is first, "what is done is not done twice"


def test_an_image_that_is_looked_at_comes_next(driver, photographs):
    predictions = opened(driver, photographs)
    predictions.set_device("slow")
    order = []
    entries = driver.session.entries
    driver.session.document_changed.connect(lambda entry: order.append(entries.index(entry)))
    driver.trigger("predict_all")
    driver.wait(lambda: predictions.shown is not None)
    driver.session.show_image(3)
    driver.wait(lambda: driver.session.index == 3)
    predictions.set_device("auto")
    driver.wait(quiet(predictions))
    assert order[:2] == [0, 3]


def test_cancelling_in_the_middle_leaves_no_trace(driver, photographs):
    predictions = opened(driver, photographs)
    predictions.set_device("slow")
    tiles = watch(predictions.tiles_arrived)
    driver.key(Key.Key_F5)
    driver.wait(lambda: len(tiles) >= 2)
    assert child(driver, QPushButton, "predict_button").text() == "Cancel"
    child(driver, QPushButton, "predict_button").click()
    assert not predictions.is_predicting
    assert predictions.shown is None or not predictions.shown.is_complete
    driver.wait(lambda: predictions.shown is None)
    assert driver.session.current.state is ImageState.NEW
    assert child(driver, QPushButton, "predict_button").text() == "Predict this image"
    predictions.set_device("auto")
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    assert predictions.shown.is_complete


def test_a_child_that_is_killed_is_told_and_the_image_predicted(driver, photographs):
    predictions = opened(driver, photographs)
    predictions.set_device("slow")
    notices, tiles = watch(driver.session.notice), watch(predictions.tiles_arrived)
    driver.key(Key.Key_F5)
    driver.wait(lambda: len(tiles) >= 2)
    os.kill(predictions._process.pid, signal.SIGKILL)
    driver.wait(quiet(predictions))
    assert any("is begun again" in text for text in notices)
    assert predictions.shown.is_complete


def test_one_bad_image_does_not_stop_the_others(driver, photographs):
    save_photograph(photographs / "photo 0 broken.png")
    save_photograph(photographs / "photo 2 deadly.png")
    predictions = opened(driver, photographs)
    problems, notices = watch(driver.session.problem), watch(driver.session.notice)
    driver.trigger("predict_all")
    driver.wait(quiet(predictions))
    assert any("it is broken on purpose" in text for text in problems)
    assert "4 images predicted; 2 could not be" in notices
    counts = [entry.candidate_count for entry in driver.session.entries]
    assert sorted(counts) == [0, 0, 1, 1, 1, 1]


def test_a_model_that_cannot_be_used_stops_all_of_them(driver, photographs):
    predictions = opened(driver, photographs)
    problems = watch(driver.session.problem)
    predictions.set_device("none")
    driver.trigger("predict_all")
    driver.wait(quiet(predictions))
    assert problems == ["The model default cannot be used: there is no such device."]
    assert all(entry.state is ImageState.NEW for entry in driver.session.entries)


def test_images_may_be_switched_quickly_while_tiles_arrive(driver, photographs):
    predictions = opened(driver, photographs)
    predictions.set_device("slow")
    for _ in range(3):
        driver.key(Key.Key_F5)
        driver.qtbot.wait(120)
        for key in (Key.Key_D, Key.Key_D, Key.Key_A):
            driver.key(key)
            driver.qtbot.wait(15)
    driver.wait(quiet(predictions))
    shown = predictions.shown
    assert shown is None or shown.entry is driver.session.current
    for entry in driver.session.entries:
        assert entry.candidate_count <= 1


def test_closing_while_it_predicts_is_quick_and_clean(qtbot, monkeypatch, photographs):
    monkeypatch.setattr(
        "annotator.session.predictions.PredictionProcess", lambda: make_process(monkeypatch)
    )
    driver = make_driver(qtbot, FakeTracer())
    predictions = opened(driver, photographs)
    predictions.set_device("slow")
    driver.trigger("predict_all")
    driver.wait(lambda: predictions.shown is not None)
    process = predictions._process
    close(driver)
    assert process.pid is None


def test_in_a_project_that_is_read_only_a_prediction_is_only_shown(driver, photographs):
    opened(driver, photographs)
    project = driver.session.store.folder
    driver.leave_project()
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=20000):
        driver.session.open_paths([project], read_only=True)
    predictions = driver.session.predictions
    driver.wait(lambda: predictions.chosen_model)
    problems = watch(driver.session.problem)
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    assert predictions.shown.is_complete
    assert problems == []
    assert not (project / "predictions").exists()
    assert driver.session.current.candidate_count == 0
    assert not child(driver, QPushButton, "find_cracks_again").isEnabled()


def test_an_approved_image_is_predicted_but_nothing_is_proposed(driver, photographs):
    predictions = opened(driver, photographs)
    notices = watch(driver.session.notice)
    driver.session.set_state([driver.session.current], ImageState.APPROVED)
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    assert predictions.shown.is_complete
    assert driver.session.current.state is ImageState.APPROVED
    assert driver.session.current.candidate_count == 0
    assert any("nothing is proposed on it" in text for text in notices)


def test_another_project_ends_what_runs(driver, photographs, images):
    predictions = opened(driver, photographs)
    predictions.set_device("slow")
    driver.trigger("predict_all")
    driver.wait(lambda: predictions.shown is not None)
    driver.open(images)
    driver.wait(lambda: predictions.chosen_model)
    driver.wait(quiet(predictions))
    assert predictions.shown is None
    assert all(entry.state is ImageState.NEW for entry in driver.session.entries)


def test_the_threshold_is_kept_with_the_project(driver, photographs, images):
    predictions = opened(driver, photographs)
    project = driver.session.store.folder
    usual = predictions.threshold
    slider = child(driver, QSlider, "prediction_threshold")
    slider.setValue(33)
    assert predictions.threshold == 0.33
    driver.wait(lambda: driver.session.store.get("predictions", {}))
    driver.open(images)
    driver.wait(lambda: predictions.chosen_model and predictions.threshold == usual)
    driver.open(project)
    driver.wait(lambda: predictions.threshold == 0.33)
    assert slider.value() == 33


def test_cracks_are_found_again_at_another_threshold(driver, photographs):
    predictions = opened(driver, photographs)
    predictions.set_threshold(0.99)
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    button = child(driver, QPushButton, "find_cracks_again")
    assert button.isEnabled()
    predictions.set_threshold(0.01)
    button.click()
    driver.wait(quiet(predictions))
    (candidate,) = driver.session.current.content.candidates
    assert candidate.traced.path.centerline[0, 1] == 0, "at 1 % the background counts as well"


def test_what_is_drawn_while_cracks_are_looked_for_is_not_proposed_as_well(driver, photographs):
    predictions = opened(driver, photographs)
    release = threading.Event()

    def wait_and_propose(*arguments):
        release.wait(20)
        return propose(*arguments)

    predictions.finding.search = wait_and_propose
    driver.key(Key.Key_F5)
    driver.wait(lambda: predictions.finding.is_searching)
    driver.trace((20, 20), (180, 20))
    release.set()
    driver.wait(quiet(predictions))
    content = driver.session.current.content
    assert len(content.cracks) == 1
    assert content.candidates == ()
    assert content.state is ImageState.IN_PROGRESS


def test_looking_for_cracks_can_be_cancelled(driver, photographs):
    predictions = opened(driver, photographs)
    release = threading.Event()

    def wait_and_propose(*arguments):
        release.wait(20)
        return propose(*arguments)

    predictions.finding.search = wait_and_propose
    driver.trigger("predict_all")
    driver.wait(lambda: predictions.finding.is_searching and not predictions.is_predicting)
    driver.wait(lambda: child(driver, QToolButton, "cancel_job").isVisible())
    child(driver, QToolButton, "cancel_job").click()
    release.set()
    assert not predictions.finding.is_searching
    driver.qtbot.wait(100)
    assert all(entry.candidate_count == 0 for entry in driver.session.entries)
    driver.trigger("predict_all")
    driver.wait(quiet(predictions))
    assert all(entry.candidate_count == 1 for entry in driver.session.entries)


def test_the_divider_is_dragged_with_the_mouse(driver, photographs):
    predictions = opened(driver, photographs)
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    handle = driver.window.findChild(object, "swipe_handle")
    driver.key(Key.Key_W)
    assert predictions.display.look.compared == PHOTOGRAPH
    assert handle.isVisible()
    start = handle.rect().center()
    driver.qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=start)
    driver.qtbot.mouseMove(handle, start + QPoint(-90, 5))
    driver.qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=start)
    share = predictions.display.look.divider
    assert abs((0.5 - share) * driver.window.view.width() - 90) < 2
    driver.key(Key.Key_H)  # pressed and released
    assert handle.isVisible()
    driver.key(Key.Key_W)
    assert predictions.display.look.compared == NOTHING
    assert not handle.isVisible()


def test_two_models_are_compared(driver, photographs):
    predictions = opened(driver, photographs)
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    second = predictions.models[1]
    compared = child(driver, QComboBox, "prediction_compared")
    compared.setCurrentIndex(compared.findData(second.key))
    compared.activated.emit(compared.currentIndex())
    missing = child(driver, QPushButton, "predict_compared")
    driver.wait(missing.isVisible)
    before = driver.session.current.content
    missing.click()
    driver.wait(lambda: predictions.other is not None and predictions.other.is_complete)
    driver.wait(quiet(predictions))
    assert not missing.isVisible()
    assert driver.session.current.content is before, "what is compared proposes nothing"


def test_holding_h_hides_the_prediction(driver, photographs):
    predictions = opened(driver, photographs)
    driver.key(Key.Key_F5)
    driver.wait(quiet(predictions))
    view = driver.window.view
    whole = view.grab().toImage()
    driver.qtbot.keyPress(view, Key.Key_H)
    hidden = view.grab().toImage()
    driver.qtbot.keyRelease(view, Key.Key_H)
    assert hidden != whole
    assert view.grab().toImage() == whole


def test_without_a_model_nothing_can_be_predicted(driver, photographs, monkeypatch):
    monkeypatch.setattr(model_service, "model_choices", lambda _project: [])
    driver.open(photographs)
    driver.qtbot.wait(300)
    assert not driver.window.commands.action("predict_current").isEnabled()
    assert not child(driver, QPushButton, "predict_button").isEnabled()
    driver.session.predictions.predict_current()
    assert driver.session.predictions.shown is None
