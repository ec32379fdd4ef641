"""The scene follows the document and the stroke that is being drawn."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Signal

from annotator.canvas.crack_drawing import draw_crack
from annotator.canvas.items import OverlayMode
from annotator.canvas.rendering import build_pyramid
from annotator.canvas.scene import CHANGES_AT_ONCE, CanvasScene
from annotator.canvas.tool import Preview, Tool
from annotator.document.bounding_box import BoundingBox
from annotator.document.strokes import erased, painted, stroke_segment
from annotator.workers.crack_drawings import CrackDrawings
from tests.annotator.canvas.painting import paint_scene
from tests.crack_factory import painted_crack, traced_crack
from tests.session_factory import make_session, show_image, watch

pytestmark = pytest.mark.gui

SIZE = (300, 200)
SHOWN = (0, 0, *SIZE)
STROKE = stroke_segment((150, 90), (150, 130), 20, SIZE)


class Hand(Tool):
    """A tool that draws what a test wants."""

    preview_changed = Signal()

    def __init__(self):
        super().__init__()
        self.shown = Preview()

    @property
    def preview(self):
        return self.shown

    def show(self, **fields):
        self.shown = Preview(**fields)
        self.preview_changed.emit()


@pytest.fixture
def session(qtbot):
    session = make_session(size=SIZE)
    session.drawings = CrackDrawings(session.runner, draw_crack)
    yield session
    session.runner.shutdown()


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def scene(session, hand):
    scene = CanvasScene(session, hand)
    scene.set_overlay(OverlayMode.MASK, 0.6)
    return scene


def shown_again(session, cracks=(), boxes=()):
    session.blockSignals(True)
    show_image(session, cracks, boxes, SIZE)
    session.blockSignals(False)
    session.image.rendered = build_pyramid(np.full((SIZE[1], SIZE[0], 3), 90, np.uint8))
    session.image_shown.emit()


def is_orange(scene, x, y):
    red, _, blue = paint_scene(scene, (x - 2, y - 2, x + 3, y + 3))[2, 2]
    return bool(red > blue + 40)


def settle(qtbot, scene):
    qtbot.waitUntil(lambda: all(item.is_drawn for item in scene.crack_items()))


def test_cracks_of_an_image_are_drawn_by_a_worker(session, scene, qtbot):
    shown_again(session, [painted_crack((100, 100, 200, 120))])
    assert not scene.crack_items()[0].is_drawn
    settle(qtbot, scene)
    assert is_orange(scene, 150, 110)


def test_a_small_edit_is_painted_at_once(session, scene, qtbot):
    crack = painted_crack((100, 100, 200, 120))
    shown_again(session, [crack])
    settle(qtbot, scene)
    drawn = watch(scene.crack_drawn)
    session.apply(
        "Paint", lambda c: c.with_crack_replaced(crack.identifier, [painted(crack, STROKE)])
    )
    assert len(drawn) == 1
    assert is_orange(scene, 150, 92)
    session.undo()
    assert not is_orange(scene, 150, 92)
    session.apply("More", lambda c: c.with_cracks([painted_crack((20, 20, 60, 40))]))
    assert is_orange(scene, 40, 30)


def test_a_large_edit_is_left_to_a_worker(session, scene, qtbot):
    side = 128 * (int(CHANGES_AT_ONCE**0.5) + 1)
    shown_again(session)
    session.apply("Draw", lambda c: c.with_cracks([painted_crack((0, 0, side, side))]))
    assert not scene.crack_items()[0].is_drawn
    settle(qtbot, scene)
    assert is_orange(scene, 150, 92)


@pytest.mark.parametrize("is_erasing", [False, True])
def test_a_stroke_is_seen_while_it_is_drawn_and_stays_without_a_flicker(
    session, scene, hand, qtbot, is_erasing
):
    crack = painted_crack((100, 80, 200, 140), "imported")
    if not is_erasing:
        crack = erased(crack, stroke_segment((150, 80), (150, 140), 30, SIZE))
    shown_again(session, [crack])
    settle(qtbot, scene)
    made = erased(crack, STROKE) if is_erasing else painted(crack, STROKE)
    assert is_orange(scene, 150, 110) is is_erasing
    hand.show(pending=(made,))
    under_way = paint_scene(scene, SHOWN)
    assert is_orange(scene, 150, 110) is not is_erasing
    session.apply("Paint", lambda c: c.with_crack_replaced(crack.identifier, [made]))
    assert np.array_equal(paint_scene(scene, SHOWN), under_way)
    hand.show()
    assert np.array_equal(paint_scene(scene, SHOWN), under_way)
    assert session.drawings.find(made) is not None


def test_a_stroke_given_up_leaves_nothing(session, scene, hand, qtbot):
    crack = painted_crack((100, 80, 200, 140))
    shown_again(session, [crack])
    settle(qtbot, scene)
    before = paint_scene(scene, SHOWN)
    new = painted(painted_crack((20, 20, 22, 22)), STROKE)
    hand.show(pending=(erased(crack, STROKE), new))
    assert len(scene.crack_items()) == 2
    assert not np.array_equal(paint_scene(scene, SHOWN), before)
    hand.show()
    assert [item.crack for item in scene.crack_items()] == [crack]
    assert np.array_equal(paint_scene(scene, SHOWN), before)


def test_a_crack_erased_to_the_last_pixel_goes(session, scene, hand, qtbot):
    crack = painted_crack((145, 95, 155, 125))
    shown_again(session, [crack])
    settle(qtbot, scene)
    hand.show(pending=(erased(crack, STROKE),))
    session.apply("Erase", lambda c: c.without([crack.identifier]))
    hand.show()
    assert scene.crack_items() == []


def test_what_is_traced_anew_while_a_stroke_is_drawn_is_shown_afterwards(
    session, scene, hand, qtbot
):
    crack = painted_crack((100, 80, 200, 140))
    shown_again(session, [crack])
    settle(qtbot, scene)
    hand.show(pending=(erased(crack, STROKE),))
    anew = replace(painted_crack((100, 80, 210, 140)), identifier=crack.identifier)
    session.apply("Trace", lambda c: c.with_crack_replaced(crack.identifier, [anew]))
    assert not is_orange(scene, 150, 110)
    hand.show()
    assert is_orange(scene, 150, 110)
    assert is_orange(scene, 205, 110)


def test_hidden_is_hidden_but_for_what_is_being_painted(session, scene, hand, qtbot):
    one, two = painted_crack((20, 80, 80, 140)), painted_crack((100, 80, 200, 140))
    shown_again(session, [one, two], [BoundingBox((10, 10, 60, 40))])
    settle(qtbot, scene)
    for hide, show in (
        (lambda: scene.set_hidden(True), lambda: scene.set_hidden(False)),
        (
            lambda: scene.set_overlay(OverlayMode.OFF, 0.6),
            lambda: scene.set_overlay(OverlayMode.MASK, 0.6),
        ),
    ):
        hide()
        assert (paint_scene(scene, SHOWN) == 90).all()
        hand.show(pending=(erased(two, STROKE),))
        assert not is_orange(scene, 50, 110)
        assert is_orange(scene, 190, 110)
        hand.show()
        assert (paint_scene(scene, SHOWN) == 90).all()
        show()
        assert is_orange(scene, 50, 110)


def test_the_eye_of_a_crack_or_a_box(session, scene, qtbot):
    crack, box = painted_crack((20, 80, 80, 140)), BoundingBox((150, 50, 250, 150))
    shown_again(session, [crack], [box])
    settle(qtbot, scene)
    assert (paint_scene(scene, (148, 90, 153, 95)) != 90).any()
    session.selection.set_hidden(box.identifier, True)
    assert (paint_scene(scene, (148, 90, 153, 95)) == 90).all()
    session.selection.set_hidden(crack.identifier, True)
    assert not is_orange(scene, 50, 110)


def test_selection_and_hovering_mark_cracks_and_boxes(session, scene, hand, qtbot):
    crack, box = painted_crack((20, 80, 80, 140)), BoundingBox((150, 50, 250, 150))
    shown_again(session, [crack], [box])
    settle(qtbot, scene)
    places = {crack.identifier: (30, 76, 70, 80), box.identifier: (180, 148, 220, 153)}
    for name, place in places.items():
        session.selection.select([name])
        assert paint_scene(scene, place).min(axis=-1).max() > 200
        session.selection.select([])
        assert paint_scene(scene, place).min(axis=-1).max() < 120
        hand.show(hovered=name)
        assert paint_scene(scene, place).min(axis=-1).max() > 120
        hand.show()


def test_another_image_shows_its_own_cracks(session, scene, qtbot):
    shown_again(session, [painted_crack((20, 80, 80, 140))])
    settle(qtbot, scene)
    shown_again(session, [traced_crack([(100, 50), (250, 50)])])
    settle(qtbot, scene)
    assert not is_orange(scene, 50, 110)
    assert is_orange(scene, 150, 50)
