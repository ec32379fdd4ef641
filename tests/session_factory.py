"""A session without a window: one image, a tracer that draws straight lines, edits in memory."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np

from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.errors import AnnotatorError
from annotator.services.trace_choices import ParameterInfo, TraceChoices
from annotator.session import Session
from annotator.workers.crack_drawings import CrackDrawings
from annotator.workers.image_loader import ImageLoader, OpenImage
from annotator.workers.job_runner import JobRunner
from tests.crack_factory import traced_crack
from tests.live_factory import LiveFakes

SIZE = (300, 200)

CHOICES = TraceChoices(
    (
        ParameterInfo("polarity", "Dark or bright.", "auto", "choice", choices=("auto", "dark")),
        ParameterInfo("count", "A whole number.", 16, "whole", 6, 64),
        ParameterInfo("weight", "A number.", 0.5, "number", 0.0, 10.0),
        ParameterInfo("scales", "Several numbers.", (1.0, 2.0), "numbers", 0.5, 16.0),
    ),
    {
        "default": {"polarity": "auto", "count": 16, "weight": 0.5, "scales": (1.0, 2.0)},
        "wide": {"polarity": "auto", "count": 16, "weight": 0.5, "scales": (4.0, 8.0)},
    },
)


class StraightTracer(LiveFakes):
    """Notes its calls; fails with ``problem`` if that is set."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self.problem = None

    def warm_up(self, context):
        return CHOICES

    def trace(self, image, waypoints, options, context):
        self.calls.append((tuple(waypoints), options))
        if self.problem:
            raise AnnotatorError(self.problem)
        return traced_crack(waypoints)

    def cost_tile(self, image, request, context):
        return None


def make_session(cracks=(), boxes=(), size=SIZE, tracer=None):
    """Return a session that shows an image with these cracks and boxes."""
    runner = JobRunner()
    drawings = CrackDrawings(runner, lambda _crack: SimpleNamespace(nbytes=1))
    loader = ImageLoader(runner, lambda pixels: pixels)
    session = Session(runner, loader, drawings, tracer or StraightTracer())
    runner.setParent(session)
    show_image(session, cracks, boxes, size)
    return session


def show_image(session, cracks=(), boxes=(), size=SIZE):
    """Show another image."""
    pixels = np.zeros((size[1], size[0]), np.uint8)
    content = ImageContent(tuple(cracks), tuple(boxes))
    entry = ImageEntry(len(session.entries) + 1, Path("image.png"), size, content)
    session.entries.append(entry)
    session.current, session.image = entry, OpenImage(entry.path, pixels, pixels)
    session.history.activate(entry)
    session.selection.select(())
    session.selection.follow(content)
    session.image_shown.emit()


def watch(signal):
    """Return a list that grows with what a signal sends."""
    seen = []
    signal.connect(lambda *values: seen.append(values[0] if len(values) == 1 else values))
    return seen
