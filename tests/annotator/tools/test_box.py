"""The box tool: pointer events in, boxes out."""

import pytest

from annotator.document.bounding_box import BoundingBox
from annotator.tools import box as box_tool
from annotator.tools.box import BoxTool
from tests.annotator.tools.pointer import at, click, drag_on, draw, press
from tests.session_factory import make_session, show_image, watch

pytestmark = pytest.mark.gui


@pytest.fixture
def session(qtbot):
    session = make_session(boxes=[BoundingBox((10, 10, 40, 40), identifier="old")])
    session.problems = watch(session.problem)
    yield session
    session.runner.shutdown()


@pytest.fixture
def tool(session):
    return BoxTool(session)


def made(session):
    assert session.history.undo_text == "Draw box"
    return session.current.boxes[1]


def test_a_drag_makes_a_box_that_is_selected(session, tool):
    draw(tool, (100, 60), (150, 90), (180, 140))
    assert made(session).box == (100, 60, 181, 141)
    assert made(session).class_name == "crack"
    assert session.selection.names == (made(session).identifier,)
    assert not tool.is_busy
    session.undo()
    assert [box.identifier for box in session.current.boxes] == ["old"]


def test_two_clicks_make_a_box(session, tool):
    click(tool, 180, 140)
    assert tool.is_busy
    assert tool.hint == box_tool.HINT_END
    tool.move(at(120, 100))
    assert tool.preview.rectangle == (120, 100, 181, 141)
    click(tool, 100, 60)
    assert made(session).box == (100, 60, 181, 141)
    assert not tool.is_busy


def test_a_tremble_is_a_click(session, tool):
    draw(tool, (100, 60), (102, 61))
    assert tool.is_busy
    assert session.history.undo_text == ""
    draw(tool, (100, 60), (102, 61))
    assert made(session).box == (100, 60, 101, 61)


def test_from_close_by_a_small_box_is_a_drag(session, tool):
    draw(tool, (100, 60), (102, 61), zoom=8.0)
    assert made(session).box == (100, 60, 103, 62)


def test_a_box_over_the_border_is_clipped(session, tool):
    draw(tool, (-20, -30), (500, 120))
    assert made(session).box == (0, 0, 300, 121)


def test_the_class_in_hand_is_that_of_the_box(session, tool):
    session.box_classes.add("spalling")
    assert "spalling" in tool.hint
    press(tool, 100, 60)
    drag_on(tool, (180, 140))
    preview = tool.preview
    assert preview.label == "spalling · 81 × 81 px"
    assert preview.color == session.box_classes.current.color
    draw(tool, (180, 140))
    assert made(session).class_name == "spalling"


@pytest.mark.parametrize("how", ["cancel", "deactivate"])
def test_esc_and_another_tool_give_it_up(session, tool, how):
    press(tool, 100, 60)
    drag_on(tool, (180, 140))
    getattr(tool, how)()
    assert tool.preview.rectangle is None
    tool.release(at(180, 140))
    assert session.history.undo_text == ""


def test_esc_without_a_box_lets_go_of_the_selection(session, tool):
    session.selection.select(["old"])
    assert tool.cancel()
    assert session.selection.names == ()
    assert not tool.cancel()


def test_another_image_gives_it_up(session, tool):
    click(tool, 100, 60)
    show_image(session)
    click(tool, 180, 140)
    assert session.current.boxes == ()


def test_a_read_only_project_gets_no_box(session, tool, monkeypatch):
    monkeypatch.setattr(type(session), "is_read_only", True)
    draw(tool, (100, 60), (180, 140))
    assert len(session.problems) == 1
    assert tool.preview.rectangle is None


def test_without_an_image_nothing_happens(session, tool):
    session.image = None
    draw(tool, (100, 60), (180, 140))
    assert not tool.is_busy
    assert tool.hint == box_tool.HINT_EMPTY
