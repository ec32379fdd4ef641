"""Hundreds of random actions by mouse and keys; then all of them are taken back.

    CRACK_ANNOTATOR_SEEDS=40 python -m pytest -s tests/workflows/test_soak.py

plays more of them, each with another seed.
"""

import os
from itertools import islice

import pytest
from PySide6.QtCore import Qt

from tests.session_factory import StraightTracer
from tests.workflows.killed_process import digests_in, tidy_up
from tests.workflows.random_actions import RandomUser
from tests.workflows.scripted_session import make_photographs
from tests.workflows.session_process import content_digest
from tests.workflows.user_hand import close_window, open_window

pytestmark = [pytest.mark.gui, pytest.mark.slow]

N_ACTIONS = 300
N_SEEDS = int(os.environ.get("CRACK_ANNOTATOR_SEEDS", "1"))


@pytest.fixture
def hand(qapp, tmp_path):
    hand = open_window(tmp_path / "settings.ini", StraightTracer())
    make_photographs(tmp_path / "beams")
    hand.session.open_paths([tmp_path / "beams"])
    hand.wait(lambda: hand.session.image is not None)
    yield hand
    close_window(hand)


def rest(hand):
    """Let go of whatever is begun, and wait for whatever runs."""
    for _ in range(3):
        hand.key(Qt.Key.Key_Escape)
    hand.wait_until_quiet()


def digests(hand):
    return {e.identifier: content_digest(e.content) for e in hand.session.entries if e.content}


def on_every_image(hand, key, is_left):
    """Press a key on each image as long as there is something left for it."""
    while hand.session.can_step(-1):
        hand.show_image(-1)
    while True:
        n_presses = 0
        while is_left() and n_presses < 2 * N_ACTIONS:
            key()
            n_presses += 1
        if not hand.session.can_step(1):
            break
        hand.show_image(1)
    rest(hand)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(N_SEEDS))
def test_all_that_was_done_can_be_undone_and_done_again(hand, seed):
    history = hand.session.history
    user = RandomUser(hand, seed)
    for _name in islice(user.play(), 40):
        pass  # not to begin with empty images only
    rest(hand)
    project, store = hand.session.store.folder, hand.session.store
    entries = hand.session.entries
    start = {e.identifier: content_digest(store.load(e.identifier)[0]) for e in entries}
    history.clear()
    history.activate(hand.session.current)
    names = list(islice(user.play(), N_ACTIONS))
    rest(hand)
    on_every_image(hand, hand.redo, lambda: history.redo_text)
    end = digests(hand)
    assert len(set(names)) > 15
    assert start | end != start

    on_every_image(hand, hand.undo, lambda: history.undo_text)
    assert start | digests(hand) == start
    on_every_image(hand, hand.redo, lambda: history.redo_text)
    assert digests(hand) == start | end
    hand.leave_project()
    assert digests_in(project) == start | end
    assert tidy_up(project) == []
