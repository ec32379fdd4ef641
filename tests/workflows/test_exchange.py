"""Exports and imports by their dialogs."""

import json
import time

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton, QSpinBox

from annotator.document.mask import union_mask
from annotator.errors import AnnotatorError
from annotator.exporters.frame import ExportReport
from annotator.workers import exchange_work, import_work
from tests.annotator.exporters.csb_reader import read_entire_images
from tests.crack_factory import painted_crack

pytestmark = pytest.mark.gui
Key = Qt.Key


def child(dialog, kind, name):
    found = dialog.findChild(kind, name)
    assert found is not None, name
    return found


def click(driver, dialog, name):
    button = child(dialog, QPushButton, name)
    assert button.isEnabled(), name
    driver.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def label(dialog, name):
    return child(dialog, QLabel, name).text()


@pytest.fixture
def large_images(tmp_path):
    """Six images of which each holds four patches."""
    folder = tmp_path / "photos"
    folder.mkdir()
    rng = np.random.default_rng(3)
    for number in range(1, 7):
        pixels = rng.integers(90, 170, (1024, 1024), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"photo {number}.png")
    return folder


def annotate(driver, cracks=4, clean=2):
    """Trace a crack in some images and mark others as free of cracks, by mouse and keys."""
    for number in range(cracks + clean):
        if number:
            with driver.qtbot.waitSignal(driver.session.image_shown):
                driver.key(Key.Key_D)
        if number < cracks:
            driver.trace((100, 100 + 20 * number), (300, 200))
            driver.key(Key.Key_2)
        else:
            driver.key(Key.Key_0)
    driver.wait_until_saved()


def open_export(driver, name):
    driver.trigger(f"export_{name}")
    dialog = driver.dialog("export")
    driver.wait(lambda: dialog._are_images_known)
    return dialog


def finish_export(driver, dialog):
    """Press Export and return the report when it comes."""
    click(driver, dialog, "export_button")
    assert not dialog.isVisible()
    return driver.dialog("export_report")


def test_from_a_folder_to_a_csb_data_set_by_mouse_and_keys(driver, large_images):
    driver.open(large_images)
    annotate(driver)
    dialog = open_export(driver, "csb-images")
    assert label(dialog, "crack_train") == "3"
    assert label(dialog, "crack_test") == label(dialog, "nocrack_test") == "1"
    target = dialog.target.path
    assert target == large_images.with_name("photos_csb_images")
    report = finish_export(driver, dialog)
    texts = " ".join(found.text() for found in report.findChildren(QLabel))
    assert "6 photographs exported" in texts
    assert "read back" in texts
    assert str(target) in texts
    report.close()
    groups = read_entire_images(target)
    assert {name: len(group) for name, group in groups.items()} == {
        "crack_train": 3, "nocrack_train": 1, "crack_test": 1, "nocrack_test": 1,
    }  # fmt: skip
    content = {entry.name: entry.content for entry in driver.session.entries}
    for name, (_pixels, mask) in (item for group in groups.values() for item in group.items()):
        expected = union_mask(content[name].cracks, mask.shape)
        assert np.array_equal(mask != 0, expected != 0), name


def test_the_composer_counts_at_once(driver, large_images):
    driver.open(large_images)
    annotate(driver)
    dialog = open_export(driver, "csb-patches")
    driver.wait(lambda: label(dialog, "all_patches") not in ("…", "–", "0"))
    seed_of = child(dialog, QSpinBox, "seed")
    n_crack = int(label(dialog, "all_crack"))
    assert n_crack == 4
    recipe = child(dialog, QComboBox, "recipe")
    recipe.setCurrentIndex(recipe.findData("30/70"))
    n_background = int(label(dialog, "train_background"))
    assert n_background == round(int(label(dialog, "train_crack")) * 7 / 3)
    recipe.setCurrentIndex(recipe.findData("10/90"))
    assert "needs 27 background patches" in label(dialog, "patch_notes")
    recipe.setCurrentIndex(recipe.findData("full"))
    assert int(label(dialog, "all_patches")) == 24
    assert label(dialog, "patch_notes") == ""
    recipe.setCurrentIndex(recipe.findData("custom"))
    child(dialog, QSpinBox, "crack_percent").setValue(50)
    assert label(dialog, "train_with_crack") == "50.0 %"
    child(dialog, QCheckBox, "is_limited").setChecked(True)
    child(dialog, QSpinBox, "n_crack").setValue(2)
    assert label(dialog, "all_crack") == "2"
    seed_of.setValue(7)
    child(dialog, QCheckBox, "side_512").setChecked(False)
    assert not child(dialog, QPushButton, "export_button").isEnabled()
    child(dialog, QCheckBox, "side_128").setChecked(True)
    report = finish_export(driver, dialog)
    report.close()
    again = open_export(driver, "csb-patches")
    assert child(again, QSpinBox, "seed").value() == 7
    assert child(again, QCheckBox, "side_128").isChecked()
    assert not child(again, QCheckBox, "side_512").isChecked()
    assert again.target.path.name == "photos_csb_patches 2"
    again.reject()


def test_images_are_assigned_by_hand(driver, large_images):
    driver.open(large_images)
    annotate(driver)
    dialog = open_export(driver, "csb-images")
    dialog._on_split()
    table = dialog._split
    table.select(["photo 1.png", "photo 2.png", "photo 3.png", "photo 4.png"])
    click(driver, table, "assign_test")
    table._on_accepted()
    driver.wait(lambda: label(dialog, "crack_test") == "4")
    assert label(dialog, "crack_train") == "0"
    driver.wait_until_saved()
    subsets = [record.subset for record in driver.session.store.images()]
    assert subsets == ["test"] * 4 + ["auto"] * 2
    dialog.reject()
    with driver.qtbot.waitSignal(driver.session.image_shown):
        driver.session.show_image(0)
    assert driver.window.commands.action("subset_test").isChecked()


@pytest.mark.parametrize("name", ["masks", "coco", "labelme", "predecessor", "measurements"])
def test_every_other_format_is_exported(driver, images, name):
    driver.open(images)
    annotate(driver, cracks=2, clean=0)
    dialog = open_export(driver, name)
    target = dialog.target.path
    finish_export(driver, dialog).close()
    assert any(target.rglob("*"))


def test_nothing_reviewed_is_said_before_the_export(driver, images):
    driver.open(images)
    dialog = open_export(driver, "masks")
    assert not child(dialog, QPushButton, "export_button").isEnabled()
    assert "mark images as reviewed" in label(dialog, "export_problem")
    child(dialog, QCheckBox, "state_new").setChecked(True)
    assert child(dialog, QPushButton, "export_button").isEnabled()
    dialog.target.suggest(images, "here")
    assert not child(dialog, QPushButton, "export_button").isEnabled()
    assert "photographs" in dialog.target.problem
    dialog.reject()


def test_an_export_is_cancelled_in_the_status_bar(driver, images, monkeypatch):
    driver.open(images)
    annotate(driver, cracks=1, clean=0)

    def endless(*args):
        while True:
            args[-1].report("writing", 0.5)
            time.sleep(0.005)

    monkeypatch.setattr("annotator.dialogs.export.export_project", endless)
    dialog = open_export(driver, "masks")
    click(driver, dialog, "export_button")
    cancel = driver.window.findChild(object, "cancel_job")
    driver.wait(cancel.isVisible)
    assert "photos_masks" in driver.window.status.job
    driver.qtbot.mouseClick(cancel, Qt.MouseButton.LeftButton)
    assert driver.session.runner.find("export") is None
    assert "cancelled" in driver.window.status.hint


def test_a_failed_export_says_why(driver, images, monkeypatch):
    driver.open(images)
    annotate(driver, cracks=1, clean=0)

    def fail(*_args):
        raise AnnotatorError("The disk is full; free some space.")

    monkeypatch.setattr("annotator.dialogs.export.export_project", fail)
    dialog = open_export(driver, "masks")
    click(driver, dialog, "export_button")
    driver.wait(driver.window.messages.isVisible)
    assert driver.window.messages.text == (
        "Nothing was exported: The disk is full; free some space."
    )


def test_the_report_lists_what_failed(driver, tmp_path):
    from annotator.dialogs.export_report import ExportReportDialog, report_text

    report = ExportReport(
        tmp_path, 3, 9, {"crack_train": 2}, ("a.jpg was rewritten upright.",),
        ("b.jpg is not in the export: it is missing.",), False,
    )  # fmt: skip
    dialog = ExportReportDialog(report, driver.window)
    dialog.show()
    texts = " ".join(found.text() for found in dialog.findChildren(QLabel))
    assert "Not exported (1)" in texts
    assert "do not use this export" in texts
    assert "b.jpg is not in the export" in report_text(report)
    dialog.close()


def save_masks(folder, names, value=255):
    folder.mkdir()
    for name in names:
        mask = np.zeros((240, 320), np.uint8)
        mask[100:104, 40:280] = value
        mask[10:60, 10:60] = value
        Image.fromarray(mask).save(folder / name)
    return folder


def open_import(driver, monkeypatch, folder):
    monkeypatch.setattr("annotator.dialogs.files.ask_folder", lambda *_args: folder)
    driver.trigger("import_folder")
    return driver.dialog("import")


def finish_import(driver, dialog):
    click(driver, dialog, "import_button")
    driver.wait(lambda: dialog._pages.currentIndex() == 2)


def test_masks_come_in_as_edits_that_can_be_undone(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    masks = save_masks(tmp_path / "masks", ["photo 1.png", "photo 2.png", "stranger.png"])
    dialog = open_import(driver, monkeypatch, masks)
    finish_import(driver, dialog)
    assert "imported for 2 images" in dialog._headline.text()
    assert "stranger" in dialog.report
    dialog.reject()
    assert not dialog.isVisible()
    driver.wait(lambda: driver.session.entries[1].crack_count)
    cracks = driver.session.current.cracks
    assert {crack.path is not None for crack in cracks} == {True, False}
    driver.trigger("undo")
    assert driver.session.current.cracks == ()


@pytest.mark.parametrize(("choice", "count"), [("skip", 1), ("add", 3), ("replace", 2)])
def test_images_with_cracks_are_treated_as_chosen(
    driver, images, tmp_path, monkeypatch, choice, count
):
    driver.open(images)
    driver.trace((40, 200), (200, 200))
    driver.wait_until_saved()
    dialog = open_import(driver, monkeypatch, save_masks(tmp_path / "masks", ["photo 1.png"]))
    combo = child(dialog, QComboBox, "existing")
    combo.setCurrentIndex(combo.findData(choice))
    finish_import(driver, dialog)
    dialog.reject()
    assert len(driver.session.current.cracks) == count


def test_many_images_are_written_at_once_and_a_checkpoint_leads_back(
    driver, images, tmp_path, monkeypatch
):
    monkeypatch.setattr(import_work, "MOST_UNDOABLE", 1)
    driver.open(images)
    driver.wait(lambda: driver.session.entries[1].content is not None)
    names = ["photo 1.png", "photo 2.png", "photo 3.png"]
    dialog = open_import(driver, monkeypatch, save_masks(tmp_path / "masks", names))
    finish_import(driver, dialog)
    assert "checkpoint" in dialog._hint.text()
    dialog.reject()
    assert [entry.crack_count for entry in driver.session.entries[:3]] == [2, 2, 2]
    driver.wait_until_saved()
    assert [record.n_cracks for record in driver.session.store.images()][:3] == [2, 2, 2]
    assert driver.session.store.checkpoints()[0].name == "before importing masks"


def test_a_file_of_no_known_kind_is_refused_in_words(driver, images, tmp_path, monkeypatch):
    driver.open(images)
    strange = tmp_path / "strange.json"
    strange.write_text(json.dumps({"hello": 1}))
    monkeypatch.setattr("annotator.dialogs.files.ask_files", lambda *_args: [strange])
    driver.trigger("import_files")
    dialog = driver.dialog("import")
    finish_import(driver, dialog)
    assert dialog._headline.text() == "Nothing was imported"
    assert "strange.json" in dialog._hint.text()
    dialog.reject()


def test_a_mask_of_one_image_holds_its_united_cracks(tmp_path):
    cracks = [painted_crack((2, 2, 6, 6)), painted_crack((4, 4, 9, 8))]
    exchange_work.write_mask(tmp_path / "m.png", cracks, (20, 30))
    mask = np.asarray(Image.open(tmp_path / "m.png"))
    assert mask.shape == (20, 30)
    assert set(np.unique(mask)) == {0, 255}
    assert np.count_nonzero(mask) == 16 + 20 - 4


def test_closing_during_an_export_asks(driver, images, monkeypatch):
    driver.open(images)
    annotate(driver, cracks=1, clean=0)

    def endless(*args):
        while True:
            args[-1].report("writing", 0.5)
            time.sleep(0.005)

    monkeypatch.setattr("annotator.dialogs.export.export_project", endless)
    dialog = open_export(driver, "masks")
    click(driver, dialog, "export_button")
    answers = [False, True]
    monkeypatch.setattr("annotator.actions.projects.ask", lambda *_args, **_kw: answers.pop(0))
    assert not driver.window.close()
    assert driver.window.isVisible()
    assert driver.session.runner.find("export") is not None
    assert driver.window.close()
    assert driver.session.runner.thread_count == 0
