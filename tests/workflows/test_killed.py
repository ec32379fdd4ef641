"""The program is killed while somebody works with it.

    CRACK_ANNOTATOR_KILLS=50 python -m pytest -s tests/workflows/test_killed.py -k kill_at

kills it that many times and prints how many edits were lost each time.
"""

import os
import random
import signal
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt

from annotator.exporters import EXPORTERS
from annotator.exporters.csb_images import CsbImagesOptions
from annotator.services.projects import new_project, open_project
from annotator.storage.project_store import ProjectStore
from tests.annotator.exporters.csb_reader import read_entire_images
from tests.annotator.exporters.projects import Project
from tests.session_factory import StraightTracer
from tests.workflows.killed_process import Process, digests_in, find_loss, tidy_up
from tests.workflows.scripted_session import make_photographs
from tests.workflows.user_hand import close_window, open_window

pytestmark = [pytest.mark.gui, pytest.mark.slow]

N_KILLS = int(os.environ.get("CRACK_ANNOTATOR_KILLS", "5"))
LONGEST_S = 5.0
"""Of a session until it is killed."""
NAMES = ("1.png", "2.jpg", "3.jpg", "4.png", "5.png")
SOON_S = 1.0
"""Every edit is on disk within this."""


@pytest.fixture
def photographs(tmp_path):
    make_photographs(tmp_path / "beams")
    return tmp_path / "beams"


@pytest.fixture
def project(photographs):
    store, _number = new_project(photographs.with_suffix(".crackproj"), photographs, "Anna")
    store.close()
    return store.folder


@pytest.fixture
def hand(qapp, tmp_path):
    hand = open_window(tmp_path / "settings.ini", StraightTracer())
    yield hand
    close_window(hand)


@pytest.mark.timeout(60 + 15 * N_KILLS)
def test_kill_at_random_moments(tmp_path, photographs, project):
    rng = random.Random(N_KILLS)
    before = digests_in(project)
    losses = []
    for number in range(N_KILLS):
        # From the second time on it goes on with what the first one left behind.
        play = "edits" if number else "script"
        process = Process(tmp_path, photographs, f"run {number}", "--play", play, "--seed", number)
        process.wait_for("shown")
        time.sleep(rng.uniform(0.0, LONGEST_S))
        process.kill()
        loss = find_loss(project, process.lines, before)
        losses.append(loss)
        print(f"kill {number}: {loss}; left over: {tidy_up(project)}")
        assert loss.n_lost <= 1 or loss.seconds < SOON_S, loss
        before = digests_in(project)
    assert sum(loss.n_edits for loss in losses) >= N_KILLS


@pytest.mark.parametrize("n_writes", [24, 39, 61])
def test_killed_in_the_middle_of_a_write(tmp_path, photographs, project, n_writes):
    before = digests_in(project)
    process = Process(tmp_path, photographs, "run", "--play", "edits", "--die-at-write", n_writes)
    assert process.wait() == -signal.SIGKILL, process.output
    loss = find_loss(project, process.lines, before)
    assert loss.n_edits >= 2
    assert loss.n_lost <= 1 or loss.seconds < SOON_S, loss
    print(f"{loss}; left over: {tidy_up(project)}")


@pytest.mark.parametrize("n_writes", [1, 2, 4])
def test_killed_while_it_makes_the_project(tmp_path, photographs, n_writes):
    process = Process(tmp_path, photographs, "run", "--play", "nothing", "--die-at-write", n_writes)
    assert process.wait() == -signal.SIGKILL, process.output
    opened = open_project([photographs], author="Anna")
    assert opened.store.damages == []
    assert [record.shown_name for record in opened.records] == [f"beam {n}" for n in NAMES]
    opened.store.close()
    tidy_up(opened.store.folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_end_it_saves_everything(tmp_path, photographs, project, number):
    before = digests_in(project)
    process = Process(tmp_path, photographs, "run", "--play", "edits", "--pause-ms", 0, 10)
    process.wait_for("edit", 12)
    assert process.end(number) == 0, process.output
    loss = find_loss(project, process.lines, before)
    assert (loss.n_edits >= 12, loss.n_lost) == (True, 0)
    assert tidy_up(project) == []
    assert "Traceback" not in process.output


def test_killed_while_it_exports(tmp_path):
    big = Project(tmp_path)
    mask = np.zeros((1200, 1600), np.uint8)
    mask[600:604, 100:1500] = 1
    for number in range(8):
        big.add(f"wall {number}.png", mask, size=(1600, 1200))
    before = {record.identifier: big.mask(record) for record in big.records}
    big.store.close()
    target = tmp_path / "sets" / "CSB"
    target.parent.mkdir()
    process = Process(tmp_path, big.store.folder, "run", "--play", "export", "--target", target)
    process.wait_until(lambda: len(list(target.parent.rglob("*.png"))) >= 3)
    process.kill()
    left = sorted(path.suffix for path in target.parent.iterdir())
    assert left == [".lock", ".part"]
    assert tidy_up(big.store.folder) == []
    with ProjectStore.open(big.store.folder, author="Anna") as store:
        report = EXPORTERS["csb-images"].export(
            store, target, CsbImagesOptions(), lambda *_progress: None, lambda: False
        )
    assert (report.is_verified, report.n_images, report.failures) == (True, 8, ())
    assert list(target.parent.iterdir()) == [target], "nothing is left of the one that was killed"
    found = [pair for group in read_entire_images(target).values() for pair in group.values()]
    assert all(np.array_equal(mask, before[1]) for _, mask in found)


def test_a_second_window_may_only_look(hand, tmp_path, photographs, project):
    process = Process(tmp_path, photographs, "first", "--play", "edits")
    process.wait_for("save", 2)
    hand.session.open_paths([photographs])
    question = hand.wait_for_dialog("question")
    assert "another window" in question.text().lower()
    read_only = next(b for b in question.buttons() if b.text() == "Open read-only")
    hand.click_on(read_only)
    hand.wait(lambda: hand.session.image is not None)
    hand.come_back()
    assert hand.window.status.state.endswith("read-only")
    seen = hand.session.current.content
    hand.key(Qt.Key.Key_B)
    hand.drag([(100, 200), (200, 220)])
    hand.key(Qt.Key.Key_2)
    assert hand.session.current.content is seen
    n_edits = sum(line["what"] == "save" for line in process.lines)
    process.wait_for("save", n_edits + 2)  # the first one is not held up
    process.kill()
    hand.session.open_paths([photographs])
    hand.wait(lambda: not hand.session.is_read_only)
    hand.wait(lambda: hand.session.image is not None)
    hand.key(Qt.Key.Key_B)
    hand.drag([(100, 200), (200, 220)])
    hand.wait_until_quiet()
    assert hand.session.current.content is not seen
