"""Probabilities become cracks with courses; what is known or finished is left alone."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from annotator.document.crack import Crack
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.mask import MaskPatch
from annotator.document.verdicts import accept, reject, skip
from annotator.errors import AnnotatorError, JobCancelled
from annotator.services import candidate_tracing
from annotator.services.candidates import CandidateOptions, find_candidates, with_found
from geodesic import PreparedImage
from tests.crack_factory import make_candidate, painted_crack

SHAPE = (200, 320)
LINE = [(20, 60), (110, 75), (200, 55), (300, 80)]
OPTIONS = CandidateOptions(threshold=0.6, model_key="0123456789ab")


def drawn(lines, width):
    mask = np.zeros(SHAPE, np.uint8)
    for line in lines:
        cv2.polylines(mask, [np.array(line, np.int32)], False, 1, width)
    return mask


def photograph(lines, seed=0):
    """Dark lines of 3 px on a grey, uneven surface."""
    noise = np.random.default_rng(seed).normal(0, 6, SHAPE)
    grey = 170 + noise - 90 * cv2.GaussianBlur(drawn(lines, 3).astype(np.float64), (0, 0), 0.7)
    return PreparedImage(np.clip(grey, 0, 255).astype(np.uint8))


def codes_of(mask, certain=0.95):
    soft = cv2.GaussianBlur(mask.astype(np.float64), (0, 0), 1.0)
    return np.round(np.clip(1.3 * soft, 0, 1) * certain * 65535).astype(np.uint16)


@pytest.fixture(scope="module")
def image():
    return photograph([LINE])


@pytest.fixture(scope="module")
def found(image):
    return find_candidates(codes_of(drawn([LINE], 5)), image, OPTIONS)


def off(path, line):
    """Distances of the samples of a course from a line; its tips are as round as the brush."""
    distance = cv2.distanceTransform(1 - drawn([line], 1), cv2.DIST_L2, 5)
    columns, rows = np.rint(path.centerline).astype(int).T
    return distance[rows, columns]


def test_a_line_becomes_one_crack_with_a_course(found):
    (candidate,) = found
    assert candidate.model == "0123456789ab"
    assert candidate.verdict == "open"
    assert candidate.raw.path is None
    assert candidate.traced.identifier == candidate.raw.identifier == candidate.identifier
    assert {candidate.raw.source, candidate.traced.source} == {"predicted"}
    assert off(candidate.traced.path, LINE).max() <= 4
    assert candidate.length_px == pytest.approx(285, abs=8)
    assert 2 <= candidate.median_width <= 5.5


def test_the_trace_is_as_wide_as_the_image_shows_and_the_raw_one_as_the_model_says(found):
    (candidate,) = found
    raw, traced = (c.mask_patch().data.sum() for c in (candidate.raw, candidate.traced))
    assert traced < raw


def test_a_wide_crack_is_as_wide_as_it_is():
    line = [(20, 100), (300, 104)]
    grey = np.where(drawn([line], 25) != 0, 60.0, 180.0)
    grey += np.random.default_rng(2).normal(0, 4, SHAPE)
    image = PreparedImage(np.clip(grey, 0, 255).astype(np.uint8))
    (candidate,) = find_candidates(codes_of(drawn([line], 25)), image, OPTIONS)
    assert candidate.median_width == pytest.approx(26, abs=2.5)


def test_the_crack_that_is_accepted_can_be_traced_anew(found):
    (crack,) = accept(ImageContent(candidates=tuple(found)), found[0].identifier).cracks
    assert len(crack.course.waypoints) >= 2
    assert len(crack.course.centerline) == len(crack.course.half_widths)
    assert crack.course.width_px["median"] == found[0].median_width


def test_cracks_that_meet_are_candidates_of_their_own():
    branch = [(110, 75), (120, 130), (100, 180)]
    lines = [LINE, branch]
    found = find_candidates(codes_of(drawn(lines, 5)), photograph(lines), OPTIONS)
    assert len(found) == 2
    assert off(found[0].traced.path, LINE).max() <= 4
    assert off(found[1].traced.path, branch).max() <= 4


def test_small_gaps_are_bridged_and_large_ones_are_not(image):
    mask = drawn([LINE], 5)
    mask[:, 150:154] = 0
    assert len(find_candidates(codes_of(mask), image, OPTIONS)) == 1
    mask[:, 140:170] = 0
    assert len(find_candidates(codes_of(mask), image, OPTIONS)) == 2


def test_what_is_below_the_threshold_joins_but_makes_no_candidate(image):
    codes = codes_of(drawn([LINE], 5))
    codes[:, 140:180] = np.minimum(codes[:, 140:180], round(0.4 * 65535))
    (candidate,) = find_candidates(codes, image, OPTIONS)
    assert candidate.raw.mask_in((145, 0, 175, 200)).sum() == 0
    assert find_candidates(codes_of(drawn([LINE], 5), 0.5), image, OPTIONS) == []


def test_specks_are_no_candidates(image):
    mask = np.zeros(SHAPE, np.uint8)
    for x in range(10, 300, 30):
        mask[20:26, x : x + 6] = 1
    assert find_candidates(codes_of(mask), image, OPTIONS) == []
    assert find_candidates(np.zeros(SHAPE, np.uint16), image, OPTIONS) == []


def test_a_patch_has_no_course(image):
    mask = np.zeros(SHAPE, np.uint8)
    mask[100:150, 100:160] = 1
    (candidate,) = find_candidates(codes_of(mask), image, OPTIONS)
    assert candidate.traced is None
    assert candidate.confidence < 0.5


def test_shorter_fainter_candidates_are_less_certain(found, image):
    short = find_candidates(codes_of(drawn([LINE[:2]], 5)), image, OPTIONS)
    faint = find_candidates(codes_of(drawn([LINE], 5), 0.7), image, OPTIONS)
    assert 0 < short[0].confidence < found[0].confidence <= 1
    assert 0 < faint[0].confidence < found[0].confidence


@pytest.mark.parametrize("as_mask", [True, False])
def test_what_lies_under_cracks_is_not_offered(image, as_mask):
    codes = codes_of(drawn([LINE, [(20, 150), (200, 160)]], 5))
    mask = drawn([LINE], 3)
    existing = mask if as_mask else [Crack.from_mask(MaskPatch(0, 0, mask).tight(), "painted")]
    (candidate,) = find_candidates(codes, image, OPTIONS, existing=existing)
    assert candidate.raw.box[1] > 100


def test_a_trace_that_leaves_its_candidate_is_dropped(image, monkeypatch):
    elsewhere = codes_of(drawn([[(20, 150), (200, 160)]], 5))
    real = candidate_tracing.trace_crack

    def astray(prepared, points, parameters):
        return real(prepared, [(20, 60), (300, 80)], parameters)

    monkeypatch.setattr(candidate_tracing, "trace_crack", astray)
    (candidate,) = find_candidates(elsewhere, image, OPTIONS)
    assert off(candidate.traced.path, [(20, 150), (200, 160)]).max() <= 4
    assert candidate.median_width == pytest.approx(7, abs=1)


def test_a_trace_that_fails_leaves_the_ribbon_of_the_model(image, monkeypatch):
    def fail(*_arguments):
        raise AnnotatorError("No way was found.")

    monkeypatch.setattr(candidate_tracing, "trace_crack", fail)
    (candidate,) = find_candidates(codes_of(drawn([LINE], 5)), image, OPTIONS)
    assert candidate.traced.path is not None
    assert off(candidate.traced.path, LINE).max() <= 4


def test_finding_can_be_stopped_and_tells_how_far_it_is(image):
    codes = codes_of(drawn([LINE, [(20, 150), (200, 160)]], 5))
    shares = []
    with pytest.raises(JobCancelled):
        find_candidates(
            codes, image, OPTIONS,
            report=lambda share, _text: shares.append(share),
            is_cancelled=lambda: bool(shares),
        )  # fmt: skip
    assert shares == [0.0]


def test_a_prediction_of_another_size_is_refused(image):
    with pytest.raises(ValueError, match="shape"):
        find_candidates(np.zeros((5, 5), np.uint16), image, OPTIONS)


A, B = make_candidate("a"), make_candidate("b", [(0, 90), (90, 90)])


def test_a_new_image_counts_as_predicted_even_if_nothing_was_found():
    assert with_found(ImageContent(), []).state is ImageState.PREDICTED
    content = with_found(ImageContent(), [A, B])
    assert content.candidates == (A, B)
    assert with_found(content, [A]).candidates == (A,)


@pytest.mark.parametrize("state", [ImageState.APPROVED, ImageState.NO_CRACK])
def test_what_is_finished_is_not_touched(state):
    content = ImageContent(state=state)
    assert with_found(content, [A]) is content


def test_work_that_was_begun_keeps_its_state():
    content = ImageContent((painted_crack((200, 5, 210, 9)),), state=ImageState.IN_PROGRESS)
    after = with_found(content, [A])
    assert after.cracks == content.cracks
    assert after.state is ImageState.IN_PROGRESS


def test_what_was_decided_is_not_offered_again():
    before = skip(reject(accept(ImageContent(candidates=(A, B)), "a"), "b"), "a")
    again = [replace(item, identifier=item.identifier * 2) for item in (A, B)]
    other = make_candidate("c", [(0, 140), (90, 150)])
    after = with_found(before, [*again, other])
    assert [item.identifier for item in after.candidates] == ["a", "b", "c"]
    assert len(after.cracks) == 1
