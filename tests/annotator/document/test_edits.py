"""Contents are values, and a difference names what has to be drawn anew."""

import pytest

from annotator.document.bounding_box import BoundingBox
from annotator.document.edits import difference, with_progress_noted
from annotator.document.image_content import ImageContent
from annotator.document.image_state import ImageState
from annotator.document.note import Note
from annotator.document.verdicts import accept, reject, skip
from tests.crack_factory import make_candidate, painted_crack, traced_crack

A = painted_crack((0, 0, 4, 4), identifier="a")
B = painted_crack((5, 5, 9, 9), identifier="b")
BOX = BoundingBox((1, 1, 5, 5), "corrosion", identifier="box")


def test_adding_and_removing_leave_the_other_contents_as_they_were():
    empty = ImageContent()
    one = empty.with_cracks([A])
    two = one.with_cracks([B]).with_boxes([BOX])
    assert (empty.cracks, one.cracks, two.cracks) == ((), (A,), (A, B))
    assert two.without(["a", "box"]).objects == (B,)
    assert two.find("box") is BOX
    assert two.find_crack("box") is None


def test_a_crack_cannot_be_added_twice():
    with pytest.raises(ValueError, match="already"):
        ImageContent((A,)).with_cracks([A])


def test_a_crack_is_replaced_in_its_place():
    c, d = painted_crack((0, 0, 2, 2)), painted_crack((2, 2, 4, 4))
    assert ImageContent((A, B)).with_crack_replaced("a", [c, d]).cracks == (c, d, B)
    with pytest.raises(ValueError, match="no crack"):
        ImageContent((A,)).with_crack_replaced("b", [])


def test_the_difference_names_what_went_and_what_came():
    before = ImageContent((A, B), (BOX,))
    newer = traced_crack([(0, 0), (9, 9)], identifier="b")
    moved = BOX.moved_to((2, 2, 6, 6))
    after = before.with_crack_replaced("b", [newer]).with_box_replaced(moved)
    change = difference(before, after)
    assert change.removed == (B, BOX)
    assert change.added == (newer, moved)
    assert not change.is_state_changed
    back = difference(after, before)
    assert (back.removed, back.added) == (change.added, change.removed)
    assert difference(before, before).is_empty


def test_a_new_state_is_a_change():
    content = ImageContent()
    assert difference(content, content.with_state(ImageState.APPROVED)).is_state_changed
    assert difference(content, content.with_subset("test")).is_state_changed


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (ImageState.NEW, ImageState.IN_PROGRESS),
        (ImageState.PREDICTED, ImageState.IN_PROGRESS),
        (ImageState.NO_CRACK, ImageState.IN_PROGRESS),
        (ImageState.REVIEWED, ImageState.REVIEWED),
        (ImageState.APPROVED, ImageState.APPROVED),
    ],
)
def test_work_on_an_image_is_noted(state, expected):
    before = ImageContent(state=state)
    assert with_progress_noted(before, before.with_cracks([A])).state is expected


def test_a_state_that_was_chosen_stands():
    before = ImageContent((A,))
    chosen = before.without(["a"]).with_state(ImageState.NO_CRACK)
    assert with_progress_noted(before, chosen).state is ImageState.NO_CRACK
    assert with_progress_noted(before, before.with_subset("train")).state is ImageState.NEW


def test_candidates_and_notes_are_part_of_the_difference():
    candidate, note = make_candidate("c"), Note(1, 2, "Is this one?")
    empty = ImageContent()
    full = empty.with_candidates([candidate]).with_note(note)
    change = difference(empty, full)
    assert (change.candidates_added, change.notes_added) == ((candidate,), (note,))
    assert change.are_candidates_changed
    assert change.are_notes_changed
    assert not change.is_empty
    assert (change.added, change.removed, change.is_state_changed) == ((), (), False)
    back = difference(full, empty)
    assert (back.candidates_removed, back.notes_removed) == ((candidate,), (note,))
    assert difference(full, full.without_note("nowhere")).is_empty


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (lambda content: reject(content, "c"), ImageState.IN_PROGRESS),
        (lambda content: accept(content, "c"), ImageState.IN_PROGRESS),
        (lambda content: skip(content, "c"), ImageState.PREDICTED),
        (lambda content: content.with_note(Note(1, 2, "?")), ImageState.PREDICTED),
        (lambda content: content.with_candidates([make_candidate("d")]), ImageState.PREDICTED),
    ],
)
def test_a_verdict_is_work_on_an_image_and_a_prediction_is_none(step, expected):
    content = ImageContent(candidates=(make_candidate("c"),), state=ImageState.PREDICTED)
    assert with_progress_noted(content, step(content)).state is expected
