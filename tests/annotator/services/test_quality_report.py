"""The report on predictions and traces: known shifts and widths give known figures."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import union_mask
from annotator.errors import AnnotatorError
from annotator.services.quality_report import (
    Quality,
    as_table,
    compare,
    is_counted,
    measure_image,
    work_of,
)
from annotator.storage.predictions import CERTAIN, PredictionRecord, PredictionStore
from annotator.storage.project_records import Effort
from annotator.storage.project_store import ProjectStore
from tests.crack_factory import make_candidate, painted_crack, traced_crack

SIZE = (160, 120)
LINE = ((20.0, 60.0), (140.0, 60.0))


@pytest.fixture
def store(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(np.full((SIZE[1], SIZE[0]), 90, np.uint8)).save(photos / name)
    store = ProjectStore.create(
        tmp_path / "p.crackproj", name="p", images_folder=photos, author="anna"
    )
    store.add_images(sorted(photos.iterdir()))
    for record in store.images():
        store.note_image(record.identifier, size=SIZE)
    yield store
    store.close()


def record(store, place=0):
    return store.images()[place]


def predict(store, mask, place=0):
    """Keep a prediction of a sure model."""
    entry = record(store, place)
    codes = np.where(mask != 0, CERTAIN, 0).astype(np.uint16)
    facts = PredictionRecord(entry.identifier, "0123456789ab", "model", 0.5, "", SIZE)
    PredictionStore(store.folder).save(facts, codes)


def finish(store, cracks, candidates=(), place=0, state=ImageState.REVIEWED):
    content = ImageContent(tuple(cracks), (), state, candidates=tuple(candidates))
    store.save(record(store, place).identifier, content, "Review")


def mask_of(cracks):
    return union_mask(cracks, (SIZE[1], SIZE[0]))


def test_a_prediction_that_was_accepted_as_it_was_is_perfect(store):
    crack = traced_crack(LINE, 2.0)
    predict(store, mask_of([crack]))
    finish(store, [crack])
    found = measure_image(store, record(store)).prediction
    assert [found.scores(t) for t in (0, 2, 5)] == [(1.0, 1.0, 1.0)] * 3
    assert found.width_bias == pytest.approx(0.0)


def test_a_shift_counts_at_0_px_and_not_at_2(store):
    crack = traced_crack(LINE, 2.0)
    predict(store, np.roll(mask_of([crack]), 2, axis=0))
    finish(store, [crack])
    found = measure_image(store, record(store)).prediction
    assert found.scores(0)[2] < 0.7
    assert found.scores(2)[2] == pytest.approx(1.0)


def test_a_broad_prediction_has_a_width_bias(store):
    crack = traced_crack(LINE, 2.0)
    predict(store, mask_of([traced_crack(LINE, 4.0)]))
    finish(store, [crack])
    assert measure_image(store, record(store)).prediction.width_bias == pytest.approx(4.0, abs=0.7)


def test_a_crack_that_was_missed_and_a_false_alarm(store):
    missed = painted_crack((20, 90, 140, 94))
    false = painted_crack((20, 10, 140, 14))
    found_one = traced_crack(LINE, 2.0)
    predict(store, mask_of([found_one, false]))
    finish(store, [found_one, missed])
    precision, recall, _ = measure_image(store, record(store)).prediction.scores(2)
    assert 0.4 < precision < 0.6
    assert 0.4 < recall < 0.6


def test_without_a_prediction_the_candidates_are_what_was_proposed(store):
    candidate = make_candidate("one", LINE)
    crack = replace(candidate.best, identifier="one")
    other = make_candidate("two", ((20, 100), (140, 100)))
    finish(
        store,
        [crack, traced_crack(((20, 20), (140, 20)))],
        [candidate.with_verdict("accepted"), other.with_verdict("rejected")],
    )
    quality = measure_image(store, record(store))
    assert (quality.n_accepted, quality.n_rejected, quality.n_added) == (1, 1, 1)
    precision, recall, _ = quality.prediction.scores(2)
    assert 0.4 < precision < 0.6
    assert 0.4 < recall < 0.6
    assert quality.prediction.width_bias == pytest.approx(2.0, abs=0.7)


def test_no_model_no_comparison(store):
    finish(store, [traced_crack(LINE)])
    assert measure_image(store, record(store)).prediction is None


def test_an_image_without_cracks_counts_false_alarms(store):
    predict(store, mask_of([traced_crack(LINE)]))
    finish(store, [], state=ImageState.NO_CRACK)
    found = measure_image(store, record(store)).prediction
    assert found.scores(2)[0] == 0.0
    assert found.width_bias is None


def test_traces_between_the_ends_are_compared_with_cracks_that_have_a_course(store):
    bent = traced_crack(((20, 60), (80, 30), (140, 60)), 2.0)
    finish(store, [bent, painted_crack((5, 5, 15, 15))])
    asked = []

    def straight(points):
        asked.append(points)
        return traced_crack(points, 2.0)

    found = measure_image(store, record(store), trace=straight).traces
    assert asked == [[(20.0, 60.0), (140.0, 60.0)]]
    assert found.scores(2)[2] < 0.5

    def fail(_points):
        raise AnnotatorError("no way")

    found = measure_image(store, record(store), trace=fail).traces
    assert found.scores(2)[1] == 0.0


def test_totals_are_of_all_pixels(store):
    large, small = traced_crack(LINE, 3.0), painted_crack((5, 5, 8, 8))
    predict(store, mask_of([large]))
    finish(store, [large])
    predict(store, mask_of([]), place=1)
    finish(store, [small], place=1)
    quality = Quality([measure_image(store, record(store, n)) for n in (0, 1)])
    total = quality.total(lambda image: image.prediction)
    assert total.scores(0)[1] > 0.95
    assert quality.total(lambda image: image.traces) is None


def test_what_images_took_and_when(store):
    finish(store, [traced_crack(LINE)])
    first = record(store).identifier
    store.add_effort(
        Effort(first, "one", "trace", 4.0, 2, 0, at="2026-01-01T10:00:00"),
        Effort(first, "one", "trace", 2.0, 1, 1, at="2026-01-01T10:01:00"),
        Effort(first, "two", "trace", 10.0, 2, 0, at="2026-01-01T10:02:00"),
        Effort(first, "three", "review", 1.5, 0, 1, at="2026-01-01T10:03:00"),
        Effort(first, "", "review", 3.0, 0, 1, at="2026-01-01T10:04:00"),
    )
    quality = measure_image(store, record(store))
    assert (quality.seconds, quality.clicks, quality.keys) == (20.5, 5, 3)
    assert quality.finished_at == "2026-01-01T10:04:00"
    review, trace = work_of(store.efforts())
    assert (review.kind, review.number, review.seconds, review.keys) == ("review", 1, 1.5, 1.0)
    assert (trace.number, trace.seconds, trace.clicks) == (2, 8.0, 2.5)
    assert [image.name for image in Quality([quality]).in_time] == ["a.png"]


def test_only_finished_images_count(store):
    finish(store, [], state=ImageState.IN_PROGRESS)
    finish(store, [], place=1, state=ImageState.NO_CRACK)
    assert [is_counted(entry) for entry in store.images()] == [False, True]


def test_the_table_has_a_line_for_each_image(store):
    crack = traced_crack(LINE, 2.0)
    predict(store, mask_of([crack]))
    finish(store, [crack])
    finish(store, [], place=1, state=ImageState.NO_CRACK)
    text = as_table([measure_image(store, record(store, n)) for n in (0, 1)])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["image"] for row in rows] == ["a.png", "b.png"]
    assert rows[0]["prediction_f1_2px"] == "1.0"
    assert rows[0]["two_clicks_f1_2px"] == ""
    assert as_table([]).strip() == ""


def test_masks_are_compared_without_cracks_too():
    empty = np.zeros((20, 30), np.uint8)
    assert compare(empty, empty, []).scores(0) == (1.0, 1.0, 1.0)
