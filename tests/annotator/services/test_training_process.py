"""Trainings as real processes: to the end, paused, killed, gone on with."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotator.errors import AnnotatorError
from annotator.services.retraining import Choice
from annotator.services.training_folder import prepare_run
from annotator.services.training_process import LAUNCH, TrainingRun, find_runs
from segmentation.evaluation.comparison import Comparison
from segmentation.model_store.card import read_card
from tests.training_factory import make_model, make_project, make_small, weights_of

pytestmark = [pytest.mark.torch, pytest.mark.slow, pytest.mark.timeout(900)]

PATIENCE_S = 240.0
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def project(tmp_path):
    project = make_project(tmp_path)
    yield project
    project.store.close()


@pytest.fixture
def base(tmp_path):
    return make_model(tmp_path / "base", title="Base")


@pytest.fixture
def started():
    """Runs whose processes are ended after the test."""
    runs = []
    yield runs
    for run in runs:
        if run._process is not None and run._process.poll() is None:
            run._process.kill()
            run._process.wait()


def choice_of(base, **values):
    return Choice(start=str(base), compare_with=str(base), **values)


def until(condition, run):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, (run.progress(), run.last_words())
        time.sleep(0.02)


def pid_of(run):
    return json.loads((run.folder / LAUNCH).read_bytes())["pid"]


def test_a_training_ends_in_a_model_that_is_compared_with_the_old_one(
    project, base, started, monkeypatch
):
    make_small(monkeypatch)
    run = TrainingRun(prepare_run(project.store, choice_of(base)))
    started.append(run)
    assert run.progress().phase == "interrupted"
    run.start()
    assert run.progress().phase in ("starting", "running")
    with pytest.raises(AnnotatorError, match="already"):
        run.start()
    assert run.wait(PATIENCE_S), run.last_words()
    assert run.progress().phase == "made", run.last_words()
    log = run.log
    assert (log.n_steps, log.n_planned, len(log.epochs)) == (6, 6, 2)
    assert "f1" in log.epochs[-1][1]
    with Image.open(log.samples[-1]) as picture:
        assert picture.height == 512
    card = read_card(run.model)
    assert [(step.model, step.how, step.n_images) for step in card.ancestry] == [
        ("base", "quick", 5)
    ]
    assert card.title == "bridge: quick adapt on 5 images"
    comparison = Comparison.load(run.folder / "comparison")
    assert [each.n_images for each in comparison.sets()] == [1, 1]
    assert comparison.old["title"] == "Base"
    assert TrainingRun(run.folder).progress().phase == "made"


def test_edits_meanwhile_change_nothing(project, base, started, monkeypatch):
    make_small(monkeypatch, steps=(30, 30), steps_per_epoch=10)
    run = TrainingRun(prepare_run(project.store, choice_of(base)))
    masks = {file.name: file.read_bytes() for file in (run.folder / "data/masks").iterdir()}
    started.append(run)
    run.start()
    for record in project.records:
        content, _ = project.store.load(record.identifier)
        empty = content.without([crack.identifier for crack in content.cracks])
        project.store.save(record.identifier, empty, "Delete")
    assert run.wait(PATIENCE_S)
    assert run.progress().phase == "made", run.last_words()
    assert masks == {file.name: file.read_bytes() for file in (run.folder / "data/masks").iterdir()}


def test_a_pause_ends_the_process_and_another_one_goes_on(project, base, started, monkeypatch):
    make_small(monkeypatch, steps=(4000, 4000), steps_per_epoch=2000)
    run = TrainingRun(prepare_run(project.store, choice_of(base)))
    started.append(run)
    run.start()
    until(lambda: run.progress().share > 0.0, run)
    run.stop()
    assert run.progress().phase in ("pausing", "paused")
    assert run.wait(PATIENCE_S)
    assert run.progress().phase == "paused", run.last_words()
    n_done = run.log.n_steps
    assert 0 < n_done < 4000
    (again,) = find_runs(project.store.folder)
    started.append(again)
    assert again.progress().phase == "paused"
    again.start()
    before = len(again.log.losses)
    until(lambda: again.progress().share > 0 and len(again.log.losses) > before, again)
    assert again.log.losses[-1].step > n_done
    again.stop()
    assert again.wait(PATIENCE_S)


def test_a_killed_training_goes_on_and_ends_as_if_nothing_had_been(
    project, base, started, monkeypatch
):
    make_small(monkeypatch, steps=(24, 24), steps_per_epoch=4)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    whole, killed = (
        TrainingRun(prepare_run(project.store, choice_of(base, seed=3))) for _ in range(2)
    )
    started.extend((whole, killed))
    whole.start()
    assert whole.wait(PATIENCE_S)
    assert whole.progress().phase == "made", whole.last_words()
    n_kills = 0
    for _ in range(2):
        killed.start()
        already = len(killed.log.epochs)
        until(lambda: killed.wait(0.0) or _n_epochs(killed) > already, killed)  # noqa: B023
        if killed.wait(0.0):
            break
        os.kill(pid_of(killed), signal.SIGKILL)
        assert killed.wait(PATIENCE_S)
        assert not killed.is_alive()
        assert killed.progress().phase == "interrupted"
        n_kills += 1
    assert n_kills > 0
    if killed.progress().phase != "made":
        killed.start()
        assert killed.wait(PATIENCE_S)
    assert killed.progress().phase == "made", killed.last_words()
    assert len(killed.log.epochs) == 6
    one, other = weights_of(whole.model), weights_of(killed.model)
    assert all(np.allclose(one[name], other[name], atol=1e-3) for name in one)


WINDOW = """
import sys, time
from pathlib import Path
from annotator.services.training_process import TrainingRun
run = TrainingRun(Path(sys.argv[1]))
run.start()
print("started", flush=True)
time.sleep(600)
"""


def test_a_killed_window_leaves_the_training_going_and_another_one_finds_it(
    project, base, monkeypatch
):
    make_small(monkeypatch)
    folder = prepare_run(project.store, choice_of(base))
    command = [sys.executable, "-c", WINDOW, str(folder)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as window:
        assert window.stdout.readline() == b"started\n"
        window.kill()
    (found,) = find_runs(project.store.folder)
    assert found.is_alive()
    with pytest.raises(AnnotatorError, match="already"):
        found.start()
    until(lambda: found.progress().phase == "made", found)
    assert read_card(found.model).n_quick == 1


def test_a_discarded_training_is_removed_once_nothing_works_on_it(
    project, base, started, monkeypatch
):
    make_small(monkeypatch, steps=(4000, 4000), steps_per_epoch=2000)
    run = TrainingRun(prepare_run(project.store, choice_of(base)))
    started.append(run)
    run.start()
    until(lambda: run.progress().phase == "running", run)
    run.discard()
    assert find_runs(project.store.folder) == []
    assert run.wait(PATIENCE_S)
    assert find_runs(project.store.folder) == []
    assert not run.folder.exists()


def test_what_went_wrong_is_said(project, base, started, monkeypatch):
    make_small(monkeypatch)
    run = TrainingRun(prepare_run(project.store, choice_of(base)))
    started.append(run)
    for path in project.photographs.iterdir():
        path.write_bytes(b"no image")
    run.start()
    assert run.wait(PATIENCE_S)
    progress = run.progress()
    assert progress.phase == "failed"
    assert "copy it again" in progress.text


def test_what_a_killed_window_has_not_finished_preparing_is_removed_later(tmp_path):
    folder = tmp_path / "training" / "20260101-000000"
    folder.mkdir(parents=True)
    assert find_runs(tmp_path) == []
    assert folder.exists()  # another window may be at it
    os.utime(folder, (0, 0))
    assert find_runs(tmp_path) == []
    assert not folder.exists()


def test_the_log_is_read_while_it_grows(tmp_path):
    run = TrainingRun(tmp_path)
    file = tmp_path / "events.jsonl"
    begin = '{"event": "started", "epoch": 0, "step": 0, "n_epochs": 2, "steps_per_epoch": 5'
    file.write_text(begin)
    assert not run.log.read_on()
    with file.open("a") as more:
        more.write(', "device": "cpu", "precision": "float32", "n_processes": 1}\nno json\n')
        more.write('{"event": "of another version"}\n')
    assert run.log.read_on()
    assert run.log.n_planned == 10


def _n_epochs(run):
    run.log.read_on()
    return len(run.log.epochs)
