"""What the engine prepared is kept for the image traced last."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from annotator.services import tracing
from annotator.workers.image_loader import OpenImage
from annotator.workers.job_runner import JobContext
from annotator.workers.trace_work import STAGES, EngineTracer, TraceOptions


@pytest.fixture
def prepared(monkeypatch):
    """The images that were prepared, in order; a trace returns what it traced on."""
    seen = []

    def prepare(pixels):
        seen.append(pixels)
        return SimpleNamespace(pixels=pixels)

    monkeypatch.setattr(tracing, "prepare", prepare)
    monkeypatch.setattr(tracing, "trace_crack", lambda prepared, *_rest: prepared.pixels)
    return seen


def image(name):
    return OpenImage(Path(name), np.zeros((4, 4), np.uint8), None)


def test_an_image_is_prepared_once_and_each_trace_gets_its_own(prepared):
    tracer, first, second = EngineTracer(), image("a"), image("b")
    for opened in (first, first, second, second, first):
        traced = tracer.trace(opened, [(0, 0), (3, 3)], TraceOptions(), JobContext())
        assert traced is opened.pixels
    assert [id(pixels) for pixels in prepared] == [
        id(opened.pixels) for opened in (first, second, first)
    ]


def test_the_old_image_is_let_go_before_the_new_one_is_prepared(prepared, monkeypatch):
    tracer = EngineTracer()
    tracer.trace(image("a"), [(0, 0), (3, 3)], TraceOptions(), JobContext())
    held = []
    monkeypatch.setattr(tracing, "prepare", lambda _pixels: held.append(tracer._prepared))
    monkeypatch.setattr(tracing, "trace_crack", lambda *_all: None)
    tracer.trace(image("b"), [(0, 0), (3, 3)], TraceOptions(), JobContext())
    assert held == [None]


def test_progress_is_told_in_plain_words(prepared, monkeypatch):
    def trace_crack(_prepared, _waypoints, _parameters, report, _is_cancelled):
        for stage in ("prepare", "corridor", "march", "backtrack", "refine", "width", "mask"):
            report(stage, 0.5)

    monkeypatch.setattr(tracing, "trace_crack", trace_crack)
    context, told = JobContext(), []
    context.send = lambda stage, _fraction: told.append(stage)
    EngineTracer().trace(image("a"), [(0, 0), (3, 3)], TraceOptions(), context)
    assert list(dict.fromkeys(told)) == [
        "reading the surroundings",
        "looking for the way",
        "following the crack",
        "measuring",
    ]


def test_each_stage_of_the_engine_has_plain_words():
    from geodesic import PreparedImage, TraceParameters, trace

    pixels = np.full((80, 120), 200, np.uint8)
    pixels[38:42] = 60
    stages = set()
    trace(
        PreparedImage(pixels),
        [(10, 40), (110, 40)],
        TraceParameters(),
        on_progress=lambda stage, _fraction: stages.add(stage),
    )
    assert stages
    assert stages <= STAGES.keys()
