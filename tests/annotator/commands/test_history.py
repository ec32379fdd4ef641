"""Undo, redo, what is saved, and how much memory undo may hold."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.commands import undo_stack
from annotator.commands.history import History
from annotator.document.crack_path import CrackPath
from annotator.document.edits import AddCrack, RemoveCrack
from annotator.document.image_entry import ImageEntry
from annotator.document.mask import MaskPatch

MASK_BYTES = 100_000


def make_crack():
    line = np.array([[0, 0], [3, 0]], float)
    return CrackPath(
        waypoints=line,
        centerline=line,
        half_widths=np.ones((2, 2)),
        confidence=np.ones(2),
        edge_visible=np.ones(2, bool),
        mask=MaskPatch(0, 0, np.ones((100, MASK_BYTES // 100), np.uint8)),
        length_px=3.0,
        width_px={"median": 2.0},
        parameters={},
        seconds={},
    )


@pytest.fixture
def entry():
    return ImageEntry(Path("a.png"))


@pytest.fixture
def history(entry):
    history = History(lambda *_change: None)
    history.activate(entry)
    return history


def draw(history, entry):
    history.push(entry, AddCrack(make_crack()))


def erase(history, entry):
    history.push(entry, RemoveCrack(entry.cracks[0], 0))


def test_undo_and_redo_announce_what_they_do(entry):
    told = []
    history = History(lambda _entry, change: told.append(change.kind))
    history.activate(entry)
    draw(history, entry)
    history.undo()
    history.undo()  # there is nothing left
    history.redo()
    history.redo()
    assert told == ["added", "removed", "added"]
    assert (history.undo_text, history.redo_text) == ("Trace crack", "")


def test_a_new_edit_ends_what_can_be_redone(history, entry):
    draw(history, entry)
    history.undo()
    draw(history, entry)
    assert history.redo_text == ""


def test_an_edit_that_does_not_fit_is_not_remembered(history, entry):
    with pytest.raises(ValueError, match="not number"):
        history.push(entry, RemoveCrack(make_crack(), 0))
    assert history.undo_text == ""


def test_undo_reaches_the_current_image_only(history, entry):
    other = ImageEntry(Path("b.png"))
    draw(history, entry)
    history.activate(other)
    history.undo()
    assert len(entry.cracks) == 1


def test_a_saved_state_is_known_again_after_undo_and_redo(history, entry):
    assert history.is_saved(entry)
    draw(history, entry)
    assert not history.is_saved(entry)
    history.mark_saved(entry, entry.cracks)
    draw(history, entry)
    assert not history.is_saved(entry)
    history.undo()
    assert history.is_saved(entry)
    history.undo()
    assert not history.is_saved(entry)
    history.redo()
    assert history.is_saved(entry)


def test_a_save_that_ends_after_another_edit_marks_what_it_wrote(history, entry):
    draw(history, entry)
    written = tuple(entry.cracks)
    draw(history, entry)
    history.mark_saved(entry, written)
    assert not history.is_saved(entry)
    history.undo()
    assert history.is_saved(entry)


def test_a_save_is_not_taken_for_another_state_once_old_steps_are_gone(history, entry, monkeypatch):
    monkeypatch.setattr(undo_stack, "UNDO_BYTES", 2 * MASK_BYTES)
    for _ in range(10):  # the oldest steps go: the number of steps is the same from here on
        draw(history, entry)
        erase(history, entry)
    draw(history, entry)
    written = tuple(entry.cracks)
    erase(history, entry)
    draw(history, entry)
    history.mark_saved(entry, written)
    assert not history.is_saved(entry)


def test_cracks_that_only_undo_holds_are_bounded_in_bytes(history, entry, monkeypatch):
    monkeypatch.setattr(undo_stack, "UNDO_BYTES", 5 * MASK_BYTES)
    for _ in range(12):
        draw(history, entry)
        erase(history, entry)
    stack = history._stacks[entry]
    assert 3 * MASK_BYTES < stack.held_bytes() <= 5 * MASK_BYTES
    steps = 0
    while history.undo_text:
        history.undo()
        steps += 1
    assert 7 <= steps <= 10


def test_cracks_of_the_image_cost_no_undo_steps(history, entry, monkeypatch):
    monkeypatch.setattr(undo_stack, "UNDO_BYTES", MASK_BYTES)
    for _ in range(20):
        draw(history, entry)
    while history.undo_text:
        history.undo()
    assert entry.cracks == []


def test_the_last_edit_can_be_taken_back_however_big_it_is(history, entry, monkeypatch):
    monkeypatch.setattr(undo_stack, "UNDO_BYTES", 0)
    draw(history, entry)
    crack = entry.cracks[0]
    erase(history, entry)
    history.undo()
    assert entry.cracks == [crack]


@given(moves=st.lists(st.sampled_from(["draw", "erase", "undo", "redo"]), max_size=30))
def test_any_moves_taken_back_and_done_again_give_the_same_cracks(moves):
    entry = ImageEntry(Path("a.png"))
    history = History(lambda *_change: None)
    history.activate(entry)
    for move in moves:
        if move == "draw":
            draw(history, entry)
        elif move == "erase" and entry.cracks:
            erase(history, entry)
        elif move == "undo":
            history.undo()
        elif move == "redo":
            history.redo()
    before, steps = list(entry.cracks), 0
    while history.undo_text:
        history.undo()
        steps += 1
    assert entry.cracks == []
    for _ in range(steps):
        history.redo()
    assert entry.cracks == before
