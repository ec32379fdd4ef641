"""Prediction in a child process: tiles, cancelling, and a child that dies."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from annotator.errors import AnnotatorError, JobCancelled
from annotator.services.prediction_process import ModelUnusableError, PredictionRequest, Watcher
from tests.prediction_factory import FIRST, REPOSITORY, make_process, save_photograph

PATIENCE_S = 20.0


@pytest.fixture
def process(monkeypatch):
    process = make_process(monkeypatch)
    yield process
    process.close()


def wait_until(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_tiles_come_before_the_whole(process, tmp_path):
    path, sizes, tiles, shares = save_photograph(tmp_path / "a.png"), [], {}, []
    watcher = Watcher(
        on_size=sizes.append,
        on_tile=lambda box, codes: tiles.update({box: codes}),
        report=lambda _text, share: shares.append(share),
    )
    done = process.predict(PredictionRequest(path, FIRST), watcher)
    assert sizes == [(200, 120)]
    assert done.size == (200, 120)
    assert done.codes[61, 100] == 65535
    assert done.codes[10, 10] == 5 * 257
    assert len(tiles) == 8
    assert shares == sorted(shares)
    for (x0, y0, x1, y1), codes in tiles.items():
        assert np.array_equal(codes, done.codes[y0:y1, x0:x1])


def test_the_child_stays_for_the_next_image(process, tmp_path):
    first, second = (save_photograph(tmp_path / name, line=n) for name, n in
                     (("a.png", 20), ("b.png", 90)))  # fmt: skip
    process.predict(PredictionRequest(first, FIRST), Watcher())
    pid = process.pid
    done = process.predict(PredictionRequest(second, FIRST), Watcher())
    assert process.pid == pid
    assert done.codes[91, 100] == 65535
    assert done.codes[21, 100] < 65535


def test_cancelling_is_quick_and_the_next_image_is_its_own(process, tmp_path):
    slow, other = save_photograph(tmp_path / "a.png"), save_photograph(tmp_path / "b.png", (70, 50))
    tiles = []
    watcher = Watcher(on_tile=lambda *tile: tiles.append(tile), is_cancelled=lambda: bool(tiles))
    with pytest.raises(JobCancelled):
        process.predict(PredictionRequest(slow, FIRST, "slow"), watcher)
    assert len(tiles) == 1
    pid = process.pid
    done = process.predict(PredictionRequest(other, FIRST), Watcher())
    assert done.size == (70, 50)
    assert process.pid == pid


def test_a_child_that_dies_is_told_and_started_again(process, tmp_path):
    path, told = save_photograph(tmp_path / "fragile.png"), []
    done = process.predict(PredictionRequest(path, FIRST), Watcher(on_restart=told.append))
    assert done.size == (200, 120)
    assert len(told) == 1
    assert "fragile.png is begun again" in told[0]


def test_a_child_that_is_killed_is_started_again(process, tmp_path):
    path, told = save_photograph(tmp_path / "a.png"), []

    def kill_first(_box, _codes):
        if not told and process.pid:
            os.kill(process.pid, signal.SIGKILL)

    watcher = Watcher(on_tile=kill_first, on_restart=told.append)
    done = process.predict(PredictionRequest(path, FIRST, "slow"), watcher)
    assert done.codes[61, 100] == 65535
    assert "perhaps because the memory ran out" in told[0]


def test_a_child_that_dies_each_time_is_given_up(process, tmp_path):
    path = save_photograph(tmp_path / "deadly.png")
    with pytest.raises(AnnotatorError, match=r"deadly\.png was not predicted"):
        process.predict(PredictionRequest(path, FIRST), Watcher())
    other = save_photograph(tmp_path / "a.png")
    assert process.predict(PredictionRequest(other, FIRST), Watcher()).size == (200, 120)


@pytest.mark.parametrize(
    ("name", "text"),
    [("broken.png", "it is broken on purpose"), ("defect.png", "met a defect"),
     ("missing.png", "does not exist")],
)  # fmt: skip
def test_what_goes_wrong_is_told_and_the_child_stays(process, tmp_path, name, text):
    path = tmp_path / name
    if name != "missing.png":
        save_photograph(path)
    with pytest.raises(AnnotatorError, match=text) as caught:
        process.predict(PredictionRequest(path, FIRST), Watcher())
    assert ("ZeroDivisionError" in caught.value.detail) == (name == "defect.png")
    pid = process.pid
    sound = save_photograph(tmp_path / "a.png")
    assert process.predict(PredictionRequest(sound, FIRST), Watcher()).size == (200, 120)
    assert process.pid == pid


def test_a_model_that_cannot_be_used_is_told_apart_from_a_bad_image(process, tmp_path):
    path = save_photograph(tmp_path / "a.png")
    with pytest.raises(ModelUnusableError, match="The model first cannot be used: there is no"):
        process.predict(PredictionRequest(path, FIRST, "none"), Watcher())


def test_closing_ends_the_child_and_what_waits_for_it(process, tmp_path):
    path, pids = save_photograph(tmp_path / "a.png"), []

    def close(_box, _codes):
        pids.append(process.pid)
        process.close()

    with pytest.raises(JobCancelled):
        process.predict(PredictionRequest(path, FIRST, "slow"), Watcher(on_tile=close))
    wait_until(lambda: not is_running(pids[0]))


PROGRAM = """
import sys
from pathlib import Path
from annotator.services.prediction_process import PredictionProcess, PredictionRequest, Watcher
from tests.prediction_factory import FAKE_CHILD, FIRST
process = PredictionProcess(FAKE_CHILD)
tell = lambda *_: print(process.pid, flush=True)
process.predict(PredictionRequest(Path(sys.argv[1]), FIRST, "slow"), Watcher(on_tile=tell))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no signals")
def test_the_child_ends_with_a_program_that_is_killed(tmp_path):
    path = save_photograph(tmp_path / "a.png")
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(path)], cwd=REPOSITORY, stdout=subprocess.PIPE
    ) as program:
        pid = int(program.stdout.readline())
        assert is_running(pid)
        program.kill()
    wait_until(lambda: not is_running(pid))


@pytest.mark.torch
@pytest.mark.slow
def test_a_bundled_model_predicts_in_its_process(tmp_path, monkeypatch):
    from annotator.services.models import model_choices
    from annotator.services.prediction_process import PredictionProcess

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    model = next(m for m in model_choices(None) if m.name == "default")
    path, tiles = save_photograph(tmp_path / "a.png", (320, 256), 120), []
    process = PredictionProcess()
    try:
        watcher = Watcher(on_tile=lambda box, codes: tiles.append((box, codes)))
        done = process.predict(PredictionRequest(path, model, "cpu"), watcher)
    finally:
        process.close()
    assert done.size == (320, 256)
    assert done.engine
    assert [box for box, _ in tiles] == [(0, 0, 320, 256)]
    # A tile is what the whole is where no neighbor fades in; rounding aside.
    assert np.abs(tiles[0][1].astype(int) - done.codes).max() <= 1
