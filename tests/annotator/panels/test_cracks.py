"""The table of cracks and boxes."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction

from annotator.document.bounding_box import BoundingBox
from annotator.panels.cracks import CracksPanel
from annotator.panels.cracks_model import SORT_ROLE, Column
from tests.crack_factory import painted_crack, traced_crack
from tests.session_factory import make_session

pytestmark = pytest.mark.gui
Key, Modifier = Qt.Key, Qt.KeyboardModifier


def short_cracks():
    """Three traced cracks, 10.4 px long each."""
    ends = [((10, 10), (20.4, 10)), ((10, 30), (20.4, 30)), ((10, 50), (20.4, 50))]
    return [traced_crack(pair, identifier=f"crack {n}") for n, pair in enumerate(ends, start=1)]


@pytest.fixture
def make_panel(qtbot):
    """Return a function that makes a panel on a session with some cracks and boxes."""
    sessions = []

    def make(cracks=(), boxes=()):
        session = make_session()
        sessions.append(session)
        panel = CracksPanel(session, QAction("Delete"))
        qtbot.addWidget(panel)
        panel.resize(290, 500)
        panel.show()
        session.apply("Fill", lambda c: c.with_cracks(cracks).with_boxes(boxes))
        return panel

    yield make
    for session in sessions:
        session.runner.shutdown()


def cells(panel, column, role=Qt.ItemDataRole.DisplayRole):
    """Return what a column says, from the top."""
    model = panel.table.model()
    return [model.index(row, column).data(role) for row in range(model.rowCount())]


def click(qtbot, panel, row, column, modifier=Modifier.NoModifier):
    table = panel.table
    place = table.visualRect(table.model().index(row, column)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, modifier, place)


def test_rows_tell_number_length_width_and_size(make_panel, qtbot):
    panel = make_panel(short_cracks(), [BoundingBox((5, 6, 45, 26), "corrosion")])
    assert cells(panel, Column.NUMBER) == ["1", "2", "3", "1"]
    assert cells(panel, Column.LENGTH) == ["10 px", "10 px", "10 px", "corrosion"]
    assert cells(panel, Column.WIDTH) == ["3.0 px", "3.0 px", "3.0 px", "–"]


def test_the_total_is_the_sum_of_the_rows(make_panel):
    panel = make_panel(short_cracks())
    assert panel.sums == "3 cracks · 30 px"
    panel._session.selection.select(["crack 1", "crack 3"])
    assert panel.sums == "Selected: 2 cracks · 20 px"


def test_regions_are_estimated_and_marked_so(make_panel, qtbot):
    panel = make_panel([painted_crack((10, 20, 110, 26))])
    assert panel._session.runner.shown_jobs == []
    qtbot.waitUntil(lambda: cells(panel, Column.LENGTH) != ["…"])
    (length,) = cells(panel, Column.LENGTH)
    assert length.startswith("≈ ")
    assert int(length.strip("≈ px")) == pytest.approx(100, abs=8)
    (width,) = cells(panel, Column.WIDTH)
    assert float(width.strip("≈ px")) == pytest.approx(6, abs=0.7)
    assert panel.sums.startswith("1 crack · ≈ ")


def test_an_edited_region_is_estimated_anew(make_panel, qtbot):
    crack = painted_crack((10, 20, 110, 26))
    panel = make_panel([crack])
    qtbot.waitUntil(lambda: cells(panel, Column.LENGTH) != ["…"])
    before = cells(panel, Column.LENGTH)
    longer = painted_crack((10, 20, 210, 26), identifier=crack.identifier)
    panel._session.apply("Paint", lambda c: c.with_crack_replaced(crack.identifier, [longer]))
    qtbot.waitUntil(lambda: cells(panel, Column.LENGTH) != before)


def test_an_empty_image_says_so(make_panel):
    panel = make_panel()
    assert panel.sums == "No cracks on this image yet."


def test_rows_and_selection_of_the_session_are_one(make_panel, qtbot):
    panel = make_panel(short_cracks())
    click(qtbot, panel, 1, Column.LENGTH)
    assert panel._session.selection.names == ("crack 2",)
    click(qtbot, panel, 2, Column.LENGTH, Modifier.ControlModifier)
    assert set(panel._session.selection.names) == {"crack 2", "crack 3"}
    panel._session.selection.select(["crack 1"])
    assert panel.table.chosen_names == ["crack 1"]
    panel._session.selection.select(["crack 1", "crack 3"])
    assert set(panel.table.chosen_names) == {"crack 1", "crack 3"}
    panel._session.selection.select([])
    assert panel.table.chosen_names == []


def test_eye_and_lock_are_switched_without_selecting(make_panel, qtbot):
    panel = make_panel(short_cracks())
    session = panel._session
    click(qtbot, panel, 0, Column.EYE)
    click(qtbot, panel, 2, Column.LOCK)
    assert session.selection.is_hidden("crack 1")
    assert [crack.is_locked for crack in session.current.cracks] == [False, False, True]
    assert session.selection.names == ()
    click(qtbot, panel, 0, Column.EYE)
    click(qtbot, panel, 2, Column.LOCK)
    assert not session.selection.is_hidden("crack 1")
    assert not any(crack.is_locked for crack in session.current.cracks)


def test_a_switch_in_a_selected_row_counts_for_all_selected(make_panel, qtbot):
    panel = make_panel(short_cracks())
    session = panel._session
    session.selection.select(["crack 1", "crack 3"])
    click(qtbot, panel, 0, Column.LOCK)
    assert [crack.is_locked for crack in session.current.cracks] == [True, False, True]
    click(qtbot, panel, 2, Column.EYE)
    assert [session.selection.is_hidden(f"crack {n}") for n in (1, 2, 3)] == [True, False, True]


def test_an_edit_keeps_scroll_position_and_selection(make_panel, qtbot):
    cracks = [traced_crack(((10, n), (20 + n, n)), identifier=f"c{n}") for n in range(60)]
    panel = make_panel(cracks)
    session, bar = panel._session, panel.table.verticalScrollBar()
    resets = []
    panel._model.modelReset.connect(lambda: resets.append(1))
    session.selection.select(["c40", "c41"])
    bar.setValue(bar.maximum() // 2)
    place = bar.value()
    session.apply("Delete", lambda c: c.without(["c59"]))
    session.apply(
        "Lock", lambda c: c.with_crack_replaced("c3", [replace(cracks[3], is_locked=True)])
    )
    session.apply(
        "Add", lambda c: c.with_cracks([traced_crack(((5, 5), (9, 9)), identifier="new")])
    )
    assert bar.value() == place
    assert set(panel.table.chosen_names) == {"c40", "c41"}
    assert cells(panel, Column.NUMBER)[-1] == "60"
    session.undo()
    session.undo()
    session.undo()
    assert len(cells(panel, Column.NUMBER)) == 60
    assert resets == []


def test_a_split_crack_gets_two_rows_in_its_place(make_panel):
    panel = make_panel(short_cracks())
    halves = [traced_crack(((10, 30), (15, 30)), identifier=name) for name in ("left", "right")]
    panel._session.apply("Split", lambda c: c.with_crack_replaced("crack 2", halves))
    assert [item.identifier for item in panel._model.objects] == [
        "crack 1", "left", "right", "crack 3",
    ]  # fmt: skip
    assert cells(panel, Column.NUMBER) == ["1", "2", "3", "4"]


def test_a_click_on_a_heading_sorts(make_panel, qtbot):
    cracks = [traced_crack(((10, 9), (10 + size, 9))) for size in (30, 5, 200)]
    panel = make_panel([*cracks, painted_crack((0, 0, 3, 3))], [BoundingBox((0, 0, 9, 9))])
    qtbot.waitUntil(lambda: "…" not in cells(panel, Column.LENGTH))
    header = panel.table.horizontalHeader()
    place = QPoint(header.sectionPosition(Column.LENGTH) + 10, header.height() // 2)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    keys = cells(panel, Column.LENGTH, SORT_ROLE)
    assert keys in (sorted(keys), sorted(keys, reverse=True))
    lengths = [text for text in cells(panel, Column.LENGTH) if text.endswith("px")]
    assert {"5 px", "30 px", "200 px"} <= set(lengths)
    panel.table.follow((cracks[2].identifier,))
    assert panel.table.chosen_names == [cracks[2].identifier]


def test_delete_in_the_table_deletes_what_is_selected(make_panel, qtbot):
    panel = make_panel(short_cracks())
    click(qtbot, panel, 1, Column.LENGTH)
    qtbot.keyClick(panel.table, Key.Key_Delete)
    assert [crack.identifier for crack in panel._session.current.cracks] == ["crack 1", "crack 3"]


def test_a_right_click_on_another_row_selects_it_and_one_on_the_selection_keeps_it(
    make_panel, qtbot
):
    panel = make_panel(short_cracks())
    session, table = panel._session, panel.table
    session.selection.select(["crack 1", "crack 2"])
    for row, expected in ((0, {"crack 1", "crack 2"}), (2, {"crack 3"})):
        place = table.visualRect(table.model().index(row, Column.LENGTH)).center()
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.RightButton, pos=place)
        assert set(session.selection.names) == expected


def test_many_objects_at_once_fill_the_table_anew(make_panel):
    panel = make_panel([painted_crack((x, 0, x + 1, 1)) for x in range(120)])
    assert panel.table.model().rowCount() == 120
    panel._session.undo()
    assert panel.table.model().rowCount() == 0
