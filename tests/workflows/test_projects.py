"""Projects in the window: made, shared, kept, brought back, closed."""

import re
import threading

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from annotator.actions import projects
from annotator.errors import AnnotatorError
from annotator.storage.project_store import ProjectStore
from tests.workflows.window_driver import SIZE

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier


def question():
    """Return the message box that is open."""
    shown = (w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox))
    return next((box for box in shown if box.isVisible()), None)


def press(box, text):
    next(button for button in box.buttons() if button.text() == text).click()


def button(dialog, text):
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == text)


def add_photo(folder, name):
    folder.mkdir(exist_ok=True)
    path = folder / name
    Image.new("RGB", SIZE, (120, 130, 140)).save(path)
    return path


def test_opening_a_folder_says_where_its_project_is(driver, images):
    notices = []
    driver.session.notice.connect(notices.append)
    driver.open(images)
    project = images.with_name("photos.crackproj")
    assert any(str(project) in notice for notice in notices)
    assert driver.window.context.settings.recent_projects == [project]
    driver.open(project)
    assert driver.session.store.folder == project


def test_a_project_in_use_is_offered_read_only(driver, images, tmp_path):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.wait_until_saved()
    project = driver.session.store.folder
    other = add_photo(tmp_path / "other", "x.png").parent
    driver.open(other)
    driver.wait(lambda: not driver.session.is_leaving)
    with ProjectStore.open(project, author="Grace"):
        driver.session.open_paths([project])
        driver.wait(question)
        box = question()
        assert "Grace" in box.informativeText()
        assert box.informativeText().count("ead-only") == 1
        assert not re.search(r"\d\d:\d\d:\d\d|\dT\d|Z\.", box.informativeText())
        assert box.defaultButton().text() == "Cancel"
        press(box, "Cancel")
        driver.qtbot.wait(50)
        assert driver.session.store.folder == other.with_name("other.crackproj")

        driver.session.open_paths([project])
        driver.wait(question)
        press(question(), "Open read-only")
        driver.wait(lambda: driver.session.is_read_only and driver.session.image)
    assert_read_only(driver)


def assert_read_only(driver):
    window = driver.window
    assert "read-only" in window.status.state
    assert len(driver.session.current.cracks) == 1
    for name in ("delete", "state_reviewed", "checkpoint", "add_images", "tool_trace"):
        driver.session.selection.select([driver.session.current.cracks[0].identifier])
        assert not window.commands.action(name).isEnabled(), name
    assert window.commands.action("export_masks").isEnabled()
    assert window.tool.name == "select"
    driver.key(Key.Key_Delete)
    driver.key(Key.Key_3)
    assert len(driver.session.current.cracks) == 1
    assert driver.session.current.state == "in progress"


def test_a_checkpoint_is_made_and_brought_back(driver, images):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.key(Key.Key_S, Modifier.ControlModifier)
    driver.wait(driver.session.store.checkpoints)
    driver.trace((40, 150), (200, 150))
    driver.key(Key.Key_D)
    driver.wait(lambda: driver.session.index == 1)
    driver.trigger("restore_checkpoint")
    dialog = driver.dialog("checkpoints")
    restore = button(dialog, "Restore")
    assert not restore.isEnabled()
    dialog._list.setCurrentItem(dialog._list.topLevelItem(0))
    restore.click()
    driver.wait(lambda: driver.session.store and driver.session.image)
    assert driver.session.entries[0].crack_count == 1
    names = [checkpoint.name for checkpoint in driver.session.store.checkpoints()]
    assert "before restoring" in names


def test_a_checkpoint_gets_a_name(driver, images, monkeypatch):
    driver.open(images)
    monkeypatch.setattr(
        projects.QInputDialog, "getText", lambda *_args, **_kw: (" before review ", True)
    )
    driver.trigger("named_checkpoint")
    driver.wait(driver.session.store.checkpoints)
    assert driver.session.store.checkpoints()[0].name == "before review"


def test_images_are_added_and_removed(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    extra = add_photo(tmp_path / "elsewhere", "extra.png")
    monkeypatch.setattr("annotator.dialogs.files.ask_images", lambda *_args: [extra])
    driver.trigger("add_images")
    driver.wait(lambda: len(driver.session.entries) == 5)
    place = next(i for i, e in enumerate(driver.session.entries) if e.path == extra)
    with driver.qtbot.waitSignal(driver.session.image_shown):
        driver.session.show_image(place)
    driver.trace((40, 50), (200, 50))

    asked = []

    def answer(_parent, _title, text, _detail, *, verb):
        asked.append((text, verb))
        return True

    monkeypatch.setattr("annotator.actions.image_menu.ask", answer)
    driver.trigger("remove_images")
    driver.wait(lambda: len(driver.session.entries) == 4)
    assert "with 1 crack" in asked[0][0]
    driver.wait(lambda: driver.session.current in driver.session.entries)
    assert extra.exists()


def test_missing_images_are_found_again(driver, images, tmp_path):
    driver.open(images)
    driver.trace((40, 50), (200, 50))
    driver.wait_until_saved()
    project = driver.session.store.folder
    moved = tmp_path / "archive" / "2024"
    moved.parent.mkdir()
    driver.leave_project()
    images.rename(moved)
    driver.session.open_paths([project])
    driver.wait(lambda: len(driver.session.entries) == 4)
    assert all(entry.is_missing for entry in driver.session.entries)
    driver.trigger("locate_images")
    dialog = driver.dialog("locate_images")
    assert dialog._list.topLevelItemCount() == 4
    dialog.search(tmp_path / "archive")
    driver.wait(lambda: dialog._list.topLevelItemCount() == 0)
    assert "4 photographs found" in dialog._text.text()
    driver.wait(lambda: driver.session.image)
    assert len(driver.session.current.cracks) == 1
    dialog.reject()


def test_a_photograph_that_vanishes_can_be_located(driver, images):
    driver.open(images)
    (images / "photo 2.png").unlink()
    (images / "photo 3.png").write_bytes(b"")
    assert not driver.window.commands.action("locate_images").isEnabled()
    with driver.qtbot.waitSignal(driver.session.image_shown):
        driver.session.show_image(1)
    driver.wait(driver.window.messages.isVisible)
    assert "File > Locate missing images…" in driver.window.messages.text
    assert driver.session.current.name == "photo 2.png"
    assert driver.window.cracks_panel.sums == "This image cannot be opened."
    assert driver.window.commands.action("locate_images").isEnabled()
    with driver.qtbot.waitSignal(driver.session.image_shown):
        driver.session.show_image(2)
    assert "Locate" not in driver.window.messages.text
    with driver.qtbot.waitSignal(driver.session.image_shown):
        driver.session.show_image(0)
    assert driver.window.cracks_panel.sums == "No cracks on this image yet."
    (images / "photo 2.png").write_bytes((images / "photo 1.png").read_bytes())
    with driver.qtbot.waitSignal(driver.session.image_shown):
        driver.session.show_image(1)
    assert not driver.window.commands.action("locate_images").isEnabled()


def test_a_new_project_goes_where_the_user_wants_it(driver, images, tmp_path):
    place = tmp_path / "projects"
    place.mkdir()
    driver.trigger("new_project")
    dialog = driver.dialog("new_project")
    create = button(dialog, "Create project")
    dialog._images.set_path(images)
    assert dialog.folder == images.with_name("photos.crackproj")
    dialog._place.set_path(images)
    assert not create.isEnabled()
    assert "beside" in dialog.problem
    dialog._place.set_path(place)
    dialog._name.setText("bridge 7")
    create.click()
    driver.wait(lambda: driver.session.image)
    assert driver.session.store.folder == place / "bridge 7.crackproj"
    assert len(driver.session.entries) == 4
    assert not images.with_name("photos.crackproj").exists()


def test_recent_projects_can_be_opened_from_the_menu(driver, images, tmp_path):
    driver.open(images)
    driver.open(add_photo(tmp_path / "other", "x.png").parent)
    menu = driver.window.findChild(object, "recent_menu")
    menu.aboutToShow.emit()
    actions = [action for action in menu.actions() if action.toolTip().endswith(".crackproj")]
    assert [a.toolTip().replace("\\", "/").rpartition("/")[2] for a in actions] == [
        "other.crackproj",
        "photos.crackproj",
    ]
    with driver.qtbot.waitSignal(driver.session.image_shown):
        actions[1].trigger()
    assert driver.session.store.folder.name == "photos.crackproj"


@pytest.fixture
def full_disk(driver, images, monkeypatch):
    """A window with an edit that cannot be written; returns a switch."""
    driver.open(images)
    is_full = [True]
    save = ProjectStore.save

    def fail(store, *args, **kwargs):
        if is_full[0]:
            raise AnnotatorError("The disk is full; free some space.")
        return save(store, *args, **kwargs)

    monkeypatch.setattr(ProjectStore, "save", fail)
    driver.trace((40, 50), (200, 50))
    driver.wait(lambda: driver.session.saver.error)
    return is_full


@pytest.mark.usefixtures("full_disk")
def test_closing_asks_while_edits_cannot_be_written(driver, monkeypatch):
    asked = []
    answers = ["cancel", "discard"]

    def ask(_parent, problem):
        asked.append(problem)
        return answers[len(asked) - 1]

    monkeypatch.setattr("annotator.dialogs.unsaved.ask_unsaved", ask)
    assert "not saved" in driver.window.status.state
    assert not driver.window.close()
    assert driver.window.isVisible()
    assert driver.window.close()
    assert asked == ["The disk is full; free some space."] * 2


def test_closing_tries_again_when_there_is_space(driver, full_disk, monkeypatch):
    def ask(_parent, _problem):
        full_disk[0] = False
        return "retry"

    project = driver.session.store.folder
    monkeypatch.setattr("annotator.dialogs.unsaved.ask_unsaved", ask)
    assert driver.window.close()
    with ProjectStore.open(project, author="", read_only=True) as store:
        assert store.images()[0].n_cracks == 1


def test_the_name_of_the_annotator_goes_with_edits(driver, images):
    driver.open(images)
    driver.trigger("preferences")
    dialog = driver.dialog("preferences")
    dialog._author.setText("Ada")
    dialog._author.editingFinished.emit()
    dialog.reject()
    driver.trace((40, 50), (200, 50))
    driver.wait_until_saved()
    line = driver.session.store.journal()[-1]
    assert (line.author, line.text) == ("Ada", "Trace crack")
    assert driver.window.context.settings.author == "Ada"


def test_preferences_hold_at_once(driver, images):
    driver.open(images)
    context = driver.window.context
    driver.trigger("preferences")
    dialog = driver.dialog("preferences")
    dialog.findChild(object, "opacity").setValue(80)
    assert context.opacity == context.settings.opacity == 0.8
    combo = dialog.findChild(object, "theme")
    combo.setCurrentIndex(combo.findData("dark"))
    assert context.settings.theme == "dark"
    assert driver.window.palette().window().color().lightness() < 100
    combo.setCurrentIndex(combo.findData("light"))
    dialog.reject()


def test_classes_of_boxes_are_kept_in_the_project(driver, images):
    driver.open(images)
    driver.trigger("project_settings")
    dialog = driver.dialog("project_settings")
    dialog.add_class("Crack")
    assert "twice" in dialog.problem
    assert not button(dialog, "Save").isEnabled()
    dialog._table.item(2, 0).setText("spalling")
    button(dialog, "Save").click()
    driver.wait(lambda: driver.session.store.get("box_classes"))
    (record,) = driver.session.store.get("box_classes")
    assert (record["name"], record["number"]) == ("spalling", 2)


def test_the_project_before_is_closed_by_a_worker(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    old, threads = driver.session.store, []
    close = ProjectStore.close
    may_close = threading.Event()

    def slow_close(store):
        threads.append(threading.current_thread())
        assert may_close.wait(5)
        close(store)

    monkeypatch.setattr(ProjectStore, "close", slow_close)
    driver.open(add_photo(tmp_path / "other", "x.png").parent)
    assert driver.session.store is not old
    assert driver.session.is_leaving
    driver.session.open_paths([old.folder])  # it is still being closed
    driver.qtbot.wait(60)
    assert driver.session.store.folder != old.folder
    may_close.set()
    driver.wait(lambda: driver.session.store.folder == old.folder)
    assert not driver.session.is_read_only
    assert threading.main_thread() not in threads


def test_it_opens_where_one_was_in_the_project_before(driver, images, tmp_path):
    driver.open(images)
    driver.session.step(1)
    driver.wait(lambda: driver.session.index == 1)
    project = driver.session.store.folder
    driver.open(add_photo(tmp_path / "other", "x.png").parent)
    driver.open(project)
    driver.wait(lambda: driver.session.index == 1)
