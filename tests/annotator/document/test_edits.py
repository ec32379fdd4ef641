"""Edits take back exactly what they did."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.document.crack_path import CrackPath
from annotator.document.edits import AddCrack, RemoveCrack
from annotator.document.image_entry import ImageEntry
from annotator.document.mask import MaskPatch


def make_crack(x=0, y=0):
    line = np.array([[x, y], [x + 3, y]], float)
    return CrackPath(
        waypoints=line,
        centerline=line,
        half_widths=np.ones((2, 2)),
        confidence=np.ones(2),
        edge_visible=np.ones(2, bool),
        mask=MaskPatch(x, y, np.ones((1, 4), np.uint8)),
        length_px=3.0,
        width_px={"median": 2.0},
        parameters={},
        seconds={},
    )


def test_add_appends_and_revert_takes_out():
    entry, crack = ImageEntry(Path("a.png")), make_crack(5, 7)
    change = AddCrack(crack).apply(entry)
    assert entry.cracks == [crack]
    assert (change.kind, change.box) == ("added", (5, 7, 9, 8))
    assert AddCrack(crack).revert(entry).kind == "removed"
    assert entry.cracks == []


def test_adding_twice_is_refused():
    entry, crack = ImageEntry(Path("a.png")), make_crack()
    AddCrack(crack).apply(entry)
    with pytest.raises(ValueError, match="already"):
        AddCrack(crack).check(entry)


def test_removing_what_is_not_there_is_refused():
    entry = ImageEntry(Path("a.png"), [make_crack()])
    with pytest.raises(ValueError, match="not number"):
        RemoveCrack(make_crack(), 0).check(entry)


@given(count=st.integers(1, 6), data=st.data())
def test_any_edits_reverted_in_reverse_restore_the_document(count, data):
    entry = ImageEntry(Path("a.png"), [make_crack(i, i) for i in range(count)])
    before = list(entry.cracks)
    done = []
    for _ in range(data.draw(st.integers(0, 8))):
        if entry.cracks and data.draw(st.booleans()):
            index = data.draw(st.integers(0, len(entry.cracks) - 1))
            edit = RemoveCrack(entry.cracks[index], index)
        else:
            edit = AddCrack(make_crack())
        edit.check(entry)
        edit.apply(entry)
        done.append(edit)
    for edit in reversed(done):
        edit.revert(entry)
    assert entry.cracks == before
