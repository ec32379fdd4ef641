"""Keys where they count and where they do not, the palette, the sheet of keys, context menus."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit

from annotator.actions import canvas_menu
from annotator.actions.catalog import ACTIONS
from annotator.canvas.tool import PointerEvent
from annotator.dialogs.command_palette import CommandPalette
from annotator.document.bounding_box import BoundingBox

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier
CYRILLIC = {"D": (0x412, 40), "A": (0x424, 38), "H": (0x420, 43), "C": (0x421, 54)}
"""Letters of a Russian layout and their places, as X11 counts them."""


def send(widget, letter, kind=QEvent.Type.KeyPress, modifiers=Modifier.NoModifier):
    """Send a key of a Russian keyboard, as the window system does."""
    key, scan_code = CYRILLIC[letter]
    QApplication.sendEvent(
        widget, QKeyEvent(kind, key, modifiers, scan_code, 0x6C0, 0, chr(key).lower())
    )


def index(driver):
    return driver.session.index


def test_letters_count_on_a_cyrillic_layout(driver, images):
    driver.open(images)
    send(driver.window.view, "D")
    driver.wait(lambda: index(driver) == 1)
    send(driver.window.view, "A")
    driver.wait(lambda: index(driver) == 0)
    assert not driver.window.context.display.adjustment.is_auto
    send(driver.window.view, "C")
    assert driver.window.context.display.adjustment.is_auto


def test_held_keys_count_on_a_cyrillic_layout(driver, images):
    driver.open(images)
    hidden = []
    driver.window.scene.set_hidden = hidden.append
    send(driver.window.view, "H")
    send(driver.window.view, "H", QEvent.Type.KeyRelease)
    assert hidden == [True, False]


def test_letters_are_letters_in_a_text_field(driver, images):
    driver.open(images)
    field = driver.window.findChild(QLineEdit)
    assert field is not None
    field.setFocus()
    for key in (Key.Key_D, Key.Key_2, Key.Key_B):
        driver.qtbot.keyClick(field, key)
    driver.qtbot.wait(50)
    assert field.text().lower() == "d2b"
    assert index(driver) == 0
    assert driver.window.tool.name == "trace"
    assert driver.session.current.state == "new"


def test_letters_are_letters_in_a_panel_that_floats(driver, images):
    driver.open(images)
    dock = driver.window._docks[0]
    dock.setFloating(True)
    field = dock.findChild(QLineEdit)
    field.setFocus()
    driver.qtbot.keyClick(field, Key.Key_D)
    view = driver.window.images_panel.list
    view.setFocus()
    driver.qtbot.keyClick(view, Key.Key_B)
    assert driver.window.tool.name == "trace"
    assert index(driver) == 0


def test_letters_find_rows_in_the_list_of_images(driver, images):
    driver.open(images)
    view = driver.window.images_panel.list
    view.setFocus()
    driver.qtbot.keyClick(view, Key.Key_B)
    driver.qtbot.keyClick(view, Key.Key_3)
    assert driver.window.tool.name == "trace"
    assert driver.session.current.state == "new"
    driver.qtbot.keyClick(view, Key.Key_Z, Modifier.ControlModifier)  # Ctrl counts everywhere
    driver.window.view.setFocus()
    driver.key(Key.Key_3)
    assert driver.session.current.state == "approved"


def test_del_deletes_from_the_table_of_cracks_but_not_from_the_list_of_images(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.key(Key.Key_A, Modifier.ControlModifier)
    driver.window.images_panel.list.setFocus()
    driver.qtbot.keyClick(driver.window.images_panel.list, Key.Key_Delete)
    assert len(driver.session.current.cracks) == 1
    table = driver.window.findChild(object, "cracks_table")
    table.setFocus()
    driver.qtbot.keyClick(table, Key.Key_Delete)
    assert driver.session.current.cracks == ()


def test_a_key_of_each_tool_takes_it_in_hand(driver, images):
    driver.open(images)
    keys = {"select": Key.Key_V, "brush": Key.Key_B, "eraser": Key.Key_E, "box": Key.Key_R}
    for name, key in keys.items():
        if f"tool_{name}" in driver.window.commands._actions and name in driver.window.tool._tools:
            driver.key(key)
            assert driver.window.tool.name == name
            assert driver.window.commands.action(f"tool_{name}").isChecked()
    driver.key(Key.Key_T)
    assert driver.window.tool.name == "trace"


def test_tab_hides_the_panels_and_brings_the_same_ones_back(driver, images):
    driver.open(images)
    docks = driver.window._docks
    docks[0].hide()
    before = [dock.isVisible() for dock in docks]
    driver.key(Key.Key_Tab)
    assert not any(dock.isVisible() for dock in docks)
    driver.key(Key.Key_Tab)
    assert [dock.isVisible() for dock in docks] == before


def test_tooltips_name_the_keys(driver):
    for row in ACTIONS:
        if row.is_command and row.keys:
            tip = driver.window.commands.action(row.identifier).toolTip()
            assert tip.endswith(")"), row.identifier


def palette(driver):
    driver.key(Key.Key_P, Modifier.ControlModifier | Modifier.ShiftModifier)
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, CommandPalette)]
    (shown,) = [widget for widget in found if widget.isVisible()]
    return shown


def test_the_palette_finds_and_runs_a_command(driver, images):
    driver.open(images)
    shown = palette(driver)
    line = shown.findChild(QLineEdit)
    driver.qtbot.keyClicks(line, "nxtimg")
    assert shown.shown[0].text == "Next image"
    assert shown.shown[0].keys.startswith("D")
    driver.qtbot.keyClick(line, Key.Key_Return)
    assert not shown.isVisible()
    driver.wait(lambda: index(driver) == 1)


def test_the_palette_greys_what_cannot_be_done(driver):
    shown = palette(driver)
    line = shown.findChild(QLineEdit)
    driver.qtbot.keyClicks(line, "next image")
    entry = next(entry for entry in shown.shown if entry.text == "Next image")
    row = shown.shown.index(entry)
    assert not shown._model.flags(shown._model.index(row)) & Qt.ItemFlag.ItemIsEnabled
    current = shown._list.currentIndex()
    assert not current.isValid() or shown.shown[current.row()].action.isEnabled()
    driver.qtbot.keyClick(line, Key.Key_Escape)
    driver.wait(lambda: not shown.isVisible())


def test_f1_shows_every_key(driver):
    driver.key(Key.Key_F1)
    sheet = driver.dialog("shortcuts")
    shown = {how for _, _, how in sheet.shown}
    for row in ACTIONS:
        assert all(any(key in how for how in shown) for key in row.keys if len(key) > 1), row.keys
    sheet._filter.setText("undo")
    assert [what for _, what, _ in sheet.shown] == ["Undo"]
    sheet.close()


def enabled_texts(menu):
    return {
        action.objectName() for action in menu.actions() if action.isEnabled() and action.text()
    }


@pytest.fixture
def menu_at(driver):
    """The context menu of a place on the canvas."""
    menus = []

    def pop_up(x, y):
        pointer = PointerEvent(x, y, zoom=driver.window.view.zoom)
        window = driver.window
        menus.append(canvas_menu.pop_up(window.context, window.commands, QPoint(9, 9), pointer))
        return menus[-1]

    yield pop_up
    for menu in menus:
        menu.close()


def test_the_menu_of_a_crack_acts_on_it(driver, images, menu_at):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    (crack,) = driver.session.current.cracks
    menu = menu_at(120, 50)
    assert driver.session.selection.names == (crack.identifier,)
    assert {"delete", "lock", "retrace", "reverse", "split"} <= enabled_texts(menu)
    assert "join" not in enabled_texts(menu)
    driver.window.commands.action("split").trigger()
    driver.wait(lambda: len(driver.session.current.cracks) == 2)
    lengths = [round(c.path.length_px) for c in driver.session.current.cracks]
    assert abs(lengths[0] - 80) <= 3
    assert abs(lengths[1] - 80) <= 3


def test_the_menu_keeps_a_selection_of_several(driver, images, menu_at):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.trace((40, 150), (200, 150))
    driver.key(Key.Key_A, Modifier.ControlModifier)
    menu = menu_at(120, 50)
    assert len(driver.session.selection.names) == 2
    assert {"join", "merge", "delete"} <= enabled_texts(menu)


def test_the_menu_of_a_box_and_of_nothing(driver, images, menu_at):
    driver.open(images)
    box = BoundingBox((20, 20, 80, 60))
    driver.session.apply("Draw box", lambda content: content.with_boxes([box]))
    assert {"duplicate", "delete", "lock"} <= enabled_texts(menu_at(50, 40))
    assert driver.session.selection.names == (box.identifier,)
    names = enabled_texts(menu_at(250, 200))
    assert driver.session.selection.names == ()
    assert "fit" in names
    assert "delete" not in names


def test_a_box_is_duplicated_beside_itself(driver, images):
    driver.open(images)
    box = BoundingBox((20, 20, 80, 60))
    driver.session.apply("Draw box", lambda content: content.with_boxes([box]))
    driver.session.selection.select([box.identifier])
    driver.key(Key.Key_D, Modifier.ControlModifier)
    first, second = driver.session.current.boxes
    assert first is box
    assert second.box == (32, 32, 92, 72)
    assert driver.session.selection.names == (second.identifier,)


def click_row(driver, table, row=0):
    place = table.visualRect(table.model().index(row, 2)).center()
    driver.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_keys_work_after_a_click_in_the_table_of_cracks(driver, images):
    driver.open(images)
    driver.trace((40, 60), (200, 60))
    table = driver.window.cracks_panel.table
    click_row(driver, table)
    assert driver.window.focusWidget() is driver.window.view
    driver.qtbot.keyClick(driver.window.focusWidget(), Key.Key_D)
    driver.wait(lambda: index(driver) == 1)


def test_esc_leads_from_a_list_to_the_canvas(driver, images):
    driver.open(images)
    driver.trace((40, 60), (200, 60))
    table, view = driver.window.cracks_panel.table, driver.window.view
    click_row(driver, table)
    names = driver.session.selection.names
    assert names
    for widget in (table, driver.window.images_panel.list):
        widget.setFocus()
        driver.qtbot.keyClick(widget, Key.Key_Escape)
        assert driver.window.focusWidget() is view
    assert driver.session.selection.names == names, "the next one cancels"


def test_letters_count_in_the_table_of_cracks_reached_by_tab(driver, images):
    driver.open(images)
    table = driver.window.cracks_panel.table
    table.setFocus()
    driver.qtbot.keyClick(table, Key.Key_D)
    driver.wait(lambda: index(driver) == 1)


def test_a_message_goes_with_another_selection(driver, images):
    driver.open(images)
    driver.trace((40, 60), (200, 60))
    click_row(driver, driver.window.cracks_panel.table)
    driver.session.problem.emit("What is locked was not deleted.")
    driver.qtbot.wait(1)
    driver.session.selection.select(())
    assert not driver.window.messages.is_open
