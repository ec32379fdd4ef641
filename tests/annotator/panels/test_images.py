"""The list of images: what it lists, what is selected, what is asked for."""

from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt

from annotator.document.edits import Change
from annotator.document.image_entry import ImageEntry
from annotator.document.image_state import ImageState
from annotator.panels.images import ImagesPanel
from annotator.panels.images_model import DETAIL_ROLE, PROBLEM_ROLE
from annotator.panels.state_marks import MEANINGS, legend
from tests.session_factory import make_session

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier
STATES = list(ImageState)


def many_entries(count):
    """Images whose states take turns; every tenth is missing."""
    return [
        ImageEntry(
            n,
            Path(f"/nowhere/bridge {n}.jpg"),
            listed_state=STATES[n % len(STATES)],
            listed_cracks=n % 3,
            is_missing=n % 10 == 0,
            shown_name=f"Bridge {n}.jpg",
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture
def panel(qtbot):
    """A panel with 70 images, the first of them shown."""
    session = make_session()
    panel = ImagesPanel(session)
    qtbot.addWidget(panel)
    panel.resize(240, 500)
    panel.show()
    fill(session, many_entries(70))
    yield panel
    session.runner.shutdown()


def fill(session, entries):
    session.entries = entries
    session.current = entries[0]
    session.images_changed.emit()
    session.image_shown.emit()


def show(panel, entry):
    panel._session.current = entry
    panel._session.image_shown.emit()


def names(panel):
    model = panel.list.model()
    return [model.index(row).data() for row in range(model.rowCount())]


def count(panel):
    return panel._count.text()


def click(qtbot, panel, place, button=Qt.MouseButton.LeftButton, modifier=Modifier.NoModifier):
    row = panel.list.visualRect(panel.list.model().index(place))
    qtbot.mouseClick(panel.list.viewport(), button, modifier, row.center())


def test_rows_tell_state_and_number_of_cracks(panel):
    model = panel.list.model()
    assert count(panel) == "70 images"
    assert model.index(0).data(DETAIL_ROLE) == "predicted · 1 crack"
    assert model.index(1).data(DETAIL_ROLE) == "in progress · 2 cracks"
    assert model.index(2).data(DETAIL_ROLE) == "reviewed"
    assert model.index(9).data(DETAIL_ROLE) == "file is missing"
    assert model.index(9).data(PROBLEM_ROLE)


def test_every_state_has_a_meaning_in_the_legend(panel):
    assert set(MEANINGS) == set(ImageState)
    assert all(meaning in legend() for meaning in MEANINGS.values())


def test_the_filter_looks_for_a_part_of_the_name_in_any_case(panel, qtbot):
    panel.filter.focus()
    qtbot.keyClicks(panel.filter._line, "BRIDGE 2")
    qtbot.waitUntil(lambda: panel.list.model().rowCount() < 70)
    assert names(panel) == [
        "Bridge 1.jpg",
        "Bridge 2.jpg",
        *(f"Bridge {n}.jpg" for n in range(20, 30)),
    ]
    assert count(panel) == "12 of 70 images"
    panel.filter.clear()
    assert len(names(panel)) == 70


def test_states_can_be_combined_and_are_counted(panel):
    counts = panel._model.count_states()
    actions = panel.filter._actions
    actions[ImageState.REVIEWED].trigger()
    actions[ImageState.APPROVED].trigger()
    wanted = counts[ImageState.REVIEWED] + counts[ImageState.APPROVED]
    assert len(names(panel)) == wanted + 1  # the image that is shown stays
    panel.filter._menu.aboutToShow.emit()
    assert actions[ImageState.REVIEWED].text() == f"Reviewed\t{counts[ImageState.REVIEWED]}"
    panel.filter._all.trigger()
    assert len(names(panel)) == 70


def test_steps_follow_the_filter(panel):
    session = panel._session
    panel._model.set_filter("bridge 3", ())
    shown = []
    session.steps.show = shown.append
    session.steps.requested = 0
    session.step(1)
    assert session.entries[shown[-1]].name == "Bridge 3.jpg"
    session.steps.requested = shown[-1]
    session.step(1)
    assert session.entries[shown[-1]].name == "Bridge 30.jpg"


def test_an_image_that_no_longer_passes_stays_until_another_is_shown(panel):
    session = panel._session
    panel.filter._actions[ImageState.PREDICTED].trigger()
    first, second = session.entries[0], session.entries[7]
    first.listed_state = ImageState.REVIEWED
    session.document_changed.emit(first, Change(is_state_changed=True))
    assert names(panel)[0] == first.name
    show(panel, second)
    assert first.name not in names(panel)
    assert second.name in names(panel)
    first.listed_state = ImageState.PREDICTED
    session.document_changed.emit(first, Change(is_state_changed=True))
    assert names(panel)[0] == first.name


def test_a_change_of_one_image_repaints_one_row(panel):
    session, told = panel._session, []
    panel._model.dataChanged.connect(lambda first, last: told.append((first.row(), last.row())))
    session.document_changed.emit(session.entries[30], Change(is_state_changed=True))
    panel._thumbnails.ready.emit(session.entries[5].identifier)
    assert told == [(30, 30), (5, 5)]


def test_a_click_opens_and_ctrl_click_only_selects(panel, qtbot):
    opened = []
    panel._session.show_image = opened.append
    click(qtbot, panel, 3)
    assert opened == [3]
    click(qtbot, panel, 5, modifier=Modifier.ControlModifier)
    click(qtbot, panel, 6, modifier=Modifier.ControlModifier)
    assert opened == [3]
    assert [entry.name for entry in panel.chosen] == [
        "Bridge 4.jpg", "Bridge 6.jpg", "Bridge 7.jpg",
    ]  # fmt: skip
    panel.collapse_selection()
    assert [entry.name for entry in panel.chosen] == ["Bridge 1.jpg"]


def test_arrow_keys_open_and_letters_do_nothing(panel, qtbot):
    opened = []
    panel._session.show_image = opened.append
    qtbot.keyClick(panel.list, Key.Key_Down)
    qtbot.keyClick(panel.list, Key.Key_B)
    qtbot.keyClick(panel.list, Key.Key_Down, Modifier.ShiftModifier)
    assert opened == [1]
    assert len(panel.chosen) == 2


def test_a_right_click_keeps_a_selection_it_is_in_and_opens_nothing(panel, qtbot):
    opened = []
    panel._session.show_image = opened.append
    click(qtbot, panel, 2, modifier=Modifier.ControlModifier)
    click(qtbot, panel, 2, Qt.MouseButton.RightButton)
    assert len(panel.chosen) == 2
    click(qtbot, panel, 4, Qt.MouseButton.RightButton)
    assert [entry.name for entry in panel.chosen] == ["Bridge 5.jpg"]
    assert opened == []


def test_the_shown_image_is_selected_alone_whatever_keys_are_held(panel, qtbot):
    flags = QItemSelectionModel.SelectionFlag
    panel.list.selectionModel().select(panel.list.model().index(9), flags.Select)
    show(panel, panel._session.entries[40])
    assert [entry.name for entry in panel.chosen] == ["Bridge 41.jpg"]
    assert 40 in panel.list.places_in_sight()


def test_thumbnails_are_asked_for_in_sight_only_and_given_up_out_of_it(panel, qtbot):
    session = panel._session
    for entry in session.entries:
        entry.is_missing = False
    panel._thumbnails.set_folder(None)
    started = []
    session.runner.start = lambda job: started.append(job) or job
    cancelled = []
    session.runner.cancel = lambda job: (cancelled.append(job), job.on_cancelled())
    panel.list.viewport().grab()
    sight = len(panel.list.places_in_sight())
    assert len(started) == sight < 15
    bar = panel.list.verticalScrollBar()
    bar.setValue(bar.maximum())
    assert len(cancelled) == sight
    panel.list.viewport().grab()
    assert len(started) <= 2 * sight + 1


def test_it_is_empty_without_images(panel):
    session = panel._session
    session.entries, session.current = [], None
    session.images_changed.emit()
    session.image_shown.emit()
    assert panel.list.places_in_sight() == range(0)
    assert panel.chosen == []
    assert panel.list.indexAt(QPoint(5, 5)).row() == -1
