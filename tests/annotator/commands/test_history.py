"""Undo, redo, and how much memory undo may hold."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.commands import undo_stack
from annotator.commands.history import History
from annotator.commands.undo_stack import UndoStack, edit_size
from annotator.document.block_raster import BLOCK_SIDE
from annotator.document.edits import Edit
from annotator.document.image_content import ImageContent
from annotator.document.image_entry import ImageEntry
from annotator.document.pixel_source import PixelSource
from tests.crack_factory import painted_crack

BLOCK_BYTES = BLOCK_SIDE**2


@pytest.fixture
def entry():
    return ImageEntry(1, Path("a.png"), content=ImageContent())


@pytest.fixture
def history(entry):
    history = History(lambda *_step: None)
    history.activate(entry)
    return history


def draw(history, entry, side=4):
    crack = painted_crack((0, 0, side, side))
    history.push(entry, "Paint", entry.content.with_cracks([crack]))


def erase(history, entry):
    history.push(entry, "Delete", entry.content.without([entry.cracks[0].identifier]))


def test_undo_and_redo_announce_what_they_do(entry):
    told = []
    history = History(lambda _entry, change, text: told.append((len(change.added), text)))
    history.activate(entry)
    draw(history, entry)
    history.undo()
    history.redo()
    assert told == [(1, "Paint"), (0, "Undo: Paint"), (1, "Redo: Paint")]


def test_names_of_what_can_be_undone(history, entry):
    assert (history.undo_text, history.redo_text) == ("", "")
    draw(history, entry)
    erase(history, entry)
    assert (history.undo_text, history.redo_text) == ("Delete", "")
    history.undo()
    assert (history.undo_text, history.redo_text) == ("Paint", "Delete")


def test_a_new_edit_ends_redo(history, entry):
    draw(history, entry)
    history.undo()
    draw(history, entry)
    assert history.redo() is None


def test_each_image_has_its_own_stack(history, entry):
    other = ImageEntry(2, Path("b.png"), content=ImageContent())
    draw(history, entry)
    history.activate(other)
    assert history.undo() is None
    history.activate(entry)
    assert history.undo() is not None
    history.clear()
    assert history.undo() is None


@given(st.lists(st.sampled_from(["draw", "erase", "undo", "redo"]), max_size=30))
def test_undoing_everything_and_redoing_it_leads_back(steps):
    entry = ImageEntry(1, Path("a.png"), content=ImageContent())
    history = History(lambda *_step: None)
    history.activate(entry)
    for step in steps:
        if step == "draw" or (step == "erase" and not entry.cracks):
            draw(history, entry)
        elif step == "erase":
            erase(history, entry)
        else:
            getattr(history, step)()
    reached = entry.content
    taken_back = 0
    while history.undo():
        taken_back += 1
    assert entry.content.cracks == ()
    for _ in range(taken_back):
        history.redo()
    assert entry.content is reached


def test_a_stroke_on_a_large_crack_holds_only_the_blocks_it_touched():
    large = painted_crack((0, 0, 20 * BLOCK_SIDE, 20 * BLOCK_SIDE))
    before = ImageContent((large,))
    dab = np.full((10, 10), PixelSource.ERASED, np.uint8)
    pixels = large.pixels.with_values(5, 5, dab)
    after = before.with_crack_replaced(large.identifier, [type(large)(pixels)])
    assert edit_size(Edit("Erase", before, after)) == 2 * BLOCK_BYTES  # the old block, the new one


def test_the_oldest_edits_go_where_memory_is_short(monkeypatch):
    monkeypatch.setattr(undo_stack, "UNDO_BYTES", 3 * BLOCK_BYTES)
    stack, content = UndoStack(), ImageContent()
    for number in range(5):
        following = content.with_cracks([painted_crack((0, 0, 4, 4))])
        stack.push(Edit(str(number), content, following))
        content = following
    assert stack.held_bytes() <= 3 * BLOCK_BYTES
    undone = []
    while edit := stack.undo():
        undone.append(edit.text)
    assert undone == ["4", "3", "2"]


def test_the_last_edit_can_always_be_taken_back(monkeypatch):
    monkeypatch.setattr(undo_stack, "UNDO_BYTES", 1)
    stack = UndoStack()
    for text in ("first", "second"):
        stack.push(Edit(text, ImageContent(), ImageContent((painted_crack((0, 0, 900, 900)),))))
    assert stack.undo().text == "second"
    assert stack.undo() is None


def test_an_edit_of_another_image_does_not_touch_what_can_be_undone_here(history, entry):
    told = []
    history.changed.connect(lambda: told.append(history.undo_text))
    draw(history, ImageEntry(2, Path("b.png"), content=ImageContent()))
    assert told == []
    draw(history, entry)
    assert told == ["Paint"]
