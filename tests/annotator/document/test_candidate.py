"""Candidates are decided on one by one, and each verdict can be taken back."""

from dataclasses import replace
from pathlib import Path

import pytest

from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.document.note import Note
from annotator.document.verdicts import accept, accept_edited, reject, reject_open, reopen, skip
from tests.crack_factory import make_candidate, painted_crack, traced_crack

CONTENT = ImageContent(candidates=(make_candidate("a"), make_candidate("b", [(0, 90), (90, 90)])))


def verdicts(content):
    return {item.identifier: item.verdict for item in content.candidates}


def test_accepting_adds_the_traced_crack_under_the_same_name():
    content = accept(CONTENT, "a")
    (crack,) = content.cracks
    candidate = content.known_candidate("a")
    assert (crack.identifier, crack.source) == ("a", "predicted")
    assert crack.pixels is candidate.traced.pixels
    assert crack.path is candidate.traced.path
    assert verdicts(content) == {"a": "accepted", "b": "open"}
    assert CONTENT.cracks == ()


def test_accepting_the_raw_pixels_takes_no_course():
    (crack,) = accept(CONTENT, "a", raw=True).cracks
    assert crack.pixels is CONTENT.known_candidate("a").raw.pixels
    assert crack.path is None
    assert verdicts(accept(CONTENT, "a", raw=True))["a"] == "accepted raw"


def test_without_a_trace_the_raw_pixels_are_accepted():
    content = ImageContent(candidates=(make_candidate("a", traced=None),))
    accepted = accept(content, "a")
    assert verdicts(accepted) == {"a": "accepted raw"}
    assert accepted.cracks[0].pixels is content.candidates[0].raw.pixels


def test_accepting_twice_changes_nothing_and_another_kind_replaces():
    once = accept(CONTENT, "a")
    assert accept(once, "a") is once
    raw = accept(once, "a", raw=True)
    assert len(raw.cracks) == 1
    assert raw.cracks[0].path is None


@pytest.mark.parametrize("step", [reject, reopen])
def test_a_crack_goes_with_the_verdict_that_made_it(step):
    content = step(accept(CONTENT, "a"), "a")
    assert content.cracks == ()
    assert verdicts(content)["a"] == ("rejected" if step is reject else "open")


@pytest.mark.parametrize("step", [reject, reopen, lambda c, name: accept(c, name, raw=True)])
def test_a_locked_crack_stays(step):
    accepted = accept(CONTENT, "a")
    locked = accepted.with_crack_replaced("a", [replace(accepted.cracks[0], is_locked=True)])
    assert step(locked, "a") is locked


def test_what_was_skipped_comes_last_and_a_verdict_is_not_skipped():
    skipped = skip(CONTENT, "a")
    assert [item.identifier for item in skipped.open_candidates] == ["b", "a"]
    assert [item.identifier for item in skipped.candidates] == ["a", "b"]
    rejected = reject(skipped, "b")
    assert skip(rejected, "b") is rejected
    assert [item.identifier for item in rejected.open_candidates] == ["a"]


def test_all_that_is_left_is_rejected_at_once():
    content = skip(CONTENT.with_candidates([*CONTENT.candidates, make_candidate("c")]), "c")
    after = reject_open(accept(content, "a"))
    assert verdicts(after) == {"a": "accepted", "b": "rejected", "c": "rejected"}
    assert reject_open(after) is after


def test_a_deleted_crack_can_be_accepted_again():
    content = accept(CONTENT, "a").without(["a"])
    assert verdicts(content)["a"] == "accepted"
    assert [crack.identifier for crack in accept(content, "a").cracks] == ["a"]


def test_a_corrected_crack_is_accepted_under_the_name_of_the_candidate():
    content = accept_edited(CONTENT, "a", traced_crack([(0, 0), (9, 9)]))
    assert [crack.identifier for crack in content.cracks] == ["a"]
    assert content.cracks[0].source == "traced"
    assert verdicts(content)["a"] == "accepted"


def test_finding_anew_keeps_what_was_decided():
    before = skip(reject(CONTENT.with_cracks([painted_crack((0, 0, 2, 2))]), "a"), "b")
    after = before.with_candidates([make_candidate("a"), make_candidate("c")])
    assert verdicts(after) == {"a": "rejected", "c": "open"}


def test_a_candidate_that_is_not_there_is_refused():
    for step in (accept, reject, skip, reopen):
        with pytest.raises(ValueError, match="no candidate nowhere"):
            step(CONTENT, "nowhere")


def test_a_candidate_tells_its_place_and_measures():
    candidate = make_candidate("a", [(10, 20), (60, 20)])
    assert candidate.box == (8, 18, 63, 23)
    assert candidate.length_px == pytest.approx(50, abs=0.1)
    assert candidate.median_width == 3.0
    bare = replace(candidate, traced=None)
    assert bare.box == candidate.box
    assert bare.length_px == pytest.approx(55, abs=1)
    assert bare.median_width == pytest.approx(5, abs=0.6)


def test_an_image_is_listed_with_what_is_still_to_be_decided():
    entry = ImageEntry(1, Path("a.png"), listed_candidates=5)
    assert entry.candidate_count == 5
    entry.content = reject(CONTENT, "a")
    assert entry.candidate_count == 1


def test_notes_are_added_changed_and_removed():
    note = Note(3.5, 4, "Is this one?")
    content = ImageContent().with_note(note)
    resolved = content.with_note_replaced(note.resolved())
    assert content.find_note(note.identifier) is note
    assert resolved.notes[0].is_resolved
    assert not resolved.notes[0].resolved(is_resolved=False).is_resolved
    assert resolved.notes[0].text == note.text
    assert resolved.without_note(note.identifier).notes == ()
