"""Contour and polygon: pointer events in, regions out."""

import pytest

from annotator.document.pixel_source import PixelSource
from annotator.tools import contour, polygon, region
from annotator.tools.contour import ContourTool
from annotator.tools.polygon import PolygonTool
from annotator.tools.targets import LOCKED_LEFT
from tests.annotator.tools.pointer import at, click, double_click, drag_on, draw, press, release
from tests.crack_factory import painted_crack, traced_crack
from tests.session_factory import SIZE, make_session, show_image, watch

pytestmark = pytest.mark.gui

WHOLE = (0, 0, *SIZE)
SQUARE = ((100, 60), (180, 60), (180, 140), (100, 140))


@pytest.fixture
def session(qtbot):
    cracks = [
        traced_crack([(20, 100), (250, 100)], identifier="t"),
        painted_crack((110, 110, 140, 190), identifier="p"),
    ]
    session = make_session(cracks)
    session.problems = watch(session.problem)
    yield session
    session.runner.shutdown()


@pytest.fixture(params=[PolygonTool, ContourTool])
def tool(request, session):
    return request.param(session)


@pytest.fixture
def corners(session):
    return PolygonTool(session)


@pytest.fixture
def freehand(session):
    return ContourTool(session)


def made(session):
    """The crack that was drawn."""
    assert session.history.undo_text == "Draw region"
    return session.current.cracks[2]


def mask(session, name):
    return session.current.content.find_crack(name).mask_in(WHOLE)


def is_the_square(crack):
    data = crack.mask_in(WHOLE)
    return data[60:141, 100:181].all() and data.sum() == 81 * 81


# Both


def test_enter_closes_and_the_inside_with_its_border_is_a_painted_crack(session, tool):
    for corner in SQUARE:
        click(tool, *corner)
    assert tool.is_busy
    assert tool.preview.outline == SQUARE
    assert len(session.current.cracks) == 2
    assert tool.accept()
    crack = made(session)
    assert crack.source == "painted"
    assert is_the_square(crack)
    assert set(crack.pixels.read((100, 60, 181, 141)).flat) == {PixelSource.PAINTED}
    assert session.selection.names == (crack.identifier,)
    assert not tool.is_busy
    assert tool.preview.outline == ()
    session.undo()
    assert len(session.current.cracks) == 2


def test_a_double_click_closes(session, tool):
    for corner in SQUARE[:-1]:
        click(tool, *corner)
    double_click(tool, *SQUARE[-1])
    assert is_the_square(made(session))


@pytest.mark.parametrize("zoom", [0.5, 1.0, 4.0])
def test_a_click_near_the_start_closes(session, tool, zoom):
    for corner in SQUARE:
        click(tool, *corner, zoom=zoom)
    tool.move(at(100 + 10 / zoom, 60, zoom=zoom))
    assert not tool.preview.is_closing
    tool.move(at(100 + 5 / zoom, 60 + 5 / zoom, zoom=zoom))
    assert tool.preview.is_closing
    assert tool.hint == region.HINT_CLOSE
    click(tool, 100 + 5 / zoom, 60 + 5 / zoom, zoom=zoom)
    assert is_the_square(made(session))


def test_backspace_takes_the_last_one_back(session, tool):
    for corner in (*SQUARE, (20, 20)):
        click(tool, *corner)
    assert tool.drop_last()
    assert tool.preview.outline == SQUARE
    tool.accept()
    assert is_the_square(made(session))
    assert not tool.drop_last()


def test_esc_gives_up_then_lets_go_of_the_selection(session, tool):
    session.selection.select(["t"])
    for corner in SQUARE:
        click(tool, *corner)
    assert tool.cancel()
    assert tool.preview.outline == ()
    assert session.selection.names == ("t",)
    assert tool.cancel()
    assert session.selection.names == ()
    assert not tool.cancel()
    assert session.history.undo_text == ""


def test_two_points_are_no_region(session, tool):
    click(tool, *SQUARE[0])
    click(tool, *SQUARE[1])
    assert not tool.accept()
    assert session.problems == [tool.too_few]
    assert tool.is_busy, "nothing is lost"
    click(tool, *SQUARE[2])
    assert tool.accept()


def test_an_outline_beside_the_image_is_said_to_be_there(session, tool):
    for corner in ((400, 20), (500, 20), (450, 90)):
        click(tool, *corner)
    tool.accept()
    assert session.problems == [region.NOTHING_INSIDE]
    assert session.history.undo_text == ""


@pytest.mark.parametrize("selected", [(), ("p",)])
def test_alt_when_closing_cuts_out_instead(session, tool, selected):
    session.selection.select(selected)
    for corner in SQUARE:
        click(tool, *corner)
    click(tool, *SQUARE[0], is_inverting=True)
    assert session.history.undo_text == "Cut out region"
    assert len(session.current.cracks) == 2
    assert not mask(session, "p")[110:141].any()
    assert mask(session, "p")[141:190, 110:140].all()
    assert bool(mask(session, "t")[100, 150]) == bool(selected)
    assert mask(session, "t")[100, 90]
    assert mask(session, "t")[100, 190]


def test_cutting_leaves_what_is_locked(session, tool):
    session.set_locked(["t", "p"], True)
    for corner in SQUARE:
        click(tool, *corner)
    click(tool, *SQUARE[0], is_inverting=True)
    assert session.problems == [LOCKED_LEFT]
    assert mask(session, "t")[100, 150]


def test_cutting_where_nothing_is_says_so(session, tool):
    for corner in ((200, 20), (280, 20), (280, 60)):
        click(tool, *corner)
    click(tool, 200, 20, is_inverting=True)
    assert session.problems == [region.NOTHING_CUT]


def test_a_crack_cut_out_as_a_whole_is_removed(session, tool):
    for corner in ((90, 105), (200, 105), (200, 199), (90, 199)):
        click(tool, *corner)
    click(tool, 90, 105, is_inverting=True)
    assert [crack.identifier for crack in session.current.cracks] == ["t"]


def test_another_image_or_tool_gives_the_outline_up(session, tool):
    click(tool, *SQUARE[0])
    show_image(session)
    assert not tool.is_busy
    click(tool, *SQUARE[0])
    tool.deactivate()
    assert not tool.is_busy


def test_a_read_only_project_is_not_drawn_on(session, tool, monkeypatch):
    monkeypatch.setattr(type(session), "is_read_only", True)
    click(tool, *SQUARE[0])
    assert not tool.is_busy
    assert len(session.problems) == 1


def test_without_an_image_nothing_happens(session, tool):
    session.image = None
    click(tool, *SQUARE[0])
    assert not tool.is_busy
    assert tool.hint == region.HINT_EMPTY


# Polygon


def test_the_line_leads_to_the_pointer(corners):
    click(corners, *SQUARE[0])
    corners.move(at(150, 90))
    assert corners.preview.cursor == (150, 90)
    corners.leave()
    assert corners.preview.cursor is None


def test_two_clicks_on_one_spot_are_one_corner(corners):
    click(corners, *SQUARE[0])
    click(corners, *SQUARE[0])
    assert len(corners.preview.outline) == 1


def test_the_hint_of_the_polygon_says_when_it_can_close(corners):
    hints = [corners.hint]
    for corner in SQUARE:
        click(corners, *corner)
        hints.append(corners.hint)
    assert hints == [
        polygon.HINT_START,
        polygon.HINT_NEXT,
        polygon.HINT_NEXT,
        polygon.HINT_ENOUGH,
        polygon.HINT_ENOUGH,
    ]


# Contour


def test_pieces_are_drawn_and_joined_by_straight_lines(session, freehand):
    draw(freehand, SQUARE[0], (140, 60), SQUARE[1])
    assert freehand.hint == contour.HINT_PAUSED
    assert len(session.current.cracks) == 2, "releasing pauses"
    draw(freehand, SQUARE[2], (140, 140), SQUARE[3])
    assert freehand.preview.outline == (
        SQUARE[0], (140, 60), SQUARE[1], SQUARE[2], (140, 140), SQUARE[3],
    )  # fmt: skip
    freehand.accept()
    assert is_the_square(made(session))


def test_a_piece_is_taken_back_as_a_whole(freehand):
    draw(freehand, SQUARE[0], (140, 60), SQUARE[1])
    draw(freehand, SQUARE[2], (140, 140), SQUARE[3])
    freehand.drop_last()
    assert freehand.preview.outline == (SQUARE[0], (140, 60), SQUARE[1])


def test_drawing_back_to_the_start_closes_on_release(session, freehand):
    press(freehand, *SQUARE[0])
    drag_on(freehand, *SQUARE[1:])
    assert freehand.hint == contour.HINT_DRAWING
    drag_on(freehand, (101, 62))
    assert freehand.preview.is_closing
    assert len(session.current.cracks) == 2
    release(freehand, 101, 62)
    assert made(session).mask_in((110, 70, 170, 130)).all()


def test_a_scribble_at_the_start_does_not_close(session, freehand):
    draw(freehand, (100, 60), (102, 61), (104, 60), (103, 62))
    assert freehand.is_busy
    assert session.history.undo_text == ""


def test_points_are_apart_on_the_screen(freehand):
    press(freehand, 100, 60)
    drag_on(freehand, (100.2, 60), (100.4, 60), (101.2, 60))
    assert freehand.preview.outline == ((100, 60), (101.2, 60))
    drag_on(freehand, (101.5, 60), zoom=8.0)
    assert len(freehand.preview.outline) == 3


def test_moving_without_the_button_draws_nothing(freehand):
    draw(freehand, SQUARE[0], SQUARE[1])
    freehand.move(at(20, 20))
    assert freehand.preview.outline == SQUARE[:2]
    assert freehand.preview.cursor == (20, 20)


def test_clicks_are_no_contour_and_that_is_said(session):
    tool = ContourTool(session)
    click(tool, *SQUARE[0])
    click(tool, *SQUARE[1])
    assert not tool.accept()
    assert session.problems == [contour.TOO_FEW]
