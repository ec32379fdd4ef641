"""The select tool: clicks select, drags move boxes or the image."""

import pytest
from PySide6.QtCore import Qt

from annotator.canvas.tool import PointerEvent
from annotator.document.bounding_box import BoundingBox
from annotator.tools import box_handles, select
from annotator.tools.box_handles import moved, resized
from annotator.tools.select import SelectTool
from tests.crack_factory import painted_crack, traced_crack
from tests.session_factory import make_session, watch

pytestmark = pytest.mark.gui

BIG = BoundingBox((100, 20, 280, 180), identifier="big")
SMALL = BoundingBox((150, 100, 200, 140), "corrosion", identifier="small")


@pytest.fixture
def session(qtbot):
    cracks = [
        traced_crack([(20, 50), (250, 50)], identifier="a"),
        painted_crack((20, 120, 60, 150), identifier="p"),
    ]
    session = make_session(cracks, [BIG, SMALL])
    session.problems = watch(session.problem)
    yield session
    session.runner.shutdown()


@pytest.fixture
def tool(session):
    return SelectTool(session)


def at(x, y, **changes):
    return PointerEvent(x, y, is_inside=0 <= x < 300 and 0 <= y < 200, **changes)


def click(tool, x, y, **changes):
    tool.move(at(x, y, **changes))
    tool.press(at(x, y, is_pressed=True, **changes))
    tool.release(at(x, y, **changes))


def drag(tool, start, *way):
    tool.move(at(*start))
    tool.press(at(*start, is_pressed=True))
    for x, y in way:
        tool.move(at(x, y, is_pressed=True))


def names(session):
    return session.selection.names


def test_a_click_selects_what_is_under_it(session, tool):
    for place, name in (((30, 52), "a"), ((40, 130), "p"), ((110, 160), "big")):
        click(tool, *place)
        assert names(session) == (name,)
    click(tool, 5, 190)
    assert names(session) == ()


def test_cracks_come_before_boxes_and_smaller_boxes_before_larger(session, tool):
    tool.move(at(180, 51))
    assert tool.preview.hovered == "a"
    tool.move(at(170, 120))
    assert tool.preview.hovered == "small"
    assert tool.cursor == Qt.CursorShape.PointingHandCursor
    tool.move(at(5, 190))
    assert tool.preview.hovered == ""
    assert tool.cursor == Qt.CursorShape.ArrowCursor


def test_shift_adds_and_takes_away(session, tool):
    click(tool, 30, 52)
    click(tool, 40, 130, is_extending=True)
    assert names(session) == ("a", "p")
    click(tool, 5, 190, is_extending=True)
    assert names(session) == ("a", "p")
    tool.move(at(30, 52))
    assert tool.hint == select.HINT_TAKE_AWAY.format("crack")
    click(tool, 30, 52, is_extending=True)
    assert names(session) == ("p",)


def test_hints_follow_the_pointer(session, tool):
    assert tool.hint == select.HINT_NOTHING
    tool.move(at(170, 120))
    assert tool.hint == select.HINT_OBJECT.format("box")
    click(tool, 170, 120)
    assert tool.hint == box_handles.HINT_INSIDE
    tool.move(at(149.5, 99.5))
    assert tool.hint == box_handles.HINT_CORNER
    tool.move(at(5, 190))
    assert tool.hint == select.HINT_SELECTED


def test_a_drag_on_nothing_moves_the_image_and_keeps_the_selection(session, tool):
    click(tool, 30, 52)
    panned = watch(tool.pan_requested)
    drag(tool, (5, 190), (7, 190), (15, 185))
    assert panned == [(10, -5)]
    assert tool.cursor == Qt.CursorShape.ClosedHandCursor
    tool.release(at(5, 190))
    assert names(session) == ("a",)
    assert tool.cursor != Qt.CursorShape.ClosedHandCursor


def test_a_drag_from_a_box_that_is_not_selected_moves_the_image(session, tool):
    before = session.current.content
    panned = watch(tool.pan_requested)
    drag(tool, (120, 160), (140, 150))
    tool.release(at(120, 160))
    assert panned == [(20, -10)]
    assert session.current.content is before
    assert names(session) == ("big",)


def test_the_selected_box_is_moved_by_its_inside(session, tool):
    click(tool, 170, 120)
    drag(tool, (170, 120), (180, 126), (190, 130))
    assert tool.preview.rectangle == (170, 110, 220, 150)
    assert tool.preview.label == "50 × 40 px"
    tool.release(at(190, 130))
    assert session.current.content.find("small").box == (170, 110, 220, 150)
    assert session.history.undo_text == "Move box"
    session.undo()
    assert session.current.content.find("small").box == SMALL.box


def test_a_corner_resizes(session, tool):
    click(tool, 170, 120)
    assert len(tool.preview.handles) == 4
    drag(tool, (199.5, 139.5), (219.4, 159.6))
    assert tool.cursor == Qt.CursorShape.SizeFDiagCursor
    tool.release(at(219.4, 159.6))
    assert session.current.content.find("small").box == (150, 100, 220, 160)
    assert session.history.undo_text == "Resize box"


def test_escape_puts_the_box_back(session, tool):
    click(tool, 170, 120)
    drag(tool, (170, 120), (190, 130))
    assert tool.is_busy
    assert tool.cancel()
    tool.release(at(190, 130))
    assert session.current.content.find("small") is SMALL
    assert names(session) == ("small",)


def test_a_locked_box_refuses_with_a_sentence(session, tool):
    session.set_locked(["small"], True)
    click(tool, 170, 120)
    assert tool.hint == box_handles.HINT_LOCKED
    drag(tool, (170, 120), (190, 130), (195, 130))
    tool.release(at(195, 130))
    assert session.current.content.find("small").box == SMALL.box
    assert session.problems == [box_handles.LOCKED]


def test_hidden_objects_are_not_hit(session, tool):
    for name in ("small", "a"):
        session.selection.set_hidden(name, True)
    click(tool, 170, 120)
    assert names(session) == ("big",)
    click(tool, 30, 52)
    assert names(session) == ()


def test_escape_selects_nothing(session, tool):
    click(tool, 170, 120)
    assert tool.cancel()
    assert names(session) == ()
    assert not tool.cancel()


@pytest.mark.parametrize(
    ("shift", "expected"),
    [((5, 5), (155, 105, 205, 145)), ((-500, 500), (0, 160, 50, 200)), ((0, 0), SMALL.box)],
)
def test_a_moved_box_keeps_its_size_and_stays_on_the_image(shift, expected):
    assert moved(SMALL.box, shift, (300, 200)) == expected


@pytest.mark.parametrize(
    ("corner", "point", "expected"),
    [
        (0, (140, 90), (140, 90, 200, 140)),
        (1, (220, 90), (150, 90, 220, 140)),
        (2, (220, 160), (150, 100, 220, 160)),
        (3, (140, 160), (140, 100, 200, 160)),
        (2, (140, 90), (140, 90, 150, 100)),
        (2, (900, 900), (150, 100, 300, 200)),
        (2, (150, 100), (150, 100, 151, 101)),
        (0, (200, 140), (200, 140, 201, 141)),
    ],
)
def test_a_resized_box_is_never_empty_and_never_outside(corner, point, expected):
    assert resized(SMALL.box, corner, (point[0] - 0.5, point[1] - 0.5), (300, 200)) == expected


def test_undo_gives_up_the_drag_of_a_corner(session, tool):
    session.selection.select(["big"])
    before = session.current.boxes
    x0, y0, *_ = before[0].box
    tool.move(at(x0, y0))
    tool.press(at(x0, y0, is_pressed=True))
    tool.move(at(x0 + 20, y0 + 20, is_pressed=True))
    assert tool.drop_last()
    tool.release(at(x0 + 20, y0 + 20))
    assert session.current.boxes == before
    assert not tool.drop_last()
