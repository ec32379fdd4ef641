"""Opening, stepping, zooming, dropping, closing."""

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from annotator.tools.trace import HINT_BROKEN

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier


def step(driver, key):
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
        driver.key(key)


def wheel(driver, position, notches):
    event = QWheelEvent(
        QPointF(position),
        QPointF(driver.viewport.mapToGlobal(position)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Modifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(driver.viewport, event)


def test_folder_opens_and_keys_step_through_it(driver, images):
    driver.open(images)
    assert driver.session.current.name == "photo 1.png"
    assert driver.window.status.place == "Image 1 of 4"
    step(driver, Key.Key_D)
    assert driver.session.current.name == "photo 2.png"
    step(driver, Key.Key_PageDown)
    assert driver.session.current.name == "photo 3.png"
    step(driver, Key.Key_A)
    step(driver, Key.Key_PageUp)
    assert driver.session.current.name == "photo 1.png"
    driver.key(Key.Key_A)  # there is none before the first
    assert driver.session.current.name == "photo 1.png"


def test_a_single_image_brings_its_folder_along(driver, images):
    driver.open(images / "photo 3.png")
    assert driver.session.current.name == "photo 3.png"
    assert len(driver.session.entries) == 4


def test_two_quick_steps_lead_two_images_on(driver, images):
    driver.open(images)
    driver.key(Key.Key_D)
    driver.key(Key.Key_D)
    driver.wait(lambda: driver.session.current.name == "photo 3.png")


def test_the_old_image_stays_until_the_new_one_is_ready(driver, images):
    driver.open(images)
    before = driver.viewport.grab().toImage()
    driver.session._loader._cache.clear()
    driver.key(Key.Key_D)
    assert driver.session.current.name == "photo 1.png"
    assert driver.viewport.grab().toImage() == before
    driver.wait(lambda: driver.session.current.name == "photo 2.png")


def test_the_next_image_is_loaded_ahead(driver, images):
    driver.open(images)
    driver.wait(lambda: images / "photo 2.png" in driver.session._loader._cache)
    driver.key(Key.Key_D)
    assert driver.session.current.name == "photo 2.png"  # at once


def test_cracks_and_history_belong_to_their_image(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    step(driver, Key.Key_D)
    assert driver.window.scene.crack_items() == []
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    driver.trace((60, 90), (250, 90))
    step(driver, Key.Key_A)
    assert len(driver.session.current.cracks) == 1
    assert len(driver.window.scene.crack_items()) == 1
    driver.key(Key.Key_Z, Modifier.ControlModifier)
    assert driver.session.current.cracks == []
    assert len(driver.session.entries[1].cracks) == 1


def test_a_trace_that_ends_later_goes_to_its_own_image(driver, images):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(40, 50)
    driver.click(200, 50)
    step(driver, Key.Key_D)
    assert driver.window.tool.preview.under_way == ()
    driver.tracer.release.set()
    driver.wait(lambda: not driver.session.running)
    assert driver.session.current.cracks == []
    assert len(driver.session.entries[0].cracks) == 1


def test_a_file_that_is_no_image_leaves_everything_as_it_was(driver, images, tmp_path):
    driver.open(images)
    bad = tmp_path / "notes.txt"
    bad.write_text("not an image")
    driver.session.open_paths([bad])
    driver.wait(driver.window.messages.isVisible)
    assert "notes.txt" in driver.window.messages.text
    assert driver.session.current.name == "photo 1.png"
    assert len(driver.session.entries) == 4


def test_a_broken_image_in_a_folder_does_not_bar_the_way(driver, images):
    (images / "photo 2.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    driver.open(images)
    driver.key(Key.Key_D)
    driver.wait(driver.window.messages.isVisible)
    window = driver.window
    assert "photo 2.png" in window.messages.text
    assert window.windowTitle().startswith("photo 2.png")
    assert window.status.place == "Image 2 of 4"
    assert window.status.hint == HINT_BROKEN
    assert window.images_panel.list.currentIndex().row() == 1
    assert window.scene.image_rect.isEmpty()
    driver.click(60, 60)
    assert window.tool.preview.points == ()
    assert not window.commands.action("save_mask").isEnabled()
    step(driver, Key.Key_D)
    assert driver.session.current.name == "photo 3.png"
    assert not window.messages.isVisible()
    step(driver, Key.Key_A)
    step(driver, Key.Key_A)  # one more step leads on from the broken file
    assert driver.session.current.name == "photo 1.png"
    assert not window.messages.isVisible()
    assert not window.scene.image_rect.isEmpty()


def test_the_place_stays_across_a_broken_image(driver, images):
    (images / "photo 2.png").write_bytes(b"")
    driver.open(images)
    driver.window.view.zoom_to(5.0)
    driver.window.view.centerOn(QPointF(60, 70))
    place = driver.window.view.mapToScene(driver.viewport.rect().center())
    step(driver, Key.Key_D)
    step(driver, Key.Key_D)
    assert driver.session.current.name == "photo 3.png"
    assert driver.window.view.zoom == 5.0
    assert driver.window.view.mapToScene(driver.viewport.rect().center()) == place


def test_a_folder_whose_first_image_is_broken_still_opens(driver, images):
    (images / "photo 1.png").write_bytes(b"")
    driver.open(images)
    assert driver.session.current.name == "photo 2.png"


def test_an_empty_folder_says_so(driver, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    driver.session.open_paths([empty])
    driver.wait(driver.window.messages.isVisible)
    assert "no images in empty" in driver.window.messages.text


def test_dropped_files_open(driver, images):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(images / "photo 2.png"))])
    event = QDropEvent(
        QPointF(300, 300),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Modifier.NoModifier,
    )
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
        driver.window.dropEvent(event)
    assert driver.session.current.name == "photo 2.png"
    assert not driver.window.findChild(object, "start_page").isVisible()


def test_a_click_in_the_list_shows_the_image(driver, images):
    driver.open(images)
    view = driver.window.images_panel.list
    row = view.visualRect(view.model().index(2))
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
        driver.qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=row.center())
    assert driver.session.current.name == "photo 3.png"


def test_thumbnails_appear(driver, images):
    driver.open(images)
    model = driver.window.images_panel.list.model()

    def has_pictures():
        role = Qt.ItemDataRole.DecorationRole
        return all(model.index(row).data(role) is not None for row in range(4))

    driver.wait(has_pictures)


def test_wheel_zooms_at_the_cursor(driver, images):
    driver.open(images)
    view = driver.window.view
    position = driver.at(70, 60)
    before, zoom = view._scene_point(QPointF(position)), view.zoom
    for _ in range(4):
        wheel(driver, position, 1)
    after = view._scene_point(QPointF(position))
    assert view.zoom == pytest.approx(zoom * 1.25**4)
    assert abs(after.x() - before.x()) * view.zoom <= 1.5
    assert abs(after.y() - before.y()) * view.zoom <= 1.5
    wheel(driver, position, -2)
    assert view.zoom == pytest.approx(zoom * 1.25**2)


def test_clicks_mean_the_same_pixel_at_any_zoom(driver, images):
    driver.open(images)
    view = driver.window.view
    for zoom in (1.0, 3.3, 12.0):
        view.zoom_to(zoom)
        view.centerOn(QPointF(100.5, 80.5))
        driver.click(100, 80)
        (point,) = driver.window.tool.preview.points
        assert np.hypot(point[0] - 100, point[1] - 80) <= 1.0 / zoom + 0.02
        driver.key(Key.Key_Escape)


def test_middle_drag_and_space_drag_move_the_image(driver, images):
    driver.open(images)
    driver.window.view.zoom_to(4.0)
    middle = driver.viewport.rect().center()
    for button, holds_space in (
        (Qt.MouseButton.MiddleButton, False),
        (Qt.MouseButton.LeftButton, True),
    ):
        before = driver.window.view.mapToScene(middle)
        if holds_space:
            driver.qtbot.keyPress(driver.window.view, Key.Key_Space)
        driver.drag(button, middle, (60, -40))
        if holds_space:
            driver.qtbot.keyRelease(driver.window.view, Key.Key_Space)
        moved = driver.window.view.mapToScene(middle) - before
        assert moved.x() == pytest.approx(-15, abs=0.5)
        assert moved.y() == pytest.approx(10, abs=0.5)
    assert driver.window.tool.preview.points == ()


def test_fit_and_actual_size(driver, images):
    driver.open(images)
    driver.key(Key.Key_1, Modifier.ControlModifier)
    assert driver.window.view.zoom == 1.0
    driver.key(Key.Key_F)
    fitted = driver.window.view.zoom
    assert fitted > 1.5
    driver.window.resize(900, 600)
    driver.wait(lambda: driver.window.view.zoom < fitted)  # a fitted image stays fitted


def test_zoom_and_place_stay_between_images_of_one_size(driver, images):
    driver.open(images)
    view = driver.window.view
    view.zoom_to(5.0)
    view.centerOn(QPointF(60, 70))
    place = view.mapToScene(driver.viewport.rect().center())
    step(driver, Key.Key_D)
    assert view.zoom == 5.0
    assert view.mapToScene(driver.viewport.rect().center()) == place
    step(driver, Key.Key_D)
    step(driver, Key.Key_D)  # the fourth has another size
    assert view.zoom != 5.0


def test_overlay_modes_cycle(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    (item,) = driver.window.scene.crack_items()
    seen = []
    for _ in range(3):
        driver.key(Key.Key_O)
        seen.append((driver.window.scene.overlay_mode.value, item.isVisible()))
    assert seen == [("outline", True), ("off", False), ("mask", True)]


def test_closing_asks_about_unsaved_masks(driver, images, tmp_path, monkeypatch):
    asked = []

    def ask(parent, names, *, is_tracing):
        asked.append((names, is_tracing))
        return answer

    monkeypatch.setattr("annotator.dialogs.unsaved.ask_unsaved", ask)
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    step(driver, Key.Key_D)
    driver.trace((40, 50), (200, 50))

    answer = "cancel"
    assert not driver.window.close()
    assert driver.window.isVisible()
    assert asked == [(["photo 1.png", "photo 2.png"], False)]

    answer = "save"
    folder = tmp_path / "masks"
    folder.mkdir()
    monkeypatch.setattr("annotator.dialogs.files.ask_folder", lambda *_args: folder)
    driver.window.close()
    driver.wait(lambda: not driver.window.isVisible())
    assert sorted(path.name for path in folder.iterdir()) == [
        "photo 1_mask.png",
        "photo 2_mask.png",
    ]


def test_save_all_asks_before_it_replaces(driver, images, tmp_path, monkeypatch):
    old = tmp_path / "photo 1_mask.png"
    old.write_bytes(b"old")
    monkeypatch.setattr("annotator.dialogs.files.ask_folder", lambda *_args: tmp_path)
    asked = []
    monkeypatch.setattr(
        "annotator.dialogs.files.ask_overwrite", lambda _parent, paths: asked.append(paths)
    )
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.window.commands.action("save_all").trigger()
    assert asked == [[old]]
    assert old.read_bytes() == b"old"


def test_a_failed_save_keeps_the_window_open(driver, images, tmp_path, monkeypatch):
    monkeypatch.setattr("annotator.dialogs.unsaved.ask_unsaved", lambda *_args, **_kw: "save")
    monkeypatch.setattr("annotator.dialogs.files.ask_folder", lambda *_args: tmp_path / "not there")
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.window.close()
    driver.wait(driver.window.messages.isVisible)
    assert driver.window.isVisible()
    assert len(driver.session.unsaved_entries()) == 1


def test_discarding_closes(driver, images, monkeypatch):
    monkeypatch.setattr("annotator.dialogs.unsaved.ask_unsaved", lambda *_args, **_kw: "discard")
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    assert driver.window.close()
    assert not driver.window.isVisible()


def test_opening_another_folder_keeps_images_with_cracks(driver, images, tmp_path):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.png").write_bytes((images / "photo 2.png").read_bytes())
    driver.open(other)
    assert [entry.name for entry in driver.session.entries] == ["x.png", "photo 1.png"]
    assert len(driver.session.unsaved_entries()) == 1


def test_a_trace_under_way_survives_opening_another_folder(driver, images, tmp_path):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(40, 50)
    driver.click(200, 50)
    other = tmp_path / "other"
    other.mkdir()
    (other / "x.png").write_bytes((images / "photo 2.png").read_bytes())
    driver.open(other)
    assert [entry.name for entry in driver.session.entries] == ["x.png", "photo 1.png"]
    driver.tracer.release.set()
    driver.wait(lambda: driver.session.entries[1].cracks)
    assert driver.session.current.cracks == []


def test_closing_mentions_a_trace_under_way(driver, images, monkeypatch):
    asked = []

    def ask(parent, names, *, is_tracing):
        asked.append((names, is_tracing))
        return "cancel"

    monkeypatch.setattr("annotator.dialogs.unsaved.ask_unsaved", ask)
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(40, 50)
    driver.click(200, 50)
    assert not driver.window.close()
    assert asked == [([], True)]


def test_saving_at_the_close_does_not_ask_about_the_running_trace_again(
    driver, images, tmp_path, monkeypatch
):
    asked = []

    def ask(parent, names, *, is_tracing):
        asked.append((names, is_tracing))
        return "save"

    monkeypatch.setattr("annotator.dialogs.unsaved.ask_unsaved", ask)
    monkeypatch.setattr("annotator.dialogs.files.ask_folder", lambda *_args: tmp_path)
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.tracer.release.clear()
    driver.click(40, 90)
    driver.click(200, 90)
    driver.window.close()
    driver.wait(lambda: not driver.window.isVisible())
    assert asked == [(["photo 1.png"], True)]
    assert (tmp_path / "photo 1_mask.png").exists()
