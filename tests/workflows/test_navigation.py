"""Opening, stepping, zooming, dropping, closing."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QRegion, QWheelEvent
from PySide6.QtWidgets import QApplication

from annotator.document.image_state import ImageState
from annotator.panels.start_page import RecentButton
from annotator.tools.trace import HINT_BROKEN
from tests.workflows.window_driver import FakeTracer, close, make_driver

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier


def step(driver, key):
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
        driver.key(key)


def wheel(driver, position, notches, modifier=Modifier.NoModifier):
    event = QWheelEvent(
        QPointF(position),
        QPointF(driver.viewport.mapToGlobal(position)),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        modifier,
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
    driver.session.steps.loader._cache.clear()
    driver.key(Key.Key_D)
    assert driver.session.current.name == "photo 1.png"
    assert driver.viewport.grab().toImage() == before
    driver.wait(lambda: driver.session.current.name == "photo 2.png")


def test_the_next_image_is_loaded_ahead(driver, images):
    driver.open(images)
    driver.wait(lambda: images / "photo 2.png" in driver.session.steps.loader._cache)
    driver.wait(lambda: driver.session.entries[1].content is not None)
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
    assert driver.session.current.cracks == ()
    assert len(driver.session.entries[1].cracks) == 1


def test_a_trace_that_ends_later_goes_to_its_own_image(driver, images):
    driver.open(images)
    driver.tracer.release.clear()
    driver.click(40, 50)
    driver.click(200, 50)
    step(driver, Key.Key_D)
    assert driver.window.tool.preview.under_way == ()
    driver.tracer.release.set()
    driver.wait(lambda: not driver.session.traces.running)
    assert driver.session.current.cracks == ()
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
    assert not window.commands.action("fit").isEnabled()
    step(driver, Key.Key_D)
    assert driver.session.current.name == "photo 3.png"
    assert not window.messages.isVisible()
    step(driver, Key.Key_A)
    step(driver, Key.Key_A)  # one more step leads on from the broken file
    assert driver.session.current.name == "photo 1.png"
    assert not window.messages.isVisible()
    assert not window.scene.image_rect.isEmpty()


class Painted(QObject):
    """Notes what of a widget is painted."""

    def __init__(self, widget):
        super().__init__()
        self.region = QRegion()
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):  # noqa: N802
        if event.type() == QEvent.Type.Paint:
            self.region += event.region()
        return False


def test_a_broken_image_leaves_nothing_of_the_one_before(driver, images):
    (images / "photo 2.png").write_text("no image")
    driver.open(images)
    driver.qtbot.wait(50)
    painted = Painted(driver.viewport)
    step(driver, Key.Key_D)
    driver.wait(lambda: painted.region == QRegion(driver.viewport.rect()))
    assert driver.window.scene.notice == "This file cannot be opened"
    step(driver, Key.Key_D)
    assert driver.window.scene.notice == ""


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
    assert "photo 1.png" in driver.window.messages.text
    assert len(driver.session.entries) == 4
    step(driver, Key.Key_D)
    assert driver.session.current.name == "photo 2.png"
    assert not driver.window.messages.isVisible()


def test_an_empty_folder_says_so(driver, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    driver.session.open_paths([empty])
    driver.wait(driver.window.messages.isVisible)
    assert "no images in" in driver.window.messages.text
    assert driver.window.start_page.isVisible()


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
    assert not driver.window.start_page.isVisible()


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
        seen.append((driver.window.scene.overlay_mode.value, not item.is_hidden))
    assert seen == [("outline", True), ("off", False), ("mask", True)]


def test_steps_follow_the_filter_of_the_list(driver, images):
    driver.open(images)
    panel = driver.window.images_panel
    panel.filter._line.setText("3")
    driver.wait(lambda: panel.list.model().rowCount() == 2)
    step(driver, Key.Key_D)
    assert driver.session.current.name == "photo 3.png"
    assert not driver.window.commands.action("next_image").isEnabled()
    driver.wait(lambda: panel.list.model().rowCount() == 1)
    panel.filter.clear()
    assert driver.window.commands.action("next_image").isEnabled()


@pytest.mark.parametrize(("key", "text"), [(Key.Key_Return, "3"), (Key.Key_Escape, "")])
def test_return_and_escape_lead_from_the_filter_to_the_canvas(driver, images, key, text):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.session.selection.select([driver.session.current.cracks[0].identifier])
    driver.key(Key.Key_F, Modifier.ControlModifier)
    line = driver.window.images_panel.filter._line
    assert line.hasFocus()
    driver.qtbot.keyClicks(line, "3")
    driver.qtbot.keyClick(line, key)
    assert driver.window.view.hasFocus()
    assert line.text() == text
    assert driver.session.selection.names  # Escape was meant for the line
    assert driver.session.current.name == "photo 1.png"


def test_the_next_image_to_do_is_found_around_the_end(driver, images):
    driver.open(images)
    both = Modifier.ControlModifier | Modifier.ShiftModifier
    driver.key(Key.Key_2)
    driver.session.set_state(driver.session.entries[1:2], ImageState.NO_CRACK)
    driver.wait(lambda: driver.session.entries[1].state is ImageState.NO_CRACK)
    for name in ("photo 3.png", "photo 4.png", "photo 3.png"):
        with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
            driver.key(Key.Key_D, both)
        assert driver.session.current.name == name
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
        driver.key(Key.Key_A, both)
    assert driver.session.current.name == "photo 4.png"


def test_images_chosen_in_the_list_get_a_state_together(driver, images):
    driver.open(images)
    panel, view = driver.window.images_panel, driver.window.images_panel.list
    place = view.visualRect(view.model().index(2)).center()
    driver.qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, Modifier.ControlModifier, place
    )
    assert driver.session.current.name == "photo 1.png"
    driver.trigger("state_no_crack")
    states = [ImageState.NO_CRACK, ImageState.NEW, ImageState.NO_CRACK, ImageState.NEW]
    driver.wait(lambda: [entry.state for entry in driver.session.entries] == states)
    # With the canvas in hand, commands mean the image that is seen.
    driver.window.images_panel.list.setFocus()
    driver.window.view.setFocus()
    assert [entry.name for entry in panel.chosen] == ["photo 1.png"]


def test_the_menu_of_the_list_is_about_what_was_clicked(driver, images):
    driver.open(images)
    view = driver.window.images_panel.list
    place = view.visualRect(view.model().index(3)).center()
    driver.qtbot.mouseClick(view.viewport(), Qt.MouseButton.RightButton, pos=place)
    assert [entry.name for entry in driver.window.context.images] == ["photo 4.png"]
    assert driver.session.current.name == "photo 1.png"


def test_alt_and_the_wheel_fade_the_masks(driver, images):
    driver.open(images)
    zoom = driver.window.view.zoom
    wheel(driver, driver.at(70, 60), 2, Modifier.AltModifier)
    assert driver.window.context.opacity == pytest.approx(0.5)
    assert driver.window.opacity.slider.value() == 50
    assert driver.window.view.zoom == zoom


def test_h_hides_the_cracks_while_it_is_held(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.wait(lambda: driver.window.scene.crack_items)
    driver.move(40, 150)
    plain = driver.viewport.grab().toImage()
    driver.qtbot.keyPress(driver.window.view, Key.Key_H)
    hidden = driver.viewport.grab().toImage()
    assert hidden != plain
    driver.qtbot.keyRelease(driver.window.view, Key.Key_H)
    assert driver.viewport.grab().toImage() == plain


def test_the_overview_is_there_when_zoomed_in_and_moves_the_view(driver, images):
    driver.open(images)
    overview, view = driver.window.overview, driver.window.view
    assert not overview.isVisible()
    view.zoom_to(8.0)
    assert overview.isVisible()
    center = overview.frame.center()
    driver.qtbot.mouseClick(
        overview, Qt.MouseButton.LeftButton, pos=QPoint(overview.width() - 10, 10)
    )
    middle = view.mapToScene(driver.viewport.rect().center())
    assert middle.x() > 270
    assert middle.y() < 60
    assert overview.frame.center().x() > center.x()
    driver.trigger("overview")
    assert not overview.isVisible()
    driver.trigger("overview")
    assert overview.isVisible()
    driver.key(Key.Key_F)
    assert not overview.isVisible()


def test_the_scale_bar_is_a_round_number_and_fits(driver, images):
    driver.open(images)
    bar, view = driver.window.scale_bar, driver.window.view
    for zoom in (0.7, 1.0, 3.3, 17.0, 40.0):
        view.zoom_to(zoom)
        assert str(bar.length).strip("0") in {"1", "2", "5"}
        assert 30 < bar.length * view.transform().m11() <= 141
    assert bar.isVisible()
    driver.trigger("scale_bar")
    assert not bar.isVisible()


def test_brightness_stays_between_images_and_changes_no_data(driver, images):
    driver.open(images)
    pixels = driver.session.image.pixels.copy()
    plain = driver.viewport.grab().toImage()
    driver.key(Key.Key_C)
    adjusted = driver.viewport.grab().toImage()
    assert adjusted != plain
    assert np.array_equal(driver.session.image.pixels, pixels)
    step(driver, Key.Key_D)
    assert driver.window.context.display.adjustment.is_auto
    step(driver, Key.Key_A)
    assert driver.viewport.grab().toImage() == adjusted
    driver.key(Key.Key_C)
    assert driver.viewport.grab().toImage() == plain


def test_the_panel_for_brightness_opens_by_its_key(driver, images):
    driver.open(images)
    dock = driver.window.display_panel.parentWidget()
    assert dock.isHidden()
    driver.key(Key.Key_C, Modifier.ShiftModifier)
    assert dock.isVisible()
    driver.key(Key.Key_C, Modifier.ShiftModifier)
    assert dock.isHidden()


def test_tab_hides_and_shows_the_panels(driver, images):
    driver.open(images)
    docks = driver.window._docks
    shown = [dock.isVisible() for dock in docks]
    driver.key(Key.Key_Tab)
    assert not any(dock.isVisible() for dock in docks)
    driver.key(Key.Key_Tab)
    assert [dock.isVisible() for dock in docks] == shown


def test_the_layout_is_remembered_and_can_be_reset(driver, images, qtbot):
    window = driver.window
    cracks, adjustment = window._docks[1], window._docks[3]
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, cracks)
    cracks.hide()
    adjustment.show()
    driver.trigger("overview")
    window.close()
    again = make_driver(qtbot, FakeTracer())
    cracks, adjustment = again.window._docks[1], again.window._docks[3]
    assert not cracks.isVisible()
    assert adjustment.isVisible()
    assert not again.window.overview.is_wanted
    assert again.window.scale_bar.is_wanted
    again.trigger("reset_layout")
    assert cracks.isVisible()
    assert again.window.dockWidgetArea(cracks) == Qt.DockWidgetArea.RightDockWidgetArea
    assert not adjustment.isVisible()
    close(again)


def test_the_title_names_image_and_project(driver, images):
    driver.open(images)
    assert driver.window.windowTitle() == "photo 1.png – photos[*] – Crack Annotator"


def test_the_tools_are_buttons_beside_the_canvas(driver, images):
    driver.open(images)
    bar = driver.window.tools_bar
    for name, tool in (("tool_brush", "brush"), ("tool_select", "select"), ("tool_trace", "trace")):
        button = bar.widgetForAction(driver.window.commands.action(name))
        driver.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert driver.window.tool.name == tool
        checked = [action.objectName() for action in bar.actions() if action.isChecked()]
        assert checked == [name]


def test_recent_projects_are_on_the_start_page(driver, images):
    driver.open(images)
    driver.leave_project()
    page = driver.window.start_page
    assert page.isVisible()
    (button,) = page.findChildren(RecentButton)
    assert button.text() == "photos"
    with driver.qtbot.waitSignal(driver.session.image_shown, timeout=5000):
        driver.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert driver.session.current.name == "photo 1.png"
    assert not page.isVisible()
