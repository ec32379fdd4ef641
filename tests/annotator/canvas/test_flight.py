"""Flights of the view: where they end, what of the zoom is kept, how they are cut short."""

import pytest
from PySide6.QtCore import QPointF

from annotator.canvas.flight import CLOSEST, ViewFlight
from annotator.canvas.rendering import build_pyramid
from annotator.canvas.scene import CanvasScene
from annotator.canvas.tool import Tool
from annotator.canvas.view import CanvasView, Place
from tests.session_factory import make_session

SMALL, LARGE = (500, 300, 520, 330), (100, 100, 900, 500)


@pytest.fixture
def view(qtbot):
    session = make_session(size=(1000, 600))
    tool = Tool()
    scene = CanvasScene(session, tool)
    view = CanvasView(scene, tool)
    scene._image_item.set_pyramid(build_pyramid(session.image.pixels))
    view.resize(500, 400)
    qtbot.addWidget(view)
    view.show()
    qtbot.waitExposed(view)
    view.show_image()
    yield view
    session.runner.shutdown()
    scene.setParent(session)


@pytest.fixture
def flight(view):
    flight = ViewFlight(view)
    flight.is_animated = False
    return flight


def arrive(qtbot, flight):
    qtbot.waitUntil(lambda: not flight.is_flying)


def center(view):
    at = view.part_in_view.center()
    return at.x(), at.y()


@pytest.mark.parametrize("is_animated", [False, True])
def test_an_item_comes_into_the_middle(qtbot, view, flight, is_animated):
    flight.is_animated = is_animated
    flight.show(SMALL)
    arrive(qtbot, flight)
    assert center(view) == pytest.approx((510, 315), abs=1)
    assert view.transform().m11() == pytest.approx(CLOSEST)


def test_a_large_item_is_in_view_as_a_whole(qtbot, view, flight):
    flight.show(LARGE)
    arrive(qtbot, flight)
    part = view.part_in_view
    assert part.left() < 100
    assert part.right() > 900


def test_the_zoom_of_the_user_is_kept_and_forgotten(qtbot, view, flight):
    flight.show(SMALL)
    arrive(qtbot, flight)
    view.zoom_to(5.0)
    flight.show((200, 200, 215, 210))
    arrive(qtbot, flight)
    assert view.transform().m11() == pytest.approx(5.0)
    flight.forget_zoom()
    flight.show(SMALL)
    arrive(qtbot, flight)
    assert view.transform().m11() == pytest.approx(CLOSEST)


def test_fitting_the_image_is_no_choice_of_a_zoom(qtbot, view, flight):
    view.fit()
    view.resize(510, 400)
    flight.show(SMALL)
    arrive(qtbot, flight)
    assert view.transform().m11() == pytest.approx(CLOSEST)


def test_the_whole_image_stays_fitted(qtbot, view, flight):
    flight.show(SMALL)
    arrive(qtbot, flight)
    flight.show(None)
    arrive(qtbot, flight)
    assert view.place.is_fitted
    assert view.part_in_view.contains(view.image_rect)


def test_a_place_can_be_come_back_to(qtbot, view, flight):
    view.zoom_to(2.0)
    view.look_at(QPointF(300, 200))
    before = flight.place
    flight.show(SMALL)
    assert flight.place != before  # where it will be
    arrive(qtbot, flight)
    flight.go_back(before)
    arrive(qtbot, flight)
    assert center(view) == pytest.approx((300, 200), abs=1)
    assert view.transform().m11() == pytest.approx(2.0)
    flight.go_back(None)
    assert not flight.is_flying


def test_the_place_in_flight_is_where_it_leads(qtbot, view, flight):
    flight.is_animated = True
    flight.show(SMALL)
    qtbot.wait(30)
    flight.show(LARGE)
    target = flight.place
    arrive(qtbot, flight)
    assert isinstance(target, Place)
    assert center(view) == pytest.approx((target.center.x(), target.center.y()), abs=1)


def test_zooming_takes_over(qtbot, view, flight):
    flight.is_animated = True
    flight.show(SMALL)
    qtbot.waitUntil(lambda: flight._target is not None)
    view.zoom_to(1.5)
    assert not flight.is_flying
    qtbot.wait(50)
    assert view.transform().m11() == pytest.approx(1.5)


def test_without_an_image_nothing_happens(qtbot, view, flight):
    view.scene()._image_item.set_pyramid(None)
    flight.show(SMALL)
    arrive(qtbot, flight)
