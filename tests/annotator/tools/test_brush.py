"""Brush and eraser: pointer events in, edits out."""

import numpy as np
import pytest

from annotator.document.pixel_source import PixelSource
from annotator.tools import brush as brush_tool
from annotator.tools.brush import BrushTool, EraserTool
from annotator.tools.targets import LOCKED, LOCKED_LEFT
from tests.annotator.tools.pointer import at, click, drag_on, draw, press, release
from tests.crack_factory import painted_crack, traced_crack
from tests.session_factory import SIZE, make_session, show_image, watch

pytestmark = pytest.mark.gui

WHOLE = (0, 0, *SIZE)


@pytest.fixture
def session(qtbot):
    cracks = [
        traced_crack([(20, 50), (250, 50)], identifier="t"),
        painted_crack((20, 120, 60, 150), identifier="p"),
    ]
    session = make_session(cracks)
    session.brush.diameter = 7
    session.problems = watch(session.problem)
    yield session
    session.runner.shutdown()


@pytest.fixture
def brush(session):
    return BrushTool(session)


@pytest.fixture
def eraser(session):
    return EraserTool(session)


def content(session):
    return session.current.content


def crack(session, name):
    return content(session).find_crack(name)


def codes(session, name):
    return crack(session, name).pixels.read(WHOLE)


def lock(session, *names):
    session.set_locked(names, True)
    session.history.clear()
    session.history.activate(session.current)


# Painting


def test_a_stroke_on_nothing_is_a_new_crack_that_is_selected(session, brush):
    draw(brush, (100, 150), (200, 160), (250, 150))
    (made,) = content(session).cracks[2:]
    assert made.source == "painted"
    assert session.history.undo_text == "Paint crack"
    assert session.selection.names == (made.identifier,)
    mask = made.mask_in(WHOLE)
    assert mask[155, 150]
    assert mask[150, 250]
    assert (made.pixels.read(WHOLE)[mask != 0] == PixelSource.PAINTED).all()
    session.undo()
    assert len(content(session).cracks) == 2


def test_the_next_stroke_goes_on_with_it_until_esc(session, brush):
    draw(brush, (100, 150), (150, 150))
    draw(brush, (200, 170), (250, 170))
    assert len(content(session).cracks) == 3
    assert session.history.undo_text == "Paint"
    assert brush.cancel()
    draw(brush, (200, 190), (250, 190))
    assert len(content(session).cracks) == 4


def test_a_click_is_a_dot(session, brush):
    click(brush, 150, 180)
    assert content(session).cracks[2].mask_in(WHOLE).sum() == 37


def test_a_fast_stroke_has_no_gaps(session, brush):
    draw(brush, (100, 100), (290, 190))
    mask = content(session).cracks[2].mask_in(WHOLE)
    assert mask.any(axis=0)[100:291].all()


def test_a_stroke_over_the_border_is_clipped(session, brush):
    draw(brush, (-30, 180), (340, 180))
    assert content(session).cracks[2].box == (0, 177, 300, 184)
    draw(brush, (-90, -90), (-50, -90))
    assert content(session).cracks[2].box == (0, 177, 300, 184)
    assert session.history.undo_text == "Paint crack", "a stroke beside the image is no edit"


def test_the_selected_crack_is_painted_on_wherever_the_stroke_begins(session, brush):
    session.selection.select(["t"])
    draw(brush, (30, 130), (60, 90))  # it begins on the other one
    assert len(content(session).cracks) == 2
    assert crack(session, "t").mask_in((60, 90, 61, 91)).all()
    assert crack(session, "t").path is not None
    assert codes(session, "t")[90, 60] == PixelSource.PAINTED
    assert codes(session, "t")[50, 200] == PixelSource.TRACED
    assert crack(session, "p").pixels is not crack(session, "t").pixels
    assert session.selection.names == ("t",)


def test_without_a_selection_the_crack_where_the_stroke_begins(session, brush):
    draw(brush, (40, 130), (100, 130))
    assert len(content(session).cracks) == 2
    assert crack(session, "p").box == (20, 120, 104, 150)


def test_a_large_tip_has_to_be_near_to_begin_on_a_crack(session, brush):
    session.brush.diameter = 80
    brush.move(at(75, 160))
    assert brush.preview.hovered == ""
    brush.move(at(67, 157))
    assert brush.preview.hovered == "p"
    brush.move(at(67, 157, zoom=4.0))
    assert brush.preview.hovered == ""


def test_shift_paints_a_new_crack_all_the_same(session, brush):
    draw(brush, (40, 130), (100, 130), is_extending=True)
    session.selection.select(["p"])
    draw(brush, (40, 130), (100, 130), is_extending=True)
    assert len(content(session).cracks) == 4
    assert crack(session, "p").box == (20, 120, 60, 150)


def test_with_several_selected_the_place_decides(session, brush):
    session.selection.select(["t", "p"])
    draw(brush, (200, 180), (240, 180))
    assert len(content(session).cracks) == 3


def test_a_locked_crack_is_not_painted_on(session, brush):
    lock(session, "p", "t")
    draw(brush, (40, 130), (100, 130))
    assert len(content(session).cracks) == 3, "on a locked one a new one begins"
    session.selection.select(["p"])
    draw(brush, (40, 130), (100, 130))
    assert session.problems == [LOCKED]
    assert not brush.is_busy
    assert crack(session, "p").box == (20, 120, 60, 150)


def test_a_hidden_crack_is_not_painted_on_by_chance(session, brush):
    session.selection.set_hidden("p", True)
    draw(brush, (40, 130), (100, 130))
    assert len(content(session).cracks) == 3


def test_painting_what_is_painted_is_no_edit(session, brush):
    session.selection.select(["p"])
    draw(brush, (30, 130), (50, 140))
    assert session.history.undo_text == ""


# Erasing


def test_the_eraser_takes_from_every_crack_under_it(session, eraser):
    session.brush.diameter = 11
    draw(eraser, (40, 40), (40, 160))
    assert not crack(session, "t").mask_in((35, 45, 46, 56)).any()
    assert not crack(session, "p").mask_in((35, 120, 46, 150)).any()
    assert codes(session, "t")[50, 40] == PixelSource.ERASED
    assert codes(session, "p")[130, 40] == PixelSource.NONE
    assert session.history.undo_text == "Erase"
    session.undo()
    assert crack(session, "t").mask_in((35, 50, 46, 51)).all()
    assert crack(session, "p").mask_in((35, 120, 46, 150)).all()


def test_the_eraser_takes_from_the_selected_cracks_only(session, eraser):
    session.selection.select(["p"])
    draw(eraser, (40, 40), (40, 160))
    assert crack(session, "t").mask_in((40, 50, 41, 51)).all()
    assert not crack(session, "p").mask_in((40, 130, 41, 131)).any()


def test_a_crack_that_loses_its_last_pixel_is_removed(session, eraser):
    session.brush.diameter = 90
    draw(eraser, (10, 135), (80, 135))
    assert [item.identifier for item in content(session).cracks] == ["t"]
    session.undo()
    assert crack(session, "p").mask_in(WHOLE).sum() == 40 * 30


def test_locked_and_hidden_cracks_are_left_and_that_is_said_once(session, eraser):
    lock(session, "t")
    session.selection.set_hidden("p", True)
    for _ in range(2):
        draw(eraser, (40, 40), (40, 160))
    assert session.problems == [LOCKED_LEFT]
    assert session.history.undo_text == ""
    draw(eraser, (250, 150), (260, 150))
    assert session.problems == [LOCKED_LEFT]


def test_with_only_locked_ones_selected_nothing_is_erased(session, eraser):
    lock(session, "t")
    session.selection.select(["t"])
    draw(eraser, (40, 40), (40, 160))
    assert session.problems == [LOCKED_LEFT]
    assert crack(session, "p").mask_in((40, 130, 41, 131)).all()


def test_erasing_nothing_is_no_edit(session, eraser):
    draw(eraser, (250, 150), (260, 150))
    assert session.history.undo_text == ""


@pytest.mark.parametrize(("kind", "text"), [(BrushTool, "Erase"), (EraserTool, "Paint")])
def test_alt_or_ctrl_does_the_opposite(session, kind, text):
    tool = kind(session)
    draw(tool, (40, 130), (70, 130), is_inverting=True, is_extending=True)
    assert session.history.undo_text == text
    assert len(content(session).cracks) == 2


# While it is drawn


def test_the_stroke_is_previewed_as_the_crack_it_makes(session, brush):
    press(brush, 100, 150)
    assert brush.is_busy
    (pending,) = brush.preview.pending
    before = pending.mask_in(WHOLE).sum()
    drag_on(brush, (150, 150))
    (pending,) = brush.preview.pending
    assert pending.mask_in(WHOLE).sum() > before
    assert len(content(session).cracks) == 2
    release(brush, 150, 150)
    assert content(session).cracks[2] is pending, "what was previewed is what is made"
    assert brush.preview.pending == ()


def test_the_stroke_is_one_edit(session, brush):
    steps = watch(session.document_changed)
    draw(brush, *[(100 + k, 150) for k in range(40)])
    assert len(steps) == 1


@pytest.mark.parametrize("give_up", ["cancel", "drop_last"])
def test_esc_gives_the_stroke_up(session, brush, give_up):
    session.selection.select(["p"])
    press(brush, 100, 150)
    drag_on(brush, (150, 150))
    assert getattr(brush, give_up)()
    assert brush.preview.pending == ()
    drag_on(brush, (180, 150))
    release(brush, 180, 150)
    assert session.history.undo_text == ""
    assert session.selection.names == ("p",), "it costs no more than the stroke"


def test_esc_without_a_stroke_lets_go_of_the_selection(session, brush):
    session.selection.select(["p"])
    assert brush.cancel()
    assert session.selection.names == ()
    assert not brush.cancel()


def test_a_release_that_went_elsewhere_ends_the_stroke(session, brush):
    press(brush, 100, 150)
    drag_on(brush, (150, 150))
    brush.move(at(170, 150))
    assert not brush.is_busy
    assert content(session).cracks[2].box[2] < 160


def test_another_tool_keeps_the_stroke(session, brush):
    press(brush, 100, 150)
    brush.deactivate()
    assert len(content(session).cracks) == 3
    assert brush.preview.brush is None


def test_another_image_keeps_the_stroke_where_it_was_drawn(session, brush):
    first = session.current
    press(brush, 100, 150)
    show_image(session)
    assert len(first.cracks) == 3
    assert session.current.cracks == ()
    assert session.selection.names == ()


def test_a_crack_traced_anew_meanwhile_keeps_both(session, brush):
    session.selection.select(["t"])
    press(brush, 100, 80)
    drag_on(brush, (150, 80))
    anew = crack(session, "t").traced_anew(traced_crack([(20, 60), (250, 60)]))
    session.apply("Trace anew", lambda c: c.with_crack_replaced("t", [anew]))
    release(brush, 150, 80)
    assert crack(session, "t").path is anew.path
    assert crack(session, "t").mask_in((120, 80, 121, 81)).all()
    assert crack(session, "t").mask_in((120, 60, 121, 61)).all()


def test_a_crack_deleted_meanwhile_stays_deleted(session, brush):
    session.selection.select(["p"])
    press(brush, 100, 80)
    drag_on(brush, (150, 80))
    session.apply("Delete", lambda c: c.without(["p"]))
    release(brush, 150, 80)
    assert [item.identifier for item in content(session).cracks] == ["t"]


def test_painting_then_undo_and_redo(session, brush, eraser):
    before = {name: codes(session, name) for name in ("t", "p")}
    session.selection.select(["t"])
    draw(brush, (100, 30), (120, 90))
    draw(eraser, (200, 30), (200, 90))
    after = codes(session, "t")
    session.undo()
    session.undo()
    assert all(np.array_equal(codes(session, name), before[name]) for name in before)
    session.redo()
    session.redo()
    assert np.array_equal(codes(session, "t"), after)


def test_a_read_only_project_is_not_painted_on(session, brush, monkeypatch):
    monkeypatch.setattr(type(session), "is_read_only", True)
    draw(brush, (100, 150), (150, 150))
    assert len(session.problems) == 1
    assert brush.preview.pending == ()
    assert len(content(session).cracks) == 2


# Tip and hint


def test_the_tip_follows_the_pointer_and_the_size(session, brush):
    brush.move(at(100.2, 150.4))
    tip = brush.preview.brush
    assert tip.center == (100, 150)
    assert tip.radius == 3.5
    assert not tip.is_erasing
    assert brush.resize(1)
    assert brush.preview.brush.radius == 4
    assert brush.preview.brush.center == (100.5, 150.5)
    brush.leave()
    assert brush.preview.brush is None


def test_brush_and_eraser_have_one_size(session, brush, eraser):
    brush.resize(3)
    eraser.move(at(100, 100))
    brush.move(at(100, 100))
    assert eraser.preview.brush.radius == brush.preview.brush.radius
    assert eraser.preview.brush.is_erasing


def test_the_tip_shows_before_the_press_that_alt_erases(session, brush):
    brush.move(at(100, 150, is_inverting=True))
    assert brush.preview.brush.is_erasing
    assert brush.hint == brush_tool.HINT_ERASE_ALL
    press(brush, 100, 150)
    brush.move(at(110, 150, is_pressed=True, is_inverting=True))
    assert not brush.preview.brush.is_erasing, "a stroke stays what it began as"


def test_the_hint_says_what_a_stroke_would_change(session, brush, eraser):
    brush.move(at(200, 180))
    assert brush.hint == brush_tool.HINT_NEW
    brush.move(at(40, 130))
    assert brush.hint == brush_tool.HINT_ON_CRACK
    assert brush.preview.hovered == "p"
    session.selection.select(["t"])
    assert brush.hint == brush_tool.HINT_SELECTED
    assert brush.preview.hovered == ""
    assert eraser.hint == brush_tool.HINT_ERASE_SELECTED
    lock(session, "t")
    assert brush.hint == brush_tool.HINT_LOCKED
    session.selection.select([])
    assert eraser.hint == brush_tool.HINT_ERASE_ALL
    press(brush, 200, 180)
    assert brush.hint == brush_tool.HINT_STROKE


def test_without_an_image_nothing_happens(session, brush):
    session.image = None
    draw(brush, (100, 150), (150, 150))
    assert brush.preview.brush is None
    assert brush.hint == brush_tool.HINT_EMPTY
    assert len(content(session).cracks) == 2
