"""Predictions for tests: a photograph with a dark line, models, a process without torch."""

from pathlib import Path

import numpy as np
from PIL import Image

from annotator.services.models import ModelChoice
from annotator.services.prediction_process import PredictionProcess
from tests.crack_factory import make_candidate

REPOSITORY = Path(__file__).resolve().parents[1]
FAKE_CHILD = "tests.fake_prediction_child"

FIRST = ModelChoice("0123456789ab", "first", "The first", "bundled", Path("first"), 0.8)
SECOND = ModelChoice(
    "ba9876543210", "second", "The second", "bundled", Path("second"), 0.5, is_non_commercial=True
)


def save_photograph(path, size=(200, 120), line=60):
    """Write a bright photograph with a black line from left to right."""
    width, height = size
    pixels = np.full((height, width), 250, np.uint8)
    pixels[line : line + 4, 10:-10] = 0
    Image.fromarray(pixels).save(path)
    return path


def make_process(monkeypatch):
    """Return a process that predicts without a model."""
    monkeypatch.chdir(REPOSITORY)  # the child finds the tests from here
    return PredictionProcess(FAKE_CHILD)


def propose(search, content, _pixels, _options, context):
    """Find one crack where the line of `save_photograph` is, without the engine."""
    from annotator.services.candidates import with_found
    from annotator.workers.crack_search import Outcome

    context.report("looking", 0.5)
    loaded = search.store.load(search.entry.identifier, search.model_key)
    if loaded is None:
        return None
    rows = np.flatnonzero((loaded[1] >= round(65535 * search.threshold)).any(axis=1))
    found = [
        make_candidate(f"{search.entry.identifier:032x}", ((20, y), (180, y)),
                       model=search.model_key)
        for y in rows[:1].tolist()
    ]  # fmt: skip
    return Outcome(found, content, with_found(content, found))
