"""The preview of the cost asks tile by tile, behind the traces."""

import numpy as np
import pytest

from annotator.errors import AnnotatorError
from annotator.services.cost_preview import CostTile
from annotator.session.cost_preview import step_for
from annotator.workers.job_runner import Job
from tests.session_factory import SIZE, StraightTracer, make_session, show_image, watch

pytestmark = pytest.mark.gui

VIEW = (0, 0, *SIZE)


class TiledTracer(StraightTracer):
    """Has three tiles."""

    def __init__(self):
        super().__init__()
        self.requests = []

    def cost_tile(self, image, request, context):
        self.requests.append(request)
        if self.problem:
            raise AnnotatorError(self.problem)
        missing = {(0, 0), (0, 1), (0, 2)} - request.known
        if not missing:
            return None
        row, col = min(missing)
        area = (100.0 * col, 0.0, 100.0 * (col + 1), 200.0)
        return CostTile((row, col), area, np.zeros((4, 4), np.uint8))


@pytest.fixture
def preview(qtbot):
    session = make_session(tracer=TiledTracer())
    session.cost_preview._delay.setInterval(10)
    yield session.cost_preview
    session.runner.shutdown()


def shown(qtbot, preview, count):
    qtbot.waitUntil(
        lambda: len(preview.tiles) == count and not preview._session.runner.find("cost preview")
    )


def requests(preview):
    return preview._session.tracer.requests


def test_nothing_is_computed_until_it_is_shown(qtbot, preview):
    preview.look_at(VIEW, 1.0)
    qtbot.wait(40)
    assert requests(preview) == []
    preview.set_shown(True)
    shown(qtbot, preview, 3)
    assert [len(request.known) for request in requests(preview)] == [0, 1, 2, 3]
    preview.set_shown(False)
    assert preview.tiles == []


def test_another_place_of_the_view_keeps_the_tiles(qtbot, preview):
    preview.look_at(VIEW, 1.0)
    preview.set_shown(True)
    shown(qtbot, preview, 3)
    preview.look_at((50, 0, 200, 100), 1.0)
    qtbot.waitUntil(lambda: len(requests(preview)) == 5)
    assert len(requests(preview)[-1].known) == 3


def test_other_parameters_replace_the_tiles_one_by_one(qtbot, preview):
    preview.look_at(VIEW, 1.0)
    preview.set_shown(True)
    shown(qtbot, preview, 3)
    old = preview.tiles
    counts = []
    preview.changed.connect(lambda: counts.append(len(preview.tiles)))
    preview._session.trace_settings.set_value("weight", 3.0)
    qtbot.waitUntil(lambda: len(requests(preview)) == 8)
    shown(qtbot, preview, 3)
    assert set(counts) == {3}  # nothing flashes
    assert not set(old) & set(preview.tiles)
    assert dict(requests(preview)[-1].options.overrides) == {"weight": 3.0}


def test_the_parameters_of_the_selected_crack_are_those_shown(qtbot, preview):
    from tests.crack_factory import traced_crack

    crack = traced_crack([(20, 50), (200, 50)])
    show_image(preview._session, [crack])
    crack.course.parameters["weight"] = 4.0
    preview._session.selection.select([crack.identifier])
    preview.look_at(VIEW, 1.0)
    preview.set_shown(True)
    shown(qtbot, preview, 3)
    assert dict(requests(preview)[0].options.overrides) == {"weight": 4.0}


def test_another_image_drops_the_tiles(qtbot, preview):
    preview.look_at(VIEW, 1.0)
    preview.set_shown(True)
    shown(qtbot, preview, 3)
    show_image(preview._session)
    assert preview.tiles == []
    shown(qtbot, preview, 3)


def test_a_problem_is_told_once(qtbot, preview):
    preview._session.tracer.problem = "There is no preset 'x'."
    problems = watch(preview._session.problem)
    preview.look_at(VIEW, 1.0)
    preview.set_shown(True)
    qtbot.waitUntil(lambda: len(problems) == 1)
    preview.look_at((0, 0, 10, 10), 1.0)
    qtbot.wait(40)
    assert len(problems) == 1


def test_a_trace_does_not_wait_for_more_than_one_tile(qtbot, preview):
    order = []
    preview._session.tracer.cost_tile = lambda _image, request, _context: (
        order.append(f"tile {len(request.known)}"),
        TiledTracer.cost_tile(preview._session.tracer, _image, request, _context),
    )[1]
    preview.look_at(VIEW, 1.0)
    preview.set_shown(True)
    runner = preview._session.runner

    def start_traces():
        preview.changed.disconnect(start_traces)
        for number in range(3):
            runner.start(Job(number, lambda _context, n=number: order.append(f"trace {n}")))

    qtbot.waitUntil(lambda: runner.find("cost preview"))
    preview.changed.connect(start_traces)
    shown(qtbot, preview, 3)
    qtbot.waitUntil(lambda: "trace 2" in order)
    between = order.index("trace 2") - order.index("trace 0")
    assert between <= 3, order  # a tile that had begun already may lie between


@pytest.mark.parametrize(
    ("box", "zoom", "step"),
    [
        ((0, 0, 1000, 1000), 1.0, 1),
        ((0, 0, 1000, 1000), 8.0, 1),
        ((0, 0, 1000, 1000), 0.51, 1),
        ((0, 0, 1000, 1000), 0.5, 2),
        ((0, 0, 4608, 3456), 0.3, 4),
        ((0, 0, 4608, 3456), 1.0, 4),
        ((0, 0, 100, 100), 0.1, 8),
    ],
)
def test_a_view_is_reduced_to_what_a_screen_shows_and_to_a_limit(box, zoom, step):
    assert step_for(box, zoom) == step
