"""The dialog that shows the new model beside the old one."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTreeWidget

from annotator.dialogs.model_comparison import ModelComparisonDialog
from annotator.services.model_comparison import load_comparison
from segmentation.evaluation.comparison import ComparedImage, Comparison, counts_of
from segmentation.training.side_by_side import map_file
from tests.session_factory import make_session

pytestmark = pytest.mark.gui

SHAPE = (120, 160)
PATIENCE_MS = 60_000


def bar(row):
    region = np.zeros(SHAPE, bool)
    region[row : row + 3, 20:140] = True
    return region


def write(folder, pairs, older=None):
    """Write a comparison; of each image the rows of the crack, of the old and the new model."""
    comparison = Comparison(
        {"name": "old", "title": "Old one", "threshold": 0.5},
        {"name": "new", "title": "New one", "threshold": 0.5},
    )
    target = folder / "comparison"
    for name, (truth, old, new) in pairs.items():
        image, mask_file = folder / f"{name}.png", folder / f"{name}-mask.png"
        Image.new("RGB", SHAPE[::-1], "gray").save(image)
        mask = bar(truth).astype(np.uint8)
        Image.fromarray(mask * np.uint8(255)).save(mask_file)
        regions = bar(old), bar(new)
        row = ComparedImage(
            f"own/{name}", "own", *(counts_of(each, mask) for each in regions),
            str(image), str(mask_file),
        )  # fmt: skip
        comparison.add(row, *regions, mask)
        for which, region in zip(("old", "new"), regions, strict=True):
            file = map_file(target, f"own/{name}", which)
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(region.astype(np.uint8) * np.uint8(255)).save(file)
    if older:
        mask = bar(older[0]).astype(np.uint8)
        counts = [counts_of(bar(each), mask) for each in older[1:]]
        comparison.add(
            ComparedImage("x", "older data", *counts), bar(older[1]), bar(older[2]), mask,
            is_listed=False,
        )  # fmt: skip
    comparison.save(target)
    return folder


@pytest.fixture
def session(qapp):
    session = make_session()
    yield session
    session.close()


@pytest.fixture
def opened(session, qtbot):
    """Return what opens the dialog on a run."""
    dialogs = []

    def open_dialog(run, before=()):
        dialog = ModelComparisonDialog(session, load_comparison(run, before))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
        qtbot.addWidget(dialog)
        dialog.show()
        qtbot.waitUntil(lambda: bool(dialog._shown), timeout=PATIENCE_MS)
        dialogs.append(dialog)
        return dialog

    return open_dialog


def texts(dialog):
    return [label.text() for label in dialog.findChildren(QLabel)]


def rows(dialog, name):
    tree = dialog.findChild(QTreeWidget, name)
    items = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    return [[item.text(column) for column in range(tree.columnCount())] for item in items]


def test_figures_and_worst_cases(opened, tmp_path):
    dialog = opened(write(tmp_path, {"a": (50, 50, 20), "b": (50, 20, 50), "c": (50, 20, 50)}))
    assert any("33.3 points better" in text for text in texts(dialog))
    assert rows(dialog, "compared_images") == [
        ["a", "100.0", "0.0", "−100.0"],
        ["b", "0.0", "100.0", "+100.0"],
        ["c", "0.0", "100.0", "+100.0"],
    ]
    assert dialog._shown == "a"
    assert [row[0] for row in rows(dialog, "compared_places")] == [
        "Found only by the old one",
        "False alarm of the new one",
    ]
    assert dialog.findChild(QLabel, "worse_flag") is None


def test_what_got_worse_on_older_data_is_flagged_and_keeping_is_the_default(opened, tmp_path):
    dialog = opened(write(tmp_path, {"a": (50, 20, 50)}, older=(30, 30, 60)))
    assert "older data" in dialog.findChild(QLabel, "worse_flag").text()
    assert dialog.findChild(QPushButton, "keep_old").isDefault()
    assert not dialog.findChild(QPushButton, "use_new").isDefault()


def test_images_that_judged_the_old_model_are_summed_up_by_themselves(opened, tmp_path):
    run = write(tmp_path, {"a": (50, 50, 20), "b": (50, 20, 50), "c": (50, 20, 50)})
    dialog = opened(run, ("a",))
    names = [row[0] for row in rows(dialog, "compared_sets")]
    assert names == ["Images held out", "Images held out before"]
    assert "held out before" in dialog.findChild(QLabel, "worse_flag").text()


def test_a_difference_is_flown_to(opened, tmp_path):
    dialog = opened(write(tmp_path, {"a": (50, 50, 20)}))
    tree = dialog.findChild(QTreeWidget, "compared_places")
    place = tree.visualItemRect(tree.topLevelItem(0)).center()
    before = dialog._view.sight.zoom
    QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert dialog._view.sight.marked == (20, 50, 140, 53)
    assert dialog._view.sight.zoom != before
    assert dialog._view.sight.center == QPointF(80, 51.5)


def test_both_pictures_move_together(opened, tmp_path):
    dialog = opened(write(tmp_path, {"a": (50, 50, 20)}))
    panes, sight = dialog._view._panes, dialog._view.sight
    before, zoom = QPointF(sight.center), sight.zoom
    QTest.mousePress(panes[1], Qt.MouseButton.LeftButton, pos=QPoint(50, 50))
    QTest.mouseMove(panes[1], QPoint(70, 50))
    QTest.mouseRelease(panes[1], Qt.MouseButton.LeftButton, pos=QPoint(70, 50))
    assert sight.center.x() == pytest.approx(before.x() - 20 / zoom)
    at = QPointF(40, 40)
    event = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(panes[0], event)
    assert sight.zoom > zoom
    pictures = [pane.grab().toImage() for pane in panes]
    assert pictures[0] != pictures[1]


@pytest.mark.parametrize(("name", "is_used"), [("use_new", True), ("keep_old", False)])
def test_a_decision_is_told(opened, tmp_path, qtbot, name, is_used):
    dialog = opened(write(tmp_path, {"a": (50, 20, 50)}))
    with qtbot.waitSignal(dialog.decided) as told:
        QTest.mouseClick(dialog.findChild(QPushButton, name), Qt.MouseButton.LeftButton)
    assert told.args == [is_used]


def test_closing_decides_nothing(opened, tmp_path, qtbot):
    dialog = opened(write(tmp_path, {"a": (50, 20, 50)}))
    with qtbot.assertNotEmitted(dialog.decided):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_a_picture_that_is_gone_is_said_to_be(session, qtbot, tmp_path):
    run = write(tmp_path, {"a": (50, 20, 50)})
    (tmp_path / "a.png").unlink()
    dialog = ModelComparisonDialog(session, load_comparison(run))
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: "does not exist" in dialog._problem.text(), timeout=PATIENCE_MS)
