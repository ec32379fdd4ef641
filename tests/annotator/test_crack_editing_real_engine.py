"""Dragging the end of a crack with the engine of the application: the result follows."""

import numpy as np
import pytest

from annotator.canvas.tool import PointerEvent
from annotator.document.mask import union_sources
from annotator.document.pixel_source import PixelSource
from annotator.session import crack_editing
from annotator.tools.trace import TraceTool
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import JobContext
from annotator.workers.trace_work import CostRequest, EngineTracer, TraceOptions
from tests.session_factory import make_session

pytestmark = [pytest.mark.gui, pytest.mark.slow, pytest.mark.timeout(600)]

HEIGHT, WIDTH = 120, 260


def course(x):
    return 60 + 12 * np.sin(x / 25)


@pytest.fixture
def session(qtbot):
    """A session on a small image with one winding crack, three pixels wide."""
    rng = np.random.default_rng(3)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    pixels = rng.normal(150, 4, (HEIGHT, WIDTH))
    pixels -= 90 * np.exp(-(((rows - course(columns)) / 1.6) ** 2))
    session = make_session(size=(WIDTH, HEIGHT), tracer=EngineTracer())
    grey = np.clip(pixels, 0, 255).astype(np.uint8)
    session.image = OpenImage(session.image.path, grey, grey)
    session.trace([(15, course(15)), (150, course(150))])
    qtbot.waitUntil(lambda: bool(session.current.cracks), timeout=300_000)
    session.selection.select([session.current.cracks[0].identifier])
    yield session
    session.runner.shutdown()


def settle(qtbot, session):
    qtbot.waitUntil(
        lambda: not session.traces.running and not session.runner.shown_jobs, timeout=60_000
    )


def drag(tool, start, end):
    tool.move(PointerEvent(*start))
    tool.press(PointerEvent(*start, is_pressed=True))
    tool.move(PointerEvent(*end, is_pressed=True))
    tool.release(PointerEvent(*end))


def codes(session):
    return union_sources(session.current.cracks, (HEIGHT, WIDTH))


def paint(session, box, code):
    """Set pixels of the crack by hand."""
    (crack,) = session.current.cracks
    x0, y0, x1, y1 = box
    values = np.full((y1 - y0, x1 - x0), code, np.uint8)

    def transform(content):
        from dataclasses import replace

        new = replace(crack, pixels=crack.pixels.with_values(x0, y0, values))
        return content.with_crack_replaced(crack.identifier, [new])

    session.apply("Paint", transform)


def test_the_crack_follows_its_end_and_corrections_by_hand_stay(qtbot, session):
    paint(session, (60, 100, 70, 105), PixelSource.PAINTED)
    paint(session, (80, 0, 90, HEIGHT), PixelSource.ERASED)
    tool = TraceTool(session)
    end = tool.preview.handles[-1].point
    drag(tool, end, (245, course(245) + 2))
    settle(qtbot, session)
    (crack,) = session.current.cracks
    line = crack.course.centerline
    assert line[-1, 0] == pytest.approx(245, abs=4)
    inner = line[(line[:, 0] > 20) & (line[:, 0] < 240)]
    assert np.abs(inner[:, 1] - course(inner[:, 0])).max() < 1.5
    after = codes(session)
    assert (after[100:105, 60:70] == PixelSource.PAINTED).all()
    assert not after[:, 80:90].any()
    assert after[round(course(200)), 200] == PixelSource.TRACED
    assert session.history.undo_text == "Trace crack anew"


def test_a_crack_that_was_cut_is_joined_again(qtbot, session):
    before = codes(session) != 0
    crack_editing.split_at(session, (80, course(80)))
    settle(qtbot, session)
    assert len(session.current.cracks) == 2
    assert np.array_equal(codes(session) != 0, before)
    crack_editing.join_selected(session)
    settle(qtbot, session)
    (joined,) = session.current.cracks
    assert len(joined.course.waypoints) == 3
    assert np.array_equal(codes(session) != 0, before)


def test_a_gap_between_two_cracks_is_traced(qtbot, session):
    session.trace([(190, course(190)), (245, course(245))])
    settle(qtbot, session)
    crack_editing.select_all(session)
    crack_editing.join_selected(session)
    settle(qtbot, session)
    (joined,) = session.current.cracks
    inner = joined.course.centerline[5:-5]
    assert np.abs(inner[:, 1] - course(inner[:, 0])).max() < 1.5
    assert codes(session)[round(course(170)), 170] == PixelSource.TRACED


def test_parameters_of_a_crack_are_changed_in_place(qtbot, session):
    before = session.current.cracks[0]
    options = TraceOptions.of({**before.course.parameters, "width_offset": 2.0})
    session.retrace(before, options=options)
    settle(qtbot, session)
    after = session.current.cracks[0]
    assert after.identifier == before.identifier
    assert after.course.width_px["median"] > before.course.width_px["median"] + 2


def test_the_cost_comes_in_the_size_of_the_view(session):
    tracer, image = session.tracer, session.image
    for step in (1, 2):
        request = CostRequest((0, 0, WIDTH, HEIGHT), step, frozenset(), TraceOptions())
        tile = tracer.cost_tile(image, request, JobContext())
        assert tile.area == (0, 0, WIDTH, HEIGHT)
        assert tile.values.shape == (HEIGHT // step, WIDTH // step)
        known = CostRequest((0, 0, WIDTH, HEIGHT), step, frozenset([tile.key]), TraceOptions())
        assert tracer.cost_tile(image, known, JobContext()) is None
